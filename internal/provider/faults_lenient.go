package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Faults of reading a request more leniently than it may be, and of making a
// token from the code.

// redirectTaken is a fault that takes another redirect URI than the login's at the
// token endpoint.
func redirectTaken(name, breaks string, take func(given, right string) bool) Fault {
	return form(name, "TOKEN-14", breaks, func(p *Provider, v url.Values) {
		g, there := p.codes.get(v.Get("code"))
		if given := v.Get("redirect_uri"); there && given != "" && single(v, "redirect_uri") && take(given, g.redirectURI) {
			v.Set("redirect_uri", g.redirectURI)
		}
	})
}

// ofCode is a fault that makes the access token from the code.
func ofCode(name, breaks string, token func(code string) string) Fault {
	return fault(name, "TOKEN-26", breaks, func(_ *Provider, c *conduct) {
		c.newToken = func(_ *codeGrant, code string) string { return token(code) }
	})
}

// inHeader is a fault that finds the token in a header that is not well-formed.
func inHeader(name, breaks string, find func(values []string) string) Fault {
	return foundIn(name, "UINFO-05", breaks, func(r *http.Request) string {
		if _, malformed := bearerToken(r); malformed == nil || r.URL.RawQuery != "" {
			return ""
		}
		return find(r.Header.Values("Authorization"))
	})
}

func sum(code string) []byte {
	h := sha256.Sum256([]byte(code))
	return h[:]
}

var faultsLenient = []Fault{
	redirectTaken("redirect-without-query-at-token", "The token endpoint compares redirect_uri without its query.", func(given, right string) bool {
		before, _, _ := strings.Cut(given, "?")
		of, _, _ := strings.Cut(right, "?")
		return before == of
	}),
	redirectTaken("redirect-without-fragment-at-token", "The token endpoint ignores a fragment of redirect_uri.", func(given, right string) bool {
		before, _, _ := strings.Cut(given, "#")
		return before == right
	}),
	redirectTaken("redirect-shorter-at-token", "The token endpoint accepts a beginning of the login's redirect_uri.", func(given, right string) bool {
		return strings.HasPrefix(right, given)
	}),

	ofCode("access-token-of-code-and-more", "The access token is the code with a suffix.", func(code string) string { return code + ".at" }),
	ofCode("access-token-is-code-reversed", "The access token is the code reversed.", func(code string) string {
		reversed := []byte(code)
		slices.Reverse(reversed)
		return string(reversed)
	}),
	ofCode("access-token-is-hash-of-code", "The access token is the SHA-256 hash of the code in base64url.", func(code string) string {
		return base64.RawURLEncoding.EncodeToString(sum(code))
	}),
	ofCode("access-token-is-hex-hash-of-code", "The access token is the SHA-256 hash of the code in hexadecimal.", func(code string) string { return hex.EncodeToString(sum(code)) }),

	taken("access-token-padding-ignored", "UINFO-04", "Padding after an access token is ignored.", func(p *Provider, token string) *tokenGrant {
		g, _ := p.tokens.get(strings.TrimRight(token, "="))
		return g
	}),
	inHeader("first-in-list-taken", "The first of two credentials in one Authorization header is used.", func(values []string) string {
		first, _, list := strings.Cut(strings.Join(values, ""), ",")
		token, bearer := strings.CutPrefix(first, "Bearer ")
		if len(values) != 1 || !list || !bearer {
			return ""
		}
		return token
	}),
	inHeader("quoted-token-taken", "A token in quotes is accepted.", func(values []string) string {
		token, bearer := strings.CutPrefix(strings.Join(values, ""), "Bearer ")
		if len(values) != 1 || !bearer || !strings.HasPrefix(token, `"`) {
			return ""
		}
		return strings.Trim(token, `"`)
	}),
	foundIn("token-in-query-of-post-taken", "UINFO-06", "An access token in the query of a POST is accepted.", func(r *http.Request) string {
		if r.Method != http.MethodPost || r.Header.Get("Authorization") != "" {
			return ""
		}
		return r.URL.Query().Get("access_token")
	}),
	foundIn("token-in-query-as-token-taken", "UINFO-06", "A token in the query under the name token is accepted.", func(r *http.Request) string {
		if r.Header.Get("Authorization") != "" {
			return ""
		}
		return r.URL.Query().Get("token")
	}),

	checking("verifier-of-43-characters-unchecked", "PKCE-08", "Any verifier of 43 characters is accepted.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if len(verifier) == 43 {
			return nil
		}
		return usual(g, verifier)
	}).with("a challenge, and the verifier of most logins, is as long", "PKCE-09 PKCE-10"),
	form("verifier-up-to-nul", "PKCE-08", "A verifier is read up to the first NUL.", func(_ *Provider, v url.Values) {
		if verifier, _, nul := strings.Cut(v.Get("code_verifier"), "\x00"); nul && single(v, "code_verifier") {
			v.Set("code_verifier", verifier)
		}
	}),
}
