package provider

import (
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
)

// Variants of the login page and its cookies.

// Values that browsers keep as they are sent (RFC 6265 section 5.2), and that
// many libraries do not.
const (
	oddBefore = `{"s":"`
	oddAfter  = `","place":"Zürich, [1]"}`
)

var variantsPage = []Variant{
	variant("cookies-odd", "The cookies of the login page have quotes, braces, spaces and letters beyond ASCII in their values.", func(p *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, w http.ResponseWriter, _ *http.Request) {
			usual := page.cookie
			if usual == nil {
				return
			}
			page.cookie = nil
			set := func(name, value string) {
				text := name + "=" + value + "; Path=" + pathLogin + "; HttpOnly; SameSite=Strict; Expires=Thu, 01-Jan-70 00:00:01 GMT; Max-Age=600"
				if p.secure {
					text += "; secure"
				}
				w.Header().Add("Set-Cookie", text)
			}
			set(usual.Name, oddBefore+usual.Value+oddAfter)
			set(usual.Name+"_quoted", `"quoted"`)
		})
		c.loginBound = func(r *http.Request, l *login) bool {
			name := cookieName(r.PostFormValue("transaction"))
			secret, begins := strings.CutPrefix(rawCookie(r, name), oddBefore)
			secret, ends := strings.CutSuffix(secret, oddAfter)
			return begins && ends && sha256.Sum256([]byte(secret)) == l.browser && rawCookie(r, name+"_quoted") == `"quoted"`
		}
	}),
	variant("page-people-as-links", "The login page is a list of links, one for each person.", func(p *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			page.extra = append(page.extra, page.asLinks)
		})
		c.instead(atLogin, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet && r.URL.Query().Has("transaction") {
				queryAsForm(r)
			}
			return false
		})
	}),
	variant("page-takes-any-name", "The login page has a text field for a name, and an unknown name is the first person.", func(_ *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			page.extra = append(page.extra, func(html string) string {
				before, rest, _ := strings.Cut(html, "<fieldset>")
				_, after, found := strings.Cut(rest, "</fieldset>")
				if !found {
					return html
				}
				return before + `<p><label for="persona">Your name</label> <input type="text" name="persona" id="persona"></p>` + after
			})
		})
		c.instead(atLogin, func(_ http.ResponseWriter, r *http.Request) bool {
			if form, ok := peekForm(r); ok && personaByID(form.Get("persona")) == nil {
				form.Set("persona", Personas()[0].ID)
				r.Body = io.NopCloser(strings.NewReader(form.Encode()))
			}
			return false
		})
	}).skipping("a name that the harness makes up is no second person", "CRYPT-13 IDT-14 UINFO-15 UINFO-17 BROW-07"),
	variant("page-then-consent", "After the login page a second page asks for consent.", func(p *Provider, c *conduct) { p.asksConsent(c) }),
	variant("page-then-consent-once", "After the login page a second page asks for consent, each person once.", func(p *Provider, c *conduct) { p.asksConsentOnce(c) }),
	variant("page-by-script", "The authorization endpoint answers with a page whose script leads to the login page.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Query().Has("sgid_page") {
				return
			}
			withDirective(a.header, "script-src", "'unsafe-inline'")
			a.replace(http.StatusOK, "text/html; charset=utf-8", `<!DOCTYPE html><html lang="en-SG"><head><meta charset="utf-8">`+
				`<meta name="viewport" content="width=device-width"><title>sgID (test provider)</title><link rel="icon" href="`+pathIcon+`" type="image/svg+xml"></head>`+
				`<body><main><p>One moment.</p></main><script>location.replace(location.href + "&sgid_page=1")</script></body></html>`)
		})
	}).inBrowser(),
	variant("cookie-secure-over-http", "The cookie of the login page is Secure even over plain http, which browsers accept on this machine.", func(_ *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			if page.cookie != nil {
				page.cookie.Secure = true
			}
		})
	}).overHTTP(),
}

// overHTTP marks a variant that shows over plain http alone.
func (v Variant) overHTTP() Variant {
	v.HTTP = true
	return v
}

// inBrowser marks a login page that takes a browser to operate.
func (v Variant) inBrowser() Variant {
	v.Browser = true
	return v
}

// asLinks puts a link for each person in the place of the form.
func (page *loginPage) asLinks(html string) string {
	before, rest, found := strings.Cut(html, "<form ")
	_, after, closed := strings.Cut(rest, "</form>")
	if !found || !closed {
		return html
	}
	at := pathLogin + "?transaction=" + page.transaction
	var b strings.Builder
	for _, person := range page.personas {
		b.WriteString(`<p><a href="` + at + "&amp;decision=login&amp;persona=" + person.ID + `">` + escapeHTML(person.Name) + "</a></p>\n")
	}
	b.WriteString(`<p><a href="` + at + `&amp;decision=cancel">Cancel</a></p>`)
	return before + b.String() + after
}

// rawCookie is a cookie's value as it was sent.
func rawCookie(r *http.Request, name string) string {
	for part := range strings.SplitSeq(r.Header.Get("Cookie"), ";") {
		if n, value, _ := strings.Cut(strings.TrimSpace(part), "="); n == name {
			return value
		}
	}
	return ""
}
