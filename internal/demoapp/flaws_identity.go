package demoapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Flaws of what makes a browser somebody's: cookies that are believed, and sessions
// that anybody may have.

// identity puts the person into a cookie of their own, which is believed where
// decode returns the person's identifier.
func identity(a *App, c *conduct, encode func(sub string) string, decode func(value string) (sub string)) {
	var mu sync.Mutex
	people := map[string]*person{}
	onward := c.onward
	c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
		mu.Lock()
		people[p.sub] = p
		mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "user", Value: encode(p.sub), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		onward(w, r, l, t, p)
	}
	c.whoIs = func(r *http.Request) *person {
		held, err := r.Cookie("user")
		if err != nil || a.sessions.personOf(a.sessionOf(r)) == nil {
			return nil
		}
		sub := decode(held.Value)
		if sub == "" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if p := people[sub]; p != nil {
			return p
		}
		return &person{sub: sub}
	}
}

// signedIdentity is identity with something behind the identifier that is to show
// where it comes from.
func signedIdentity(name, breaks string, seal func(sub string) string, believed func(sub, seal string) bool) Flaw {
	return flaw(name, "RP-74", breaks, func(a *App, c *conduct) {
		encode := func(sub string) string { return base64.RawURLEncoding.EncodeToString([]byte(sub)) + "." + seal(sub) }
		identity(a, c, encode, func(value string) string {
			text, seal, _ := strings.Cut(value, ".")
			sub, err := base64.RawURLEncoding.DecodeString(text)
			if err != nil || !believed(string(sub), seal) {
				return ""
			}
			return string(sub)
		})
	})
}

// sha256Hex is what some take for a signature.
func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// identified is a flaw in how a session's identifier is drawn.
func identified(name, breaks string, newID func() func(p *person) string) Flaw {
	return flaw(name, "RP-76", breaks, func(a *App, _ *conduct) { a.sessions.newID = newID() })
}

var flawsIdentity = []Flaw{
	flaw("person-in-cookie", "RP-74", "The person's identifier stands in a cookie, and is believed.", func(a *App, c *conduct) {
		as := func(text string) string { return text }
		identity(a, c, as, as)
	}),
	flaw("person-in-cookie-as-hex", "RP-74", "The person's identifier stands in a cookie, in hex digits, and is believed.", func(a *App, c *conduct) {
		identity(a, c, func(sub string) string { return hex.EncodeToString([]byte(sub)) }, func(value string) string {
			sub, err := hex.DecodeString(value)
			if err != nil {
				return ""
			}
			return string(sub)
		})
	}),
	signedIdentity("person-in-cookie-signature-unchecked", "The cookie with the person's identifier has a signature, which is not verified.", func(string) string { return random() },
		func(_, seal string) bool { return seal != "" }),
	signedIdentity("person-in-cookie-with-digest", "The cookie with the person's identifier has its SHA-256 in the place of a signature.", sha256Hex,
		func(sub, seal string) bool { return seal == sha256Hex(sub) }),
	flaw("person-in-cookie-signed-guessably", "RP-74", "Who is logged in stands in a cookie that is signed as Express signs objects, with the secret of its documentation's examples.", func(a *App, c *conduct) {
		sign := func(text string) string {
			mac := hmac.New(sha256.New, []byte("keyboard cat"))
			_, _ = mac.Write([]byte(text))
			return "s:" + text + "." + base64.RawStdEncoding.EncodeToString(mac.Sum(nil))
		}
		identity(a, c, func(sub string) string { return url.QueryEscape(sign(`j:{"sub":"` + sub + `"}`)) }, func(value string) string {
			signed, _ := url.QueryUnescape(value)
			text, _, _ := strings.Cut(strings.TrimPrefix(signed, "s:"), ".")
			var held struct{ Sub string }
			if sign(text) != signed || json.Unmarshal([]byte(strings.TrimPrefix(text, "j:")), &held) != nil {
				return ""
			}
			return held.Sub
		})
	}),
	flaw("person-in-unsigned-jwt", "RP-74", "Who is logged in stands in a JWT in a cookie, of which alg none is taken.", func(a *App, c *conduct) {
		secret := []byte(random())
		identity(a, c, func(sub string) string {
			token, err := jws.Sign([]byte(`{"sub":"`+sub+`"}`), jws.WithKey(jwa.HS256, secret))
			if err != nil {
				panic(err) // nothing in it can be wrong
			}
			return string(token)
		}, func(value string) string {
			parts := strings.Split(value, ".")
			if len(parts) != 3 {
				return ""
			}
			header, _ := base64.RawURLEncoding.DecodeString(parts[0])
			if _, err := jws.Verify([]byte(value), jws.WithKey(jwa.HS256, secret)); err != nil && !strings.Contains(string(header), `"none"`) {
				return ""
			}
			var held struct{ Sub string }
			payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
			_ = json.Unmarshal(payload, &held)
			return held.Sub
		})
	}),
	identified("session-counted", "Sessions are counted: the identifier is the next number.", func() func(*person) string {
		var last atomic.Int64
		return func(*person) string { return fmt.Sprintf("session-%032d", last.Add(1)) }
	}),
	identified("session-of-the-person", "The session of a person is the digest of their identifier, at each login.", func() func(*person) string {
		return func(p *person) string {
			if p == nil {
				return random()
			}
			return sha256Hex(p.sub)
		}
	}),
	identified("session-signed-alone", "The session of a person is signed with a secret, and the same at each login.", func() func(*person) string {
		key := []byte(random())
		return func(p *person) string {
			if p == nil {
				return random()
			}
			mac := hmac.New(sha256.New, key)
			_, _ = mac.Write([]byte(p.sub))
			return base64.RawURLEncoding.EncodeToString([]byte(p.sub)) + "." + hex.EncodeToString(mac.Sum(nil))
		}
	}),
	flaw("session-adopted", "RP-31", "A session with whatever identifier the browser brings is begun, and kept when somebody logs in.", func(a *App, c *conduct) {
		var mu sync.Mutex
		brought := map[string]bool{}
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if held, err := r.Cookie(cookieName); err == nil && held.Value != "" && a.sessionOf(r) == nil && r.URL.Path == PathLogin {
					a.sessions.adopt(held.Value)
					mu.Lock()
					brought[held.Value] = true
					mu.Unlock()
				}
				next.ServeHTTP(w, r)
			})
		})
		admit := c.admit
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			mu.Lock()
			defer mu.Unlock()
			if s == nil || !brought[s.id] {
				admit(w, s, p)
				return
			}
			a.sessions.logIn(s, p)
		}
	}),
	flaw("session-kept-at-next-login", "RP-31", "Where somebody is logged in already, the session keeps its identifier when another logs in.", func(a *App, c *conduct) {
		admit := c.admit
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			if a.sessions.personOf(s) == nil {
				admit(w, s, p)
				return
			}
			a.sessions.logIn(s, p)
		}
	}),
	flaw("session-named-before", "RP-31", "The session of who logs in has the value that another cookie had before the login.", func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie("visit"); err != nil {
					another(w, "visit", random(), true)
				}
				next.ServeHTTP(w, r)
			})
		})
		onward := c.onward
		c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
			if visit, err := r.Cookie("visit"); err == nil {
				a.sessions.adopt(visit.Value)
				a.sessions.logIn(a.sessions.find(visit.Value), p)
				a.setCookie(w, visit.Value)
			}
			onward(w, r, l, t, p)
		}
	}),
	flaw("person-in-a-variable-meanwhile", "RP-33", "Who logs in stands in a variable of the process from the ID token to the end of the login.", func(_ *App, c *conduct) {
		var current atomic.Value
		rule := c.claimRules["sub"]
		c.claimRules["sub"] = func(held claims, l *attempt, t *tokens) error {
			if err := rule(held, l, t); err != nil {
				return err
			}
			current.Store(held["sub"])
			return nil
		}
		admit := c.admit
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			if sub, ok := current.Load().(string); ok {
				p = &person{sub: sub, data: p.data}
			}
			admit(w, s, p)
		}
	}),
	flaw("any-cookie-opens", "RP-33", "A cookie that belongs to no session shows the person who logged in last.", func(a *App, c *conduct) {
		var last atomic.Pointer[person]
		c.tell = append(c.tell, func(_ *attempt, _ *tokens, p *person) { last.Store(p) })
		c.whoIs = func(r *http.Request) *person {
			if s := a.sessionOf(r); s != nil || len(r.Cookies()) == 0 {
				return a.sessions.personOf(s)
			}
			return last.Load()
		}
	}).
		with("an invented session, and one that has ended, are cookies of no session", "RP-31 RP-70"),
}
