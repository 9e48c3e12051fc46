package rp

import (
	"fmt"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// What the whole run has shown.

var RP71 = judge.Check{
	ID: "RP-71", Title: "no refusal ends the application, and none is an internal error",
	Problem: "a refusal ends the application, or is an internal error", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.PRACTICE(), judge.ASVS("7.4")},
	Expect: "The application lives through the run, and answers what it refuses with a status below 500.",
	Why:    "One callback that ends the process logs everybody out: anybody can send it. An internal error is what people are shown, and what wakes the person on call.",
	Remedy: "Catch what the SDK throws in the callback's handler and answer it: try { … } catch (e) { return res.redirect('/?login=failed') }. In Express 4, wrap async handlers, as a rejection there ends the process.",
	Cases:  []string{"the process lives", "refusals are no internal errors"},
	Levels: map[string]judge.Level{"refusals are no internal errors": judge.SHOULD},
}

var _ = ginkgo.It("RP-71 no refusal ends the application, and none is an internal error", check(RP71, func(s *Session) {
	s.Case("the process lives", func() {
		if len(s.deaths) > 0 {
			first := s.deaths[0]
			s.T.Keep(first.evidence)
			s.Fail("", fmt.Sprintf("the application was gone %s; the first time in %s: %s", times(len(s.deaths)), first.where(), first.how), first.evidence)
		}
		s.Require(s.down == "", "", s.down, nil)
	})
	s.Case("refusals are no internal errors", func() {
		var found []judge.Finding
		if len(s.fives) > 0 {
			first := s.fives[0]
			s.T.Keep(first.evidence)
			found = []judge.Finding{{
				Observed: fmt.Sprintf("%s answered 500 or above; the first in %s", plural(len(s.fives), "refusal was", "refusals were"), first.where()),
				Evidence: first.evidence,
			}}
		}
		s.AssertNone("", found)
	})
}))

// where says in which check and case an answer came, and what the provider did.
func (a answer) where() string {
	text := a.check
	if a.caseName != "" {
		text += " (" + a.caseName + ")"
	} else if a.evidence != nil && a.evidence.wrong != "" {
		text += " (" + a.evidence.wrong + ")"
	}
	return text
}

func (d death) where() string {
	return answer{check: d.check, caseName: d.caseName, evidence: d.evidence}.where()
}

func times(n int) string { return plural(n, "time", "times") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

var RP67 = judge.Check{
	ID: "RP-67", Title: "no response shows the application's internals",
	Problem: "a response shows the application's internals", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.ASVS("7.4.1")},
	Expect: "No response of the run contains a stack trace, a file path, or an exception text.",
	Why:    "It tells an attacker what the application is made of and where to try next.",
	Remedy: "Answer errors with a page of your own, and log the exception. Set NODE_ENV=production, DEBUG=0: frameworks show stacks in development alone.",
}

var _ = ginkgo.It("RP-67 no response shows the application's internals", check(RP67, func(s *Session) {
	var found []judge.Finding
	for _, t := range s.told {
		s.T.Keep(t.evidence)
		found = append(found, judge.Finding{
			Observed: fmt.Sprintf("an answer holds %s, in %s; where the application runs in development mode, judge it as it is deployed", t.what, t.where()),
			Evidence: t.evidence,
		})
	}
	s.AssertNone("", found)
	if len(s.Campaign.clean) == 0 {
		s.Block("RP-18", "no login has worked, and so few answers were seen")
	}
}))
