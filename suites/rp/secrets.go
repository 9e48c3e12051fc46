package rp

import (
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/encoded"
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
	place := func(name string, texts []string, depth int, sought []secret) {
		s.Case(name, func() {
			there, whole := standing(texts, depth, sought)
			for _, one := range sought {
				l.Assert(!slices.Contains(there, one), "", one.what+" stands there", l.AtCallback())
			}
			if !whole {
				s.Observe("there is more that may be encoded than was looked into")
			}
		})
	}
	place("URL", l.addresses(), 2, withNRIC)
	place("page", l.texts(), 2, secrets)
	place("cookie for scripts", l.cookieValues(false), 3, withNRIC)
	place("HttpOnly cookie", l.cookieValues(true), 3, withNRIC)
	s.Case("script of a page", func() { s.scriptsHoldNoSecret(l) })
}))

// secret is a value that must not leave the application's server, with what it is called.
type secret struct{ what, kind, value string }

func (c *Campaign) clientSecret() secret {
	return secret{"the client secret", redact.KindClientSecret, c.Front.Client().Secret}
}

// secretsOf are a login's; each has a value.
func (c *Campaign) secretsOf(a *provider.Attempt) (out []secret) {
	add := func(what, kind, value string) {
		if one := (secret{what, kind, value}); value != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	out = append(out, c.clientSecret())
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
func (l *Login) behind() []*application.Way {
	return l.ways[slices.Index(l.ways, l.Start)+1:]
}

// standing are those of the secrets that stand in one of the texts, plainly or in
// what it is an encoding of, to a depth; whole says that no text had more to decode
// than is decoded of one.
func standing(texts []string, depth int, sought []secret) (found []secret, whole bool) {
	whole = true
	left := byBeginning(sought)
	for _, text := range texts {
		search := encoded.NewSearch(decodedAtLeast+decodedPerOctet*len(text), func(plain string) bool {
			for _, one := range left.in(plain) {
				if !slices.Contains(found, one) {
					found = append(found, one)
				}
			}
			return len(found) == len(sought)
		})
		if search.In(text, depth) {
			return found, true
		}
		whole = whole && !search.Spent()
	}
	return found, whole
}

// beginnings are secrets by their first octets: of a long log, each place is looked at
// once, however many they are. Those that are shorter stand under "".
type beginnings map[string][]secret

// beginning is how many octets of a secret are its key.
const beginning = 8

func byBeginning(all []secret) beginnings {
	b := beginnings{}
	for _, one := range all {
		key := ""
		if len(one.value) >= beginning {
			key = one.value[:beginning]
		}
		b[key] = append(b[key], one)
	}
	return b
}

// in are those that stand in a text; one may be named more than once.
func (b beginnings) in(plain string) (found []secret) {
	for _, one := range b[""] {
		if strings.Contains(plain, one.value) {
			found = append(found, one)
		}
	}
	for i := range len(plain) - beginning + 1 {
		for _, one := range b[plain[i:i+beginning]] {
			if strings.HasPrefix(plain[i:], one.value) {
				found = append(found, one)
			}
		}
	}
	return found
}

// How many octets are decoded of one text: a number, and so many for each of its own.
const (
	decodedAtLeast  = 256 << 10
	decodedPerOctet = 16
)

// addresses are those that the browser is sent to or asks for, from the callback on.
// That of the callback itself holds what the authorization request held, RP-10's to judge.
func (l *Login) addresses() (out []string) {
	for _, way := range l.behind() {
		for _, e := range way.Steps {
			out = append(out, e.Request.URL, e.Header().Get("Location"))
		}
	}
	return slices.DeleteFunc(out, func(address string) bool { return address == l.Attempt.Back() })
}

// redirects reports whether an answer sends the browser to an address.
func redirects(e *exchange.Exchange) bool { return e.Status() >= 300 && e.Status() < 400 }

// texts are what the pages and headers of a login say; addresses and cookies aside,
// which have their own cases, and what sends the browser to the provider, which is
// RP-10's to judge.
func (l *Login) texts() (out []string) {
	for _, way := range l.ways {
		if !way.Login { // the page of the provider
			out = append(out, string(way.Shows))
		}
		for _, e := range way.Steps {
			if way == l.Start && redirects(e) {
				continue
			}
			out = append(out, string(e.Body()))
			for name, values := range e.Header() {
				if name != "Location" && name != "Set-Cookie" {
					out = append(out, strings.Join(values, "\n"))
				}
			}
		}
	}
	return out
}

// cookieValues are the values of the application's cookies, of those that scripts
// read or of those that they do not; also of one that was set and is gone again.
func (l *Login) cookieValues(httpOnly bool) (out []string) {
	for _, c := range append(l.Browser.Cookies(l.s.Site.Protected), l.cookiesSet()...) {
		if c.HTTPOnly == httpOnly {
			out = append(out, c.Value)
		}
	}
	return out
}
