package rp

import (
	"fmt"
	"net/url"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Whose login it is: browsers that bring back what is not theirs, sessions
// before and after a login, tabs, and people at once.

// people of the logins of a check: the victim, and the attacker or the other.
var (
	victim   = provider.People()[0].ID
	attacker = provider.People()[1].ID
)

// bring has a browser bring back another login's callback, and looks.
func (s *Session) bring(b application.Browser, stolen *provider.Attempt, to string) *Login {
	l := s.loginIn(b, stolen)
	l.ReturnTo(to)
	l.See()
	return l
}

// ownLogin says whether the browser that brings the callback has begun a login itself.
type ownLogin struct {
	name  string
	begun bool
}

var ownLogins = []ownLogin{{"no login of its own", false}, {"a login of its own under way", true}}

var RP21 = judge.Check{
	ID: "RP-21", Title: "another browser's callback logs nobody in",
	Problem: "another browser's callback logs somebody in", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "4.7")},
	Expect: "A callback of a login that an attacker began in another browser is refused, in a browser without a login and in one with a login of its own under way.",
	Why:    "Login CSRF: the victim is logged in as the attacker without noticing, and what the victim then enters lands in the attacker's account.",
	Remedy: "Look the login up by a cookie of this browser, not by the state that came with the callback, and compare the state with the one that is kept there.",
	Cases:  judge.Names(ownLogins, func(o ownLogin) string { return o.name }),
}

var _ = ginkgo.It("RP-21 another browser's callback logs nobody in", check(RP21, func(s *Session) {
	for _, own := range ownLogins {
		s.Case(own.name, func() {
			l := s.answered(func() *Login {
				theirs := s.Begun(s.Browser(), provider.Conduct{Person: attacker, Wrong: "the callback is brought by another browser"})
				b := s.Browser()
				if own.begun {
					s.Begun(b, provider.Conduct{Person: victim})
				}
				return s.bring(b, theirs.Attempt, theirs.Attempt.Back())
			})
			s.RefusedAs(l)
		})
	}
}))

var RP22 = judge.Check{
	ID: "RP-22", Title: "another login's code is of no use",
	Problem: "another login's code is accepted, or sent without this browser's verifier", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "4.5"), judge.RFC("7636", "1")},
	Expect: "A code of another login, brought with this browser's own state, is redeemed with this browser's verifier, and refused. Where the provider does not look at the verifier, the nonce is what refuses it.",
	Why:    "Code injection: with a code that was stolen the attacker is logged in as the victim.",
	Remedy: "Keep verifier and nonce in the browser's session, and hand both to the SDK: sgid.callback({ code, nonce: session.nonce, codeVerifier: session.codeVerifier }).",
	Cases:  []string{"the provider looks at the verifier", "the provider does not"},
}

var _ = ginkgo.It("RP-22 another login's code is of no use", check(RP22, func(s *Session) {
	s.Case("the provider looks at the verifier", func() { s.injects(judge.MUST, nil) })
	s.Case("the provider does not", func() {
		level := judge.MUST
		if s.baseline.Attempt.Query().Get("nonce") == "" {
			level = judge.INFO
		}
		s.injects(level, []string{"pkce-not-enforced"})
	})
}))

// with is an address with one parameter of its query set.
func with(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// injects has a browser bring another login's code with its own state.
func (s *Session) injects(level judge.Level, faults []string) {
	const wrong = "the code is another login's"
	l := s.answered(func() *Login {
		own := s.Begun(s.Browser(), provider.Conduct{Person: victim, Wrong: wrong})
		stolen := s.Begun(s.Browser(), provider.Conduct{Person: attacker, Faults: faults, Wrong: wrong})
		own.ReturnTo(with(own.Attempt.Back(), "code", stolen.Attempt.Code()))
		own.See()
		own.other = stolen
		return own
	})
	if nonce := l.Attempt.Query().Get("nonce"); len(faults) > 0 && nonce != "" && nonce == l.other.Attempt.Query().Get("nonce") {
		s.Block("RP-08", "both logins have the same nonce, so that it cannot tell them apart")
	}
	if len(l.other.TokenRequests()) == 0 {
		l.Keep()
		s.Block("application", "the application redeemed no code in this login, and so not the one of another")
	}
	s.cameToRest(l)
	if !l.AssertAt(level, !l.Look.In, "", "it is accepted: "+l.Look.Shows(), l.Evidence()) {
		l.other.Keep()
		return
	}
	s.count5xx(l)
}

var RP26 = judge.Check{
	ID: "RP-26", Title: "a callback that is loaded again does no harm",
	Problem: "a callback that is loaded again does harm", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "The callback, loaded again in the same browser, is answered with a status below 500, and the person stays logged in; its code is not sent again.",
	Why:    "People press reload and back. A code that is sent again is taken for theft by the provider, and an internal error is what the person sees.",
	Remedy: "Take state, nonce and verifier out of the session when the callback uses them, and send a callback without them to the start page, or on to where the person is logged in.",
	Cases:  []string{"no internal error", "nobody is logged out", "the code is sent once"},
	Levels: map[string]judge.Level{"the code is sent once": judge.SHOULD},
}

var _ = ginkgo.It("RP-26 a callback that is loaded again does no harm", check(RP26, func(s *Session) {
	s.unclean = true
	l := s.answered(func() *Login {
		l := s.CleanAs("")
		l.again = l.ReturnTo(l.Attempt.Back())
		l.See()
		return l
	})
	s.Case("no internal error", func() { s.NoServerError(judge.MUST, l, l.again) })
	s.Case("nobody is logged out", func() {
		l.Require(l.Look.In, "", "the person is logged out: "+l.Look.Shows(), l.Evidence())
	})
	s.Case("the code is sent once", func() {
		again := l.tokenRequest(1)
		l.Require(again == nil, "", fmt.Sprintf("the code is sent %d times", len(l.TokenRequests())), l.AtProvider(again))
	})
}))

var RP27 = judge.Check{
	ID: "RP-27", Title: "a state serves one callback",
	Problem: "a state serves more than one callback", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "4.7.1")},
	Expect: "A second callback with the used state and a fresh code, in the same browser, is refused before the code is redeemed.",
	Why:    "A state that works again can be used by anyone who reads it in a history or a log, with a code of their own.",
	Remedy: "Forget state, nonce and verifier when the callback uses them: delete session.login, before the token request is made.",
}

var _ = ginkgo.It("RP-27 a state serves one callback", check(RP27, func(s *Session) {
	s.needState()
	const wrong = "a used state comes with a fresh code"
	l := s.answered(func() *Login {
		first := s.CleanAs("")
		fresh := s.Begun(s.Browser(), provider.Conduct{Person: attacker, Wrong: wrong})
		l := s.bring(first.Browser, fresh.Attempt, with(fresh.Attempt.Back(), "state", first.Attempt.Query().Get("state")))
		l.other = first
		return l
	})
	redeemed := l.tokenRequest(0)
	l.other.keepUnless(redeemed == nil)
	l.Require(redeemed == nil, "no token request with the second code", "the second code is redeemed", l.AtProvider(redeemed))
	s.count5xx(l)
}))

var RP32 = judge.Check{
	ID: "RP-32", Title: "two tabs of one browser do not disturb each other",
	Problem: "two tabs of one browser disturb each other", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "Of two logins that are begun in one browser, the first can be finished (SHOULD), and the person of the other tab is never shown for it (MUST).",
	Why:    "People open a second tab. A login that then fails is a person who calls; one that shows the other's person is a leak.",
	Remedy: "Keep each login that is under way under its state: session.logins[state] = { nonce, codeVerifier }, and a handful of them.",
	Cases:  []string{"the first tab's login works", "never the other tab's person"},
	Levels: map[string]judge.Level{"the first tab's login works": judge.SHOULD},
}

var _ = ginkgo.It("RP-32 two tabs of one browser do not disturb each other", check(RP32, func(s *Session) {
	s.unclean = true
	l := s.answered(func() *Login {
		b := s.Browser()
		first := s.Begun(b, provider.Conduct{Person: victim})
		s.Begun(b, provider.Conduct{Person: attacker})
		first.Return()
		first.See()
		return first
	})
	s.Case("the first tab's login works", func() {
		s.sure(l.Look.In)
		l.Require(l.Look.In, "", "the first tab's login no longer works once the second has begun: "+l.Look.Shows()+l.how(), l.AtCallback())
	})
	s.Case("never the other tab's person", func() {
		s.needsPerson()
		l.Require(!l.Shows(attacker), "", "the first tab shows the person of the second", l.Evidence())
	})
}))

// needsPerson ends the case where the protected page does not show who is logged in.
func (s *Session) needsPerson() {
	if !s.signs.Shown() {
		s.Skip("the protected page does not show who is logged in")
	}
}
