package provider

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"sgidcheck/internal/sgid"
)

// Faults of what the authorization endpoint sends back to the client: the
// redirect, its state, its issuer, codes and errors.

// answered is a fault that edits an authorization answer on its way back.
func answered(name, checks, breaks string, edit func(to *redirect)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editRedirect = append(c.editRedirect, edit)
	})
}

// granted edits only redirects with a code, refused only those with an error.
func granted(edit func(to *redirect)) func(to *redirect) {
	return func(to *redirect) {
		if to.params.Has("code") {
			edit(to)
		}
	}
}

func refused(edit func(to *redirect)) func(to *redirect) {
	return func(to *redirect) {
		if to.params.Has("error") {
			edit(to)
		}
	}
}

// stateBecomes is a fault that changes state on the way to the client.
func stateBecomes(name, breaks string, change func(state string) string) Fault {
	return answered(name, "AUTHZ-02", breaks, granted(func(to *redirect) {
		if to.params.Has("state") {
			to.params.Set("state", change(to.params.Get("state")))
		}
	}))
}

var severalSpaces = regexp.MustCompile(` {2,}`)

const sameInBrowser = "the browser's login sees the same redirect"

var faultsAnswer = []Fault{
	fault("login-leads-nowhere", "AUTHZ-01", "After the login an error page comes instead of the redirect.", func(p *Provider, c *conduct) {
		c.instead(atLogin, func(w http.ResponseWriter, _ *http.Request) bool {
			p.errorPage(w, http.StatusForbidden, "Login failed", "Please try again later.")
			return true
		})
	}).with("no login ends in a redirect, not even in the browser", "BROW-01 BROW-02"),
	answered("login-without-code", "AUTHZ-01", "The redirect after the login carries no code.", granted(func(to *redirect) {
		to.params.Del("code")
	})).with(sameInBrowser, "BROW-01"),
	answered("code-empty", "AUTHZ-01", "The redirect after the login carries an empty code.", granted(func(to *redirect) {
		to.params.Set("code", "")
	})).with(sameInBrowser, "BROW-01"),

	stateBecomes("state-lower-cased", "state comes back in lower case.", strings.ToLower).
		with(sameInBrowser, "BROW-01 BROW-07"),
	stateBecomes("state-truncated", "state comes back cut to 255 characters.", func(s string) string { return s[:min(len(s), 255)] }),
	stateBecomes("state-decoded-twice", "state is returned percent-decoded once too often.", func(s string) string {
		if once, err := url.QueryUnescape(s); err == nil {
			return once
		}
		return strings.ReplaceAll(s, "+", " ")
	}),
	stateBecomes("state-html-escaped", "state comes back with HTML entities.", html.EscapeString),
	stateBecomes("state-spaces-joined", "Several spaces of state come back as one.", func(s string) string {
		return severalSpaces.ReplaceAllString(s, " ")
	}),
	stateBecomes("state-as-number", "A state of digits comes back without its leading zeros.", func(s string) string {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return strconv.FormatUint(n, 10)
		}
		return s
	}),
	stateBecomes("state-spaces-trimmed", "state comes back without its spaces at both ends.", strings.TrimSpace),
	answered("state-not-encoded", "AUTHZ-02", "state is written into the redirect without percent-encoding.", granted(func(to *redirect) {
		if state := to.params.Get("state"); state != "" {
			to.params.Del("state")
			to.suffix = "&state=" + strings.NewReplacer(" ", "%20", "\r", "", "\n", "", "<", "%3C", ">", "%3E", `"`, "%22").Replace(state)
		}
	})).with("a state that spills into other parameters can look like an error", "AUTHZ-30"),

	answered("state-undefined", "AUTHZ-03", "Without state in the request, state=undefined comes back.", granted(func(to *redirect) {
		if !to.params.Has("state") {
			to.params.Set("state", "undefined")
		}
	})),
	answered("state-empty", "AUTHZ-03", "Without state in the request, an empty state comes back.", granted(func(to *redirect) {
		if !to.params.Has("state") {
			to.params.Set("state", "")
		}
	})),

	answered("redirect-307", "AUTHZ-26", "The redirect with the code is a 307, which resends the login form to the client.", func(to *redirect) {
		to.status = http.StatusTemporaryRedirect
	}).with("the browser posts the login form to the relying party instead of opening its page", "BROW-01 BROW-02 BROW-07 BROW-08"),
	answered("redirect-308", "AUTHZ-26", "The redirect with the code is a 308, which resends the login form to the client.", func(to *redirect) {
		to.status = http.StatusPermanentRedirect
	}).with("the browser posts the login form to the relying party instead of opening its page", "BROW-01 BROW-02 BROW-07 BROW-08"),

	answered("code-in-fragment-too", "AUTHZ-27", "The code is in the query and also in the fragment.", granted(func(to *redirect) {
		to.suffix = "#code=" + to.params.Get("code")
	})),
	answered("id-token-on-redirect", "AUTHZ-27", "The redirect with the code has an ID token in its query, too.", granted(func(to *redirect) {
		to.params.Set("id_token", encoded(map[string]any{"alg": "none"})+"."+encoded(map[string]any{"nonce": to.request.nonce})+".")
	})),
	answered("access-token-in-fragment", "AUTHZ-27", "The redirect with the code has an access token in its fragment.", granted(func(to *redirect) {
		to.suffix = "#access_token=" + randomText(32) + "&token_type=Bearer"
	})),
	fault("response-mode-fragment-honoured", "AUTHZ-27", "response_mode=fragment, which is not advertised, puts the code into the fragment.", func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if v.Get("response_mode") == "fragment" && len(v["response_mode"]) == 1 {
				v.Del("response_mode")
				v.Set("state", "fragment!"+v.Get("state"))
			}
		})
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			state, asked := strings.CutPrefix(to.params.Get("state"), "fragment!")
			if !asked {
				return
			}
			to.fragment = true
			if to.params.Set("state", state); state == "" {
				to.params.Del("state")
			}
		})
	}),

	answered("iss-wrong-on-redirect", "AUTHZ-28", "iss on the redirect is another issuer.", granted(func(to *redirect) {
		to.params.Set("iss", sgid.IssuerProduction)
	})),
	answered("iss-missing-on-redirect", "AUTHZ-28", "iss is advertised for the redirect but missing there.", granted(func(to *redirect) {
		to.params.Del("iss")
	})),
	answered("iss-with-slash-on-redirect", "AUTHZ-28", "iss on the redirect has an additional trailing slash.", granted(func(to *redirect) {
		to.params.Set("iss", to.params.Get("iss")+"/")
	})),

	codes("code-short", "Codes have eight characters.", func() string { return randomText(6) }),
	codes("code-of-digits", "Codes are twelve digits.", func() string {
		digits := make([]byte, 12)
		for i, b := range randomBytes(12) {
			digits[i] = '0' + b%10
		}
		return string(digits)
	}),
	codes("code-long-prefix", "Codes share all but their last eight characters.", func() string {
		return "sgid-authorization-code-2024-production-" + randomText(6)
	}),
	fault("code-counted", "AUTHZ-29", "Codes are sequential numbers.", func(_ *Provider, c *conduct) {
		var n atomic.Uint64
		c.newCode = func() string {
			return counted(n.Add(1) * 7919)
		}
	}),

	answered("error-made-up", "AUTHZ-30", "An error redirect carries an error that is not registered.", refused(func(to *redirect) {
		to.params.Set("error", "bad_request")
	})).with("cancelling ends in the same redirect", "BROW-02").with("the error is another", "AUTHZ-20 AUTHZ-22"),
	answered("error-description-illegal", "AUTHZ-30", "error_description has characters that are not allowed there.", refused(func(to *redirect) {
		to.params.Set("error_description", "\"Ungültig\"\n")
	})),
	answered("error-without-state", "AUTHZ-30", "An error redirect lacks the state.", refused(func(to *redirect) {
		to.params.Del("state")
	})).with("cancelling ends in the same redirect", "BROW-02"),
	answered("error-in-fragment", "AUTHZ-30", "Errors come back in the fragment.", refused(func(to *redirect) {
		to.fragment = true
	})).with("cancelling ends in the same redirect", "BROW-02").with("the error is not where the client looks", "AUTHZ-20 AUTHZ-22"),
}

func codes(name, breaks string, fresh func() string) Fault {
	return fault(name, "AUTHZ-29", breaks, func(_ *Provider, c *conduct) { c.newCode = fresh })
}
