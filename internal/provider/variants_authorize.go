package provider

import (
	"net/http"
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
}
