package provider

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// Variants of the token endpoint.

var variantsToken = []Variant{
	variant("wrong-redemption-burns-the-code", "A code is invalidated by one failed redemption: with a wrong verifier, a wrong redirect_uri, or by another client.", func(_ *Provider, c *conduct) {
		burn := func(g *codeGrant, refused *oauthError) *oauthError {
			if refused != nil {
				g.claim()
			}
			return refused
		}
		sameRedirect, verify, bound := c.redirectSame, c.verify, c.bound
		c.redirectSame = func(g *codeGrant, uri string) *oauthError { return burn(g, sameRedirect(g, uri)) }
		c.verify = func(g *codeGrant, verifier string) *oauthError { return burn(g, verify(g, verifier)) }
		c.bound = func(g *codeGrant, cl *client) bool {
			own := bound(g, cl)
			if !own {
				g.claim()
			}
			return own
		}
	}),
	variant("access-tokens-padded", "Access tokens end with padding (RFC 6750 section 2.1), and one in which it stands elsewhere is malformed.", func(_ *Provider, c *conduct) {
		c.newToken = func(*codeGrant, string) string { return randomText(33) + "==" }
	}),
	variant("access-tokens-jwt", "Access tokens are JWTs, and their signature is decoded leniently: padding, and what is left over behind it, is ignored.", func(_ *Provider, c *conduct) {
		c.newToken = func(g *codeGrant, _ string) string {
			signature := base64.RawURLEncoding.EncodeToString(randomBytes(384))
			return encoded(map[string]any{"alg": "RS256", "typ": "at+jwt"}) + "." + encoded(map[string]any{"sub": g.sub, "jti": randomText(16)}) + "." + signature
		}
		granted := c.accessGranted
		c.accessGranted = func(token string) (*tokenGrant, bool) { return granted(signedLeniently(token)) }
	}),
	variant("token-errors-repeat-the-request", "Errors of the token endpoint repeat the parameters that were sent, but the secret.", func(_ *Provider, c *conduct) {
		c.around(atToken, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent, _ := peekForm(r)
				a := &held{header: w.Header().Clone()}
				next.ServeHTTP(a, r)
				if a.status >= http.StatusBadRequest && len(sent) > 0 {
					a.insert(`"request":` + string(mustJSON(repeatable(sent))) + `,`)
				}
				a.sendTo(w)
			})
		})
	}),
}

// signedLeniently is a JWT with its signature as lenient decoders of base64 read it.
func signedLeniently(token string) string {
	at := strings.LastIndex(token, ".") + 1
	signature := strings.TrimRight(token[at:], "=")
	if len(signature)%4 == 1 {
		signature = signature[:len(signature)-1]
	}
	octets, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return token
	}
	return token[:at] + base64.RawURLEncoding.EncodeToString(octets)
}

// repeatable are the parameters of a token request that an error may repeat.
func repeatable(sent url.Values) map[string]string {
	out := map[string]string{}
	for name := range sent {
		if value := sent.Get(name); name != "client_secret" && len(name)+len(value) < 300 {
			out[name] = value
		}
	}
	return out
}
