package demoapp

import (
	"net/http"
	"slices"
	"sync"
)

// Flaws of sessions and cookies.

// cookies is a flaw in the session's cookie.
func cookies(name, checks, breaks string, edit func(c *http.Cookie)) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.editCookie = append(c.editCookie, edit) })
}

var flawsSession = []Flaw{
	flaw("session-kept", "RP-31", "The session keeps its identifier when somebody logs in.", func(a *App, c *conduct) {
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			if s == nil {
				a.admit(w, s, p)
				return
			}
			a.sessions.logIn(s, p)
		}
	}),
	flaw("session-old-lives-on", "RP-31", "The browser gets a new session identifier at the login, and the old one is logged in too.", func(a *App, c *conduct) {
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			if s != nil {
				a.sessions.logIn(s, p)
			}
			a.setCookie(w, a.sessions.open(p, a.sessions.underWay(s)).id)
		}
	}),
	flaw("one-login-open", "RP-32", "A second login that begins in a browser ends the first.", func(a *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(_ *attempt, s *session, _ *http.Request) {
			a.sessions.mu.Lock()
			defer a.sessions.mu.Unlock()
			s.attempts = nil
		})
	}),
	flaw("person-in-a-global", "RP-33", "Who is logged in stands in a variable of the process: everybody sees the person who logged in last.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		var last *person
		c.tell = append(c.tell, func(_ *attempt, _ *tokens, p *person) {
			mu.Lock()
			defer mu.Unlock()
			last = p
		})
		c.whoIs = func(*http.Request) *person {
			mu.Lock()
			defer mu.Unlock()
			return last
		}
	}),
	flaw("person-of-last-login", "RP-33", "Every browser that is logged in sees the person who logged in last.", func(a *App, c *conduct) {
		var mu sync.Mutex
		var last *person
		c.tell = append(c.tell, func(_ *attempt, _ *tokens, p *person) {
			mu.Lock()
			defer mu.Unlock()
			last = p
		})
		c.whoIs = func(r *http.Request) *person {
			mu.Lock()
			defer mu.Unlock()
			if a.sessions.personOf(a.sessionOf(r)) == nil {
				return nil
			}
			return last
		}
	}),

	cookies("cookie-for-scripts", "RP-68", "The session's cookie is not HttpOnly.", func(c *http.Cookie) { c.HttpOnly = false }),
	cookies("cookie-without-samesite", "RP-68", "The session's cookie does not say SameSite.", func(c *http.Cookie) { c.SameSite = 0 }),
	cookies("cookie-for-other-sites", "RP-68", "The session's cookie is Secure and SameSite=None.", func(c *http.Cookie) {
		c.Secure, c.SameSite = true, http.SameSiteNoneMode
	}),
	cookies("cookie-samesite-none", "RP-18", "The session's cookie is SameSite=None and not Secure: browsers take no such cookie, and no login works.", func(c *http.Cookie) {
		c.SameSite = http.SameSiteNoneMode
	}),
	cookies("cookie-samesite-strict", "RP-75", "The session's cookie is SameSite=Strict, so that it is missing when the browser comes back from the provider.", func(c *http.Cookie) {
		c.SameSite = http.SameSiteStrictMode
	}),

	flaw("logout-clears-cookie-alone", "RP-70", "The logout takes the cookie away and leaves the session alive.", func(_ *App, c *conduct) {
		c.logOut = func(http.ResponseWriter, *session) {}
	}),
	flaw("session-of-the-address", "RP-33", "A browser without a cookie gets the session of the last one from the same address.", func(a *App, c *conduct) {
		var mu sync.Mutex
		var ids []string
		c.editCookie = append(c.editCookie, func(k *http.Cookie) {
			mu.Lock()
			defer mu.Unlock()
			if k.Value != "" && !slices.Contains(ids, k.Value) {
				ids = append(ids, k.Value)
			}
		})
		c.whoIs = func(r *http.Request) *person {
			if s := a.sessionOf(r); s != nil {
				return a.sessions.personOf(s)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range slices.Backward(ids) {
				if p := a.sessions.personOf(a.sessions.find(id)); p != nil {
					return p
				}
			}
			return nil
		}
	}),
}
