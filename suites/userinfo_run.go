package suites

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Every userinfo response of the run: the checks of a single response look at the
// first client's and the first person's, and what is wrong with another's is seen
// here alone.

var UINFO18 = judge.Check{
	ID: "UINFO-18", Title: "every userinfo response of the run has its own login's sub",
	Problem: "a userinfo response has another sub than its login's ID token, although that of another login has not", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.2")},
	Expect: "sub of every userinfo response of the run, for each person and each client, equals sub of the ID token that came with its access token.",
	Why:    "A client that does not compare them takes one person's data for another's; one that does rejects some people's logins, or a whole agency's.",
	Remedy: "Take sub for both responses from the grant behind the access token, with no default for a person or a client.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("UINFO-18 every userinfo response of the run has its own login's sub", check(UINFO18, func(s *Session) {
	all := s.everyUserInfo("UINFO-02 UINFO-15 UINFO-16 IDT-18")
	judged := 0
	found := map[string]bool{}
	for _, a := range all {
		t, err := sgid.ParseIDToken(a.Tokens.IDToken)
		if err != nil || t.Subject == "" {
			continue // IDT-17's and IDT-18's
		}
		judged++
		saw := fmt.Sprintf("a different sub, of %d characters; the ID token's has %d", len(a.Subject), len(t.Subject)) + whose(a.Tokens.Login)
		holds := a.Subject == t.Subject
		s.Assert(holds || found[saw], "the sub of the ID token", saw, a.Exchange)
		found[saw] = found[saw] || !holds
	}
	if judged == 0 {
		s.Block("IDT-07", "no ID token that came with a userinfo response has a sub")
	}
	s.Observe("%d responses", judged)
}))

// everyUserInfo are the responses of the run to a valid token, with one for another
// person and one for the second client, where these cost nobody's time. What the
// owners have found wrong is theirs.
func (s *Session) everyUserInfo(owners string) []*UserInfoResponse {
	s.SharedUserInfo()
	for _, owner := range strings.Fields(owners) {
		if s.isRoot(owner) {
			s.Block(owner, "it has found this wrong already")
		}
	}
	s.perhapsAnother()
	s.perhapsSecond()
	return s.Seen.UserInfos
}

// perhapsSecond has a response for the second client among those of the run where it
// costs nobody's time and can be had.
func (s *Session) perhapsSecond() {
	ofSecond := func(a *UserInfoResponse) bool { return a.Tokens.Login.Second }
	if s.Config.Second == nil || s.sparing() || s.noSecond || slices.ContainsFunc(s.Seen.UserInfos, ofSecond) {
		return
	}
	s.noSecond = true
	if login, _ := s.TryLogIn(BySecondClient()); login != nil {
		s.readable(login)
	}
}

// whose says whose response it is, where it is not the first person's at the first
// client.
func whose(login *Login) string {
	switch {
	case login.Second:
		return ", for the second client"
	case login.Person != 0:
		return ", for another person"
	}
	return ""
}

var CRYPT12 = judge.Check{
	ID: "CRYPT-12", Title: "no other person's or client's value appears unencrypted in the response",
	Problem: "a value appears unencrypted in another person's or the second client's response, although none does in the first", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.SGIDDATA("Data Catalog")},
	Expect: "Neither a decrypted value nor the block key appears outside its JWE, in any encoding, in the responses of the run for other people and for the second client.",
	Why:    "One branch of the code that adds a member for some people, or for an older client, shows their data to proxies and logs.",
	Remedy: "Remove the copy; build the response in one place for all people and clients, from sub, key and data alone.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-12 no other person's or client's value appears unencrypted in the response", check(CRYPT12, func(s *Session) {
	s.BlockKey(s.Encrypted())
	all := s.everyUserInfo("CRYPT-10")
	s.opened()
	type who struct {
		second bool
		person int
	}
	seen := map[who]bool{{false, 0}: true} // CRYPT-10's
	var shown []judge.Finding
	judged := 0
	for _, a := range all {
		w := who{a.Tokens.Login.Second, a.Tokens.Login.Person}
		if a.blockKey == nil || seen[w] {
			continue // why it does not open, other checks judge
		}
		seen[w] = true
		judged++
		shown = append(shown, s.unencrypted(a)...)
	}
	if judged == 0 {
		s.SkipFor(run.WantLogins, "no other person's and no second client's data were had")
	}
	s.AssertNone("no unencrypted values", shown)
	s.Observe("%d responses", judged)
}))

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
