package suites

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// UINFO: the userinfo endpoint, asked as it should be. What it must refuse is
// in userinfo_refusals.go.

var UINFO01 = judge.Check{
	ID: "UINFO-01", Title: "a valid request returns sub, key and data",
	Problem: "a valid userinfo request does not return sub, key and data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI("User Info"), judge.OIDCCORE("5.3.2")},
	Expect: "200 with JSON: sub, and key and data when data scopes were granted; valid against the schema.",
	Why:    "This response is the purpose of the whole login.",
	Remedy: "For a valid access token, return sub, key as a string, and data as an object of strings.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-userinfo-get"},
}

var _ = ginkgo.It("UINFO-01 a valid request returns sub, key and data", check(UINFO01, func(s *Session) {
	a := s.SharedUserInfo()
	s.Expect(a).To(BeJSON())
	s.Expect(a).To(BeValidAgainstTheSchema(s.schemas, userinfo))
	if len(dataScopes(granted(a.Tokens))) == 0 {
		return
	}
	s.Require(a.Key != "", "key and data", "a response without key although data scopes were granted", a.Exchange)
	s.Require(a.Data != nil, "key and data", "a response without data although data scopes were granted", a.Exchange)
}))

// granted are the scopes of a login: those that the token response names, where
// it does, of those that were asked for.
func granted(t *Tokens) []string {
	if t.Scope == nil || *t.Scope == "" {
		return t.Login.Scopes
	}
	named := strings.Fields(*t.Scope)
	var out []string
	for _, scope := range t.Login.Scopes {
		if slices.Contains(named, scope) {
			out = append(out, scope)
		}
	}
	return out
}

// dataScopes are the scopes that stand for data: all but openid.
func dataScopes(scopes []string) []string {
	var out []string
	for _, scope := range scopes {
		if scope != sgid.ScopeOpenID && !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}

var UINFO02 = judge.Check{
	ID: "UINFO-02", Title: "sub equals the ID token's sub",
	Problem: "sub differs from the ID token's sub", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.2")},
	Expect: "sub of the response equals sub of the ID token, character for character.",
	Why:    "A client that does not compare them can take one person's data for another's; one that does rejects the login.",
	Remedy: "Take sub for both responses from the same source, the grant behind the access token.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-userinfo-get"},
}

var _ = ginkgo.It("UINFO-02 sub equals the ID token's sub", check(UINFO02, func(s *Session) {
	a := s.SharedUserInfo()
	want := s.subject(a.Tokens)
	s.root(a.Subject != want)
	s.Require(a.Subject == want, "the sub of the ID token", fmt.Sprintf("a different sub, of %d characters; the ID token's has %d", len(a.Subject), len(want)), a.Exchange)
}))

// subject is the sub of a login's ID token; IDT-07 owns its being there, or IDT-18,
// where the shared login's has one.
func (s *Session) subject(t *Tokens) string {
	sub := s.IDToken(t).Subject
	if sub == "" {
		owner := "IDT-07"
		if shared := s.sharedIDToken(t); shared != nil && shared.Subject != "" {
			owner = "IDT-18"
		}
		s.owned(owner, t.Reply.Exchange, "the ID token has no sub")
	}
	return sub
}

var UINFO10 = judge.Check{
	ID: "UINFO-10", Title: "the scope openid alone returns no data",
	Problem: "the scope openid alone returns data or a key", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("userinfo")},
	Expect: "After a login with only the scope openid, the response has sub, and no key and data, or both empty.",
	Why:    "Data that the person did not consent to must not be disclosed.",
	Remedy: "Omit key and data from the response if only openid was granted.",
	Needs:  []judge.Need{judge.Login}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{"scope"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("UINFO-10 the scope openid alone returns no data", check(UINFO10, func(s *Session) {
	s.SharedUserInfo()
	a := s.UserInfo(s.Tokens(s.LogIn(WithScopes(sgid.ScopeOpenID))))
	s.Require(len(a.Data) == 0, "no data", "data with "+clip(strings.Join(a.DataOrder, ", ")), a.Exchange)
	s.Require(a.Key == "", "no key", "a key, without data that it decrypts", a.Exchange)
}))

var UINFO11 = judge.Check{
	ID: "UINFO-11", Title: "data has exactly the granted scopes",
	Problem: "data does not have exactly the granted scopes", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.OIDCCORE("5.3.2")},
	Expect: "The members of data are exactly the data scopes that were granted, for any combination of requested scopes.",
	Why:    "Missing members break the service; additional ones disclose data without consent.",
	Remedy: "Build data only from the scopes of the grant; use NA for a value that does not exist.",
	Needs:  []judge.Need{judge.Login, judge.DataScope}, Logins: 2,
	Cases:  []string{"all scopes", "one scope", "all scopes but one"},
	Wants:  caseWants([]string{"one scope", "all scopes but one"}, judge.Redeemed, "scope"),
	Covers: []string{"oidcc-scope-all", "oidcc-scope-profile", "oidcc-scope-email", "oidcc-scope-address", "oidcc-scope-phone"},
}

var _ = ginkgo.It("UINFO-11 data has exactly the granted scopes", check(UINFO11, func(s *Session) {
	s.Case("all scopes", func() { s.dataOf(s.SharedUserInfo()) })
	data := dataScopes(s.Config.First.Scopes)
	subset := func(name string, scopes func() []string) {
		s.Case(name, func() {
			if len(data) < 2 {
				s.NotApplicable("fewer than two data scopes are requested, so there is no other subset")
			}
			s.dataOf(s.UserInfo(s.Tokens(s.LogIn(WithScopes(append([]string{sgid.ScopeOpenID}, scopes()...)...)))))
		})
	}
	subset("one scope", func() []string { return data[:1] })
	subset("all scopes but one", func() []string { return data[1:] })
}))

// dataOf judges which members a response's data has.
func (s *Session) dataOf(a *UserInfoResponse) {
	want := dataScopes(granted(a.Tokens))
	if len(a.Data) == 0 {
		s.needsDataGranted(a)
	}
	if len(want) > 0 && a.Data == nil {
		s.owned("UINFO-01", a.Exchange, "the response has no data although data scopes were granted")
	}
	var missing, beyond []string
	for _, scope := range want {
		if _, there := a.Data[scope]; !there {
			missing = append(missing, scope)
		}
	}
	for _, scope := range a.DataOrder {
		if !slices.Contains(want, scope) {
			beyond = append(beyond, scope)
		}
	}
	var saw []string
	if len(missing) > 0 {
		saw = append(saw, "data lacks "+strings.Join(missing, ", "))
	}
	if len(beyond) > 0 {
		saw = append(saw, "data has "+clip(strings.Join(beyond, ", "))+", which was not granted")
	}
	s.Require(len(saw) == 0, "data with "+strings.Join(want, ", "), strings.Join(saw, "; "), a.Exchange)
}

var UINFO12 = judge.Check{
	ID: "UINFO-12", Title: "the response is not cached",
	Problem: "the userinfo response may be cached", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "2.6"), judge.ASVS("8.2")},
	Expect: "Cache-Control: no-store.",
	Why:    "A cache that stores personal data can give them to the next requester, or to anyone who reads its disk.",
	Remedy: "Send Cache-Control: no-store with every response of the userinfo endpoint.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"CacheControlTest"},
}

var _ = ginkgo.It("UINFO-12 the response is not cached", check(UINFO12, func(s *Session) {
	s.Expect(s.SharedUserInfo()).To(ForbidStoring())
}))

var UINFO16 = judge.Check{
	ID: "UINFO-16", Title: "repeated requests return the same data",
	Problem: "a repeated request does not return the same data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("5.3")},
	Expect: "A second request with the same access token returns the same sub, the same members and the same plaintexts.",
	Why:    "Clients retry a request whose response was lost; they must not lose the login or get another person's data.",
	Remedy: "Respond from the grant behind the token, as often as it is presented while it is valid.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("UINFO-16 repeated requests return the same data", check(UINFO16, func(s *Session) {
	first := s.SharedUserInfo()
	second := s.AskAgain(first.Tokens)
	s.root(first.Subject != second.Subject)
	s.Assert(first.Subject == second.Subject, "the same sub", "another sub the second time", second.Exchange)
	saw := s.differs(first, second)
	s.Assert(saw == "", "the same data", saw, second.Exchange)
}))

// AskAgain asks for a login's user data once more. UINFO-16 owns its working
// after it has worked before; where it has worked again, and no response comes
// later, the first check that meets that does, and the request itself where another
// response comes.
func (s *Session) AskAgain(t *Tokens) *UserInfoResponse {
	return s.askedOnceMore(t, s.AskUserInfo("Bearer "+t.AccessToken))
}

func (s *Session) askedOnceMore(t *Tokens, e *Exchange) *UserInfoResponse {
	if e.NoResponse() && s.askedAgain {
		if s.silentAt == "" {
			s.silentAt = s.Check.ID
		}
		s.owned(s.silentAt, e, "a request like others that were served, with an access token that is valid, gets %s", e.Saw())
	}
	info, problem := uninformed(e)
	switch {
	case problem == "":
		s.askedAgain = true
		return s.toValid(t, info, e)
	case s.askedAgain: // then UINFO-16 has seen it work
		s.Block("a "+userinfoRequest, "an access token that was presented again returns %s, although one was served again before", problem)
	}
	s.owned("UINFO-16", e, "the same access token, requested again, returns %s", problem)
	return nil
}

// fellSilent takes down that a request of the check got no response, so that no other
// fails because the endpoint gives none to a valid one either.
func (s *Session) fellSilent() {
	if s.askedAgain && s.silentAt == "" && s.Check.Area() == "UINFO" && s.Check.Phase == judge.Disrupting {
		s.silentAt = s.Check.ID
	}
}

func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return out
}

var UINFO07 = judge.Check{
	ID: "UINFO-07", Title: "the scheme Bearer is case-insensitive",
	Problem: "the scheme Bearer is not accepted in other letter case", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("9110", "11.1")},
	Expect: "bearer, BEARER and bEaReR before a valid token are accepted like Bearer.",
	Why:    "Authentication scheme names are case-insensitive; client libraries write them differently.",
	Remedy: "Compare the scheme case-insensitively.",
	Needs:  []judge.Need{judge.Login, judge.Disruption},
	Cases:  schemes.names(),
}

var schemes = cases[string]{{"lower", "bearer"}, {"upper", "BEARER"}, {"mixed", "bEaReR"}}

var _ = ginkgo.It("UINFO-07 the scheme Bearer is case-insensitive", check(UINFO07, func(s *Session) {
	schemes.each(s, func(scheme string) {
		a := s.valid()
		e := s.AskUserInfo(scheme + " " + a.Tokens.AccessToken)
		s.Expect(e).To(HaveStatus(http.StatusOK))
		s.sameSubject(a, e)
	})
}))

// valid is the shared login's user data, with a token that has just been taken
// once more: the control of every request that changes something about it.
func (s *Session) valid() *UserInfoResponse {
	s.standUp() // a target that was restarted knows the old login no more
	a := s.SharedUserInfo()
	s.AskAgain(a.Tokens)
	return a
}

// sameSubject judges that a 200 is about the same person.
func (s *Session) sameSubject(a *UserInfoResponse, e *Exchange) {
	info, err := sgid.ParseUserInfo(e.Body())
	if info == nil {
		s.Fail("the same response", fmt.Sprintf("200 with a body that cannot be read: %s", e.unread(err)), e)
	}
	s.Require(info.Subject == a.Subject, "the same sub", "200 with another sub", e)
	s.toValid(a.Tokens, info, e)
}

var UINFO13 = judge.Check{
	ID: "UINFO-13", Title: "POST works like GET",
	Problem: "a POST does not work like a GET", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.1"), judge.RFC("6750", "2.2")},
	Expect: "A POST with the token in the header gets the same response as the GET; one with the token in the body gets it too, or is refused.",
	Why:    "OpenID Connect lets clients choose between GET and POST, and libraries use both.",
	Remedy: "Route POST to the same handler; refuse a token in the body with 400 or 401 if it is not supported.",
	Needs:  []judge.Need{judge.Login, judge.Disruption},
	Cases:  []string{"token in the header", "token in the body"},
	Covers: []string{"oidcc-userinfo-post-header", "oidcc-userinfo-post-body"},
}

var _ = ginkgo.It("UINFO-13 POST works like GET", check(UINFO13, func(s *Session) {
	s.Case("token in the header", func() {
		a := s.valid()
		e := s.Do(exchange.Request{Method: http.MethodPost, URL: s.Endpoint(userinfo), Header: http.Header{
			"Authorization": {"Bearer " + a.Tokens.AccessToken}, "Accept": {"application/json"},
		}})
		s.Expect(e).To(HaveStatus(http.StatusOK))
		s.sameSubject(a, e)
	})
	s.Case("token in the body", func() {
		a := s.valid()
		e := s.Do(form(s.Endpoint(userinfo), url.Values{"access_token": {a.Tokens.AccessToken}}))
		if e.Status() == http.StatusOK {
			s.Observe("taken")
			s.sameSubject(a, e)
			return
		}
		s.Expect(e).To(BeAClientError())
		s.Observe("refused with status %d", e.Status())
	})
}))
