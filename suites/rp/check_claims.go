package rp

import (
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// RP-41 to RP-48: the claims of the ID token.

// claim is an ID token in which one claim is value.
func claim(name string, value any) provider.Conduct {
	return withClaims(func(c map[string]any) { c[name] = value })
}

func claimMissing(name string) provider.Conduct {
	return withClaims(func(c map[string]any) { delete(c, name) })
}

// claimBecomes is an ID token in which the text of a claim is changed.
func claimBecomes(name string, change func(text string) any) provider.Conduct {
	return withClaims(func(c map[string]any) {
		text, _ := c[name].(string)
		c[name] = change(text)
	})
}

// saying is a conduct with what it does wrong in words of its own.
func saying(wrong string, c provider.Conduct) provider.Conduct {
	c.Wrong = wrong
	return c
}

// claimAt is an ID token in which a claim is a time, by its distance from now.
func claimAt(name string, from time.Duration) provider.Conduct {
	return withClaims(func(c map[string]any) { c[name] = time.Now().Add(from).Unix() })
}

var RP41 = judge.Check{
	ID: "RP-41", Title: "an ID token of another issuer is refused",
	Problem: "an ID token of another issuer is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7")},
	Expect: "An ID token whose iss is not, to the letter, the provider's issuer logs nobody in.",
	Why:    "A token that another provider made for its own purposes would log in here.",
	Remedy: "Compare iss with the issuer, the origin and /v2, as equal texts: no prefix, no host alone (jose: jwtVerify with issuer).",
	Cases:  named(otherIssuers), Logins: len(otherIssuers),
}

var otherIssuers = []trial{
	{"another issuer", claim("iss", "https://id.example.com/v2")},
	{"with a slash at the end", claimBecomes("iss", func(iss string) any { return iss + "/" })},
	{"without /v2", claimBecomes("iss", func(iss string) any { return strings.TrimSuffix(iss, "/v2") })},
	{"longer", claimBecomes("iss", func(iss string) any { return iss + ".example.com" })},
	{"missing", claimMissing("iss")},
	{"a list", claimBecomes("iss", func(iss string) any { return []any{iss} })},
}

var _ = ginkgo.It("RP-41 an ID token of another issuer is refused", check(RP41, func(s *Session) { s.RefusesEach(otherIssuers) }))

var RP42 = judge.Check{
	ID: "RP-42", Title: "an ID token for another client is refused",
	Problem: "an ID token for another client is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7")},
	Expect: "An ID token whose aud does not hold the client ID, to the letter, or whose azp is another client, logs nobody in.",
	Why:    "Any other agency's application could use the tokens of its own users to log in here as them.",
	Remedy: "Compare aud with the client ID as equal texts, and azp where it is there (jose: jwtVerify with audience).",
	Cases:  named(otherAudiences), Logins: len(otherAudiences),
	Levels: map[string]judge.Level{"two audiences without azp": judge.SHOULD, "azp of another client": judge.SHOULD},
}

var otherAudiences = []trial{
	{"another client", claim("aud", "SGIDCHECK-ANOTHER")},
	{"longer", claimBecomes("aud", func(aud string) any { return aud + "-2" })},
	{"a part of it", claimBecomes("aud", func(aud string) any { return aud[:(len(aud)+1)/2] })},
	{"lower case", claimBecomes("aud", func(aud string) any { return lowered(aud) })},
	{"missing", claimMissing("aud")},
	{"a list without it", claim("aud", []any{"SGIDCHECK-ANOTHER"})},
	{"azp of another client", claim("azp", "SGIDCHECK-ANOTHER")},
	{"two audiences without azp", claimBecomes("aud", func(aud string) any { return []any{aud, "SGIDCHECK-ANOTHER"} })},
}

// lowered is a text in lower case, or in upper case where it is lower already.
func lowered(text string) string {
	if lower := strings.ToLower(text); lower != text {
		return lower
	}
	return strings.ToUpper(text)
}

var _ = ginkgo.It("RP-42 an ID token for another client is refused", check(RP42, func(s *Session) { s.RefusesEach(otherAudiences) }))

var RP43 = judge.Check{
	ID: "RP-43", Title: "an ID token that has expired is refused",
	Problem: "an ID token that has expired, or never expires, is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7"), judge.OIDCCORE("2")},
	Expect: "An ID token that expired an hour ago, or whose exp is missing or no number, logs nobody in.",
	Why:    "A token that leaked once would log in for ever.",
	Remedy: "Have the JWT library check exp, demand that it is there (jose: requiredClaims), and allow no more than some minutes for clocks that differ.",
	Cases:  named(expired), Logins: len(expired),
}

var expired = []trial{
	{"an hour ago", claimAt("exp", -time.Hour)},
	{"missing", claimMissing("exp")},
	{"text", claim("exp", "tomorrow")},
}

var _ = ginkgo.It("RP-43 an ID token that has expired is refused", check(RP43, func(s *Session) { s.RefusesEach(expired) }))

var RP44 = judge.Check{
	ID: "RP-44", Title: "an ID token that does not say when it was issued, or is not valid yet, is refused",
	Problem: "an ID token that does not say when it was issued, or is not valid yet, is accepted", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("2"), judge.OIDCCORE("3.1.3.7")},
	Expect: "An ID token without iat, or whose nbf is an hour ahead, logs nobody in. How old iat may be is an observation.",
	Why:    "iat is required in every ID token; what lacks it was not made by this provider.",
	Remedy: "Demand iat (jose: requiredClaims), and leave nbf to the JWT library.",
	Cases:  named(issuedWhen), Logins: len(issuedWhen),
	Levels: map[string]judge.Level{"iat a day ago": judge.INFO, "iat an hour ahead": judge.INFO},
}

var issuedWhen = []trial{
	{"iat missing", claimMissing("iat")},
	{"nbf an hour ahead", claimAt("nbf", time.Hour)},
	{"iat a day ago", claimAt("iat", -24*time.Hour)},
	{"iat an hour ahead", claimAt("iat", time.Hour)},
}

var _ = ginkgo.It("RP-44 an ID token that does not say when it was issued, or is not valid yet, is refused", check(RP44, func(s *Session) { s.RefusesEach(issuedWhen) }))

var RP45 = judge.Check{
	ID: "RP-45", Title: "an ID token of another login is refused",
	Problem: "an ID token of another login is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7"), judge.OIDCCORE("15.5.2")},
	Expect: "Where a nonce was sent, an ID token with another nonce, with that of an earlier login, or that is an earlier login's, logs nobody in.",
	Why:    "A token or a code that was stolen from one login could be put into another.",
	Remedy: "Keep the nonce in the browser's session, compare it as equal text, and forget it with the login (SDK: pass it to callback; openid-client 6: expectedNonce).",
	Cases:  []string{"another", "in other case", "its beginning alone", "the same beginning", "an earlier login's", "an earlier login's whole ID token"}, Logins: 7,
}

var _ = ginkgo.It("RP-45 an ID token of another login is refused", check(RP45, func(s *Session) {
	s.needsNonce()
	s.Case("another", func() {
		s.Refuses(saying("the nonce is another", claim("nonce", "sgidcheck-another")))
	})
	s.Case("in other case", func() {
		s.Refuses(saying("the nonce has upper and lower case exchanged", claimBecomes("nonce", func(nonce string) any { return otherCase(nonce) })))
	})
	s.Case("its beginning alone", func() {
		s.Refuses(saying("the nonce is a part of the right one", claimBecomes("nonce", func(nonce string) any { return nonce[:(len(nonce)+1)/2] })))
	})
	s.Case("the same beginning", func() {
		s.Refuses(saying("the nonce begins as the right one", claimBecomes("nonce", func(nonce string) any {
			half := len(nonce) / 2
			return nonce[:half] + altered(nonce[half:])
		})))
	})
	var earlier *Login
	s.Case("an earlier login's", func() {
		earlier = s.earlierNonce()
		nonce := earlier.Attempt.Query().Get("nonce")
		s.Refuses(saying("the nonce is an earlier login's", claim("nonce", nonce)))
	})
	s.Case("an earlier login's whole ID token", func() {
		if earlier == nil {
			earlier = s.earlierNonce()
		}
		token := earlier.Attempt.IDToken()
		s.Refuses(provider.Conduct{Wrong: "the ID token is an earlier login's", Token: func(members map[string]any) { members["id_token"] = token }})
	})
}))

// needsNonce ends the check where the application sends no nonce.
func (s *Session) needsNonce() {
	if s.baseline.Attempt.Query().Get("nonce") == "" {
		s.NotApplicable("the application sends no nonce, which is RP-07's to tell")
	}
}

// earlierNonce is a clean login whose nonce another login does not have.
func (s *Session) earlierNonce() *Login {
	one, two := s.Clean(), s.Clean()
	if one.Attempt.Query().Get("nonce") == two.Attempt.Query().Get("nonce") {
		s.Block("RP-08", "the nonce is the same in every login, so that an earlier one's cannot be told")
	}
	return one
}

var RP46 = judge.Check{
	ID: "RP-46", Title: "an ID token without the nonce that was sent is refused",
	Problem: "an ID token without the nonce that was sent is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7")},
	Expect: "Where a nonce was sent, an ID token without one logs nobody in.",
	Why:    "Leaving nonce out would be the way round it.",
	Remedy: "Compare the nonce also where the token has none (SDK: pass it to callback; openid-client 6: expectedNonce).",
	Logins: 2,
}

var _ = ginkgo.It("RP-46 an ID token without the nonce that was sent is refused", check(RP46, func(s *Session) {
	s.needsNonce()
	s.Refuses(saying("the ID token has no nonce", claimMissing("nonce")))
}))

var RP47 = judge.Check{
	ID: "RP-47", Title: "a person without an identifier is refused",
	Problem: "a person without an identifier is logged in", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("2")},
	Expect: "An ID token and userinfo whose sub is missing, empty or no text log nobody in.",
	Why:    "All persons without an identifier would share one account.",
	Remedy: "Demand that sub is text and not empty before an account is looked up or made.",
	Cases:  named(subjects), Logins: len(subjects),
	Levels: map[string]judge.Level{"a number": judge.SHOULD, "300 characters": judge.INFO},
}

// subject is a login in which ID token and userinfo have this sub; nil: none.
func subject(value any) provider.Conduct {
	set := func(members map[string]any) {
		members["sub"] = value
		if value == nil {
			delete(members, "sub")
		}
	}
	return provider.Conduct{IDToken: withClaims(set).IDToken, Answer: set}
}

var subjects = []trial{
	{"missing", subject(nil)},
	{"empty", subject("")},
	{"a number", subject(1234567)},
	{"300 characters", subject(strings.Repeat("u", 300))},
}

var _ = ginkgo.It("RP-47 a person without an identifier is refused", check(RP47, func(s *Session) { s.RefusesEach(subjects) }))

var RP48 = judge.Check{
	ID: "RP-48", Title: "at_hash is compared where it is there", Level: judge.INFO, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.8")},
	Expect: "An ID token whose at_hash is another access token's logs nobody in; checking it is optional in this flow.",
	Why:    "at_hash ties the access token to the ID token.",
	Remedy: "Leave it to the library: openid-client and the SDK compare it.",
	Logins: 1,
}

var _ = ginkgo.It("RP-48 at_hash is compared where it is there", check(RP48, func(s *Session) {
	s.Refuses(saying("at_hash is another access token's", claim("at_hash", encode(make([]byte, 16)))))
}))

// NotVerified reports whether the verdicts of a run say one thing together: that
// the application does not verify the ID token at all.
func NotVerified(verdicts map[string]run.Verdict) bool {
	for _, id := range []string{"RP-35", "RP-36", "RP-37", "RP-38", "RP-40", "RP-41", "RP-42", "RP-43", "RP-45", "RP-46"} {
		if verdicts[id] != run.Fail && (verdicts[id] != run.Skip || id < "RP-45") { // without a nonce, the last two are left out
			return false
		}
	}
	return true
}
