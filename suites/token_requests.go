package suites

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Requests that are not the form of a POST, and what the refusals look like.

var TOKEN17 = judge.Check{
	ID: "TOKEN-17", Title: "every refusal is an error object",
	Problem: "a refusal is not a well-formed error object", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "Every refusal has status 400 or 401 and is JSON with a registered error, only allowed characters, and Cache-Control: no-store. A firewall's 403 for a request that looks like an attack is not the endpoint's, and is noted.",
	Why:    "Clients use the error to decide whether to retry, to start over, or to raise an alarm.",
	Remedy: "Send every refusal with 400 or 401, application/json, one of the six errors of RFC 6749 section 5.2, and no-store.",
	Needs:  []judge.Need{judge.Login}, Cases: append(mistakes().names(), "over the run"),
}

var _ = ginkgo.It("TOKEN-17 every refusal is an error object", check(TOKEN17, func(s *Session) {
	login := s.Shared().Login
	mistakes().each(s, func(mistake Change) {
		reply := s.Redeem(login, mistake)
		if !reply.refuses() {
			s.Skip("it is not refused, which is for other checks to judge: %s", reply.Saw())
		}
		s.errorObject(reply.Exchange)
	})
	s.Case("over the run", func() {
		if len(s.Seen.Refusals) == 0 {
			s.Skip("nothing was refused in this run, which is for other checks to judge")
		}
		problems, firewalls := map[string]bool{}, 0
		for _, e := range s.Seen.Refusals {
			if s.firewalled(e) {
				firewalls++
				continue
			}
			problem := notAnErrorObject(e)
			s.Assert(problem == "" || problems[problem], "an error object of RFC 6749 section 5.2", problem, e)
			problems[problem] = true
		}
		s.Observe("%d refusals seen", len(s.Seen.Refusals))
		if firewalls > 0 {
			s.Observe("%d requests that look like an attack were turned away with 403 and no error object, as by a firewall in front of the target: these are not judged", firewalls)
			s.Note(fmt.Sprintf("a firewall in front of the target seems to turn away token requests that look like an attack (%d got 403 and no error object): what the token endpoint does with them is not judged", firewalls))
		}
	})
}))

// mistakes are what a token request is refused for, made afresh.
func mistakes() cases[Change] {
	return cases[Change]{
		{"unknown code", Sending("code", random(32))},
		{"wrong secret", Sending("client_secret", random(24))},
		{"no code", Omitting("code")},
	}
}

func (s *Session) errorObject(e *Exchange) {
	problem := notAnErrorObject(e)
	s.Require(problem == "", "an error object of RFC 6749 section 5.2", problem, e)
}

// notAnErrorObject says how a refusal departs from RFC 6749 section 5.2; empty: not at all.
func notAnErrorObject(e *Exchange) string {
	object, err := sgid.ParseOAuthError(e.Body())
	switch {
	case e.Status() != http.StatusBadRequest && e.Status() != http.StatusUnauthorized:
		return e.Saw()
	case !e.IsJSON():
		return e.Saw() + ", which is not application/json"
	case object == nil || object.Code == "":
		return e.Saw() + " without an error"
	case !slices.Contains(tokenErrors, object.Code):
		return fmt.Sprintf("error %q, which is not registered for this endpoint", shorten(object.Code))
	case err != nil:
		return fmt.Sprintf("an error object that is malformed: %v", err)
	case !e.NoStore():
		return "a refusal without Cache-Control: no-store"
	}
	return ""
}

var TOKEN18 = judge.Check{
	ID: "TOKEN-18", Title: "a GET does not issue a token",
	Problem: "a token request sent as GET is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.2")},
	Expect: "A valid token request sent as GET gets a 4xx status and no token.",
	Why:    "The URL of a GET, including secret and code, ends up in every log on the path.",
	Remedy: "Return 405 for every method except POST.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"IsGetSupportedTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-18 a GET does not issue a token", check(TOKEN18, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, attempt{
		send: func(login *Login) *TokenReply {
			return s.unusual(login, s.Get(sgid.WithQuery(s.Endpoint(token), s.TokenForm(login).Encode())))
		},
		expect: func(reply *TokenReply) {
			s.Expect(reply).To(HoldNoToken())
			s.Expect(reply).To(BeAClientError())
		},
	})
}))

var TOKEN19 = judge.Check{
	ID: "TOKEN-19", Title: "credentials and code in the query do not issue a token",
	Problem: "credentials or code in the query are not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "2.3.1")},
	Expect: "A POST with the parameters, or the client's credentials, in the query of its URL gets a 4xx status and no token.",
	Why:    "Secrets in URLs end up in every log on the path.",
	Remedy: "Read the parameters of the token request only from the form body.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"everything", "credentials", "code"}, Covers: []string{"IsAuthInUriAllowedTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-19 credentials and code in the query do not issue a token", check(TOKEN19, func(s *Session) {
	s.NeedsLogin()
	inQuery := func(name, owner string, moved func(parameter string) bool) attempt {
		var body url.Values
		return attempt{name, func(login *Login) *TokenReply {
			var query url.Values
			body, query = s.TokenForm(login), url.Values{}
			for parameter, values := range body {
				if moved(parameter) {
					query[parameter] = values
					delete(body, parameter)
				}
			}
			return s.unusual(login, s.Do(form(sgid.WithQuery(s.Endpoint(token), query.Encode()), body)))
		}, func(reply *TokenReply) {
			s.Expect(reply).To(HoldNoToken())
			if reply.Status() >= 500 && s.Do(form(s.Endpoint(token), body)).Status() >= 500 {
				s.Block(owner, "without the query the request gets a server error, too")
			}
			s.Expect(reply).To(BeAClientError())
		}}
	}
	s.onOneCode(func() *Login { return s.LogIn() },
		inQuery("everything", "TOKEN-22", func(string) bool { return true }),
		inQuery("credentials", "TOKEN-13", func(p string) bool { return strings.HasPrefix(p, "client_") }),
		inQuery("code", "TOKEN-09", func(p string) bool { return p == "code" }))
}))

// unusual is the response to a token request in a form that no client uses. What
// refuses it need be no error object.
func (s *Session) unusual(login *Login, e *Exchange) *TokenReply {
	reply := &TokenReply{Exchange: e}
	reply.read()
	login.wrong++
	return reply
}

var tokenParameters = []string{"client_id", "client_secret", "code", "grant_type", "redirect_uri", "code_verifier"}

var TOKEN21 = judge.Check{
	ID: "TOKEN-21", Title: "a parameter sent twice is refused",
	Problem: "a token request with a parameter sent twice is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.2")},
	Expect: "A token request in which any parameter appears twice, with the same or a different value, is refused.",
	Why:    "If two components read different values, an attacker can have one value checked and the other used.",
	Remedy: "Return invalid_request if a parameter is repeated.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: sentTwice().names(), Covers: []string{"SameParameterTwiceDisallowedTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-21 a parameter sent twice is refused", check(TOKEN21, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, s.refusedEach(sentTwice())...)
}))

// sentTwice are token requests in which one parameter comes twice.
func sentTwice() cases[Change] {
	twice := func(name string, values func(right string) []string) Change {
		return func(form url.Values) { form[name] = values(form.Get(name)) }
	}
	var all cases[Change]
	for _, name := range tokenParameters {
		all = append(all,
			named[Change]{name + " twice the same", twice(name, func(v string) []string { return []string{v, v} })},
			named[Change]{name + " with a wrong value behind", twice(name, func(v string) []string { return []string{v, "another"} })},
			named[Change]{name + " with a wrong value before", twice(name, func(v string) []string { return []string{"another", v} })})
	}
	return all
}

var TOKEN24 = judge.Check{
	ID: "TOKEN-24", Title: "wrong credentials in the Authorization header get 401",
	Problem: "wrong credentials in the Authorization header do not get 401 and a challenge", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "Wrong credentials sent by HTTP Basic, with none in the body, get 401 and WWW-Authenticate: Basic.",
	Why:    "Clients that authenticate by header learn from the challenge that their credentials are wrong.",
	Remedy: "Return 401, WWW-Authenticate: Basic and invalid_client if a client authenticates by header and fails.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: wrongCredentials("").names(), Covers: []string{"IsBasicAuthenticationSupportedTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-24 wrong credentials in the Authorization header get 401", check(TOKEN24, func(s *Session) {
	s.NeedsLogin()
	var attempts []attempt
	for _, wrong := range wrongCredentials(s.Config.First.ClientID) {
		s.Redactor.Learn("credentials", wrong.input)
		attempts = append(attempts, attempt{wrong.name, func(login *Login) *TokenReply {
			r := form(s.Endpoint(token), s.TokenForm(login, Omitting("client_id"), Omitting("client_secret")))
			r.Header.Set("Authorization", "Basic "+wrong.input)
			login.wrong++
			return s.TokenPost(r)
		}, func(reply *TokenReply) {
			s.Expect(reply).To(HoldNoToken())
			s.Expect(reply).To(HaveStatus(http.StatusUnauthorized))
			challenge := reply.Header("WWW-Authenticate")
			s.Require(offersBasic(reply.Exchange), "WWW-Authenticate: Basic", fmt.Sprintf("401 with WWW-Authenticate %q", shorten(challenge)), reply.Exchange)
		}})
	}
	s.onOneCode(func() *Login { return s.LogIn() }, attempts...)
}))

// wrongCredentials are those of HTTP Basic authentication, for a client ID that is
// registered.
func wrongCredentials(clientID string) cases[string] {
	basic := func(id, secret string) string { return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret)) }
	return cases[string]{{"wrong secret", basic(clientID, random(24))}, {"unknown client", basic("sgidcheck-unknown", random(24))}}
}
