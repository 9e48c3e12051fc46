package provider

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Faults that only a browser sees.

// browserPage is a fault of the login page as browsers get it.
func browserPage(name, checks, breaks string, edit func(page *loginPage, h http.Header, r *http.Request)) Fault {
	return page(name, checks, breaks, func(page *loginPage, h http.Header, r *http.Request) {
		if fromBrowser(r) {
			edit(page, h, r)
		}
	})
}

// browserAnswer is a fault of the finished login page as browsers get it.
func browserAnswer(name, checks, breaks string, edit func(a *held, r *http.Request)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, r *http.Request) {
			if fromBrowser(r) {
				edit(a, r)
			}
		})
	})
}

// browserRedirect is a fault of the redirect that a browser's login ends in.
func browserRedirect(name, checks, breaks string, edit func(p *Provider, a *held, to *url.URL)) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.reanswerWhere(atLogin, http.StatusSeeOther, func(a *held, r *http.Request) {
			to, err := url.Parse(a.header.Get("Location"))
			if err == nil && fromBrowser(r) {
				edit(p, a, to)
			}
		})
	})
}

// cancelled is a fault of the redirect after giving up.
func cancelled(name, breaks string, edit func(p *Provider, a *held, to *url.URL)) Fault {
	return fault(name, "BROW-02", breaks, func(p *Provider, c *conduct) {
		c.reanswerWhere(atLogin, http.StatusSeeOther, func(a *held, _ *http.Request) {
			to, err := url.Parse(a.header.Get("Location"))
			if err == nil && to.Query().Get("error") == "access_denied" {
				edit(p, a, to)
			}
		})
	}).with("it cancels as a person would, and looks at the same redirect", "AUTHZ-30")
}

// requery edits the query of a redirect.
func requery(a *held, to *url.URL, edit func(q url.Values)) {
	q := to.Query()
	edit(q)
	to.RawQuery = q.Encode()
	a.header.Set("Location", to.String())
}

// cookieFault edits the login page's cookie.
func cookieFault(name, breaks string, edit func(c *http.Cookie)) Fault {
	return page(name, "BROW-09", breaks, func(page *loginPage, _ http.Header, _ *http.Request) { edit(page.cookie) })
}

// localhost is the same address under another name, and so another origin.
func (p *Provider) localhost() string {
	return strings.Replace(strings.TrimSuffix(p.issuer, "/v2"), "127.0.0.1", "localhost", 1)
}

const (
	loginStuck = "no browser login ends in a redirect"
	noiseToo   = "the browser reports it on its console"
)

var faultsBrowser = []Fault{
	browserAnswer("form-action-blocks-redirect", "BROW-01", "The page's form-action keeps the browser from following the redirect to the relying party.", func(a *held, _ *http.Request) {
		withDirective(a.header, "form-action", "'self'")
	}).with(loginStuck, "BROW-02 BROW-07 BROW-08").with(noiseToo, "BROW-03"),
	fault("browser-login-refused", "BROW-01", "The login form is refused when a browser sends it.", func(p *Provider, c *conduct) {
		c.instead(atLogin, func(w http.ResponseWriter, r *http.Request) bool {
			if fromBrowser(r) {
				p.errorPage(w, http.StatusForbidden, "This login cannot continue", "The form was sent from an unknown page.")
			}
			return fromBrowser(r)
		})
	}).with(loginStuck, "BROW-02 BROW-07 BROW-08").with(noiseToo, "BROW-03"),
	browserRedirect("browser-state-lost", "BROW-01", "A login in a browser returns no state.", func(_ *Provider, a *held, to *url.URL) {
		requery(a, to, func(q url.Values) { q.Del("state") })
	}).with("the state is missing from every redirect", "BROW-02 BROW-07"),

	cancelled("cancel-without-state", "Cancelling redirects back without the state.", func(_ *Provider, a *held, to *url.URL) {
		requery(a, to, func(q url.Values) { q.Del("state") })
	}),
	cancelled("cancel-with-other-error", "Cancelling redirects back with an error that is not registered.", func(_ *Provider, a *held, to *url.URL) {
		requery(a, to, func(q url.Values) { q.Set("error", "login_cancelled") })
	}),
	cancelled("cancel-as-server-error", "Cancelling redirects back with server_error.", func(_ *Provider, a *held, to *url.URL) {
		requery(a, to, func(q url.Values) { q.Set("error", "server_error") })
	}),
	cancelled("cancel-leads-nowhere", "Cancelling leads to a page of the provider instead of the redirect URI.", func(p *Provider, a *held, _ *url.URL) {
		a.header.Del("Location")
		p.errorPage(a, http.StatusOK, "Login cancelled", "You may close this window.")
		a.status = http.StatusOK
	}),
	cancelled("cancel-logs-in", "Cancelling redirects back with a code.", func(p *Provider, a *held, to *url.URL) {
		requery(a, to, func(q url.Values) {
			q.Del("error")
			q.Del("error_description")
			q.Set("code", randomText(32))
		})
	}),

	browserPage("page-with-blocked-script", "BROW-03", "The page holds a script that its own policy blocks.", func(page *loginPage, _ http.Header, _ *http.Request) {
		page.extra = append(page.extra, beforeEnd(`<script>document.title += " "</script>`))
	}),
	browserPage("page-with-missing-image", "BROW-03", "The page refers to an image that does not exist.", func(page *loginPage, _ http.Header, _ *http.Request) {
		page.extra = append(page.extra, beforeEnd(`<img src="/v2/login/banner.png" alt="" width="10" height="10">`))
	}),
	browserAnswer("page-script-fails", "BROW-03", "A script of the page throws an error.", func(a *held, _ *http.Request) {
		withDirective(a.header, "script-src", "'unsafe-inline'")
		a.edit(beforeEnd(`<script>sgidAnalytics.start()</script>`))
	}),
	// The sheet that the page's layout hangs on stays: how wide a page without it
	// is depends on the machine's fonts.
	fault("style-as-text", "BROW-03", "A second style sheet of the page comes as text/plain, and browsers refuse it.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, _ *http.Request) {
			a.edit(inHead(`<link rel="stylesheet" href="` + pathStyle + `?theme=text">`))
		})
		c.reanswer(atStyle, func(a *held, r *http.Request) {
			if r.URL.Query().Has("theme") {
				a.header.Set("Content-Type", "text/plain")
			}
		})
	}),

	fault("page-meta-leaks-referrer", "BROW-04", "A meta element of the page overrides its Referrer-Policy, and an image of another origin receives the URL.", func(p *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, r *http.Request) {
			withDirective(a.header, "img-src", "'self' "+p.localhost())
			a.edit(func(html string) string {
				return strings.Replace(html, `<meta charset="utf-8">`, `<meta charset="utf-8"><meta name="referrer" content="unsafe-url">`, 1)
			})
			a.edit(beforeEnd(`<img src="` + p.localhost() + pathIcon + `" alt="" width="20" height="20">`))
		})
	}),
	fault("image-leaks-referrer", "BROW-04", "An image of another origin is loaded with the page's full URL as the Referer.", func(p *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, r *http.Request) {
			withDirective(a.header, "img-src", "'self' "+p.localhost())
			a.edit(beforeEnd(`<img src="` + p.localhost() + pathIcon + `" alt="" width="20" height="20" referrerpolicy="unsafe-url">`))
		})
	}),

	browserAnswer("framable-in-browsers", "BROW-05", "Browsers get the page without the headers that prevent framing.", func(a *held, _ *http.Request) {
		a.header.Del("X-Frame-Options")
		withoutDirective(a.header, "frame-ancestors")
	}),
	browserAnswer("frame-policy-overruled", "BROW-05", "Browsers get a frame-ancestors that allows every site, which overrides X-Frame-Options.", func(a *held, _ *http.Request) {
		withDirective(a.header, "frame-ancestors", "http: https:")
	}),

	browserAnswer("script-in-state-runs", "BROW-06", "In browsers, script in the state runs on the login page.", func(a *held, r *http.Request) {
		a.reflect(r.URL.Query().Get("state"))
	}),
	browserAnswer("script-in-login-hint-runs", "BROW-06", "In browsers, script in login_hint runs on the login page.", func(a *held, r *http.Request) {
		a.reflect(r.URL.Query().Get("login_hint"))
	}),
	browserAnswer("script-in-nonce-runs", "BROW-06", "In browsers, script in the nonce runs on the login page.", func(a *held, r *http.Request) {
		a.reflect(r.URL.Query().Get("nonce"))
	}),
	fault("script-in-error-page-runs", "BROW-06", "In browsers, script in client_id runs on the error page.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusBadRequest, func(a *held, r *http.Request) {
			if fromBrowser(r) {
				a.reflect(r.URL.Query().Get("client_id"))
			}
		})
	}),

	fault("tabs-share-login", "BROW-07", "A browser has one login at a time: a second tab replaces the first.", func(p *Provider, c *conduct) {
		shareLogins(p, c)
	}),
	fault("tabs-share-person", "BROW-07", "The last person to log in in a browser becomes the person of all its open logins.", func(_ *Provider, c *conduct) {
		sharePeople(c)
	}),

	fault("browser-code-reusable", "BROW-08", "The code of a login in a browser can be redeemed again.", func(p *Provider, c *conduct) {
		var browsers sync.Map // code: true
		c.reanswerWhere(atLogin, http.StatusSeeOther, func(a *held, r *http.Request) {
			if to, err := url.Parse(a.header.Get("Location")); err == nil && fromBrowser(r) {
				if g, there := p.codes.get(to.Query().Get("code")); there {
					browsers.Store(g, true)
				}
			}
		})
		usual := c.claim
		c.claim = func(g *codeGrant) bool {
			_, reusable := browsers.Load(g)
			return usual(g) || reusable
		}
	}).with("if the logins use a browser too, all codes are affected", "TOKEN-05 TOKEN-06 TOKEN-07 TOKEN-33"),

	cookieFault("cookie-without-httponly", "The login page's cookie can be read by script.", func(c *http.Cookie) { c.HttpOnly = false }),
	cookieFault("cookie-without-samesite", "The login page's cookie has no SameSite.", func(c *http.Cookie) { c.SameSite = 0 }),
	cookieFault("cookie-without-secure", "The login page's cookie is also sent over plain http.", func(c *http.Cookie) { c.Secure = false }).overTLS(),
	browserRedirect("code-in-web-storage", "BROW-09", "A script page before the redirect keeps the code in the browser's storage.", func(_ *Provider, a *held, to *url.URL) {
		code := to.Query().Get("code")
		if code == "" {
			return
		}
		a.header.Del("Location")
		a.header.Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'")
		a.replace(http.StatusOK, "text/html; charset=utf-8", `<!DOCTYPE html><html lang="en"><head><title>Logging in</title><link rel="icon" href="`+pathIcon+
			`"></head><body><script>localStorage.setItem("sgid_code", "`+code+`"); location.replace(`+string(mustJSON(to.String()))+`)</script></body></html>`)
	}),

	browserAnswer("mixed-content", "BROW-10", "The page loads a style sheet over plain http.", func(a *held, _ *http.Request) {
		withDirective(a.header, "style-src", "'self' http://sgid.example")
		a.edit(inHead(`<link rel="stylesheet" href="http://sgid.example/theme.css">`))
	}).with("what the browser blocks it also reports", "BROW-03").overTLS(),

	fault("page-wide", "BROW-11", "The page is 800 pixels wide on every screen.", func(_ *Provider, c *conduct) {
		c.reanswer(atStyle, func(a *held, _ *http.Request) { a.body.WriteString("\nmain { min-width: 800px; }\n") })
	}),
	pageText("page-without-viewport", "BROW-11", "The page does not set a viewport, and phones shrink it.", func(html string) string {
		return strings.Replace(html, `<meta name="viewport" content="width=device-width, initial-scale=1">`, "", 1)
	}),

	pageText("page-without-language", "BROW-12", "The page has no language.", func(html string) string {
		return strings.Replace(html, ` lang="en-SG"`, "", 1)
	}),
	pageText("page-without-title", "BROW-12", "The page has an empty title.", func(html string) string {
		start, end := strings.Index(html, "<title>"), strings.Index(html, "</title>")
		return html[:start+len("<title>")] + html[end:]
	}),
	pageText("control-unlabelled", "BROW-12", "The first person's radio button has no label.", func(html string) string {
		return strings.Replace(html, `<label for="persona-`+personas[0].ID+`">`, `<label>`, 1)
	}),
	pageText("button-without-name", "BROW-12", "The cancel button has no name.", func(html string) string {
		return strings.Replace(html, ">Cancel</button>", "></button>", 1)
	}),
	pageText("control-unreachable", "BROW-12", "The cancel button cannot be reached with the keyboard.", func(html string) string {
		return strings.Replace(html, `value="cancel"`, `value="cancel" tabindex="-1"`, 1)
	}),
}

// edit changes a response's body.
func (a *held) edit(change func(html string) string) {
	text := change(a.body.String())
	a.body = *bytes.NewBufferString(text)
}

// reflect writes text into a page as it is, where script may run.
func (a *held) reflect(text string) {
	a.header.Set("Content-Security-Policy", "frame-ancestors 'none'; form-action *")
	a.edit(beforeEnd(`<p hidden>` + text + `</p>`))
}

// sharedCookie stands for the browser in the faults that mix its tabs.
const sharedCookie = "sgid_browser"

// browserOf is the browser a request comes from; it is given a cookie if it has none.
func browserOf(w http.ResponseWriter, r *http.Request, secure bool) string {
	if c, err := r.Cookie(sharedCookie); err == nil {
		return c.Value
	}
	id := randomText(16)
	http.SetCookie(w, &http.Cookie{Name: sharedCookie, Value: id, Path: "/v2", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	return id
}

// shareLogins makes every page of a browser stand for the one it was shown last.
func shareLogins(p *Provider, c *conduct) {
	var latest sync.Map // browser: *authorization
	c.editPage = append(c.editPage, func(page *loginPage, w http.ResponseWriter, r *http.Request) {
		latest.Store(browserOf(w, r, p.secure), page.request)
	})
	usual := c.loginBound
	c.loginBound = func(r *http.Request, l *login) bool {
		bound := usual(r, l)
		if cookie, err := r.Cookie(sharedCookie); err == nil && bound {
			if a, there := latest.Load(cookie.Value); there {
				l.request = a.(*authorization)
			}
		}
		return bound
	}
}

// sharePeople makes all open logins of a browser those of the person who logged
// in last.
func sharePeople(c *conduct) {
	var mu sync.Mutex
	open := map[string][]*authorization{} // browser
	people := map[*authorization]*Persona{}
	c.editPage = append(c.editPage, func(page *loginPage, w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		browser := browserOf(w, r, false)
		open[browser] = append(open[browser], page.request)
	})
	usual := c.loginBound
	c.loginBound = func(r *http.Request, l *login) bool {
		bound := usual(r, l)
		person := personaByID(r.PostFormValue("persona"))
		cookie, err := r.Cookie(sharedCookie)
		if err != nil || !bound || person == nil {
			return bound
		}
		mu.Lock()
		defer mu.Unlock()
		if slices.Contains(open[cookie.Value], l.request) {
			for _, a := range open[cookie.Value] {
				people[a] = person
			}
		}
		return bound
	}
	c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
		mu.Lock()
		defer mu.Unlock()
		person := people[d.grant.request]
		if person == nil || person == d.grant.person {
			return
		}
		for i, f := range d.fields {
			d.fields[i].plaintext = person.Data[f.scope]
		}
	})
}
