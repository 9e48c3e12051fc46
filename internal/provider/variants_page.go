package provider

import (
	"crypto/sha256"
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
	variant("cookie-secure-over-http", "The cookie of the login page is Secure over plain http, too, which browsers take on this machine.", func(_ *Provider, c *conduct) {
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

// rawCookie is a cookie's value as it was sent.
func rawCookie(r *http.Request, name string) string {
	for part := range strings.SplitSeq(r.Header.Get("Cookie"), ";") {
		if n, value, _ := strings.Cut(strings.TrimSpace(part), "="); n == name {
			return value
		}
	}
	return ""
}
