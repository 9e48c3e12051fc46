package provider

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
}
