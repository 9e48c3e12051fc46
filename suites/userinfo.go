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
	ID: "UINFO-01", Title: "a valid request is answered with sub, key and data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI("User Info"), judge.OIDCCORE("5.3.2")},
	Expect: "200 with JSON: sub, and key and data when data scopes were granted; valid against the schema.",
	Why:    "This answer is what the whole login is for.",
	Remedy: "Answer a valid access token with sub, and with key and data as strings and an object of strings.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-userinfo-get"},
}

var _ = ginkgo.It("UINFO-01 a valid request is answered with sub, key and data", check(UINFO01, func(s *Session) {
	a := s.SharedAnswer()
	s.Expect(a).To(BeJSON())
	s.Expect(a).To(BeValidAgainstTheSchema(s.schemas, userinfo))
	if len(dataScopes(granted(a.Tokens))) == 0 {
		return
	}
	switch {
	case a.Key == "":
		s.Fail("key and data", "an answer without key, though data scopes were granted", a.Exchange)
	case a.Data == nil:
		s.Fail("key and data", "an answer without data, though data scopes were granted", a.Exchange)
	}
}))

// granted are the scopes of a login: those that the token answer names, where
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
	ID: "UINFO-02", Title: "sub is the ID token's", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.2")},
	Expect: "sub of the answer equals sub of the ID token, character for character.",
	Why:    "A client that does not compare them takes one person's data for another's; one that does refuses the login.",
	Remedy: "Take sub for both answers from the same place, the grant that the access token stands for.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-userinfo-get"},
}

var _ = ginkgo.It("UINFO-02 sub is the ID token's", check(UINFO02, func(s *Session) {
	a := s.SharedAnswer()
	want := s.subject(a.Tokens)
	if a.Subject != want {
		s.Fail("the sub of the ID token", fmt.Sprintf("another sub, of %d characters where the ID token's has %d", len(a.Subject), len(want)), a.Exchange)
	}
	s.Held()
}))

// subject is the sub of a login's ID token; IDT-07 owns its being there.
func (s *Session) subject(t *Tokens) string {
	sub := s.IDToken(t).Subject
	if sub == "" {
		s.owned("IDT-07", t.Reply.Exchange, "the ID token has no sub")
	}
	return sub
}

var UINFO10 = judge.Check{
	ID: "UINFO-10", Title: "with openid alone there is no data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("userinfo")},
	Expect: "A login with the scope openid alone is answered with sub, and without key and data, or with both empty.",
	Why:    "A person who consented to no data must not have any handed over.",
	Remedy: "Leave key and data out of the answer when only openid was granted.",
	Needs:  []judge.Need{judge.Login}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{"scope"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("UINFO-10 with openid alone there is no data", check(UINFO10, func(s *Session) {
	s.SharedAnswer()
	a := s.UserInfo(s.Tokens(s.LogIn(WithScopes(sgid.ScopeOpenID))))
	switch {
	case len(a.Data) > 0:
		s.Fail("no data", fmt.Sprintf("data with %s", strings.Join(a.DataOrder, ", ")), a.Exchange)
	case a.Key != "":
		s.Fail("no key", "a key, without data that it would open", a.Exchange)
	}
	s.Held()
}))

var UINFO11 = judge.Check{
	ID: "UINFO-11", Title: "data has the scopes granted, all and no other", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.OIDCCORE("5.3.2")},
	Expect: "The members of data are the data scopes that were granted, whichever were asked for.",
	Why:    "What is missing breaks the service; what is beyond was taken from the person without consent.",
	Remedy: "Build data from the scopes of the grant, and from nothing else; a value that does not exist is NA.",
	Needs:  []judge.Need{judge.Login, judge.DataScope}, Logins: 2,
	Cases:  []string{"all scopes", "one scope", "all scopes but one"},
	Wants:  caseWants([]string{"one scope", "all scopes but one"}, judge.Redeemed, "scope"),
	Covers: []string{"oidcc-scope-all", "oidcc-scope-profile", "oidcc-scope-email", "oidcc-scope-address", "oidcc-scope-phone"},
}

var _ = ginkgo.It("UINFO-11 data has the scopes granted, all and no other", check(UINFO11, func(s *Session) {
	s.Case("all scopes", func() { s.dataOf(s.SharedAnswer()) })
	data := dataScopes(s.Config.First.Scopes)
	subset := func(name string, scopes func() []string) {
		s.Case(name, func() {
			if len(data) < 2 {
				s.NotApplicable("fewer than two data scopes are asked for, and so all scopes are the only subset")
			}
			s.dataOf(s.UserInfo(s.Tokens(s.LogIn(WithScopes(append([]string{sgid.ScopeOpenID}, scopes()...)...)))))
		})
	}
	subset("one scope", func() []string { return data[:1] })
	subset("all scopes but one", func() []string { return data[1:] })
}))

// dataOf judges which members an answer's data has.
func (s *Session) dataOf(a *Answer) {
	want := dataScopes(granted(a.Tokens))
	if len(want) > 0 && a.Data == nil {
		s.owned("UINFO-01", a.Exchange, "the answer has no data, though data scopes were granted")
	}
	var missing, beyond []string
	for _, scope := range want {
		if _, there := a.Data[scope]; !there {
			missing = append(missing, scope)
		}
	}
	for _, scope := range a.DataOrder {
		if !slices.Contains(want, scope) {
			beyond = append(beyond, clip(scope))
		}
	}
	var saw []string
	if len(missing) > 0 {
		saw = append(saw, "data lacks "+strings.Join(missing, ", "))
	}
	if len(beyond) > 0 {
		saw = append(saw, "data has "+strings.Join(beyond, ", ")+", which was not granted")
	}
	if len(saw) > 0 {
		s.Fail("data with "+strings.Join(want, ", "), strings.Join(saw, "; "), a.Exchange)
	}
	s.Held()
}

var UINFO12 = judge.Check{
	ID: "UINFO-12", Title: "the answer is not stored", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "2.6"), judge.ASVS("8.2")},
	Expect: "Cache-Control: no-store.",
	Why:    "A cache on the way that keeps personal data gives them to whoever asks next, or to whoever reads the disk.",
	Remedy: "Send Cache-Control: no-store with every answer of the userinfo endpoint.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"CacheControlTest"},
}

var _ = ginkgo.It("UINFO-12 the answer is not stored", check(UINFO12, func(s *Session) {
	s.Expect(s.SharedAnswer()).To(ForbidStoring())
}))

var UINFO16 = judge.Check{
	ID: "UINFO-16", Title: "asked twice it says the same", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("5.3")},
	Expect: "The same access token a second time: the same sub, the same members, the same plaintexts.",
	Why:    "A client repeats a request whose answer was lost; it must not lose the login, or get another person's data.",
	Remedy: "Answer from the grant that the token stands for, as often as it is presented while it is valid.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("UINFO-16 asked twice it says the same", check(UINFO16, func(s *Session) {
	first := s.SharedAnswer()
	second := s.AskAgain(first.Tokens)
	if first.Subject != second.Subject {
		s.Found("the same sub", "another sub the second time", second.Exchange)
	}
	if saw := s.differs(first, second); saw != "" {
		s.Found("the same data", saw, second.Exchange)
	}
	s.Held()
}))

// AskAgain asks for a login's user data once more. UINFO-16 owns its working
// after it has worked before.
func (s *Session) AskAgain(t *Tokens) *Answer {
	e := s.AskUserInfo("Bearer " + t.AccessToken)
	if e.Status() != http.StatusOK {
		s.owned("UINFO-16", e, "the same access token, asked again, answers %s", e.Saw())
	}
	info, err := sgid.ParseUserInfo(e.Body())
	if err != nil {
		s.owned("UINFO-16", e, "the answer to the same access token, asked again, cannot be read: %s", e.unread(err))
	}
	return &Answer{Exchange: e, UserInfo: info, Tokens: t}
}

func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return out
}

var UINFO07 = judge.Check{
	ID: "UINFO-07", Title: "the scheme Bearer is taken in any case", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("9110", "11.1")},
	Expect: "bearer, BEARER and bEaReR before a valid token are taken as Bearer is.",
	Why:    "The names of authentication schemes have no case; client libraries write them differently.",
	Remedy: "Compare the scheme without regard to case.",
	Needs:  []judge.Need{judge.Login, judge.Disruption},
	Cases:  []string{"lower", "upper", "mixed"},
}

var _ = ginkgo.It("UINFO-07 the scheme Bearer is taken in any case", check(UINFO07, func(s *Session) {
	for _, c := range []struct{ name, scheme string }{{"lower", "bearer"}, {"upper", "BEARER"}, {"mixed", "bEaReR"}} {
		s.Case(c.name, func() {
			a := s.valid()
			e := s.AskUserInfo(c.scheme + " " + a.Tokens.AccessToken)
			s.Expect(e).To(HaveStatus(http.StatusOK))
			s.sameSubject(a, e)
		})
	}
}))

// valid is the shared login's user data, with a token that has just been taken
// once more: the control of every request that changes something about it.
func (s *Session) valid() *Answer {
	s.standUp() // a target that was restarted knows the old login no more
	a := s.SharedAnswer()
	s.AskAgain(a.Tokens)
	return a
}

// sameSubject judges that a 200 is about the same person.
func (s *Session) sameSubject(a *Answer, e *Exchange) {
	info, err := sgid.ParseUserInfo(e.Body())
	switch {
	case info == nil:
		s.Fail("the same answer", fmt.Sprintf("200 with a body that cannot be read: %s", e.unread(err)), e)
	case info.Subject != a.Subject:
		s.Fail("the same sub", "200 with another sub", e)
	}
	s.Held()
}

var UINFO13 = judge.Check{
	ID: "UINFO-13", Title: "POST works as GET does", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.1"), judge.RFC("6750", "2.2")},
	Expect: "A POST with the token in the header is answered as the GET is; one with the token in the body is answered so, or refused.",
	Why:    "OpenID Connect lets a client choose between GET and POST, and libraries do.",
	Remedy: "Route POST to the same handler; refuse a token in the body with 400 or 401 if it is not to be taken.",
	Needs:  []judge.Need{judge.Login, judge.Disruption},
	Cases:  []string{"token in the header", "token in the body"},
	Covers: []string{"oidcc-userinfo-post-header", "oidcc-userinfo-post-body"},
}

var _ = ginkgo.It("UINFO-13 POST works as GET does", check(UINFO13, func(s *Session) {
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
