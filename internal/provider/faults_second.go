package provider

import (
	"net/http"
	"net/url"
	"strings"
)

// Faults in how the second client alone is treated.

func second(c *client) bool { return c.ID == "SGIDCHECK-TWO" }

// somethingWrong is the answer of a program that did not expect what it was sent.
func somethingWrong() *oauthError {
	return &oauthError{status: http.StatusInternalServerError, code: "server_error", description: "Something went wrong."}
}

var faultsSecond = []Fault{
	fault("second-client-any-secret", "TOKEN-32", "Any secret is taken for the second client.", func(_ *Provider, c *conduct) {
		right := c.secretRight
		c.secretRight = func(cl *client, secret string) bool { return right(cl, secret) || second(cl) && secret != "" }
	}),
	fault("second-client-no-secret", "TOKEN-32", "The second client needs no secret.", func(_ *Provider, c *conduct) {
		right := c.secretRight
		c.secretRight = func(cl *client, secret string) bool { return right(cl, secret) || second(cl) && secret == "" }
	}),
	fault("second-client-any-verifier", "TOKEN-32", "The second client's code_verifier is not compared.", func(_ *Provider, c *conduct) {
		verify := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			if second(g.client) {
				return nil
			}
			return verify(g, verifier)
		}
	}),
	fault("second-client-any-redirect-uri", "TOKEN-32", "The redirect_uri of the second client's token request is not compared.", func(_ *Provider, c *conduct) {
		same := c.redirectSame
		c.redirectSame = func(g *codeGrant, uri string) *oauthError {
			if second(g.client) && uri != "" {
				return nil
			}
			return same(g, uri)
		}
	}),
	fault("second-client-code-reusable", "TOKEN-32", "The second client's codes can be redeemed any number of times.", func(_ *Provider, c *conduct) {
		claim := c.claim
		c.claim = func(g *codeGrant) bool { return claim(g) || second(g.client) }
	}),
	fault("second-client-wrong-verifier-crashes", "TOKEN-32", "A wrong code_verifier of the second client gets 500.", func(_ *Provider, c *conduct) {
		verify := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			refused := verify(g, verifier)
			if refused != nil && verifier != "" && second(g.client) {
				return somethingWrong()
			}
			return refused
		}
	}),
	fault("second-client-code-reuse-crashes", "TOKEN-32", "The second use of a code of the second client gets 500.", func(_ *Provider, c *conduct) {
		replayed := c.replayed
		c.replayed = func(g *codeGrant) *oauthError {
			refused := replayed(g)
			if second(g.client) {
				return somethingWrong()
			}
			return refused
		}
	}),
	fault("second-client-rsa1-5", "CRYPT-09", "key is encrypted with RSA1_5 for the second client.", func(p *Provider, c *conduct) {
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) {
			if cl := p.clients["SGIDCHECK-TWO"]; cl != nil && cl.key.Equal(e.recipient) {
				encryptedAsRSA15(e)
			}
		})
	}),
	fault("second-client-redirect-by-prefix", "AUTHZ-10", "The second client's redirect URI is compared by its beginning.", func(_ *Provider, c *conduct) {
		registered := c.redirectRegistered
		c.redirectRegistered = func(cl *client, uri string) bool {
			return registered(cl, uri) || second(cl) && strings.HasPrefix(uri, cl.RedirectURIs[0])
		}
	}),
	fault("second-client-without-pkce", "PKCE-01", "The second client needs no code_challenge.", func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if v.Get("client_id") == "SGIDCHECK-TWO" && !v.Has("code_challenge") {
				v.Set("code_challenge", s256(randomText(32)))
				v.Set("code_challenge_method", "S256")
			}
		})
	}),
	asked("userinfo-sub-second-client", "UINFO-18", "sub of the second client's userinfo differs from the ID token's.", func(d *userinfoDraft) {
		if second(d.grant.client) {
			d.sub += "0"
		}
	}),
	fault("userinfo-sub-second-person", "UINFO-18", "sub of userinfo is the first person's, whoever logged in.", func(p *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) { d.sub = p.pairwise(d.grant.client, &Personas()[0]) })
	}),
	sealedAs("data-unencrypted-second-client", "CRYPT-12", "The second client's userinfo has the person's data unencrypted as well.", func(d *userinfoDraft, answer map[string]any) {
		if second(d.grant.client) && len(d.fields) > 0 {
			answer["person"] = d.plain()
		}
	}),
	sealedAs("data-unencrypted-second-person", "CRYPT-13", "For everyone but the first person, userinfo has the data unencrypted as well.", func(d *userinfoDraft, answer map[string]any) {
		if !firstPerson(d.grant.person) && len(d.fields) > 0 {
			answer["person"] = d.plain()
		}
	}),
}

// firstPerson reports whether the person is the one whom the login page offers first.
func firstPerson(person *Persona) bool { return person.ID == Personas()[0].ID }

// plain are the data as they are before the encryption.
func (d *userinfoDraft) plain() map[string]string {
	values := map[string]string{}
	for _, f := range d.fields {
		values[f.scope] = f.plaintext
	}
	return values
}
