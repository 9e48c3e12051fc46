package suites

import (
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// PKCE: the challenge that the authorization endpoint must insist on. What the
// token endpoint does with the verifier is in pkce_verifier.go.

var PKCE01 = judge.Check{
	ID: "PKCE-01", Title: "a request without code_challenge is refused",
	Problem: "a request without code_challenge is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("7636", "4.4.1")},
	Expect: "A request without code_challenge is refused.",
	Why:    "If PKCE is optional, an attacker simply omits it, and a stolen code is enough to log in.",
	Remedy: "Return invalid_request if code_challenge is missing or empty.",
	Needs:  []judge.Need{judge.Login}, Cases: append(withoutChallenge.names(), "missing, by POST", secondClients), Covers: []string{"IsPkceRequiredTest"},
}

var withoutChallenge = append(missingOrEmpty("code_challenge"), named[Vary]{"missing with its method", func(r *request) {
	Without("code_challenge")(r)
	Without("code_challenge_method")(r)
}})

var _ = ginkgo.It("PKCE-01 a request without code_challenge is refused", check(PKCE01, func(s *Session) {
	s.GoodRequest()
	withoutChallenge.each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefused()) })
	s.Case("missing, by POST", func() {
		s.needsPOST()
		s.Expect(s.Authorize(Without("code_challenge"), ByPOST())).To(BeRefused())
	})
	s.Case(secondClients, func() {
		s.secondServed()
		s.Expect(s.Authorize(BySecondClient(), Without("code_challenge"))).To(BeRefused())
	})
}))

var PKCE02 = judge.Check{
	ID: "PKCE-02", Title: "a request without code_challenge_method is refused",
	Problem: "a request without code_challenge_method is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("7636", "4.3")},
	Expect: "A request without code_challenge_method, which would mean plain, is refused.",
	Why:    "With plain, anyone who sees the authorization request can redeem its code.",
	Remedy: "Return invalid_request if code_challenge_method is missing or empty.",
	Needs:  []judge.Need{judge.Login}, Cases: withoutMethod.names(), Covers: []string{"PlainPkceDisabledTest"},
}

var withoutMethod = missingOrEmpty("code_challenge_method")

var _ = ginkgo.It("PKCE-02 a request without code_challenge_method is refused", check(PKCE02, func(s *Session) {
	s.GoodRequest()
	withoutMethod.each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefused()) })
}))

var PKCE03 = judge.Check{
	ID: "PKCE-03", Title: "the method plain is refused",
	Problem: "the method plain is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "code_challenge_method=plain is refused.",
	Why:    "With plain, anyone who sees the authorization request can redeem its code.",
	Remedy: "Return invalid_request for every code_challenge_method except S256.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"PlainPkceDisabledTest"},
}

var _ = ginkgo.It("PKCE-03 the method plain is refused", check(PKCE03, func(s *Session) {
	s.GoodRequest()
	s.Expect(s.Authorize(With("code_challenge_method", "plain"))).To(BeRefused())
}))

var challengeMethods = []string{"s256", "S512", "sha256", "none", "PLAIN", "S256 plain", "S2566", "%53256"}

var PKCE04 = judge.Check{
	ID: "PKCE-04", Title: "an unknown code_challenge_method is refused",
	Problem: "an unknown code_challenge_method is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("7636", "4.3")},
	Expect: "Any method except S256, compared case-sensitively, is refused.",
	Why:    "A method that is accepted without being understood ends up as no check at all.",
	Remedy: "Compare code_challenge_method exactly with S256 and return invalid_request for everything else.",
	Needs:  []judge.Need{judge.Login}, Cases: challengeMethods,
}

var _ = ginkgo.It("PKCE-04 an unknown code_challenge_method is refused", check(PKCE04, func(s *Session) {
	s.GoodRequest()
	for _, method := range challengeMethods {
		s.Case(method, func() { s.Expect(s.Authorize(With("code_challenge_method", method))).To(BeRefused()) })
	}
}))

// illegalChallenges are challenges outside 43*128unreserved.
var illegalChallenges = altered{
	{"42 characters", func(c string) string { return c[:42] }},
	{"one character", func(c string) string { return c[:1] }},
	{"129 characters", func(c string) string { return strings.Repeat(c, 3) }},
	{"padding", func(c string) string { return c + "=" }},
	{"plus and slash", func(c string) string { return "+/" + c[2:] }},
	{"space", func(c string) string { return c[:20] + " " + c[21:] }},
	{"not ASCII", func(c string) string { return c[:41] + "é" }},
}

var PKCE05 = judge.Check{
	ID: "PKCE-05", Title: "an illegal code_challenge is refused",
	Problem: "an illegal code_challenge is not refused", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "4.2")},
	Expect: "A challenge shorter than 43 or longer than 128 characters, or with characters other than the unreserved ones, is refused.",
	Why:    "No verifier can match such a challenge; the person would log in for nothing, or a lenient comparison would match anything.",
	Remedy: "Return invalid_request if code_challenge is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~.",
	Needs:  []judge.Need{judge.Login}, Cases: illegalChallenges.names(),
}

var _ = ginkgo.It("PKCE-05 an illegal code_challenge is refused", check(PKCE05, func(s *Session) {
	s.GoodRequest()
	illegalChallenges.each(s, func(illegal func(string) string) {
		s.Expect(s.Authorize(With("code_challenge", illegal(sgid.NewPKCE().Challenge)))).To(BeRefused())
	})
}))

const exampleChallenge = "CUZX5qE8Wvye6kS_SasIsa8MMxacJftmWdsIA_iKp3I"

var PKCE13 = judge.Check{
	ID: "PKCE-13", Title: "the documentation's example challenge", Level: judge.INFO, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "The documentation warns never to use its own example pair; a provider may refuse it.",
	Why:    "The example's verifier is public: a client that uses it is not protected by PKCE.",
	Remedy: "Refuse the challenges that the documentation prints, so that copied code is noticed in time.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("PKCE-13 the documentation's example challenge", check(PKCE13, func(s *Session) {
	if strings.HasPrefix(s.Config.Issuer, sgid.OriginProduction) {
		s.NotApplicable("the example is never sent to production")
	}
	response := s.Authorize(With("code_challenge", exampleChallenge))
	switch {
	case response.Granted(), response.Kind == login.ResponsePage:
		s.Observe("the example challenge is accepted")
	default:
		s.Observe("the example challenge leads to %s", response.Saw())
	}
}))
