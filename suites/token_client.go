package suites

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Who may redeem a code: the client it was issued to, with its secret, by the
// one grant there is, for the redirect URI of the login.

var otherGrants = []string{"password", "client_credentials", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "AUTHORIZATION_CODE", "sgidcheck", "authorization%5Fcode"}

var TOKEN10 = judge.Check{
	ID: "TOKEN-10", Title: "every grant_type except authorization_code is refused",
	Problem: "a grant_type other than authorization_code is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("6749", "5.2")},
	Expect: "A missing grant_type is refused with invalid_request, and every other value except authorization_code is refused.",
	Why:    "Every additional grant is another way to get a token without the citizen logging in.",
	Remedy: "Return invalid_request if grant_type is missing and unsupported_grant_type if it is not authorization_code.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: append([]string{"missing", "empty"}, otherGrants...),
	Covers: []string{"IsPasswordFlowDisabledTest", "ClientCredentialsFlowSupportedTest"}, Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-10 every grant_type except authorization_code is refused", check(TOKEN10, func(s *Session) {
	s.NeedsLogin()
	attempts := []attempt{
		s.refused("missing", []Change{Omitting("grant_type")}, "invalid_request"),
		s.refused("empty", []Change{Sending("grant_type", "")}, "invalid_request", "unsupported_grant_type"),
	}
	for _, grant := range otherGrants {
		attempts = append(attempts, s.refused(grant, []Change{Sending("grant_type", grant), Sending("username", "nobody"), Sending("password", random(12)),
			Sending("refresh_token", random(32)), Sending("assertion", "e30.e30."), Sending("scope", "openid")}))
	}
	s.onOneCode(func() *Login { return s.LogIn() }, attempts...)
}))

// wrongSecrets are client secrets made from the right one.
var wrongSecrets = altered{
	{"another secret", func(string) string { return random(24) }},
	{"last character changed", func(secret string) string { return changed(secret, len(secret)-1) }},
	{"first half", func(secret string) string { return secret[:(len(secret)+1)/2] }},
	{"one character more", func(secret string) string { return secret + "x" }},
	{"other case", otherCase},
	{"space behind", func(secret string) string { return secret + " " }},
	{"a letter percent-encoded", escapedLetter},
}

var TOKEN11 = judge.Check{
	ID: "TOKEN-11", Title: "a wrong client_secret is refused with invalid_client",
	Problem: "a wrong client_secret is not refused with invalid_client", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "A client_secret that is not exactly the registered one is refused with invalid_client.",
	Why:    "Without the secret, anyone who intercepts a code could redeem it in the agency's name.",
	Remedy: "Compare client_secret in full, case-sensitively and in constant time, and return invalid_client.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: append([]string{anothersSecret}, wrongSecrets.names()...), Covers: []string{"IsClientAuthenticationRequiredTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-11 a wrong client_secret is refused with invalid_client", check(TOKEN11, func(s *Session) {
	s.NeedsLogin()
	right := s.Config.First.ClientSecret
	if right == "" {
		s.Block("configuration", "no client secret is configured")
	}
	var attempts []attempt
	refused := func(name, secret string) {
		switch {
		case secret == "" && name == anothersSecret:
			s.Case(name, func() { s.SkipFor(run.WantClient, "no secret of a second client is configured") })
			return
		case secret == right || secret == "":
			s.Case(name, func() { s.NotApplicable("this variant does not exist for the configured secret") })
			return
		}
		s.Redactor.Learn("client_secret", secret)
		a := s.refused(name, []Change{Sending("client_secret", secret)}, "invalid_client")
		if judged := a.expect; name == anothersSecret {
			a.expect = func(reply *TokenReply) {
				if !reply.grants() { // the secret of nobody is any wrong one
					s.secondServed()
				}
				judged(reply)
			}
		}
		attempts = append(attempts, a)
	}
	for _, wrong := range wrongSecrets {
		refused(wrong.name, wrong.input(right))
	}
	anothers := ""
	if s.Config.Second != nil {
		anothers = s.Config.Second.ClientSecret
	}
	refused(anothersSecret, anothers)
	s.onOneCode(func() *Login { return s.LogIn() }, attempts...)
}))

const anothersSecret = "another client's"

var TOKEN12 = judge.Check{
	ID: "TOKEN-12", Title: "a missing client_secret is refused",
	Problem: "a token request without client_secret is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.2.1")},
	Expect: "A token request without client_secret, or with an empty one, is refused, also where an Authorization header brings a wrong one.",
	Why:    "A secret that is only checked when it is sent protects nothing.",
	Remedy: "Return invalid_client or invalid_request if client_secret is missing or empty.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: append(withoutSecret.names(), wrongInHeader), Covers: []string{"IsClientAuthenticationRequiredTest"},
	Wants: ofOneCode,
}

var withoutSecret = omittedOrEmpty("client_secret")

const wrongInHeader = "missing, a wrong one in the Authorization header"

var _ = ginkgo.It("TOKEN-12 a missing client_secret is refused", check(TOKEN12, func(s *Session) {
	s.NeedsLogin()
	header := s.refused(wrongInHeader, nil)
	header.send = func(login *Login) *TokenReply {
		credentials := base64.StdEncoding.EncodeToString([]byte(login.Client.ClientID + ":" + random(24)))
		s.Redactor.Learn("credentials", credentials)
		return s.RedeemByHeader(login, "Basic "+credentials, Omitting("client_secret"))
	}
	s.onOneCode(func() *Login { return s.LogIn() }, append(s.refusedEach(withoutSecret), header)...)
}))

var TOKEN13 = judge.Check{
	ID: "TOKEN-13", Title: "an unknown or missing client_id is refused",
	Problem: "an unknown or missing client_id is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "A token request with a client_id that is not registered, an empty one, or none is refused.",
	Why:    "A code that anyone can redeem gives whoever intercepts it a login.",
	Remedy: "Return invalid_client if client_id is unknown and invalid_request or invalid_client if it is missing.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: wrongClientIDs("").names(), Covers: []string{"IsClientIdRequiredTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-13 an unknown or missing client_id is refused", check(TOKEN13, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, s.refusedEach(wrongClientIDs(s.Config.First.ClientID))...)
}))

func wrongClientIDs(right string) cases[Change] {
	return cases[Change]{
		{"unknown", Sending("client_id", "sgidcheck-unknown-"+random(6))},
		{"missing", Omitting("client_id")},
		{"empty", Sending("client_id", "")},
		{"a letter percent-encoded", Sending("client_id", escapedLetter(right))},
	}
}

var TOKEN14 = judge.Check{
	ID: "TOKEN-14", Title: "a redirect_uri other than the login's is refused with invalid_grant",
	Problem: "a redirect_uri other than the login's is not refused with invalid_grant", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.3")},
	Expect: "A token request whose redirect_uri is not exactly that of the authorization request is refused with invalid_grant.",
	Why:    "The comparison detects a code that was redirected to an address of the attacker's choosing.",
	Remedy: "Store the redirect_uri with the code and compare it character for character.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: otherRedirectURIs(sampleURI, "").names(),
	Covers: []string{"RedirectUriCheckedTest"}, Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-14 a redirect_uri other than the login's is refused with invalid_grant", check(TOKEN14, func(s *Session) {
	s.NeedsLogin()
	used, another := s.Config.First.RedirectURI, ""
	for _, uri := range s.Config.First.Callbacks() {
		if uri != used {
			another = uri
		}
	}
	var attempts []attempt
	for _, t := range otherRedirectURIs(used, another) {
		if t.input == "" || t.input == used {
			s.Case(t.name, func() { s.NotApplicable("no such redirect URI is configured") })
			continue
		}
		errors := []string{"invalid_grant"}
		if strings.ContainsAny(t.input, " #") {
			errors = append(errors, "invalid_request") // no redirect URI at all
		}
		attempts = append(attempts, s.refused(t.name, []Change{Sending("redirect_uri", t.input)}, errors...))
	}
	s.onOneCode(func() *Login { return s.LogIn() }, attempts...)
}))

// otherRedirectURIs are redirect URIs other than the one used; another is one that
// is registered too, empty where there is none.
func otherRedirectURIs(used, another string) cases[string] {
	return cases[string]{
		{"not registered", "https://sgidcheck.example/callback"}, {"something appended", used + "/"},
		{"other case", cut(used).onPath(otherCase(cut(used).path))}, {"another registered one", another},
		{"space behind", used + " "}, {"a letter percent-encoded", cut(used).onPath(escapedEnd(cut(used).path))},
		{"another query", withoutQuery(used) + "?sgidcheck=1"}, {"more query", sgid.WithQuery(used, "sgidcheck=1")},
		{"fragment behind", used + "#sgidcheck"}, {"one character less", used[:max(0, len(used)-1)]}, {"without its path", cut(used).onPath("")},
	}
}

func withoutQuery(uri string) string {
	before, _, _ := strings.Cut(uri, "?")
	return before
}

// escapedEnd is a path whose last character is percent-encoded; the path itself
// where it ends with a slash.
func escapedEnd(path string) string {
	if path == "" || strings.HasSuffix(path, "/") {
		return path
	}
	return path[:len(path)-1] + fmt.Sprintf("%%%02x", path[len(path)-1])
}

var TOKEN15 = judge.Check{
	ID: "TOKEN-15", Title: "a missing redirect_uri is refused",
	Problem: "a token request without redirect_uri is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.3")},
	Expect: "A token request without redirect_uri, or with an empty one, is refused.",
	Why:    "A comparison that is skipped when the parameter is missing protects nobody.",
	Remedy: "Return invalid_grant or invalid_request if redirect_uri is missing or empty.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: omittedRedirectURI.names(), Covers: []string{"RedirectUriCheckedTest"},
	Wants: ofOneCode,
}

var omittedRedirectURI = omittedOrEmpty("redirect_uri")

var _ = ginkgo.It("TOKEN-15 a missing redirect_uri is refused", check(TOKEN15, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, s.refusedEach(omittedRedirectURI)...)
}))

var TOKEN16 = judge.Check{
	ID: "TOKEN-16", Title: "a code is redeemed only by its own client",
	Problem: "a code is not refused when another client redeems it", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.3")},
	Expect: "A code of one client is refused when another client redeems it with its own correct secret.",
	Why:    "Any registered client that intercepts a code could log in as the citizen at another agency.",
	Remedy: "Store the client with the code and refuse every other client.",
	Needs:  []judge.Need{judge.Login, judge.SecondClient}, Logins: 2,
	Cases: []string{"with the login's redirect URI", "with its own redirect URI"}, Covers: []string{"IsCodeBoundToClientTest"},
	Wants: append(slices.Clone(ofOneCode), judge.Want{Varies: []string{judge.Client}, Code: judge.Redeemed}),
}

var _ = ginkgo.It("TOKEN-16 a code is redeemed only by its own client", check(TOKEN16, func(s *Session) {
	s.NeedsLogin()
	other := s.Config.Second
	refused := func(name string, changes ...Change) attempt {
		a := s.refused(name, append(changes, As(other)))
		judged := a.expect
		a.expect = func(reply *TokenReply) {
			judged(reply)
			s.refusedSoFar(true) // it is the other client that is refused, whatever becomes of the code
		}
		return a
	}
	s.onOneCode(func() *Login { return s.LogIn() },
		refused("with the login's redirect URI"),
		refused("with its own redirect URI", Sending("redirect_uri", other.RedirectURI)))
}))
