package rp

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What the application sends to the token and userinfo endpoints.

var RP11 = judge.Check{
	ID: "RP-11", Title: "the token request is a form with the client's credentials in its body",
	Problem: "the token request is not a form with the client's credentials in its body", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Token"), judge.SGIDSDK("callback")},
	Expect: "The token request is a POST with a form, client_id and client_secret in it, nothing in its URL, and without HTTP Basic.",
	Why:    "sgID takes client_secret_post alone; what stands in a URL stands in logs.",
	Remedy: "Send the form yourself, or set the library to it: token_endpoint_auth_method: 'client_secret_post', ClientSecretPost() in openid-client 6.",
}

var _ = ginkgo.It("RP-11 the token request is a form with the client's credentials in its body", check(RP11, func(s *Session) {
	for _, r := range s.baseline.TokenRequests() {
		problem := tokenForm(r)
		s.Require(problem == "", "", problem, s.baseline.AtProvider(r))
	}
}))

// tokenForm says what of a token request is not as sgID takes it; empty: nothing.
func tokenForm(r *provider.Received) string {
	switch {
	case r.Method != "POST":
		return "the token request is a " + brief(r.Method)
	case len(r.Query) > 0:
		return "the token request has parameters in its URL"
	case strings.HasPrefix(strings.ToLower(r.Header.Get("Authorization")), "basic"):
		return "the client authenticates by HTTP Basic"
	case r.Form == nil:
		return fmt.Sprintf("the token request's Content-Type is %q, and not a form's", brief(r.Header.Get("Content-Type")))
	case r.Form.Get("client_secret") == "":
		return "client_secret is not in the token request's body"
	}
	return ""
}

var tokenErrors = []trial{
	{"400", answeredBy(sgid.PathToken, "", provider.Sends(400, jsonType, `{"error":"invalid_grant"}`))},
	{"500", answeredBy(sgid.PathToken, "", provider.Sends(500, jsonType, serverError))},
	{"connection reset", answeredBy(sgid.PathToken, "", provider.Resets())},
}

var RP12 = judge.Check{
	ID: "RP-12", Title: "a code is sent once",
	Problem: "a code is sent more than once", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "After a token request that fails, the code is not sent again.",
	Why:    "A code is good for one use. A provider takes its second use for theft and takes back what the first gave, so that a retry ends a login that had worked.",
	Remedy: "Have a failed token request end the login, and switch the HTTP library's retries off for it.",
	Cases:  named(tokenErrors),
}

var _ = ginkgo.It("RP-12 a code is sent once", check(RP12, func(s *Session) {
	for _, t := range tokenErrors {
		s.Case(t.Case, func() {
			l := s.logInAsking(sgid.PathToken, t.conduct())
			text, again := fmt.Sprintf("the code is sent %d times", len(l.TokenRequests())), l.tokenRequest(1)
			if t.Case == "connection reset" {
				text += " (an HTTP library that repeats by itself what was reset does that; it can be switched off)"
			}
			l.Assert(again == nil, "", text, l.AtProvider(again))
		})
	}
}))

var RP13 = judge.Check{
	ID: "RP-13", Title: "the access token travels in the Authorization header",
	Problem: "the access token does not travel in the Authorization header alone", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("6750", "2"), judge.RFC("9700", "4.3.2")},
	Expect: "The userinfo request has the access token in its Authorization header, and neither in its URL, nor in a body, nor in a cookie or another header.",
	Why:    "A token in a URL stands in the logs of everything on the way.",
	Remedy: "fetch(userinfo, { headers: { Authorization: `Bearer ${accessToken}` } }).",
}

var _ = ginkgo.It("RP-13 the access token travels in the Authorization header", check(RP13, func(s *Session) {
	asked := s.baseline.Attempt.At(sgid.PathUserInfo)
	for _, r := range asked {
		problem := misplacedToken(r, s.baseline.Attempt.AccessTokens())
		s.Require(problem == "", "", problem, s.baseline.AtProvider(r))
	}
	if len(asked) == 0 {
		s.NotApplicable("the application does not ask for userinfo")
	}
}))

// misplacedToken says where an access token stands that does not belong there;
// empty: nowhere.
func misplacedToken(r *provider.Received, tokens []string) string {
	for _, token := range tokens {
		switch {
		case strings.Contains(r.URL, token):
			return "the access token stands in the URL of the userinfo request"
		case strings.Contains(string(r.Body), token):
			return "the access token stands in the body of the userinfo request"
		}
		for name, values := range r.Header {
			if name != "Authorization" && strings.Contains(strings.Join(values, " "), token) {
				return "the access token stands in the header " + brief(name) + " of the userinfo request"
			}
		}
	}
	return ""
}

var RP14 = judge.Check{
	ID: "RP-14", Title: "the key set is kept between logins",
	Problem: "the key set is fetched at every login", Level: judge.SHOULD, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.OIDCCORE("10.1.1")},
	Expect: "Seven logins, one after the other, ask for the key set fewer than seven times.",
	Why:    "An application that asks for the keys at each login is slower, and down whenever the key set is.",
	Remedy: "Make the client or the key set once, when the program starts (createRemoteJWKSet keeps it by itself), not in the handler. A serverless function that starts cold each time may waive this.",
}

var _ = ginkgo.It("RP-14 the key set is kept between logins", check(RP14, func(s *Session) {
	n := 0
	logins := s.Seven()
	for _, l := range logins {
		n += len(l.Attempt.At(sgid.PathJWKS))
	}
	text := fmt.Sprintf("%d logins asked for the key set %d times", len(logins), n)
	s.Require(n < len(logins), "", text, logins[0].Evidence())
	s.Observe("%s", text)
}))

var RP15 = judge.Check{
	ID: "RP-15", Title: "which data are asked for, and which are shown", Level: judge.INFO, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDDATA("Data Catalog"), judge.PRACTICE()},
	Expect: "An observation: the scopes that are asked for, and those whose data the protected page does not show.",
	Why:    "Data that nobody uses should not be asked for: the person is asked to consent to it.",
	Remedy: "Take scopes out that no page or process uses.",
}

var _ = ginkgo.It("RP-15 which data are asked for, and which are shown", check(RP15, func(s *Session) {
	l := s.Clean()
	person := provider.People()[0]
	scopes := strings.Fields(l.Attempt.Query().Get("scope"))
	s.Observe("asked for: %s", strings.Join(scopes, " "))
	var unseen []string
	for _, scope := range scopes {
		if value := person.Data[scope]; value != "" && !strings.Contains(strings.ToLower(string(l.Look.Way.Body())), strings.ToLower(value)) {
			unseen = append(unseen, scope)
		}
	}
	if len(unseen) > 0 {
		s.Observe("not on the protected page: %s", strings.Join(unseen, " "))
	}
}))

var RP16 = judge.Check{
	ID: "RP-16", Title: "what a login asks of the provider", Level: judge.INFO, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI("API Documentation")},
	Expect: "An observation: how often each endpoint is asked in a login, parameters beyond those of the documentation, and whether the metadata are read.",
	Why:    "What is asked more than once costs time at each login.",
	Remedy: "Nothing to do.",
}

var _ = ginkgo.It("RP-16 what a login asks of the provider", check(RP16, func(s *Session) {
	l := s.Clean()
	var counts []string
	for _, path := range []string{sgid.PathDiscovery, sgid.PathAuthorize, sgid.PathToken, sgid.PathJWKS, sgid.PathUserInfo} {
		counts = append(counts, fmt.Sprintf("%s %d", path, len(l.Attempt.At(path))))
	}
	s.Observe("requests in a login: %s", strings.Join(counts, ", "))
	var beyond []string
	for name := range l.asked().Query {
		if !slices.Contains(documentedParameters, name) {
			beyond = append(beyond, name)
		}
	}
	if slices.Sort(beyond); len(beyond) > 0 {
		s.Observe("parameters that the documentation does not name: %s", brief(strings.Join(beyond, ", ")))
	}
	s.Observe("the provider's metadata are read: %v", s.readsMetadata())
}))

var documentedParameters = []string{"response_type", "client_id", "redirect_uri", "scope", "code_challenge", "code_challenge_method", "nonce", "state"}

// readsMetadata reports whether the application has asked for the metadata in
// the run so far.
func (s *Session) readsMetadata() bool {
	reads := func(r *provider.Received) bool { return r.Endpoint == sgid.PathDiscovery }
	if slices.ContainsFunc(s.Front.Stray(), reads) {
		return true
	}
	return slices.ContainsFunc(append(s.Campaign.clean, s.baseline), func(l *Login) bool { return slices.ContainsFunc(l.Attempt.Received(), reads) })
}
