package suites

import (
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The state of every login of the run, also of those that were open together.

var AUTHZ33 = judge.Check{
	ID: "AUTHZ-33", Title: "each login gets its own state back",
	Problem: "a login gets another state back than it sent", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2"), judge.RFC("9700", "4.7")},
	Expect: "Every redirect with a code carries the state of its own request, also where several logins are open at the same time.",
	Why:    "A person who gets another's state is rejected by the relying party, or logged in to the other's session.",
	Remedy: "Store state with the login that it came with; share no mutable state between requests.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("AUTHZ-33 each login gets its own state back", check(AUTHZ33, func(s *Session) {
	s.SharedLogin()
	if s.isRoot(AUTHZ02.ID) {
		s.Block("AUTHZ-02", "state does not come back as it was sent")
	}
	told := map[string]bool{}
	for _, l := range s.Seen.Grants {
		if !s.returnsState(l) {
			continue
		}
		problem := l.wrongState(l.Response.Params["state"])
		if problem != "" && s.ofAnother(l) {
			problem = "the state of another login comes back"
		}
		kind, _, _ := strings.Cut(problem, `"`)
		s.Assert(problem == "" || told[kind], "the state of the request", problem, l.Evidence)
		told[kind] = true
	}
}))

// returnsState reports a request whose state must come back as it was sent: AUTHZ-03
// judges those without, a probe of AUTHZ-23 may be cleaned of its line breaks, and a
// request object or a redirect URI that is not registered may bring a state of its own.
func (s *Session) returnsState(l *AuthorizationResponse) bool {
	callbacks := s.Config.First.Callbacks()
	if s.Config.Second != nil {
		callbacks = slices.Concat(callbacks, s.Config.Second.Callbacks())
	}
	return l.State != "" && legalState(l.State) && !l.Sent.Has("request") && slices.Contains(callbacks, l.Sent.Get("redirect_uri"))
}

// ofAnother reports that the state is one that another login of the run has sent.
func (s *Session) ofAnother(l *AuthorizationResponse) bool {
	got := l.Returned("state")
	return got != l.State && slices.ContainsFunc(s.Seen.Grants, func(other *AuthorizationResponse) bool { return other.State == got })
}
