package suites

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"
)

// UINFO, continued: what the userinfo endpoint must refuse. A weak target does
// not survive some of it, and so these come last.

var disruptive = []judge.Need{judge.Login, judge.Disruption}

var UINFO03 = judge.Check{
	ID: "UINFO-03", Title: "without a token: 401 and a challenge",
	Problem: "a request without a token does not get 401 and a challenge", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("6750", "3")},
	Expect: "A request without Authorization gets 401 with WWW-Authenticate: Bearer, and no data.",
	Why:    "Anyone on the network can send such a request: it must be refused, and it must not affect the service.",
	Remedy: "Check that the header is present before reading it, and return 401 with WWW-Authenticate: Bearer.",
	Needs:  disruptive,
}

var _ = ginkgo.It("UINFO-03 without a token: 401 and a challenge", check(UINFO03, func(s *Session) {
	s.valid()
	e := s.AskUserInfo("")
	s.root(e.Status() == http.StatusUnauthorized && bearerChallenge(e) == "")
	s.Expect(e).To(BeUnauthorized())
	s.Expect(e).To(HoldNoData())
}))

var UINFO04 = judge.Check{
	ID: "UINFO-04", Title: "a token that was not issued: 401, invalid_token",
	Problem: "a token that was not issued does not get 401 with invalid_token", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("6750", "3.1")},
	Expect: "An access token that is unknown, tampered with, shortened, lengthened or in different case gets 401 with error invalid_token, and no data.",
	Why:    "A token that is only partly compared is easier to guess, and with it somebody's data.",
	Remedy: "Look up the whole token exactly; if it is not found, return 401 and WWW-Authenticate: Bearer error=\"invalid_token\".",
	Needs:  disruptive,
	Cases:  wrongTokens.names(),
}

// wrongTokens are access tokens made from a valid one. Each has the syntax of a
// token (RFC 6750 section 2.1): padding stands at the end alone.
var wrongTokens = altered{
	{"unknown", func(t string) string { return random(max(8, len(t)*3/4)) }},
	{"first character changed", func(t string) string { return another(t[0]) + t[1:] }},
	{"last character changed", beforePadding(func(t string) string { return t[:len(t)-1] + another(t[len(t)-1]) })},
	{"shortened", beforePadding(func(t string) string { return t[:len(t)-1] })},
	{"lengthened", beforePadding(func(t string) string { return t + "AAAA" })}, // one may be read as padding
	{"other case", func(t string) string { return strings.Map(swapCase, t) }},
	{morePadding, func(t string) string { return t + "=" }},
}

const morePadding = "more padding"

// inJOSE reports whether a token is a JWS or JWE in compact serialization: parts in
// base64url, of which the first is the header.
func inJOSE(token string) bool {
	header, rest, _ := strings.Cut(token, ".")
	return strings.Contains(rest, ".") && len(jsonParts(header)) > 0
}

// beforePadding alters a token in front of the padding that it may end with.
func beforePadding(alter func(string) string) func(string) string {
	return func(t string) string {
		text := strings.TrimRight(t, "=")
		if text == "" {
			return t
		}
		return alter(text) + t[len(text):]
	}
}

var _ = ginkgo.It("UINFO-04 a token that was not issued: 401, invalid_token", check(UINFO04, func(s *Session) {
	for _, c := range wrongTokens {
		s.Case(c.name, func() {
			valid := s.valid().Tokens.AccessToken
			wrong := c.input(valid)
			if wrong == valid || wrong == "" {
				s.NotApplicable("the access token has no letters")
			}
			if c.name == morePadding && inJOSE(valid) {
				s.NotApplicable("the access token is a JWT, whose signature is the same with more padding")
			}
			s.Redactor.LearnWrong(redact.KindAccessToken, wrong)
			e := s.AskUserInfo("Bearer " + wrong)
			s.root(c.name == "unknown" && e.Status() == http.StatusForbidden)
			s.Expect(e).To(HoldNoData())
			if s.isRoot(UINFO03.ID) && e.Status() == http.StatusUnauthorized && bearerChallenge(e) == "" {
				s.Block("UINFO-03", "401 without a Bearer challenge, as without a token")
			}
			s.Expect(e).To(BeUnauthorized("invalid_token"))
		})
	}
}))

// another is a character other than c. It differs in its high bits, too: the
// last character of a base64 text may hold bits that nobody looks at.
func another(c byte) string {
	if c == 'A' || c == 'B' || c == 'C' || c == 'D' {
		return "w"
	}
	return "A"
}

func swapCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

var UINFO05 = judge.Check{
	ID: "UINFO-05", Title: "a malformed Authorization header: 400 or 401",
	Problem: "a malformed Authorization header does not get 400 or 401", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("6750", "3.1"), judge.RFC("6750", "2.1")},
	Expect: "Another scheme, no value, two values, two headers and control characters get 400 or 401, never 5xx and never data.",
	Why:    "Input that crashes the parser takes the service down; input that it parses leniently may bypass a stricter gateway.",
	Remedy: "Accept exactly one header with the scheme Bearer, one space and one token (RFC 6750 section 2.1); return 400 for everything else.",
	Needs:  disruptive,
	Cases:  malformedHeaders.names(),
}

// malformedHeaders are the values of Authorization, made from a valid token.
var malformedHeaders = cases[func(valid string) []string]{
	{"scheme Basic", func(t string) []string { return []string{"Basic " + t} }},
	{"unknown scheme", func(t string) []string { return []string{"Sgidcheck " + t} }},
	{"no scheme", func(t string) []string { return []string{t} }},
	{"no value", func(string) []string { return []string{"Bearer"} }},
	{"empty value", func(string) []string { return []string{"Bearer "} }},
	{"two values", func(t string) []string { return []string{"Bearer " + t + " " + random(16)} }},
	{"two headers", func(t string) []string { return []string{"Bearer " + random(16), "Bearer " + t} }},
	{"two in one header", func(t string) []string { return []string{"Bearer " + t + ", Bearer " + random(16)} }},
	{"two in one header, the valid one last", func(t string) []string { return []string{"Bearer " + random(16) + ", Bearer " + t} }},
	{"comma behind", func(t string) []string { return []string{"Bearer " + t + ","} }},
	{"in quotes", func(t string) []string { return []string{`Bearer "` + t + `"`} }},
	{"in angle brackets", func(t string) []string { return []string{"Bearer <" + t + ">"} }},
	{"control characters", func(t string) []string { return []string{"Bearer " + t + "\x01\x7f"} }},
	{"not ASCII", func(t string) []string { return []string{"Bearer " + t + "\u00e9\u4e2d"} }},
	{"very long", func(string) []string { return []string{"Bearer " + strings.Repeat("A", 7000)} }},
}

var _ = ginkgo.It("UINFO-05 a malformed Authorization header: 400 or 401", check(UINFO05, func(s *Session) {
	for _, c := range malformedHeaders {
		s.Case(c.name, func() {
			valid := s.valid().Tokens.AccessToken
			e := s.Do(exchange.Request{Method: http.MethodGet, URL: s.Endpoint(userinfo), Header: http.Header{
				"Authorization": c.input(valid), "Accept": {"application/json"},
			}})
			statuses := []int{http.StatusBadRequest, http.StatusUnauthorized}
			if c.name == "very long" {
				statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge)
			}
			s.Expect(e).To(HoldNoData())
			if e.Status() == http.StatusForbidden && s.isRoot(UINFO04.ID) {
				s.Block("UINFO-04", "403, as for every token that was not issued")
			}
			s.Expect(e).To(HaveStatus(statuses...))
		})
	}
}))

var UINFO06 = judge.Check{
	ID: "UINFO-06", Title: "a token in the query is not accepted",
	Problem: "a token in the query is not refused", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("9700", "4.3.2")},
	Expect: "An access token in the query, of a GET or a POST, without Authorization, is refused, also under the name token.",
	Why:    "URLs are kept in logs, histories and Referer headers, and so would be a token in them.",
	Remedy: "Read the token only from the Authorization header.",
	Needs:  disruptive, Covers: []string{"TokenAsQueryParameterDisabledTest"},
	Cases: inQuery.names(),
}

var inQuery = cases[[2]string]{
	{"access_token", [2]string{http.MethodGet, "access_token"}}, {"access_token of a POST", [2]string{http.MethodPost, "access_token"}},
	{"token", [2]string{http.MethodGet, "token"}},
}

var _ = ginkgo.It("UINFO-06 a token in the query is not accepted", check(UINFO06, func(s *Session) {
	inQuery.each(s, func(request [2]string) {
		token := url.Values{request[1]: {s.valid().Tokens.AccessToken}}
		e := s.Do(exchange.Request{Method: request[0], URL: sgid.WithQuery(s.Endpoint(userinfo), token.Encode())})
		s.Expect(e).To(HoldNoData())
		if request[0] == http.MethodPost && e.Status() == http.StatusMethodNotAllowed {
			return // UINFO-13 judges that
		}
		s.Expect(e).To(NotBeTaken())
	})
}))

var UINFO08 = judge.Check{
	ID: "UINFO-08", Title: "an ID token is not accepted as an access token",
	Problem: "an ID token is not refused as an access token", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("9700", "2")},
	Expect: "A valid ID token sent as the bearer token is refused.",
	Why:    "ID tokens are passed to front ends, logged, and shown as proof of identity; none of these places should be able to fetch the person's data.",
	Remedy: "Accept only the access tokens issued by the token endpoint.",
	Needs:  disruptive,
}

var _ = ginkgo.It("UINFO-08 an ID token is not accepted as an access token", check(UINFO08, func(s *Session) {
	a := s.valid()
	idToken := a.Tokens.IDToken
	s.Require(idToken != a.Tokens.AccessToken, "a separate access token", "the access token is the ID token itself", a.Tokens.Reply.Exchange)
	e := s.AskUserInfo("Bearer " + idToken)
	s.Expect(e).To(NotBeTaken())
	s.Expect(e).To(HoldNoData())
}))

var UINFO09 = judge.Check{
	ID: "UINFO-09", Title: "an authorization code is not accepted as an access token",
	Problem: "an authorization code is not refused as an access token", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("6749", "1.4"), judge.RFC("6749", "4.1")},
	Expect: "An authorization code sent as the bearer token is refused, before and after it is redeemed.",
	Why:    "The code passes through the browser; if it gives access to the data, client secret and PKCE protect nothing.",
	Remedy: "Issue separate access tokens, and look up bearer tokens only among those.",
	Needs:  disruptive, Logins: 1,
	Cases: []string{"redeemed code", "fresh code"},
	Wants: []judge.Want{{Case: "fresh code", Code: judge.Refused}},
}

var _ = ginkgo.It("UINFO-09 an authorization code is not accepted as an access token", check(UINFO09, func(s *Session) {
	s.Case("fresh code", func() {
		login := s.LogIn()
		e := s.AskUserInfo("Bearer " + login.Code)
		s.lived(login) // redeemed as it should be, it gives a valid token
		s.valid()
		s.Expect(e).To(NotBeTaken())
		s.Expect(e).To(HoldNoData())
	})
	s.Case("redeemed code", func() {
		a := s.valid()
		e := s.AskUserInfo("Bearer " + a.Tokens.Login.Code)
		s.Expect(e).To(NotBeTaken())
		s.Expect(e).To(HoldNoData())
	})
}))

// NotBeTaken matches a refusal of the userinfo endpoint: 400, 401 or 403. Which
// of them, with which challenge, UINFO-03 to UINFO-05 judge.
func NotBeTaken() types.GomegaMatcher {
	return matching("a refusal: 400, 401 or 403", func(e *Exchange) string {
		if slices.Contains([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}, e.Status()) {
			return ""
		}
		return e.Saw()
	})
}

// HoldNoData matches a response that tells nothing about a person.
func HoldNoData() types.GomegaMatcher {
	return matching("no sub, key or data in the response", func(e *Exchange) string {
		info, _ := sgid.ParseUserInfo(e.Body())
		if info == nil {
			return ""
		}
		for _, name := range []string{"sub", "key", "data"} {
			if _, there := info.Raw[name]; there {
				return fmt.Sprintf("status %d and a body with %s", e.Status(), name)
			}
		}
		return ""
	})
}
