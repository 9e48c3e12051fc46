package rp

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// What the answers of a login that is refused give away.

// lookForSecrets notes the answers of a navigation that hold a secret of the login:
// whether it was refused is known at the end.
func (l *Login) lookForSecrets(way *application.Way) {
	if way == l.Start {
		return
	}
	sought := slices.DeleteFunc(l.s.secretsOf(l.Attempt), func(one secret) bool { return len(one.value) < telling })
	for _, e := range way.Steps {
		if len(l.s.spilled) >= mostSpilled {
			return
		}
		there, _ := standing(l.answerTexts(e), 2, sought)
		if len(there) == 0 || len(application.Shown(l.s.people, e.Body())) > 0 { // the page of who is logged in is RP-65's to judge
			continue
		}
		sought = slices.DeleteFunc(sought, func(one secret) bool { return slices.Contains(there, one) })
		for _, one := range there {
			l.s.spilled = append(l.s.spilled, spilled{one.what, redirects(e), l, l.at(e)})
		}
	}
}

// answerTexts are what an answer says in its body and headers. Cookies aside, which
// are RP-65's to judge, and what leads to the provider, which is RP-10's.
func (l *Login) answerTexts(e *exchange.Exchange) []string {
	location := e.Header().Get("Location")
	if redirects(e) && strings.HasPrefix(location, l.s.Site.Authorize) {
		return nil
	}
	out := []string{string(e.Body()), location}
	for name, values := range e.Header() {
		if name != "Location" && name != "Set-Cookie" {
			out = append(out, strings.Join(values, "\n"))
		}
	}
	return out
}

// refused reports whether the login was refused. Of one that nobody has looked at
// an answer that leads on to an address tells nothing.
func (s spilled) refused() bool {
	l := s.login
	return !l.wasIn && !l.Look.In && (l.Look.Way != nil || !s.redirects)
}

// mostSpilled is how many answers with secrets are kept.
const mostSpilled = 1000

var RP77 = judge.Check{
	ID: "RP-77", Title: "no refusal shows a token or a secret",
	Problem: "a refusal shows a token or a secret", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("9700", "4.2"), judge.ASVS("7.4.1")},
	Expect: "No answer of the run in a login that is refused holds the client secret, a token, or the code verifier.",
	Why:    "An error that is shown as the HTTP client threw it holds the request that failed, and with it the client secret.",
	Remedy: "Answer errors with a page of your own. An error of an HTTP client (AxiosError, HTTPError) belongs into no response, and into the log without its request.",
}

var _ = ginkgo.It("RP-77 no refusal shows a token or a secret", check(RP77, func(s *Session) {
	var found []judge.Finding
	seen := map[string]bool{}
	for _, spill := range s.spilled {
		if !spill.refused() || seen[spill.what] {
			continue
		}
		seen[spill.what] = true
		s.T.Keep(spill.evidence)
		found = append(found, judge.Finding{Observed: fmt.Sprintf("%s stands in an answer, the first time in %s", spill.what, spill.where()), Evidence: spill.evidence})
	}
	s.AssertNone("", found)
}))
