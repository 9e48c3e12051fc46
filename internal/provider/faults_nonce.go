package provider

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// Faults of the nonce.

// nonce is a fault that changes the nonce on its way into the ID token.
func nonce(name, checks, breaks string, change func(nonce string) string) Fault {
	return idToken(name, checks, breaks, func(d *idTokenDraft) {
		if d.grant.nonce != "" {
			d.claims["nonce"] = change(d.grant.nonce)
		}
	})
}

var faultsNonce = []Fault{
	nonce("nonce-lower-cased", "NONCE-01", "nonce comes back in lower case.", strings.ToLower),
	nonce("nonce-truncated", "NONCE-01", "nonce comes back cut to 64 characters.", func(n string) string { return n[:min(64, len(n))] }),
	nonce("nonce-html-escaped", "NONCE-01", "nonce comes back with HTML entities.", html.EscapeString),
	nonce("nonce-trimmed", "NONCE-01", "nonce comes back without its spaces at both ends.", strings.TrimSpace),
	nonce("nonce-decoded-twice", "NONCE-01", "nonce is returned percent-decoded once too often.", func(n string) string {
		if once, err := url.QueryUnescape(n); err == nil {
			return once
		}
		return strings.ReplaceAll(n, "+", " ")
	}),
	idToken("nonce-as-number", "NONCE-01", "A nonce of digits comes back as a number.", func(d *idTokenDraft) {
		if n, err := strconv.ParseFloat(d.grant.nonce, 64); err == nil && strings.Trim(d.grant.nonce, "0123456789") == "" {
			d.claims["nonce"] = n
		}
	}),
	claim("nonce-left-out", "NONCE-01", "nonce is never returned.", "nonce", always(nil)).
		with("there is no nonce to tell the logins apart by", "NONCE-03 NONCE-04 NONCE-05"),

	idToken("nonce-made-up", "NONCE-02", "Without a nonce in the request, the ID token has one.", func(d *idTokenDraft) {
		if d.grant.nonce == "" {
			d.claims["nonce"] = randomText(16)
		}
	}),
	idToken("nonce-undefined", "NONCE-02", "Without a nonce in the request, the ID token has nonce=undefined.", func(d *idTokenDraft) {
		if d.grant.nonce == "" {
			d.claims["nonce"] = "undefined"
		}
	}),
	refusing("nonce-required", "NONCE-02", "An authorization request without nonce is refused.", func(v url.Values) bool { return v.Get("nonce") == "" }),

	fault("nonce-of-last-login", "NONCE-03 NONCE-04", "Every ID token has the nonce of the most recent login.", func(_ *Provider, c *conduct) {
		var last atomic.Pointer[string]
		c.editRedirect = append(c.editRedirect, granted(func(to *redirect) { last.Store(&to.request.nonce) }))
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) {
			if n := last.Load(); n != nil && *n != "" && d.grant.nonce != "" {
				d.claims["nonce"] = *n
			}
		})
	}),
	fault("nonce-mixed-in-flight", "NONCE-03", "Logins that are redeemed concurrently share a variable for the nonce.", func(_ *Provider, c *conduct) {
		var shared atomic.Pointer[string]
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) {
			if d.grant.nonce == "" {
				return
			}
			shared.Store(&d.grant.nonce)
			time.Sleep(50 * time.Millisecond)
			d.claims["nonce"] = *shared.Load()
		})
	}),

	nonce("nonce-ascii-only", "NONCE-05", "Non-ASCII characters of the nonce are returned as question marks.", func(n string) string {
		return strings.Map(func(c rune) rune {
			if c > unicode.MaxASCII {
				return '?'
			}
			return c
		}, n)
	}),
	fault("nonce-not-ascii-crashes", "NONCE-05", "A nonce with non-ASCII characters gets 500.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			beyond := strings.IndexFunc(r.URL.Query().Get("nonce"), func(c rune) bool { return c > unicode.MaxASCII })
			if beyond >= 0 {
				crash(w)
			}
			return beyond >= 0
		})
	}),
	nonce("nonce-latin-1", "NONCE-05", "The nonce's octets are read as Latin-1.", func(n string) string {
		var b strings.Builder
		for i := range len(n) {
			b.WriteRune(rune(n[i]))
		}
		return b.String()
	}),
}
