package suites

import (
	"fmt"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// The second client at the token endpoint: what is refused for one client may be
// granted to another that was registered in another way.

const usedAgain = "code used again"

// forTheSecond are token requests of the second client that must be refused, with
// the check that judges the same of the first.
var forTheSecond = []struct {
	name, owner string
	change      Change
}{
	{"wrong client_secret", "TOKEN-11", Sending("client_secret", "sgidcheck-not-the-secret")},
	{"no client_secret", "TOKEN-12", Omitting("client_secret")},
	{"another redirect_uri", "TOKEN-14", Sending("redirect_uri", "https://sgidcheck.example/callback")},
	{"wrong code_verifier", "PKCE-08", Sending("code_verifier", "sgidcheck-sgidcheck-sgidcheck-not-the-verifier")},
	{"no code_verifier", "PKCE-07", Omitting("code_verifier")},
}

var TOKEN32 = judge.Check{
	ID: "TOKEN-32", Title: "the second client's token requests are refused like the first's",
	Problem: "a request of the second client that must be refused is not", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.2.1"), judge.RFC("6749", "4.1.3"), judge.RFC("7636", "4.6")},
	Expect: "A code of the second client is refused without its right secret, redirect_uri and code_verifier, and when it is used again.",
	Why:    "A provider that is strict with one client and lenient with another leaves the other's citizens open to a stolen code.",
	Remedy: "Judge every client's requests by the same code, with no setting of a client that turns secret, PKCE or the single use of codes off.",
	Needs:  []judge.Need{judge.Login, judge.SecondClient}, Logins: 1,
	Cases: append(namesForTheSecond(), usedAgain), Wants: []judge.Want{
		{Varies: []string{judge.Client}, Code: judge.Refused},
		{Case: usedAgain, Varies: []string{judge.Client}, Code: judge.Reused, Perhaps: true}, // where no code is left of the others
	},
}

func namesForTheSecond() []string {
	var names []string
	for _, one := range forTheSecond {
		names = append(names, one.name)
	}
	return names
}

var _ = ginkgo.It("TOKEN-32 the second client's token requests are refused like the first's", check(TOKEN32, func(s *Session) {
	s.NeedsLogin()
	var last *Login
	logIn := func() *Login {
		last = s.LogIn(BySecondClient())
		return last
	}
	var attempts []attempt
	for _, one := range forTheSecond {
		a := s.refused(one.name, []Change{one.change})
		a.expect = func(reply *TokenReply) {
			s.firstToo(one.owner, reply)
			s.Expect(reply).To(BeRefused())
		}
		attempts = append(attempts, a)
	}
	s.onOneCode(logIn, attempts...)
	s.Case(usedAgain, func() {
		if last == nil || len(last.uses) == 0 || !last.uses[0].grants() {
			s.Tokens(logIn())
		}
		reply := s.Use(last, 2)
		s.firstToo("TOKEN-05", reply)
		s.Expect(reply).To(BeRefused())
	})
}))

// firstToo ends the case of a request that is not refused where the check that
// judges it of the first client has found the same there.
func (s *Session) firstToo(owner string, reply *TokenReply) {
	if reply.refuses() {
		return
	}
	if s.afterOthers(); s.isRoot(owner) {
		s.Block(owner, "the first client's request is not refused either")
	}
}

// keyAlgorithmOf is the problem with how the second client's block key is encrypted,
// where the first client's has none; empty: there is none.
func keyAlgorithmOf(first, second *UserInfoResponse) string {
	proper := func(a *UserInfoResponse) (bool, string) {
		j, err := sgid.ParseJWE(a.Key)
		if err != nil {
			return true, "" // CRYPT-01's
		}
		for _, alg := range sgid.KeyAlgorithms() {
			if j.Alg == alg {
				return true, ""
			}
		}
		return false, j.Alg
	}
	if ok, _ := proper(first); !ok {
		return ""
	}
	if ok, alg := proper(second); !ok {
		return fmt.Sprintf("the second client's key has alg %q", clip(alg))
	}
	return ""
}
