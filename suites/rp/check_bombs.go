package rp

import (
	"fmt"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// RP-58: data that are dear to decrypt.

// bombs are the cases, with the fault that makes them; large ones are for --slow.
var bombs = []bomb{
	{"key with 10^8 rounds of PBES2", "key-pbes2", false},
	{"fields with 10^8 rounds of PBES2", "field-pbes2", false},
	{"key of 64 MiB inflated", "key-zip-bomb", true},
	{"fields of 64 MiB inflated", "field-zip-bomb", true},
}

type bomb struct {
	name, fault string
	large       bool
}

var RP58 = judge.Check{
	ID: "RP-58", Title: "data that are expensive to decrypt are refused at once",
	Problem: "data that are expensive to decrypt are not refused at once", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("8725", "3.6"), judge.PRACTICE()},
	Expect: "Data that ask for 10^8 rounds of PBES2 or, with --slow, that inflate to 64 MiB are refused within 3 seconds.",
	Why:    "One small answer would keep a processor busy, or fill the memory.",
	Remedy: "Name the algorithms to the JOSE library (jose: keyManagementAlgorithms), and refuse zip or bound what it inflates to (jose 6 does).",
	Cases:  judge.Names(bombs, func(b bomb) string { return b.name }), Logins: 2,
}

// tooLarge reports whether a page holds what no person's data are as large as.
func tooLarge(look application.Look) bool {
	last := look.Way.Last()
	return last.Response != nil && last.Response.Truncated || len(look.Way.Body()) > 512<<10
}

// dearAfter is how long a refusal may take beside what a clean login takes here.
const dearAfter = 3 * time.Second

// took is how long the application took to answer the callback and to show the
// protected page; where it asked to wait in between, that does not count.
func (l *Login) took() (sum time.Duration) {
	for _, way := range []*application.Way{l.Callback, l.Look.Way} {
		if way == nil {
			continue
		}
		for _, e := range way.Steps {
			sum += e.Duration
		}
	}
	return sum
}

var _ = ginkgo.It("RP-58 data that are expensive to decrypt are refused at once", check(RP58, func(s *Session) {
	limit := dearAfter + 10*s.Clean().took()
	for _, b := range bombs {
		s.Case(b.name, func() {
			if b.large {
				s.needsSlow()
			}
			l := s.logInAsking(sgid.PathUserInfo, provider.Conduct{Wrong: b.name, Faults: []string{b.fault}})
			took := l.took()
			inflated := b.large && l.Look.In && tooLarge(l.Look)
			if l.Assert(!inflated, "", "it is inflated and taken: the protected page is larger than 512 KiB", l.Evidence()) {
				l.Assert(took <= limit, "", fmt.Sprintf("the login took %.1f s (a clean one takes %.1f s)", took.Seconds(), (limit-dearAfter).Seconds()/10), l.Evidence())
			}
		})
	}
}))
