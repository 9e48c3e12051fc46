package provider

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// Faults by which responses tell or repeat what belongs to others: secrets in
// errors, another person's data, block keys that can be guessed.

// secretTold is a fault that answers a wrong client secret with the right one, or
// a part of it.
func secretTold(name, breaks string, told func(secret string) string) Fault {
	return fault(name, "TOKEN-30", breaks, func(p *Provider, c *conduct) {
		c.instead(atToken, func(w http.ResponseWriter, r *http.Request) bool {
			v, ok := peekForm(r)
			if !ok || r.URL.RawQuery != "" || repeated(v) != "" || authenticated(p, v) {
				return false
			}
			cl := p.clients[v.Get("client_id")]
			if cl == nil || v.Get("client_secret") == "" {
				return false
			}
			invalidClient("The secret is not the expected one, " + told(cl.Secret) + ".").refuse(w)
			return true
		})
	})
}

// keyed is a fault that gives each response a block key made from the number of
// the response.
func keyed(name, checks, breaks string, key func(n uint64) []byte) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		var n atomic.Uint64
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { e.setBlockKey(key(n.Add(1))) })
	})
}

var faultsDisclosing = []Fault{
	secretTold("secret-in-token-error", "A wrong client secret is refused with the right one in the description.", func(secret string) string { return secret }),
	secretTold("secret-half-in-token-error", "A wrong client secret is refused with the first half of the right one in the description.", func(secret string) string {
		return secret[:(len(secret)+1)/2] + "..."
	}),
	fault("person-in-token-error", "TOKEN-30", "A wrong verifier is refused with the identity number of whoever logged in.", func(_ *Provider, c *conduct) {
		usual := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			refusal := usual(g, verifier)
			if refusal != nil {
				told := *refusal
				told.description += " The login was made by " + g.person.Data["myinfo.nric_number"] + "."
				refusal = &told
			}
			return refusal
		}
	}),
	fault("token-in-userinfo-error", "TOKEN-30", "A wrong access token is refused with the one that was issued last.", func(_ *Provider, c *conduct) {
		var last atomic.Value
		newToken := c.newToken
		c.newToken = func(g *codeGrant, code string) string {
			token := newToken(g, code)
			last.Store(token)
			return token
		}
		c.reanswerWhere(atUserInfo, http.StatusUnauthorized, func(a *held, _ *http.Request) {
			if token, ok := last.Load().(string); ok && a.header.Get("WWW-Authenticate") != `Bearer realm="sgID"` {
				a.replace(a.status, "application/json", `{"error":"invalid_token","error_description":"The valid token is `+token+`"}`)
			}
		})
	}),
	tokens("secret-in-token-response", "TOKEN-30", "The token response repeats the client's secret.", func(a *tokenAnswer) {
		a.members["client_secret"] = a.grant.client.Secret
	}),

	fault("userinfo-kept-for-client", "UINFO-17", "Userinfo returns the data of whoever logged in at the client first, under the right sub.", func(_ *Provider, c *conduct) {
		var first sync.Map // client ID: *Persona
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			person, _ := first.LoadOrStore(d.grant.client.ID, d.grant.person)
			for i, f := range d.fields {
				d.fields[i].plaintext = person.(*Persona).Data[f.scope]
			}
		})
	}),

	keyed("block-key-of-eight", "CRYPT-07", "Eight block keys are used in turn.", func() func(uint64) []byte {
		var keys [8][]byte
		for i := range keys {
			keys[i] = randomBytes(keySize)
		}
		return func(n uint64) []byte { return keys[n%8] }
	}()),
	keyed("block-key-mostly-constant", "CRYPT-11", "The first 28 octets of every block key are the same.", func() func(uint64) []byte {
		prefix := randomBytes(28)
		return func(uint64) []byte { return append(append([]byte{}, prefix...), randomBytes(keySize-28)...) }
	}()),
	keyed("block-key-half-zero", "CRYPT-11", "The second half of every block key is zero.", func(uint64) []byte {
		return append(randomBytes(keySize/2), make([]byte, keySize/2)...)
	}),
	keyed("block-key-one-octet", "CRYPT-11", "A block key is one octet, repeated.", func(n uint64) []byte {
		key := make([]byte, keySize)
		for i := range key {
			key[i] = byte(n)
		}
		return key
	}),
	keyed("block-key-counted", "CRYPT-11", "Block keys are digits that count up.", func(n uint64) []byte { return []byte(counted(n)) }),
	keyed("block-key-text", "CRYPT-11", "A block key is text in base64.", func(uint64) []byte { return []byte(randomText(keySize * 3 / 4)) }),
}
