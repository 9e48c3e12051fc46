package rp

import (
	"bytes"
	"fmt"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// What the answers of a login that is refused give away.

// lookForSecrets notes the answers of a navigation that hold a secret of the login:
// whether it was refused is known at the end.
func (l *Login) lookForSecrets(way *application.Way) {
	if way == l.Start || len(way.Steps) == 0 {
		return
	}
	for _, one := range l.s.secretsOf(l.Attempt) {
		if len(one.value) < telling {
			continue
		}
		for _, e := range way.Steps {
			redirects := e.Status() >= 300 && e.Status() < 400 // to an address, which is RP-65's to judge
			if redirects || !bytes.Contains(e.Body(), []byte(one.value)) || len(l.s.spilled) == mostSpilled {
				continue
			}
			if len(application.Shown(l.s.people, e.Body())) == 0 { // the page of who is logged in is RP-65's to judge
				l.s.spilled = append(l.s.spilled, spilled{one.what, l, l.at(e)})
				break
			}
		}
	}
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
		if spill.login.Look.In || seen[spill.what] {
			continue
		}
		seen[spill.what] = true
		s.T.Keep(spill.evidence)
		found = append(found, judge.Finding{Observed: fmt.Sprintf("%s stands in an answer, the first time in %s", spill.what, spill.where()), Evidence: spill.evidence})
	}
	s.AssertNone("", found)
}))
