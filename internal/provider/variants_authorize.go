package provider

import (
	"net/http"
	"net/url"
	"strings"
)

// Variants of the authorization endpoint.

var variantsAuthorize = []Variant{
	variant("redirect-302", "The browser is sent back to the client by a 302 instead of a 303.", func(_ *Provider, c *conduct) {
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			if to.status == http.StatusSeeOther {
				to.status = http.StatusFound
			}
		})
	}),
	variant("redirect-scheme-in-capitals", "The redirect to the client spells its scheme in capital letters, which is the same URL (RFC 3986 6.2.2.1).", func(_ *Provider, c *conduct) {
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			scheme, rest, found := strings.Cut(to.uri, ":")
			if found {
				to.uri = strings.ToUpper(scheme) + ":" + rest
			}
		})
	}),
	variant("state-in-the-login-page", "The login page holds the state in a hidden field, and the redirect has the state that the page's form brings back.", func(_ *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			if state := page.request.state; state != "" {
				page.extra = append(page.extra, func(html string) string {
					return strings.Replace(html, "</form>", `<input type="hidden" name="state" value="`+escapeHTML(state)+`"></form>`, 1)
				})
			}
		})
		c.around(atLogin, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent, _ := peekForm(r)
				a := &held{header: w.Header().Clone()}
				next.ServeHTTP(a, r)
				a.WriteHeader(http.StatusOK)
				location := a.header.Get("Location")
				if to, err := url.Parse(location); err == nil && sent.Has("state") && to.Query().Has("state") {
					before, after := "state="+url.QueryEscape(to.Query().Get("state")), "state="+url.QueryEscape(sent.Get("state"))
					a.header.Set("Location", strings.Replace(location, before, after, 1))
				}
				a.sendTo(w)
			})
		})
	}),
	variant("state-without-control-characters", "Characters that RFC 6749 appendix A.5 does not allow in a state are left out of it.", func(_ *Provider, c *conduct) {
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			if state := to.params.Get("state"); state != "" {
				to.params.Set("state", strings.Map(func(c rune) rune {
					if c < ' ' || c > '~' {
						return -1
					}
					return c
				}, state))
			}
		})
	}),
	variant("authorize-get-only", "The authorization endpoint accepts only GET, as the API documentation says, and returns 405 to other methods.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			if allow(w, r, http.MethodGet, http.MethodHead) {
				return false
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusMethodNotAllowed)
			_, _ = w.Write([]byte("Method not allowed\n"))
			return true
		})
	}).warning("a POST is not served", "AUTHZ-19"),
	variant("authorize-post-to-app", "The authorization endpoint accepts only GET; a POST gets the start page of an application, which a script draws, with status 200.", func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			p.sendPage(w, http.StatusOK, "script-src 'self'; form-action 'none'", `<!DOCTYPE html><html lang="en-SG"><head><meta charset="utf-8"><title>sgID</title>`+
				`<script src="/app.js" defer></script></head><body><div id="root"></div></body></html>`)
			return true
		})
	}).warning("a POST is not served", "AUTHZ-19"),
}
