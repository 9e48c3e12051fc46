package suites

import (
	"fmt"
	"slices"

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
	Problem: "a userinfo response has another sub than its login's ID token", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.2")},
	Expect: "sub of every userinfo response of the run, for each person and each client, equals sub of the ID token that came with its access token.",
	Why:    "A client that does not compare them takes one person's data for another's; one that does rejects some people's logins, or a whole agency's.",
	Remedy: "Take sub for both responses from the grant behind the access token, with no default for a person or a client.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("UINFO-18 every userinfo response of the run has its own login's sub", check(UINFO18, func(s *Session) {
	all := s.everyUserInfo()
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
// person and one for the second client, where these cost nobody's time. A sub that
// another check has found wrong is that check's.
func (s *Session) everyUserInfo() []*UserInfoResponse {
	s.SharedUserInfo()
	for _, owner := range []string{"UINFO-02", "UINFO-15", "UINFO-16", "IDT-18"} {
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
