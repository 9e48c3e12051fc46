package provider

import (
	"net/http"
	"net/url"
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
