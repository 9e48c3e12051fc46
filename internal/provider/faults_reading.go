package provider

import (
	"html"
	"net/http"
	"net/url"
	"strings"
)

// Faults in reading parameters: what was decoded once is decoded, trimmed or
// cut once more.

// reading is how a parameter's value is changed where it is read.
type reading struct {
	name, does string
	change     func(value string) string
}

var (
	decodedTwice = reading{"decoded-once-more", "is percent-decoded once more, if possible", func(v string) string {
		if once, err := url.QueryUnescape(v); err == nil {
			return once
		}
		return v
	}}
	plusAsSpace   = reading{"plus-as-space", "has its plus signs decoded to spaces once more", func(v string) string { return strings.ReplaceAll(v, "+", " ") }}
	htmlUnescaped = reading{"html-unescaped", "has its HTML entities decoded", html.UnescapeString}
	trimmed       = reading{"trimmed", "is trimmed", strings.TrimSpace}
	trimmedBehind = reading{"trimmed-behind", "is trimmed at its end", func(v string) string { return strings.TrimRight(v, " ") }}
	cutTo128      = reading{"cut-to-128", "is cut to 128 characters", func(v string) string { return v[:min(len(v), 128)] }}
)

// reread is a fault of one parameter of an authorization request.
func reread(parameter, checks string, how reading) Fault {
	return request(spelled(parameter, how), checks, "The "+parameter+" of an authorization request "+how.does+".", func(v url.Values) { how.apply(v, parameter) })
}

// rereadAtToken is a fault of one parameter of a token request.
func rereadAtToken(parameter, checks string, how reading) Fault {
	return form("token-"+spelled(parameter, how), checks, "The "+parameter+" of a token request "+how.does+".", func(_ *Provider, v url.Values) { how.apply(v, parameter) })
}

func spelled(parameter string, how reading) string {
	return strings.ReplaceAll(parameter, "_", "-") + "-" + how.name
}

func (how reading) apply(v url.Values, parameter string) {
	for i, value := range v[parameter] {
		v[parameter][i] = how.change(value)
	}
}

var faultsReading = []Fault{
	reread("state", "AUTHZ-02", decodedTwice),
	reread("state", "AUTHZ-02", plusAsSpace),
	reread("state", "AUTHZ-02", htmlUnescaped),
	reread("state", "AUTHZ-02", trimmedBehind),
	reread("nonce", "NONCE-01", decodedTwice),
	reread("nonce", "NONCE-01", plusAsSpace),
	reread("nonce", "NONCE-01", htmlUnescaped),
	reread("nonce", "NONCE-01", trimmedBehind),
	reread("nonce", "NONCE-01", cutTo128),
	reread("scope", "AUTHZ-15", decodedTwice),
	reread("scope", "AUTHZ-15", plusAsSpace),
	reread("response_type", "AUTHZ-05", decodedTwice),
	reread("code_challenge_method", "PKCE-04", decodedTwice),
	reread("client_id", "AUTHZ-07", decodedTwice),
	rereadAtToken("code", "TOKEN-08", decodedTwice),
	rereadAtToken("code", "TOKEN-08", trimmed),
	rereadAtToken("redirect_uri", "TOKEN-14", decodedTwice),
	rereadAtToken("redirect_uri", "TOKEN-14", trimmed),
	rereadAtToken("code_verifier", "PKCE-08", decodedTwice),
	rereadAtToken("code_verifier", "PKCE-08", trimmed),
	rereadAtToken("client_secret", "TOKEN-11", decodedTwice),
	rereadAtToken("client_secret", "TOKEN-11", trimmed),
	rereadAtToken("client_id", "TOKEN-13", decodedTwice),
	rereadAtToken("grant_type", "TOKEN-10", decodedTwice),

	fault("form-decoded-twice", "TOKEN-08 TOKEN-10 TOKEN-11 TOKEN-13 TOKEN-14 PKCE-08", "Every parameter of a token request is percent-decoded once more, if possible.", func(_ *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			for name := range t.form {
				decodedTwice.apply(t.form, name)
			}
		})
	}),
	fault("query-decoded-twice", "AUTHZ-02 AUTHZ-05 AUTHZ-07 AUTHZ-12 AUTHZ-15 NONCE-01 PKCE-04", "Every parameter of an authorization request is percent-decoded once more, if possible.", func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			for name := range v {
				decodedTwice.apply(v, name)
			}
		})
	}),
}
