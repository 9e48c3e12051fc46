package rp

import (
	"fmt"
	"net/http"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// RP-49, RP-50 and RP-52: answers of the provider's that are not what they should be.

// member is a token response in which one member is value; nil: it is missing.
func member(name string, value any) provider.Conduct {
	return provider.Conduct{Token: func(members map[string]any) {
		members[name] = value
		if value == absent {
			delete(members, name)
		}
	}}
}

// missing marks a member that is left out.
type missing struct{}

var absent = missing{}

var RP49 = judge.Check{
	ID: "RP-49", Title: "a token response without its tokens is refused",
	Problem: "a token response without its tokens logs somebody in", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.3"), judge.RFC("6749", "7.1")},
	Expect: "A token response whose id_token is missing or no signed token, or whose access_token is missing, logs nobody in.",
	Why:    "Without the ID token nothing says for whom, and for which application, the access token was made.",
	Remedy: "Demand both tokens before anything is read from userinfo (SDK: callback throws; openid-client 6: idTokenExpected).",
	Cases:  named(halfTokens), Logins: len(halfTokens),
	Levels: map[string]judge.Level{"token_type mac": judge.SHOULD},
}

var halfTokens = []trial{
	{"id_token missing", member("id_token", absent)},
	{"id_token null", member("id_token", nil)},
	{"id_token garbage", member("id_token", "sgidcheck")},
	{"id_token in two parts", then(func(compact string) string { return compact[:strings.LastIndexByte(compact, '.')] })},
	{"id_token an object", member("id_token", map[string]any{"sub": "u=sgidcheck"})},
	{"claims no JSON", provider.Conduct{IDToken: func(t *provider.IDToken) {
		t.Then = func(string) string {
			input := encodeJSON(t.Header) + "." + encode([]byte("sub=somebody"))
			return input + "." + encode(rs256(t.Key, input))
		}
	}}},
	{"access_token missing", member("access_token", absent)},
	{"token_type mac", member("token_type", "mac")},
}

var _ = ginkgo.It("RP-49 a token response without its tokens is refused", check(RP49, func(s *Session) { s.RefusesEach(halfTokens) }))

// brokenAnswer is one way in which an endpoint does not answer as it should.
type brokenAnswer struct {
	name   string
	answer provider.Answer
}

const flood = 64 << 20 // octets

var brokenAnswers = []brokenAnswer{
	{"400", provider.Sends(http.StatusBadRequest, jsonType, `{"error":"invalid_request"}`)},
	{"500", provider.Sends(http.StatusInternalServerError, jsonType, serverError)},
	{"500 around the right answer", withStatus(http.StatusInternalServerError)},
	{"503 HTML", provider.Sends(http.StatusServiceUnavailable, "text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>")},
	{"200 HTML", provider.Sends(http.StatusOK, "text/html", "<html><body><h1>Scheduled maintenance</h1></body></html>")},
	{"empty", provider.Sends(http.StatusOK, jsonType, "")},
	{"broken", provider.Sends(http.StatusOK, jsonType, `{"access_token":"`)},
	{"null", provider.Sends(http.StatusOK, jsonType, "null")},
	{"reset", provider.Resets()},
}

const (
	jsonType    = "application/json"
	serverError = `{"error":"server_error"}`
)

// withStatus answers correctly but for the status.
func withStatus(status int) provider.Answer {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&restated{w, status}, r)
	}
}

type restated struct {
	http.ResponseWriter
	status int
}

func (r *restated) WriteHeader(int) { r.ResponseWriter.WriteHeader(r.status) }

func (r *restated) Write(b []byte) (int, error) { return r.ResponseWriter.Write(b) }

// answeredBy is a login in which an endpoint answers so.
func answeredBy(path, wrong string, answer provider.Answer) provider.Conduct {
	return provider.Conduct{Wrong: wrong, At: map[string]func(http.ResponseWriter, *http.Request, http.Handler){path: answer}}
}

type endpoint struct{ name, path string }

var broken = []endpoint{{"token", sgid.PathToken}, {"userinfo", sgid.PathUserInfo}}

func brokenCases() (names []string) {
	for _, at := range broken {
		for _, b := range brokenAnswers {
			names = append(names, at.name+" "+b.name)
		}
	}
	for _, at := range broken {
		names = append(names, at.name+" of 64 MiB")
	}
	return names
}

var RP50 = judge.Check{
	ID: "RP-50", Title: "broken answers of the provider log nobody in, and do no harm",
	Problem: "a broken answer of the provider logs somebody in, or does harm", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.ASVS("12.1"), judge.PRACTICE()},
	Expect: "Errors, pages, empty and broken answers of the token endpoint and of userinfo log nobody in, and the application lives. With --slow, so do answers of 64 MiB; how much of them is read is an observation.",
	Why:    "Providers have bad days. An application that takes half an answer for a login, or that ends with it, has them too.",
	Remedy: "Await and catch: every call of the SDK belongs into try and catch (in Express, pass the error to next), and what is not a 200 with the right members is a login that failed. Bound what you read.",
	Cases:  brokenCases(), Logins: len(brokenCases()) - len(broken),
}

var _ = ginkgo.It("RP-50 broken answers of the provider log nobody in, and do no harm", check(RP50, func(s *Session) {
	for _, at := range broken {
		for _, b := range brokenAnswers {
			name := at.name + " " + b.name
			s.Case(name, func() { s.refusesOnceAsked(at.path, answeredBy(at.path, "the provider answers: "+name, b.answer)) })
		}
	}
	for _, at := range broken {
		s.Case(at.name+" of 64 MiB", func() {
			s.needsSlow()
			l := s.refusesOnceAsked(at.path, answeredBy(at.path, "the answer has 64 MiB", provider.Floods(flood)))
			asked := l.Attempt.At(at.path)
			s.Observe("of 64 MiB of the %s answer the application read %.1f MiB", at.name, float64(asked[0].Sent)/(1<<20))
		})
	}
}))

// needsSlow ends the case in a run that is to be quick.
func (s *Session) needsSlow() {
	if !s.Slow {
		s.SkipFor(run.WantTime, "it is large or takes a minute; --slow runs it")
	}
}

// refusesOnceAsked judges that a login is refused in which an endpoint does wrong.
func (s *Session) refusesOnceAsked(path string, c provider.Conduct) *Login {
	l := s.logInAsking(path, c)
	s.RefusedAs(l)
	return l
}

// logInAsking makes a login; the case is blocked where the application did not
// ask the endpoint that it is about.
func (s *Session) logInAsking(path string, c provider.Conduct) *Login {
	l := s.logInFor(path, c)
	if len(l.Attempt.At(path)) == 0 {
		l.Keep()
		s.Block("application", "the application did not ask %s in this login", path)
	}
	return l
}

var RP52 = judge.Check{
	ID: "RP-52", Title: "credentials follow no redirect to another origin",
	Problem: "credentials follow a redirect to another origin", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9110", "15.4"), judge.PRACTICE()},
	Expect: "Where the token endpoint or userinfo redirects to another origin, no client secret, code, verifier or access token arrives there.",
	Why:    "A 307 makes the HTTP library repeat the POST, client secret included, at whatever address it names.",
	Remedy: "Switch redirects off for requests to the provider (fetch: redirect: \"manual\"; axios: maxRedirects: 0; requests: allow_redirects=False): sgID answers with none.",
	Cases:  judge.Names(redirectingAnswers(), redirecting.caseName), Logins: 4,
}

var _ = ginkgo.It("RP-52 credentials follow no redirect to another origin", check(RP52, func(s *Session) {
	for _, r := range redirectingAnswers() {
		s.Case(r.caseName(), func() {
			wrong := fmt.Sprintf("the %s answer is a %d to another origin", r.name, r.status)
			s.nothingArrives(s.logInAsking(r.path, answeredBy(r.path, wrong, provider.Redirects(r.status, s.Front.Elsewhere()+r.path))))
		})
	}
}))

// redirecting is an endpoint that answers with a redirect.
type redirecting struct {
	endpoint
	status int
}

func (r redirecting) caseName() string { return fmt.Sprintf("%s %d", r.name, r.status) }

func redirectingAnswers() (all []redirecting) {
	for _, at := range broken {
		all = append(all, redirecting{at, http.StatusFound}, redirecting{at, http.StatusTemporaryRedirect})
	}
	return all
}

// nothingArrives judges that no credential of the login came to the other origin.
func (s *Session) nothingArrives(l *Login) {
	var found []judge.Finding
	for _, r := range l.Attempt.At(provider.Elsewhere) {
		what := s.credentialIn(l, string(r.Body)+" "+r.URL+" "+r.Header.Get("Authorization"))
		if what == "" {
			s.Observe("it follows the redirect, without credentials")
			continue
		}
		found = append(found, judge.Finding{Observed: "it follows the redirect and sends " + what + " there", Evidence: l.AtProvider(r)})
	}
	l.AssertNone("no credential at another origin", found)
}

// credentialIn names the credential of a login that stands in a text.
func (s *Session) credentialIn(l *Login, text string) string {
	client := s.Front.Client()
	held := map[string]string{"the client secret": client.Secret, "the code": l.Attempt.Code()}
	for _, token := range l.Attempt.AccessTokens() {
		held["the access token"] = token
	}
	for _, name := range []string{"the client secret", "the access token", "the code"} {
		if held[name] != "" && strings.Contains(text, held[name]) {
			return name
		}
	}
	return ""
}
