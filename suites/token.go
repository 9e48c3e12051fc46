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
	ID: "TOKEN-01", Title: "a valid exchange gives an access token and an ID token", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("6749", "5.1")},
	Expect: "A valid token request is answered with 200 and JSON that holds access_token and id_token as non-empty strings.",
	Why:    "Without tokens no citizen can log in.",
	Remedy: "Answer with 200, application/json, access_token and id_token.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-server-client-secret-post", "HasAccessTokensTest"},
}

var _ = ginkgo.It("TOKEN-01 a valid exchange gives an access token and an ID token", check(TOKEN01, func(s *Session) {
	reply := s.Shared().Reply
	s.Expect(reply).To(HaveStatus(http.StatusOK))
	s.Expect(reply).To(BeJSON())
	s.Expect(reply).To(BeValidAgainstTheSchema(s.schemas, token))
}))

var TOKEN02 = judge.Check{
	ID: "TOKEN-02", Title: "the token answer is never stored", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1")},
	Expect: "The answer with the tokens has Cache-Control: no-store.",
	Why:    "A cache that keeps the answer hands one citizen's tokens to the next.",
	Remedy: "Send Cache-Control: no-store with every answer of the token endpoint.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasCacheControlHeaderTest", "HasPragmaHeaderTest"},
}

var _ = ginkgo.It("TOKEN-02 the token answer is never stored", check(TOKEN02, func(s *Session) { s.Expect(s.Shared().Reply).To(ForbidStoring()) }))

var TOKEN03 = judge.Check{
	ID: "TOKEN-03", Title: "token_type, where there, is Bearer", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.3")},
	Expect: "token_type, where the answer has it, is Bearer in any case.",
	Why:    "A client must not use a token whose type it does not know.",
	Remedy: "Answer with token_type Bearer.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("TOKEN-03 token_type, where there, is Bearer", check(TOKEN03, func(s *Session) {
	tokens := s.Shared()
	raw, there := tokens.Raw["token_type"]
	if there && (tokens.TokenType == nil || !strings.EqualFold(*tokens.TokenType, "Bearer")) {
		s.Fail("token_type Bearer", "token_type "+shorten(string(raw)), tokens.Reply.Exchange)
	}
	s.Held()
}))

var TOKEN04 = judge.Check{
	ID: "TOKEN-04", Title: "expires_in is a positive number, and scope says where the grant differs", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1")},
	Expect: "expires_in, where there, is a positive number; scope, where there, has scope syntax, and is there where the grant differs from what was asked.",
	Why:    "Clients count down expires_in and read scope to know what they may ask for.",
	Remedy: "Give expires_in in seconds as a JSON number, and scope whenever less was granted than asked.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Perhaps: true}}, Cases: []string{"expires_in", "scope", "scope of a smaller grant"},
	Covers: []string{"TokenTimeoutTest", "ShortTokenTimeoutTest"},
}

var _ = ginkgo.It("TOKEN-04 expires_in is a positive number, and scope says where the grant differs", check(TOKEN04, func(s *Session) {
	tokens := s.Shared()
	s.Case("expires_in", func() {
		raw, there := tokens.Raw["expires_in"]
		seconds, err := strconv.ParseFloat(string(raw), 64)
		if there && (err != nil || seconds <= 0) {
			s.Fail("a positive number", "expires_in "+shorten(string(raw)), tokens.Reply.Exchange)
		}
		s.Held()
	})
	s.Case("scope", func() {
		raw, there := tokens.Raw["scope"]
		if there && (tokens.Scope == nil || !scopeList(*tokens.Scope)) {
			s.Fail("scopes separated by single spaces", "scope "+shorten(string(raw)), tokens.Reply.Exchange)
		}
		s.Held()
	})
	s.Case("scope of a smaller grant", func() {
		asked := WithScopes(append(slices.Clone(s.Config.First.Scopes), unregisteredScope)...)
		if landing := s.Authorize(asked); !landing.Granted() && landing.Kind != "page" {
			s.Expect(landing).To(BeRefused()) // refused at once, nothing smaller is granted
			return
		}
		login, landing := s.TryLogIn(asked)
		if login == nil {
			s.Expect(landing).To(BeRefused())
			return
		}
		smaller := s.Tokens(login)
		if smaller.Scope == nil {
			if answer := s.UserInfo(smaller); answer.Data[unregisteredScope] == "" {
				s.Fail("scope, as less is granted than was asked", "no scope in the token answer", smaller.Reply.Exchange)
			}
		}
		s.Held()
	})
}))

// scopeList reports whether text is scopes separated by single spaces
// (RFC 6749 section 3.3).
func scopeList(text string) bool {
	return !slices.ContainsFunc(strings.Split(text, " "), func(scope string) bool { return !scopeSyntax(scope) })
}

var TOKEN20 = judge.Check{
	ID: "TOKEN-20", Title: "an unknown parameter is ignored", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "3.2")},
	Expect: "A token request with a parameter that nobody knows succeeds.",
	Why:    "Client libraries send extensions; they must not lock anybody out.",
	Remedy: "Ignore parameters that are not known.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"UnrecognizedParameterAllowedTest"},
	Wants: []judge.Want{{Varies: []string{judge.Extra}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("TOKEN-20 an unknown parameter is ignored", check(TOKEN20, func(s *Session) {
	s.Shared()
	s.Expect(s.Redeem(s.LogIn(RedeemedWith("sgidcheck_unknown", "1")))).To(Succeed())
}))

var TOKEN27 = judge.Check{
	ID: "TOKEN-27", Title: "no refresh token", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "The answer has no refresh_token: authorization_code is the only grant that the documentation knows.",
	Why:    "A long-lived token that nobody needs is one more to lose.",
	Remedy: "Leave refresh_token out.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasRefreshTokensTest"},
}

var _ = ginkgo.It("TOKEN-27 no refresh token", check(TOKEN27, func(s *Session) {
	tokens := s.Shared()
	if _, there := tokens.Raw["refresh_token"]; there {
		s.Fail("no refresh_token", "a refresh_token", tokens.Reply.Exchange)
	}
	s.Held()
}))

var TOKEN28 = judge.Check{
	ID: "TOKEN-28", Title: "whether a JSON body is taken, too", Level: judge.INFO, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage)},
	Expect: "The documentation shows a form body; a provider may take JSON beside it.",
	Why:    "Agencies that send JSON to a mock should know whether the real provider takes it.",
	Remedy: "Send the token request as application/x-www-form-urlencoded.",
	Needs:  []judge.Need{judge.Login, judge.Disruption}, Logins: 1, Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-28 whether a JSON body is taken, too", check(TOKEN28, func(s *Session) {
	s.Shared()
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
		s.Observe("a JSON body is taken")
	} else {
		s.Observe("a JSON body is answered with %s", reply.Saw())
	}
	s.Held()
}))

var TOKEN29 = judge.Check{
	ID: "TOKEN-29", Title: "token_type is there", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1"), judge.SGIDAPI(apiPage)},
	Expect: "The answer has token_type, which RFC 6749 requires. The sgID documentation does not list it, so this is a recommendation.",
	Why:    "Generic OAuth clients refuse an answer without it.",
	Remedy: "Add token_type Bearer to the answer.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("TOKEN-29 token_type is there", check(TOKEN29, func(s *Session) {
	tokens := s.Shared()
	if _, there := tokens.Raw["token_type"]; !there {
		s.Fail("token_type", fmt.Sprintf("an answer without it, of %d members", len(tokens.Raw)), tokens.Reply.Exchange)
	}
	s.Held()
}))
