package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync/atomic"

	"sgidcheck/internal/sgid"
)

// Faults of some ID tokens alone: each n-th, those of one client, those of logins
// with another request.

// someTokens is a fault that edits the ID tokens that which picks, by their number
// and login.
func someTokens(name, checks, breaks string, which func(n uint64, d *idTokenDraft) bool, edit func(d *idTokenDraft)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		var n atomic.Uint64
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) {
			if which(n.Add(1), d) {
				edit(d)
			}
		})
	})
}

// otherKey is someTokens where these are signed with a key that is not published.
func otherKey(name, checks, breaks string, which func(n uint64, d *idTokenDraft) bool) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		private, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			panic(err) // no randomness
		}
		foreign := newSigningKey(private)
		someTokens(name, checks, breaks, which, func(d *idTokenDraft) { d.key = foreign }).apply(p, c)
	})
}

func each(nth uint64) func(uint64, *idTokenDraft) bool {
	return func(n uint64, _ *idTokenDraft) bool { return n%nth == 0 }
}

func ofSecondClient(_ uint64, d *idTokenDraft) bool { return d.grant.client.ID == "SGIDCHECK-TWO" }

func withoutNonce(_ uint64, d *idTokenDraft) bool { return d.grant.nonce == "" }

// anotherSub makes sub another one.
func anotherSub(d *idTokenDraft) { d.claims["sub"] = d.grant.sub[:len(d.grant.sub)-4] + "0000" }

var faultsIDTokenRun = []Fault{
	someTokens("kid-unknown-each-third", "IDT-17", "Each third ID token has a kid that is not in the key set.", each(3), func(d *idTokenDraft) { d.header["kid"] = "2019-key" }),
	otherKey("key-not-published-each-fourth", "IDT-17", "Each fourth ID token is signed with a key that is not in the key set.", each(4)),
	someTokens("id-token-unsigned-without-nonce", "IDT-17", "Without a nonce in the request, the ID token's signature is empty.", withoutNonce, func(d *idTokenDraft) {
		d.compact = encoded(d.header) + "." + encoded(d.claims) + "."
	}),
	someTokens("aud-first-client", "IDT-17", "aud is the first client, whichever client the ID token is for.", ofSecondClient, func(d *idTokenDraft) { d.claims["aud"] = "SGIDCHECK-ONE" }),
	someTokens("iss-second-client", "IDT-17", "iss has a trailing slash in the second client's ID tokens.", ofSecondClient, func(d *idTokenDraft) { d.claims["iss"] = d.claims["iss"].(string) + "/" }),
	someTokens("at-hash-second-client", "IDT-17", "at_hash of the second client's ID tokens is another token's.", ofSecondClient, func(d *idTokenDraft) { d.claims["at_hash"] = sgid.LeftHash("another") }),
	otherKey("key-of-second-client", "IDT-17", "The second client's ID tokens are signed with a key that is not in the key set.", ofSecondClient),
	someTokens("nonce-of-few-scopes", "IDT-17", "The nonce is left out of the ID token where openid alone was asked for.",
		func(_ uint64, d *idTokenDraft) bool { return len(d.grant.scopes) == 1 }, func(d *idTokenDraft) { delete(d.claims, "nonce") }),

	idToken("sub-by-scopes", "IDT-18", "sub depends on the scopes of the login.", func(d *idTokenDraft) {
		d.claims["sub"] = d.grant.sub + s256(strings.Join(d.grant.scopes, " "))[:4]
	}).with("userinfo has the sub without it", "UINFO-02"),
	someTokens("sub-without-nonce", "IDT-18", "A login without nonce has another sub.", withoutNonce, anotherSub),
	someTokens("sub-of-openid-alone", "IDT-18", "A login for openid alone has another sub.",
		func(_ uint64, d *idTokenDraft) bool {
			return len(d.grant.scopes) == 1 && d.grant.scopes[0] == sgid.ScopeOpenID
		}, anotherSub),
}
