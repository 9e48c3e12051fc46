package rp

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What the application asks for, as the provider receives it.

// asked is the login's authorization request.
func (l *Login) asked() *provider.Received {
	all := l.Attempt.At(sgid.PathAuthorize)
	if len(all) == 0 {
		l.s.Block("RP-18", "no authorization request was received")
	}
	return all[len(all)-1]
}

var RP01 = judge.Check{
	ID: "RP-01", Title: "the authorization request has what sgID documents",
	Problem: "the authorization request lacks what sgID documents", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Authorization"), judge.OIDCCORE("3.1.2.1")},
	Expect: "The authorization request has response_type=code, the client ID, the registered redirect URI, and openid among its scopes.",
	Why:    "sgID refuses a request that lacks one of them, and nobody can log in.",
	Remedy: "Let the SDK build the address (sgid.authorizationUrl(…)), or add what is missing: scope begins with openid, response_type is code.",
}

var _ = ginkgo.It("RP-01 the authorization request has what sgID documents", check(RP01, func(s *Session) {
	r, client := s.baseline.asked(), s.Front.Client()
	q := r.Query
	for _, part := range []struct {
		what  string
		holds bool
	}{
		{"response_type is code", q.Get("response_type") == sgid.ResponseTypeCode},
		{"client_id is the registered one", q.Get("client_id") == client.ID},
		{"redirect_uri is the registered one", slices.Contains(client.RedirectURIs, q.Get("redirect_uri"))},
		{"scope holds openid", slices.Contains(strings.Fields(q.Get("scope")), sgid.ScopeOpenID)},
	} {
		s.Assert(part.holds, part.what, "it is not so", s.baseline.AtProvider(r))
	}
}))

var RP02 = judge.Check{
	ID: "RP-02", Title: "PKCE is used, with S256",
	Problem: "PKCE is not used, or not with S256", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Authorization"), judge.RFC("7636", "4.2")},
	Expect: "The authorization request has a code_challenge of 43 base64url characters, and code_challenge_method is S256.",
	Why:    "sgID refuses a login without PKCE, and the challenge is what makes a stolen code worthless.",
	Remedy: "Make a pair for each login (generatePkcePair() of the SDK): the challenge is base64url(sha256(verifier)) without padding, the method S256.",
}

var _ = ginkgo.It("RP-02 PKCE is used, with S256", check(RP02, func(s *Session) {
	r := s.baseline.asked()
	challenge := r.Query.Get("code_challenge")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	method := r.Query.Get("code_challenge_method")
	s.Require(method == sgid.CodeChallengeMethodS256, "code_challenge_method=S256", fmt.Sprintf("it is %q", brief(method)), s.baseline.AtProvider(r))
	s.Require(err == nil && len(raw) == 32, "",
		fmt.Sprintf("code_challenge has %d characters and is not the base64url of a SHA-256 hash", len(challenge)), s.baseline.AtProvider(r))
}))

var RP03 = judge.Check{
	ID: "RP-03", Title: "each login has a PKCE pair of its own",
	Problem: "two logins share one PKCE pair", Level: judge.MUST, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.SGIDINT("Custom Integration"), judge.RFC("7636", "7.1")},
	Expect: "Of seven logins, two of them in one browser, no two have the same code_challenge.",
	Why:    "A pair that serves more than one login is known to anyone who saw one of them, and protects no code.",
	Remedy: "Make the pair in the handler that begins the login, not when the program starts, and keep the verifier with that login in the browser's session.",
}

var _ = ginkgo.It("RP-03 each login has a PKCE pair of its own", check(RP03, func(s *Session) {
	s.neverTwice("code_challenge")
}))

// neverTwice judges that no two of seven logins have the same value of a
// parameter of the authorization request.
func (s *Session) neverTwice(parameter string) {
	seen := map[string]bool{}
	for _, l := range s.Seven() {
		r := l.asked()
		value := r.Query.Get(parameter)
		l.Require(value == "" || !seen[value], "", "two logins have the same "+parameter, l.AtProvider(r))
		seen[value] = true
	}
}

// documentedPairs are the challenges and verifiers of sgID's documentation.
var documentedPairs = []string{
	"CUZX5qE8Wvye6kS_SasIsa8MMxacJftmWdsIA_iKp3I",
	"bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S",
	"zaqUHoBV3rnhBF2g0Gkz1qkpEZXHqi2OrPK1DqRi-Lk",
}

var RP04 = judge.Check{
	ID: "RP-04", Title: "no PKCE pair of the documentation is used",
	Problem: "a PKCE pair of the documentation is used", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Authorization")},
	Expect: "Neither challenge nor verifier is one of those that sgID's documentation shows.",
	Why:    "Everybody knows them, so that the code is as good as unprotected. The documentation warns of them.",
	Remedy: "Make a pair for each login with a cryptographic random source: generatePkcePair() of the SDK.",
}

var _ = ginkgo.It("RP-04 no PKCE pair of the documentation is used", check(RP04, func(s *Session) {
	r := s.baseline.asked()
	copied := slices.Contains(documentedPairs, r.Query.Get("code_challenge"))
	s.Require(!copied, "", "code_challenge is the documentation's example", s.baseline.AtProvider(r))
	for _, token := range s.baseline.TokenRequests() {
		copied := slices.Contains(documentedPairs, token.Form.Get("code_verifier"))
		s.Require(!copied, "", "code_verifier is the documentation's example", s.baseline.AtProvider(token))
	}
}))

var RP05 = judge.Check{
	ID: "RP-05", Title: "the code verifier is long enough and fits its challenge",
	Problem: "the code verifier is too short, repeats, or does not fit its challenge", Level: judge.MUST, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.RFC("7636", "4.1"), judge.RFC("7636", "4.6")},
	Expect: "code_verifier has 43 to 128 characters A-Z a-z 0-9 - . _ ~, differs between logins in 22 of them or more, and hashes to the login's code_challenge.",
	Why:    "A verifier that is short, or can be predicted from another, can be guessed by anyone who has the code.",
	Remedy: "Take 32 random octets as base64url: crypto.randomBytes(32).toString('base64url'), and hash that text, not the octets.",
}

var _ = ginkgo.It("RP-05 the code verifier is long enough and fits its challenge", check(RP05, func(s *Session) {
	var verifiers []string
	logins := s.Seven()
	for _, l := range logins {
		for _, token := range l.TokenRequests() {
			verifier := token.Form.Get("code_verifier")
			n := len(verifier)
			s.Require(n >= sgid.PKCEMinLength && n <= sgid.PKCEMaxLength && strings.Trim(verifier, unreserved) == "", "",
				fmt.Sprintf("code_verifier has %d characters, or others than are allowed", n), l.AtProvider(token))
			verifiers = append(verifiers, verifier)
		}
	}
	n := varying(verifiers)
	s.Require(n == 0 || n >= 22, "", fmt.Sprintf("the verifiers of %d logins differ in %d characters alone", len(verifiers), n), logins[0].Evidence())
}))

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// varying is in how many characters texts differ: of texts of one length, the
// places at which not all are the same; of others, what is left of the shortest
// without what all begin and end with. 0: all are the same.
func varying(texts []string) int {
	if len(texts) < 2 {
		return 0
	}
	shortest := slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) })
	longest := slices.MaxFunc(texts, func(a, b string) int { return len(a) - len(b) })
	if len(shortest) == len(longest) {
		n := 0
		for i := range shortest {
			if slices.ContainsFunc(texts, func(t string) bool { return t[i] != shortest[i] }) {
				n++
			}
		}
		return n
	}
	before, after := len(shortest), len(shortest)
	for _, t := range texts {
		for before > 0 && t[:before] != shortest[:before] {
			before--
		}
		for after > 0 && !strings.HasSuffix(t, shortest[len(shortest)-after:]) {
			after--
		}
	}
	return max(len(shortest)-before-after, 1)
}

var RP06 = judge.Check{
	ID: "RP-06", Title: "state cannot be guessed",
	Problem: "state is missing, or can be guessed", Level: judge.SHOULD, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.SGIDAPI("Authorization"), judge.RFC("9700", "2.1")},
	Expect: "Each login has a state of its own, which differs from the others' in 16 characters or more.",
	Why:    "A state that can be guessed, such as the page to go to or a counter, ties no callback to the browser that began the login.",
	Remedy: "Put randomness into state, crypto.randomUUID() or more, and what the application wants to remember into the session under it.",
}

var _ = ginkgo.It("RP-06 state cannot be guessed", check(RP06, func(s *Session) {
	var states []string
	for _, l := range s.Seven() {
		r := l.asked()
		state := r.Query.Get("state")
		s.Require(state != "", "", "no state is sent", l.AtProvider(r))
		s.Require(!slices.Contains(states, state), "", "two logins have the same state", l.AtProvider(r))
		states = append(states, state)
	}
	n, first := varying(states), s.Seven()[0]
	s.Require(n >= 16, "", fmt.Sprintf("the states of %d logins differ in %d characters alone", len(states), n), first.AtProvider(first.asked()))
}))

var RP07 = judge.Check{
	ID: "RP-07", Title: "a nonce is sent",
	Problem: "no nonce is sent", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Authorization"), judge.OIDCCORE("15.5.2")},
	Expect: "The authorization request has a nonce.",
	Why:    "The nonce ties the ID token to the login that asked for it, so that one that was stolen or belongs to another login is of no use.",
	Remedy: "Leave the nonce to the SDK (sgid.authorizationUrl returns it), keep it in the session, and hand it to sgid.callback.",
}

var _ = ginkgo.It("RP-07 a nonce is sent", check(RP07, func(s *Session) {
	r := s.baseline.asked()
	s.Require(r.Query.Get("nonce") != "", "", "no nonce is sent", s.baseline.AtProvider(r))
}))

var RP08 = judge.Check{
	ID: "RP-08", Title: "no nonce is sent twice",
	Problem: "a nonce is sent twice", Level: judge.MUST, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.OIDCCORE("15.5.2")},
	Expect: "Of seven logins no two have the same nonce.",
	Why:    "A nonce that is the same for all lets the ID token of one login be used in another.",
	Remedy: "Make the nonce in the handler that begins the login. A default argument or a module's constant is made once, when the program starts.",
}

var _ = ginkgo.It("RP-08 no nonce is sent twice", check(RP08, func(s *Session) {
	s.needsNonce()
	s.neverTwice("nonce")
}))

// otherHosts are the headers by which a request says that it is for another host.
var otherHosts = []otherHost{{"Host", "evil.example"}, {"X-Forwarded-Host", "evil.example"}, {"Forwarded", "host=evil.example"}}

type otherHost struct{ header, value string }

var RP09 = judge.Check{
	ID: "RP-09", Title: "redirect_uri is the registered one, whatever the request's host",
	Problem: "redirect_uri is not the registered one, or follows the request's host", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.3"), judge.SGIDAPI("Authorization")},
	Expect: "redirect_uri is the registered one in the authorization and the token request, also where the start page is asked for under another host, by Host or by a header of proxies.",
	Why:    "A redirect URI that is built from the request's Host header sends the code wherever an attacker's link says, as far as the provider lets it.",
	Remedy: "Take the redirect URI from the configuration, not from req.headers.host or url_for(_external=True).",
	Cases:  append([]string{"clean logins"}, judge.Names(otherHosts, func(o otherHost) string { return o.header })...),
}

var _ = ginkgo.It("RP-09 redirect_uri is the registered one, whatever the request's host", check(RP09, func(s *Session) {
	registered := s.Front.Client().RedirectURIs
	s.Case("clean logins", func() {
		var found []judge.Finding
		for _, token := range s.baseline.TokenRequests() {
			if got := token.Form.Get("redirect_uri"); got != s.baseline.asked().Query.Get("redirect_uri") {
				found = append(found, judge.Finding{Observed: fmt.Sprintf("the token request has the redirect_uri %q", brief(got)), Evidence: s.baseline.AtProvider(token)})
			}
		}
		s.AssertNone("", found)
	})
	for _, o := range otherHosts {
		s.Case(o.header, func() {
			said := o.header + ": " + o.value
			l := s.answered(func() *Login {
				return s.Begin(&application.HTTP{Site: s.Site, Client: s.Client, Header: http.Header{o.header: {o.value}}}, provider.Conduct{})
			})
			asked := l.Attempt.At(sgid.PathAuthorize)
			if refused := l.Start.Status() >= 400 && l.Start.Status() < 500; len(asked) == 0 && !refused {
				s.Skip("with %s the start page leads to no authorization request", said)
			}
			var found []judge.Finding
			for _, r := range asked {
				if got := r.Query.Get("redirect_uri"); !slices.Contains(registered, got) {
					found = append(found, judge.Finding{Observed: fmt.Sprintf("with %s the redirect_uri is %q", said, brief(got)), Evidence: l.AtProvider(r)})
				}
			}
			l.AssertNone("", found)
		})
	}
}))
