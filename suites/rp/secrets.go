package rp

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What must stay on the server.

var RP65 = judge.Check{
	ID: "RP-65", Title: "tokens, secrets and the NRIC stay on the server",
	Problem: "a token, a secret or the NRIC leaves the server", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.2"), judge.ASVS("8.3")},
	Expect: "In a login, no URL, page, header or cookie that scripts read holds the access token, the ID token, the client secret, the code verifier, and no URL or such cookie the NRIC. No script that a page loads holds the client secret.",
	Why:    "What is in a URL is in histories and logs; what scripts read, any script reads.",
	Remedy: "Keep tokens and data in the session on the server. A cookie holds a random identifier, or is encrypted.",
	Cases:  []string{"URL", "page", "cookie for scripts", "HttpOnly cookie", "script of a page"},
	Levels: map[string]judge.Level{"HttpOnly cookie": judge.SHOULD},
}

var _ = ginkgo.It("RP-65 tokens, secrets and the NRIC stay on the server", check(RP65, func(s *Session) {
	l := s.Clean()
	secrets := s.secretsOf(l.Attempt)
	nric := map[string]string{"the NRIC": provider.People()[0].Data["myinfo.nric_number"]}
	place := func(name string, found func(what, value string) bool, lists ...map[string]string) {
		s.Case(name, func() {
			for _, list := range lists {
				for what, value := range list {
					l.Assert(value == "" || !found(what, value), "", what+" stands there", l.AtCallback())
				}
			}
		})
	}
	place("URL", func(_, value string) bool { return l.inURL(value) }, secrets, nric)
	texts := l.texts()
	place("page", func(_, value string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, value) })
	}, secrets)
	inCookie := func(httpOnly bool) func(string, string) bool {
		return func(_, value string) bool { return l.inCookie(value, httpOnly) }
	}
	place("cookie for scripts", inCookie(false), secrets, nric)
	place("HttpOnly cookie", inCookie(true), secrets, nric)
	s.Case("script of a page", func() {
		var found []judge.Finding
		for _, script := range s.scriptsOf(l) {
			if bytes.Contains(script.Body(), []byte(s.Front.Client().Secret)) {
				found = append(found, judge.Finding{Observed: "the client secret stands in a script that a page loads", Evidence: l.step(script)})
			}
		}
		l.AssertNone("", found)
	})
}))

// secretsOf are a login's, by what they are called.
func (s *Session) secretsOf(a *provider.Attempt) map[string]string {
	out := map[string]string{"the client secret": s.Front.Client().Secret, "the ID token": a.IDToken()}
	for _, token := range a.AccessTokens() {
		out["the access token"] = token
	}
	for _, r := range a.At(sgid.PathToken) {
		out["the code verifier"] = r.Form.Get("code_verifier")
	}
	return out
}

// behind are the navigations from the callback on: what leads to the provider is
// RP-10's to judge.
func (l *Login) behind() []*application.Way { return l.ways[1:] }

// inURL reports whether a value stands in an address that the browser is sent
// to or asks for.
func (l *Login) inURL(value string) bool {
	for _, way := range l.behind() {
		for _, e := range way.Steps {
			for _, address := range []string{e.Request.URL, e.Header().Get("Location")} {
				if plain, err := url.QueryUnescape(address); err == nil && strings.Contains(plain, value) || strings.Contains(address, value) {
					return true
				}
			}
		}
	}
	return false
}

// mostDecoded is the length in octets of the longest text in which encodings are
// looked into.
const mostDecoded = 1 << 20

// texts are what the pages and headers of a login say from the callback on, also
// what they say encoded; addresses and cookies aside, which have their own cases.
func (l *Login) texts() (out []string) {
	add := func(text string) {
		if len(text) > mostDecoded {
			out = append(out, text)
			return
		}
		out = append(out, decodings(text, 2)...)
	}
	for _, way := range l.behind() {
		add(string(way.Shows))
		for _, e := range way.Steps {
			add(string(e.Body()))
			for name, values := range e.Header() {
				if name != "Location" && name != "Set-Cookie" {
					add(strings.Join(values, "\n"))
				}
			}
		}
	}
	return out
}

// mostScripts is how many scripts of an application are looked into.
const mostScripts = 30

// scriptsOf are the scripts of the application's own that the pages of a login load.
func (s *Session) scriptsOf(l *Login) (out []*exchange.Exchange) {
	seen := map[string]bool{}
	for _, way := range l.ways {
		for _, address := range application.Scripts(way) {
			u, err := url.Parse(address)
			if err != nil || seen[address] || !s.Site.Own(u) || len(seen) == mostScripts {
				continue
			}
			seen[address] = true
			script := s.browserWith(address, l.Browser.Cookies(address)).Open(s.Context, address)
			out = append(out, script.Steps...)
		}
	}
	return out
}

// inCookie reports whether a value stands in a cookie of the application, plain
// or encoded, one that scripts read or one that they do not; also in one that was
// set and is gone again.
func (l *Login) inCookie(value string, httpOnly bool) bool {
	for _, c := range append(l.Browser.Cookies(l.s.Site.Protected), l.cookiesSet()...) {
		if c.HTTPOnly != httpOnly {
			continue
		}
		for _, text := range decodings(c.Value, 3) {
			if strings.Contains(text, value) {
				return true
			}
		}
	}
	return false
}

// lookForSecrets notes the answers of a navigation that hold a secret of the login:
// whether it was refused is known at the end.
func (l *Login) lookForSecrets(way *application.Way) {
	if way == l.Start || len(way.Steps) == 0 {
		return
	}
	for what, value := range l.s.secretsOf(l.Attempt) {
		if len(value) < telling {
			continue
		}
		for _, e := range way.Steps {
			redirects := e.Status() >= 300 && e.Status() < 400 // to an address, which is RP-65's to judge
			if redirects || !bytes.Contains(e.Body(), []byte(value)) || len(l.s.spilled) == mostSpilled {
				continue
			}
			if len(application.Shown(l.s.people, e.Body())) == 0 { // the page of who is logged in is RP-65's to judge
				l.s.spilled = append(l.s.spilled, spilled{what, l, l.at(e)})
				break
			}
		}
	}
}

// mostSpilled is how many answers with secrets are kept.
const mostSpilled = 1000

var RP77 = judge.Check{
	ID: "RP-77", Title: "no refusal shows a token or a secret",
	Problem: "a refusal shows a token or a secret", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("9700", "4.2"), judge.ASVS("7.4.1")},
	Expect: "No answer of the run in a login that is refused holds the client secret, a token, or the code verifier.",
	Why:    "An error that is shown as the HTTP client threw it holds the request that failed, and with it the client secret.",
	Remedy: "Answer errors with a page of your own. An error of an HTTP client (AxiosError, HTTPError) belongs into no response, and into the log without its request.",
}

var _ = ginkgo.It("RP-77 no refusal shows a token or a secret", check(RP77, func(s *Session) {
	var found []judge.Finding
	seen := map[string]bool{}
	for _, spill := range s.spilled {
		if spill.login.Look.In || seen[spill.what] {
			continue
		}
		seen[spill.what] = true
		s.T.Keep(spill.evidence)
		found = append(found, judge.Finding{Observed: fmt.Sprintf("%s stands in an answer, the first time in %s", spill.what, spill.where()), Evidence: spill.evidence})
	}
	s.AssertNone("", found)
}))
