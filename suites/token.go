package suites

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The token endpoint: what a valid exchange is answered with.

var TOKEN01 = judge.Check{
	ID: "TOKEN-01", Title: "a valid token request issues an access token and an ID token",
	Problem: "a valid token request does not issue an access token and an ID token", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("6749", "5.1")},
	Expect: "A valid token request returns 200 and JSON with access_token and id_token as non-empty strings.",
	Why:    "Without tokens no citizen can log in.",
	Remedy: "Return 200, application/json, access_token and id_token.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-server-client-secret-post", "HasAccessTokensTest"},
}

var _ = ginkgo.It("TOKEN-01 a valid token request issues an access token and an ID token", check(TOKEN01, func(s *Session) {
	reply := s.Shared().Reply
	s.Expect(reply).To(HaveStatus(http.StatusOK))
	s.Expect(reply).To(BeJSON())
	s.Expect(reply).To(BeValidAgainstTheSchema(s.schemas, token))
}))

var TOKEN02 = judge.Check{
	ID: "TOKEN-02", Title: "the token response is never stored",
	Problem: "the token response may be stored", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1")},
	Expect: "The response with the tokens has Cache-Control: no-store.",
	Why:    "A cache that stores the response can give one citizen's tokens to another.",
	Remedy: "Send Cache-Control: no-store with every response of the token endpoint.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasCacheControlHeaderTest", "HasPragmaHeaderTest"},
}

var _ = ginkgo.It("TOKEN-02 the token response is never stored", check(TOKEN02, func(s *Session) { s.Expect(s.Shared().Reply).To(ForbidStoring()) }))

var TOKEN03 = judge.Check{
	ID: "TOKEN-03", Title: "token_type, if present, is Bearer",
	Problem: "token_type is not Bearer", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.3")},
	Expect: "token_type, if present, is Bearer, compared case-insensitively.",
	Why:    "Clients must not use a token of an unknown type.",
	Remedy: "Return token_type Bearer.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("TOKEN-03 token_type, if present, is Bearer", check(TOKEN03, func(s *Session) {
	tokens := s.Shared()
	raw, there := tokens.Raw["token_type"]
	bearer := tokens.TokenType != nil && strings.EqualFold(*tokens.TokenType, "Bearer")
	s.Require(!there || bearer, "token_type Bearer", "token_type "+shorten(string(raw)), tokens.Reply.Exchange)
}))

var TOKEN04 = judge.Check{
	ID: "TOKEN-04", Title: "expires_in is a positive number, and scope reports a different grant",
	Problem: "expires_in is not a positive number, or scope does not report what was granted", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1")},
	Expect: "expires_in, if present, is a positive number; scope, if present, has scope syntax, and it is present if the granted scope differs from the requested one.",
	Why:    "Clients use expires_in to know when the token expires and scope to know what they were granted.",
	Remedy: "Return expires_in in seconds as a JSON number, and scope whenever less was granted than requested.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Perhaps: true}}, Cases: []string{"expires_in", "scope", "scope of a smaller grant"},
	Covers: []string{"TokenTimeoutTest", "ShortTokenTimeoutTest"},
}

var _ = ginkgo.It("TOKEN-04 expires_in is a positive number, and scope reports a different grant", check(TOKEN04, func(s *Session) {
	tokens := s.Shared()
	s.Case("expires_in", func() {
		raw, there := tokens.Raw["expires_in"]
		seconds, err := strconv.ParseFloat(string(raw), 64)
		s.Require(!there || err == nil && seconds > 0, "a positive number", "expires_in "+shorten(string(raw)), tokens.Reply.Exchange)
	})
	s.Case("scope", func() {
		raw, there := tokens.Raw["scope"]
		list := tokens.Scope != nil && scopeList(*tokens.Scope)
		s.Require(!there || list, "scopes separated by single spaces", "scope "+shorten(string(raw)), tokens.Reply.Exchange)
	})
	s.Case("scope of a smaller grant", func() {
		asked := WithScopes(append(slices.Clone(s.Config.First.Scopes), unregisteredScope)...)
		if response := s.Authorize(asked); !response.Granted() && response.Kind != "page" {
			s.Expect(response).To(BeRefused()) // refused at once, nothing smaller is granted
			return
		}
		login, response := s.TryLogIn(asked)
		if login == nil {
			s.Expect(response).To(BeRefused())
			return
		}
		smaller := s.TokensOrRefusal(login)
		if smaller == nil {
			return // nothing smaller is granted, either
		}
		told := smaller.Scope != nil || s.UserInfo(smaller).Data[unregisteredScope] != ""
		s.Require(told, "scope, because less was granted than requested", "no scope in the token response", smaller.Reply.Exchange)
	})
}))

// scopeList reports whether text is scopes separated by single spaces
// (RFC 6749 section 3.3).
func scopeList(text string) bool {
	return !slices.ContainsFunc(strings.Split(text, " "), func(scope string) bool { return !scopeSyntax(scope) })
}

var TOKEN20 = judge.Check{
	ID: "TOKEN-20", Title: "an unknown parameter is ignored",
	Problem: "a token request with an unknown parameter fails", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "3.2")},
	Expect: "A token request with an unknown parameter succeeds.",
	Why:    "Client libraries send extension parameters, which must not lock anybody out.",
	Remedy: "Ignore unknown parameters.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"UnrecognizedParameterAllowedTest"},
	Wants: []judge.Want{{Varies: []string{judge.Extra}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("TOKEN-20 an unknown parameter is ignored", check(TOKEN20, func(s *Session) {
	s.NeedsLogin()
	s.Expect(s.Redeem(s.LogIn(RedeemedWith("sgidcheck_unknown", "1")))).To(Succeed())
}))

var TOKEN27 = judge.Check{
	ID: "TOKEN-27", Title: "no refresh token",
	Problem: "a refresh token is issued", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "The response has no refresh_token: authorization_code is the only documented grant.",
	Why:    "A long-lived token that nobody needs is one more secret that can leak.",
	Remedy: "Omit refresh_token.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasRefreshTokensTest"},
}

var _ = ginkgo.It("TOKEN-27 no refresh token", check(TOKEN27, func(s *Session) {
	tokens := s.Shared()
	_, there := tokens.Raw["refresh_token"]
	s.Require(!there, "no refresh_token", "a refresh_token", tokens.Reply.Exchange)
}))

var TOKEN28 = judge.Check{
	ID: "TOKEN-28", Title: "JSON bodies at the token endpoint", Level: judge.INFO, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "The documentation shows a form body; a provider may also accept JSON.",
	Why:    "Agencies that send JSON to a mock should know whether the real provider accepts it.",
	Remedy: "Send the token request as application/x-www-form-urlencoded.",
	Needs:  []judge.Need{judge.Login, judge.Disruption}, Logins: 1, Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-28 JSON bodies at the token endpoint", check(TOKEN28, func(s *Session) {
	s.NeedsLogin()
	values := map[string]string{}
	login := s.LogIn()
	for name, v := range s.TokenForm(login) {
		values[name] = v[0]
	}
	body, _ := json.Marshal(values) // strings alone: cannot fail
	r := form(s.Endpoint(token), nil)
	r.Header.Set("Content-Type", "application/json")
	r.Body = body
	reply := &TokenReply{Exchange: s.Do(r)}
	reply.read()
	if reply.grants() {
		login.spent = true
		s.Observe("a JSON body is accepted")
	} else {
		s.Observe("the response to a JSON body is %s", reply.Saw())
	}
}))

var TOKEN29 = judge.Check{
	ID: "TOKEN-29", Title: "token_type is present",
	Problem: "token_type is missing", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1"), judge.SGIDAPI(apiPage)},
	Expect: "The response has token_type, which RFC 6749 requires. The sgID documentation does not list it, so this is a recommendation.",
	Why:    "Generic OAuth clients reject a response without it.",
	Remedy: "Add token_type Bearer to the response.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("TOKEN-29 token_type is present", check(TOKEN29, func(s *Session) {
	tokens := s.Shared()
	_, there := tokens.Raw["token_type"]
	s.Require(there, "token_type", fmt.Sprintf("a response without it, of %d members", len(tokens.Raw)), tokens.Reply.Exchange)
}))
