package demoapp

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// Flaws of where the browser is sent.

// leading is a flaw in where next may lead.
func leading(name, breaks string, afterwards func(next string) string) Flaw {
	return flaw(name, "RP-30", breaks, func(_ *App, c *conduct) { c.afterwards = afterwards })
}

var flawsRedirect = []Flaw{
	leading("next-anywhere", "next may be any URL.", func(next string) string { return next }),
	leading("next-with-two-slashes", "next may begin with two slashes, which name a host.", func(next string) string {
		if strings.HasPrefix(next, "/") {
			return next
		}
		return ""
	}),
	leading("next-with-backslash", "next may begin with a slash and a backslash, which browsers read as two slashes.", func(next string) string {
		if strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") {
			return next
		}
		return ""
	}),
	flaw("next-after-origin", "RP-30", "next is put behind the application's origin, so that .evil.example and @evil.example lead away.", func(a *App, c *conduct) {
		c.afterwards = func(next string) string {
			if next == "" || strings.Contains(next, "/") {
				return localPath(next)
			}
			return a.origin + next
		}
	}),
	flaw("state-leads-anywhere", "RP-30", "A state that is a URL is where the browser is sent when the login fails.", func(_ *App, c *conduct) {
		refused := c.unknown
		c.unknown = func(w http.ResponseWriter, r *http.Request, s *session, got answer) {
			if strings.Contains(got.state, "//") {
				w.Header().Set("Location", got.state)
				w.WriteHeader(http.StatusSeeOther)
				return
			}
			refused(w, r, s, got)
		}
	}),
	flaw("state-data-believed", "RP-30", "Behind a dot the state says where to go on, and only what stands before it is compared.", func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) {
			l.state += "." + base64.RawURLEncoding.EncodeToString([]byte(PathMe))
		})
		same := c.sameState
		c.sameState = func(sent, returned string) bool {
			sent, _, _ = strings.Cut(sent, ".")
			returned, _, _ = strings.Cut(returned, ".")
			return same(sent, returned)
		}
		onward := c.onward
		c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
			_, data, _ := strings.Cut(r.URL.Query().Get("state"), ".")
			if next, err := base64.RawURLEncoding.DecodeString(data); err == nil {
				l.next = string(next)
			}
			onward(w, r, l, t, p)
		}
	}),
	leading("next-with-tab", "next may hold a tab between two slashes, which browsers leave out.", func(next string) string {
		if strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.HasPrefix(next, `/\`) {
			return next
		}
		return ""
	}),
	leading("next-decoded-again", "next is decoded once more after it was looked at, and %2F becomes a slash.", func(next string) string {
		local := localPath(next)
		if again, err := url.PathUnescape(local); err == nil {
			return again
		}
		return local
	}),
	flaw("next-begins-with-origin", "RP-30", "next may be what begins with the application's origin, which in front of an @ is a user name.", func(a *App, c *conduct) {
		c.afterwards = func(next string) string {
			if strings.HasPrefix(next, a.origin) {
				return next
			}
			return localPath(next)
		}
	}),
	flaw("next-holds-host", "RP-30", "next may be what holds the application's host anywhere.", func(a *App, c *conduct) {
		c.afterwards = func(next string) string {
			if strings.Contains(next, a.callback.Host) && !strings.Contains(next, "@") {
				return next
			}
			return localPath(next)
		}
	}),
	drawn("goto-anywhere", "RP-30", "The parameter is named goto, and may be any URL.", func(l *attempt, _ *session, r *http.Request) {
		l.next = r.URL.Query().Get("goto")
	}),
	drawn("referer-anywhere", "RP-30", "After the login the browser is sent where the Referer of the start page says.", func(l *attempt, _ *session, r *http.Request) {
		l.next = r.Referer()
	}),
	flaw("callback-next-anywhere", "RP-30", "next of the callback may be any URL.", func(_ *App, c *conduct) {
		onward := c.onward
		c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
			l.next = r.URL.Query().Get("next")
			onward(w, r, l, t, p)
		}
	}),
	sending("logout-next-anywhere", "next of the logout may be any URL.", func(a *App, r *http.Request) bool {
		if s := a.sessionOf(r); s != nil && r.URL.Path == PathLogout {
			a.sessions.remove(s.id)
		}
		return r.URL.Path == PathLogout
	}),
	flaw("post-logout-anywhere", "RP-30", "post_logout_redirect_uri of the logout may be any URL.", func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				to, s := r.URL.Query().Get("post_logout_redirect_uri"), a.sessionOf(r)
				if r.URL.Path != PathLogout || to == "" || s == nil {
					h.ServeHTTP(w, r)
					return
				}
				a.sessions.remove(s.id)
				http.Redirect(w, r, to, http.StatusSeeOther)
			})
		})
	}),
	sending("logged-in-next-anywhere", "Who is logged in and opens the start page is sent where next says.", func(a *App, r *http.Request) bool {
		return r.URL.Path == PathLogin && a.sessions.personOf(a.sessionOf(r)) != nil
	}),
	sending("logged-in-next-with-two-slashes", "Who is logged in and opens the start page is sent where next says, which may begin with two slashes.", func(a *App, r *http.Request) bool {
		return r.URL.Path == PathLogin && strings.HasPrefix(r.URL.Query().Get("next"), "/") && a.sessions.personOf(a.sessionOf(r)) != nil
	}),
	showing("next-in-meta-refresh", "A page sends the browser on where next says, by a meta element.", func(next string) string {
		return `<meta http-equiv="refresh" content="0; url=` + next + `">`
	}),
	showing("next-in-script", "A page sends the browser on where next says, by a script.", func(next string) string {
		return `<script>location.replace("` + strings.ReplaceAll(next, "/", `\/`) + `")</script>`
	}),
	showing("next-in-link", "A page has a link to where next says.", func(next string) string { return `<a href="` + next + `">Continue</a>` }),
	showing("next-in-form", "A page has a form to where next says.", func(next string) string {
		return `<form action="` + PathMe + `"><button formaction="` + next + `">Continue</button></form>`
	}),
}

// sending is a flaw that sends some requests where their next says.
func sending(name, breaks string, some func(a *App, r *http.Request) bool) Flaw {
	return flaw(name, "RP-30", breaks, func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if next := r.URL.Query().Get("next"); next != "" && some(a, r) {
					http.Redirect(w, r, next, http.StatusSeeOther)
					return
				}
				h.ServeHTTP(w, r)
			})
		})
	})
}

// showing is a flaw that answers the callback with a page that leads where next
// says, where that is another host.
func showing(name, breaks string, page func(next string) string) Flaw {
	return flaw(name, "RP-30", breaks, func(a *App, c *conduct) {
		c.afterwards = func(next string) string { return next }
		onward := c.onward
		c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
			u, err := url.Parse(l.next)
			if err != nil || u.Scheme != "https" {
				l.next = localPath(l.next)
				onward(w, r, l, t, p)
				return
			}
			w.Header().Del("Content-Security-Policy")
			a.page(w, http.StatusOK, "One moment", page(c.escape(u.String())))
		}
	})
}
