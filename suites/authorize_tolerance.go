package suites

import (
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What the authorization endpoint must bear: queries that are not well formed, and
// scopes in another order.

// malformed are added to the query of an authorization request as they are.
var malformed = cases[string]{
	{"broken percent-encoding", "&sgidcheck=%zz"},
	{"percent sign at the end", "&sgidcheck=%"},
	{"broken percent-encoding in a name", "&sgid%xcheck=1"},
	{"octets that are not UTF-8", "&sgidcheck=%ff%fe%80"},
	{"overlong UTF-8", "&sgidcheck=%c0%af"},
	{"NUL", "&sgidcheck=%00"},
	{"brackets", "&sgidcheck[a][b]=1&sgidcheck[]=2"},
	{"name of a built-in property", "&__proto__[a]=1&constructor=1"},
}

var AUTHZ35 = judge.Check{
	ID: "AUTHZ-35", Title: "a malformed query causes no server error",
	Problem: "a malformed query causes a server error", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9110", "15.6.1"), judge.RFC("3986", "2.1")},
	Expect: "A query that cannot be decoded is refused, or what is malformed in it is ignored, without a 5xx status.",
	Why:    "A server error here points to untested code that anyone can reach.",
	Remedy: "Return 400 where the query cannot be decoded.",
	Needs:  []judge.Need{judge.Login}, Cases: malformed.names(),
}

var _ = ginkgo.It("AUTHZ-35 a malformed query causes no server error", check(AUTHZ35, func(s *Session) {
	s.GoodRequest()
	malformed.each(s, func(added string) {
		r := login.Authorization{Method: http.MethodGet, Endpoint: s.Endpoint(authorization), Params: s.request().params}.Request()
		r.URL += added
		e := s.Do(r)
		s.noteAnswer(e)
		s.Require(!e.NoResponse() && e.Status() < 500, "a page or a refusal", e.Saw(), e)
	})
}))

var AUTHZ36 = judge.Check{
	ID: "AUTHZ-36", Title: "the order of the scopes does not matter",
	Problem: "scopes in another order are refused, or lead to less data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "3.3")},
	Expect: "A request with the same scopes in reverse order, openid last, leads to the same data.",
	Why:    "A relying party that lists its scopes in another order receives less than it was granted, or nobody can log in there.",
	Remedy: "Treat scope as a set of words: look for openid anywhere in it.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Varies: []string{"scope"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("AUTHZ-36 the order of the scopes does not matter", check(AUTHZ36, func(s *Session) {
	usual := s.SharedUserInfo()
	scopes := slices.DeleteFunc(slices.Clone(s.Config.First.Scopes), func(scope string) bool { return scope == sgid.ScopeOpenID })
	if len(scopes) == 0 {
		s.NotApplicable("the client is registered for openid alone")
	}
	slices.Reverse(scopes)
	answer := s.UserInfo(s.Tokens(s.LogIn(WithScopes(append(scopes, sgid.ScopeOpenID)...))))
	var lost []string
	for _, name := range usual.DataOrder {
		if _, there := answer.Data[name]; !there {
			lost = append(lost, clip(name))
		}
	}
	s.Require(len(lost) == 0, "the data of the usual order", "the data lacks "+strings.Join(lost, ", "), answer.Exchange)
}))
