package rp

import (
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
)

// RP-18 and RP-75: what everything else stands on.

var RP18 = judge.Check{
	ID: "RP-18", Title: "a login changes what the protected page shows",
	Problem: "a login does not change what the protected page shows", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "A login at a provider that does everything right ends with the protected page showing that somebody is logged in.",
	Why:    "Where no login works, nothing else of the application can be judged.",
	Remedy: "Give the application the settings that this run prints (sgidcheck rp --serve prints them, too): the provider's origin, client ID, secret, private key and redirect URI. Take them from the environment instead of from the code.",
	Logins: 3,
}

var _ = ginkgo.It("RP-18 a login changes what the protected page shows", check(RP18, func(s *Session) {
	l := s.Clean()
	l.Keep()
	s.Expect(l.Look.In).To(gomega.BeTrue())
	s.Observe("%s", l.Look.Shows())
}))

var RP75 = judge.Check{
	ID: "RP-75", Title: "the login works with the cookies that a return from another site carries",
	Problem: "the login fails without cookies that a return from another site does not carry", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "The callback, which the provider's page takes the browser to, works without SameSite=Strict cookies.",
	Why:    "Browsers send no SameSite=Strict cookie when another site's page begins the navigation, and the provider is another site: the login would work for nobody, or only after a reload.",
	Remedy: "Set the cookie that holds state, nonce and code verifier with SameSite=Lax; a session cookie that is made after the login may be Strict.",
}

var _ = ginkgo.It("RP-75 the login works with the cookies that a return from another site carries", check(RP75, func(s *Session) {
	s.baseline.Require(!s.keepStrict, "", "the login works only where SameSite=Strict cookies are sent with the callback, which browsers do not do", s.baseline.AtCallback())
	s.Clean()
}))
