package rp

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
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
	withNRIC := append(slices.Clone(secrets), secret{"the NRIC", redact.KindNRIC, provider.People()[0].Data["myinfo.nric_number"]})
	place := func(name string, found func(value string) bool, list []secret) {
		s.Case(name, func() {
			for _, one := range list {
				l.Assert(!found(one.value), "", one.what+" stands there", l.AtCallback())
			}
		})
	}
	place("URL", l.inURL, withNRIC)
	texts := l.texts()
	place("page", func(value string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, value) })
	}, secrets)
	inCookie := func(httpOnly bool) func(string) bool {
		return func(value string) bool { return l.inCookie(value, httpOnly) }
	}
	place("cookie for scripts", inCookie(false), withNRIC)
	place("HttpOnly cookie", inCookie(true), withNRIC)
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

// secret is a value that must not leave the application's server, with what it is called.
type secret struct{ what, kind, value string }

// secretsOf are a login's; each has a value.
func (c *Campaign) secretsOf(a *provider.Attempt) (out []secret) {
	add := func(what, kind, value string) {
		if value != "" {
			out = append(out, secret{what, kind, value})
		}
	}
	add("the client secret", redact.KindClientSecret, c.Front.Client().Secret)
	add("the ID token", redact.KindIDToken, a.IDToken())
	for _, token := range a.AccessTokens() {
		add("the access token", redact.KindAccessToken, token)
	}
	for _, r := range a.At(sgid.PathToken) {
		add("the code verifier", redact.KindVerifier, r.Form.Get("code_verifier"))
	}
	return out
}

// learnSecrets has the redactor know the secrets of every login so far: an answer
// that shows one is evidence, and the login need not be the one it came in.
func (c *Campaign) learnSecrets() {
	for _, a := range c.attempts {
		for _, one := range c.secretsOf(a) {
			if one.kind != redact.KindIDToken || len(one.value) >= telling {
				c.Redactor.Learn(one.kind, one.value)
			}
		}
		c.Redactor.Learn(redact.KindCode, a.Code())
	}
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
