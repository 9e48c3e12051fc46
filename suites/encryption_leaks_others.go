package suites

import (
	"slices"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What CRYPT-10 judges of the first person's response to the first client, of others.

var CRYPT12 = judge.Check{
	ID: "CRYPT-12", Title: "no value appears unencrypted in the second client's response",
	Problem: "a value appears unencrypted in the second client's response", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.SGIDDATA("Data Catalog")},
	Expect: "Neither a decrypted value nor the block key appears outside its JWE, in any encoding, in a response to the second client.",
	Why:    "A branch of the code for an older client, or one that was set up in another way, shows its people's data to proxies and logs.",
	Remedy: "Remove the copy; build the response in one place for all clients, from sub, key and data alone.",
	Needs:  []judge.Need{judge.Login, judge.DataScope, judge.SecondClient}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Client}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("CRYPT-12 no value appears unencrypted in the second client's response", check(CRYPT12, func(s *Session) {
	second := s.Config.Second
	if second.Key == nil || len(dataScopes(second.Scopes)) == 0 {
		s.SkipFor(run.WantClient, "the second client has no private key here, or is registered for no data")
	}
	s.BlockKey(s.Encrypted()) // what is wrong for every client is not CRYPT-09's
	tokens := s.SharedSecond().Tokens
	e := s.AskUserInfo("Bearer " + tokens.AccessToken)
	s.limited(e)
	info, problem := uninformed(e)
	if problem != "" {
		s.owned("CRYPT-09", e, "%s", problem)
	}
	a := s.toValid(tokens, info, e)
	if _, _, problem = s.usable(a); problem != "" {
		s.owned("CRYPT-09", e, "%s", problem)
	}
	s.nothingUnencrypted(a)
}))

var CRYPT13 = judge.Check{
	ID: "CRYPT-13", Title: "no value appears unencrypted in another person's response",
	Problem: "a value appears unencrypted in another person's response", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.SGIDDATA("Data Catalog")},
	Expect: "Neither a decrypted value nor the block key appears outside its JWE, in any encoding, in the response for another person.",
	Why:    "One branch of the code that adds a member for some people shows their data to proxies and logs.",
	Remedy: "Remove the copy; build the response in one place for all people, from sub, key and data alone.",
	Needs:  []judge.Need{judge.Login, judge.DataScope, judge.SecondPerson}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Person}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("CRYPT-13 no value appears unencrypted in another person's response", check(CRYPT13, func(s *Session) {
	s.BlockKey(s.Encrypted())
	a := s.UserInfoOfAnother()
	s.needsDataGranted(a)
	if _, owner, problem := s.usable(a); problem != "" {
		s.owned(owner, a.Exchange, "%s", problem)
	}
	s.nothingUnencrypted(a)
}))

// nothingUnencrypted judges a response beside the first one, whose own is CRYPT-10's.
func (s *Session) nothingUnencrypted(a *UserInfoResponse) {
	if s.isRoot("CRYPT-10") {
		s.Block("CRYPT-10", "it has found this wrong already")
	}
	s.AssertNone("no unencrypted values", s.unencrypted(a))
}

// unencrypted are the values of a response's data, and its block key, where they
// stand outside of the ciphertexts. What stands in sub is the ID token's, too, and
// judged there.
func (s *Session) unencrypted(a *UserInfoResponse) (shown []judge.Finding) {
	places := slices.DeleteFunc(outsideTheCiphertexts(a), func(p place) bool { return p.text == a.Subject })
	find := func(what string, holds func(place) bool) {
		if at := slices.IndexFunc(places, holds); at >= 0 {
			shown = append(shown, judge.Finding{Observed: what + " " + places[at].name + whose(a.Tokens.Login), Evidence: a.Exchange})
		}
	}
	members := s.Open(a)
	for _, name := range a.DataOrder {
		m := members[name]
		if m.err != nil {
			continue // CRYPT-05's
		}
		for _, value := range tellingValues(m.text) {
			v := seek(value)
			find("the value of "+clip(name)+" appears in", func(p place) bool { return read(p.text).shows(v) })
		}
	}
	find("the block key, which decrypts data, is in", func(p place) bool { return p.givesAway(a.blockKey.K) })
	find("an NRIC or FIN is in", func(p place) bool { return len(sgid.FindNRIC(p.text)) > 0 })
	return shown
}
