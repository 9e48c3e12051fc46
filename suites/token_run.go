package suites

import (
	"fmt"
	"slices"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The codes of the whole run: TOKEN-05 sends one again at once, and a provider that
// soon forgets what was used is seen here alone.

var TOKEN33 = judge.Check{
	ID: "TOKEN-33", Title: "a code that was used earlier in the run is still refused",
	Problem: "a code that was used earlier in the run works again", Level: judge.MUST,
	Phase:  judge.Crowding, // most codes of the run are used by then, and none has expired by waiting
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "Codes that were redeemed earlier in the run, the first, the last and one between them, are refused, however long ago that was and however many were redeemed since.",
	Why:    "A provider that remembers used codes for a short time only, or only so many of them, lets anyone log in with one that is found in a history or a log.",
	Remedy: "Remember that a code was used at least until it has expired, in a store that drops nothing early and that all instances share.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-codereuse-30seconds"},
}

var _ = ginkgo.It("TOKEN-33 a code that was used earlier in the run is still refused", check(TOKEN33, func(s *Session) {
	if len(s.redeemedLogins()) == 0 {
		s.Shared()
	}
	for i, one := range s.usedCodes() {
		if i == 0 {
			s.Observe("the first of them was redeemed %s before, and %d others since", exchange.Spell(one.ago().Round(time.Second)), one.since)
		}
		reply := s.Use(one.login, len(one.login.uses)+1)
		if s.isRoot("TOKEN-05") { // which has found what is wrong with a refusal
			s.Require(!reply.grants(), "no tokens for a used code", reply.Saw(), reply.Exchange)
			continue
		}
		s.Expect(reply).To(BeRefused(), fmt.Sprintf("a code after which %d others were redeemed", one.since))
	}
}))

// aWhile is how long ago a code was used at the least, so that its being refused says
// more than that of a second use at once.
const aWhile = time.Second

// usedCode is a login whose code was redeemed, and how many were since.
type usedCode struct {
	login *Login
	since int
}

// ago is how long ago the code had been redeemed.
func (u usedCode) ago() time.Duration {
	first := u.login.uses[0]
	return time.Since(first.Started.Add(first.Duration))
}

// usedCodes are the first, the middle and the last of the codes that were redeemed at
// least a while ago. What a second use of them revokes is needed by nobody, where there
// are such.
func (s *Session) usedCodes() []usedCode {
	var all []usedCode
	redeemed := s.redeemedLogins()
	for i, login := range redeemed {
		all = append(all, usedCode{login, len(redeemed) - 1 - i})
	}
	spare := slices.DeleteFunc(slices.Clone(all), func(u usedCode) bool { return s.keeps(u.login) })
	if len(spare) == 0 {
		spare = all
	}
	if len(spare) == 0 {
		s.Block("TOKEN-01", "no code of the run was redeemed for tokens as it should be")
	}
	if rest := aWhile - spare[0].ago(); rest > 0 {
		s.waitFor(rest)
	}
	young := func(u usedCode) bool { return u.ago() < aWhile }
	old := slices.DeleteFunc(spare, young)
	picked := []usedCode{old[0]}
	for _, at := range []int{len(old) / 2, len(old) - 1} {
		if !slices.Contains(picked, old[at]) {
			picked = append(picked, old[at])
		}
	}
	return picked
}

// redeemedLogins are the first client's logins of the run whose code brought tokens, but
// for those whose code was sent many times at once, in order.
func (s *Session) redeemedLogins() (logins []*Login) {
	for _, one := range s.Seen.Issued {
		l := one.Login
		if !one.Among && !l.Second && len(l.uses) > 0 && l.uses[0].grants() && !slices.Contains(logins, l) {
			logins = append(logins, l)
		}
	}
	return logins
}

// keeps says that a login's tokens may be asked for again.
func (s *Session) keeps(l *Login) bool {
	return l == s.login || l == s.fresh || s.other != nil && s.other.Login == l
}
