package provider

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"sgidcheck/internal/sgid"
)

// Faults of the ID token and its subject.

// idToken is a fault that edits the ID token before it is signed.
func idToken(name, checks, breaks string, edit func(d *idTokenDraft)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editIDToken = append(c.editIDToken, edit)
	})
}

// claim is a fault that sets a claim; nil leaves it out.
func claim(name, checks, breaks, key string, value func(d *idTokenDraft) any) Fault {
	return idToken(name, checks, breaks, func(d *idTokenDraft) {
		if v := value(d); v == nil {
			delete(d.claims, key)
		} else {
			d.claims[key] = v
		}
	})
}

// always is a claim's value that does not depend on the login.
func always(v any) func(*idTokenDraft) any { return func(*idTokenDraft) any { return v } }

// subject is a fault in how subjects are made.
func subject(name, checks, breaks string, change func(p *Provider, c *client, person *Persona, usual string) string) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		usual := c.subject
		c.subject = func(cl *client, person *Persona) string { return change(p, cl, person, usual(cl, person)) }
	})
}

// encoded is the base64url text of a JSON value.
func encoded(v any) string { return base64.RawURLEncoding.EncodeToString(mustJSON(v)) }

var faultsIDToken = []Fault{
	idToken("id-token-unsigned", "IDT-01", "ID tokens are not signed (alg none).", func(d *idTokenDraft) {
		d.compact = encoded(map[string]any{"alg": "none", "typ": "JWT"}) + "." + encoded(d.claims) + "."
	}),
	idToken("id-token-hs256", "IDT-01", "ID tokens are signed with the client secret (HS256).", func(d *idTokenDraft) {
		input := encoded(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + encoded(d.claims)
		mac := hmac.New(sha256.New, []byte(d.grant.client.Secret))
		mac.Write([]byte(input))
		d.compact = input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}),
	idToken("id-token-ps256", "IDT-01", "ID tokens are signed with PS256.", func(d *idTokenDraft) {
		input := encoded(map[string]any{"alg": "PS256", "typ": "JWT", "kid": d.key.kid}) + "." + encoded(d.claims)
		digest := sha256.Sum256([]byte(input))
		sig, err := rsa.SignPSS(rand.Reader, d.key.private, crypto.SHA256, digest[:], nil)
		if err != nil {
			panic(err) // the key is large enough
		}
		d.compact = input + "." + base64.RawURLEncoding.EncodeToString(sig)
	}),
	idToken("id-token-as-json", "IDT-01", "The ID token is plain JSON instead of a JWS.", func(d *idTokenDraft) { d.compact = string(mustJSON(d.claims)) }),

	idToken("id-token-signature-broken", "IDT-02", "The ID token's signature covers something else.", func(d *idTokenDraft) {
		signed, err := d.key.sign(encoded(d.header), mustJSON(map[string]any{"sub": "another"}))
		if err == nil {
			d.compact = encoded(d.header) + "." + encoded(d.claims) + signed[strings.LastIndexByte(signed, '.'):]
		}
	}),
	fault("id-token-key-not-published", "IDT-02", "ID tokens are signed with a key that is not in the key set.", func(_ *Provider, c *conduct) {
		private, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			panic(err) // no randomness
		}
		foreign := newSigningKey(private)
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) {
			d.key = foreign
			d.header["kid"] = foreign.kid
		})
	}),
	idToken("id-token-kid-missing", "IDT-02", "The ID token's header has no kid although the key set has several keys.", func(d *idTokenDraft) { delete(d.header, "kid") }),
	idToken("id-token-kid-unknown", "IDT-02", "The ID token's kid is not in the key set.", func(d *idTokenDraft) { d.header["kid"] = "2019-key" }),
	fault("id-token-kid-of-another-key", "IDT-02", "The ID token's kid is another key's.", func(p *Provider, c *conduct) {
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) { d.header["kid"] = p.ring.state.Load().next.kid })
	}),

	claim("iss-of-another", "IDT-03", "iss is another provider's.", "iss", always(sgid.IssuerStaging)),
	claim("iss-trailing-slash", "IDT-03", "iss has a trailing slash.", "iss", func(d *idTokenDraft) any { return d.claims["iss"].(string) + "/" }),
	claim("iss-without-version", "IDT-03", "iss lacks /v2.", "iss", func(d *idTokenDraft) any { return strings.TrimSuffix(d.claims["iss"].(string), sgid.IssuerPath) }),
	claim("iss-missing", "IDT-03", "iss is omitted.", "iss", always(nil)),

	claim("aud-of-another", "IDT-04", "aud is another client's ID.", "aud", always("SGIDCHECK-ANOTHER")),
	claim("aud-contains-client-id", "IDT-04", "aud only contains the client ID.", "aud", func(d *idTokenDraft) any { return "sgid:" + d.grant.client.ID + ":web" }),
	claim("aud-lower-case", "IDT-04", "aud is the client ID in lower case.", "aud", func(d *idTokenDraft) any { return strings.ToLower(d.grant.client.ID) }),
	claim("aud-missing", "IDT-04", "aud is omitted.", "aud", always(nil)),
	claim("aud-several-without-azp", "IDT-04", "aud names a second client, and there is no azp.", "aud", func(d *idTokenDraft) any {
		return []any{d.grant.client.ID, "SGIDCHECK-ANOTHER"}
	}).with("aud is not a plain string either", "IDT-15"),
	idToken("azp-of-another", "IDT-04", "aud names a second client, and azp is that one.", func(d *idTokenDraft) {
		d.claims["aud"], d.claims["azp"] = []any{d.grant.client.ID, "SGIDCHECK-ANOTHER"}, "SGIDCHECK-ANOTHER"
	}).with("aud is not a plain string either", "IDT-15"),
	claim("aud-as-array", "IDT-15", "aud is an array with the client ID as its only member.", "aud", func(d *idTokenDraft) any { return []any{d.grant.client.ID} }),

	claim("exp-milliseconds", "IDT-05", "exp is in milliseconds.", "exp", func(d *idTokenDraft) any { return d.claims["exp"].(int64) * 1000 }),
	claim("exp-past", "IDT-05", "exp has passed.", "exp", func(d *idTokenDraft) any { return d.now.Add(-10 * time.Minute).Unix() }),
	claim("exp-text", "IDT-05", "exp is a string.", "exp", func(d *idTokenDraft) any { return fmt.Sprint(d.claims["exp"]) }),
	claim("exp-missing", "IDT-05", "exp is omitted.", "exp", always(nil)),
	claim("exp-in-ten-years", "IDT-05", "exp is ten years away.", "exp", func(d *idTokenDraft) any { return d.now.AddDate(10, 0, 0).Unix() }),

	claim("iat-ahead", "IDT-06", "iat is five minutes ahead.", "iat", func(d *idTokenDraft) any { return d.now.Add(5 * time.Minute).Unix() }),
	claim("iat-behind", "IDT-06", "iat is a day old.", "iat", func(d *idTokenDraft) any { return d.now.Add(-24 * time.Hour).Unix() }),
	claim("iat-text", "IDT-06", "iat is a date as text.", "iat", func(d *idTokenDraft) any { return d.now.UTC().Format(time.RFC3339) }),
	claim("iat-missing", "IDT-06", "iat is omitted.", "iat", always(nil)),
	claim("nbf-ahead", "IDT-06", "nbf is five minutes ahead.", "nbf", func(d *idTokenDraft) any { return d.now.Add(5 * time.Minute).Unix() }),

	subject("sub-empty", "IDT-07", "sub is empty.", func(*Provider, *client, *Persona, string) string { return "" }).
		with("userinfo has the same empty sub", "UINFO-01"),
	subject("sub-too-long", "IDT-07", "sub has 300 characters.", func(_ *Provider, _ *client, _ *Persona, usual string) string {
		return usual + strings.Repeat("0", 300-len(usual))
	}),
	subject("sub-not-ascii", "IDT-07", "sub has non-ASCII characters.", func(_ *Provider, _ *client, _ *Persona, usual string) string { return "ü=" + usual[2:] }),
	claim("exp-with-fraction", "IDT-16", "exp has a fraction.", "exp", func(d *idTokenDraft) any { return json.Number(fmt.Sprintf("%d.25", d.claims["exp"])) }),
	claim("iat-with-fraction", "IDT-16", "iat has a fraction.", "iat", func(d *idTokenDraft) any { return json.Number(fmt.Sprintf("%d.75", d.claims["iat"])) }),
	claim("nbf-with-point", "IDT-16", "nbf is a whole number, written with a decimal point.", "nbf", func(d *idTokenDraft) any { return json.Number(fmt.Sprintf("%d.0", d.now.Unix())) }),

	claim("sub-number", "IDT-07", "sub is a number.", "sub", always(4711)).with("it cannot equal the sub of userinfo", "UINFO-02"),

	subject("sub-holds-nric", "IDT-08", "sub holds the person's identity number.", func(_ *Provider, c *client, person *Persona, usual string) string {
		return "u=" + person.Data["myinfo.nric_number"] + "-" + usual[len(usual)-12:]
	}).with("sub is a claim, too", "IDT-09").with("sub of userinfo holds it as well", "CRYPT-10"),

	idToken("id-token-with-name", "IDT-09", "The ID token carries the person's name.", func(d *idTokenDraft) { d.claims["name"] = d.grant.person.Name }),
	idToken("id-token-with-nric", "IDT-09", "The ID token carries the person's identity number.", func(d *idTokenDraft) {
		d.claims["identity"] = map[string]any{"uinfin": d.grant.person.Data["myinfo.nric_number"]}
	}),
	idToken("id-token-header-with-email", "IDT-09", "The ID token's header carries the person's e-mail address.", func(d *idTokenDraft) {
		d.header["usr"] = d.grant.person.Data["myinfo.email"]
	}),

	claim("at-hash-wrong", "IDT-10", "at_hash is another token's.", "at_hash", func(*idTokenDraft) any { return leftHalf("another token") }),
	claim("at-hash-of-whole-digest", "IDT-10", "at_hash is the whole hash instead of its left half.", "at_hash", func(d *idTokenDraft) any { return s256(d.accessToken) }),
	claim("c-hash-wrong", "IDT-10", "c_hash is another code's.", "c_hash", func(*idTokenDraft) any { return leftHalf("another code") }),

	subject("sub-new-each-login", "IDT-11", "A person gets a different sub with each login.", func(*Provider, *client, *Persona, string) string { return "u=" + randomText(24) }).
		with("the sub of one login is compared with that of another", "UINFO-15"),
	fault("sub-depends-on-the-day", "IDT-11", "A person's sub changes with each key or counter of the server.", func(_ *Provider, c *conduct) {
		var n atomic.Uint64
		usual := c.subject
		c.subject = func(cl *client, person *Persona) string { return usual(cl, person) + counted(n.Add(1))[28:] }
	}).with("the sub of one login is compared with that of another", "UINFO-15"),
	subject("sub-public", "IDT-12", "A person has the same sub at every client.", func(p *Provider, _ *client, person *Persona, _ string) string {
		return p.pairwise(&client{}, person)
	}),
	subject("sub-of-client-and-person", "IDT-12", "sub is the client ID and the person's identifier, which is the same at every client.", func(p *Provider, c *client, person *Persona, _ string) string {
		return c.ID + "|" + p.pairwise(&client{}, person)
	}),
	subject("sub-encoded-person", "IDT-12", "sub is the client ID and the person's identifier, in base64.", func(p *Provider, c *client, person *Persona, _ string) string {
		return base64.StdEncoding.EncodeToString([]byte(c.ID + "|" + p.pairwise(&client{}, person)))
	}),
	claim("auth-time-missing", "IDT-13", "auth_time is missing although max_age was requested.", "auth_time", always(nil)),
	subject("sub-of-the-client", "IDT-14", "All people have the same sub at a client.", func(p *Provider, cl *client, _ *Persona, _ string) string {
		return p.pairwise(cl, &Persona{})
	}),
	subject("sub-of-the-nationality", "IDT-14", "Many people share a sub.", func(p *Provider, cl *client, person *Persona, _ string) string {
		return p.pairwise(cl, &Persona{ID: person.Data["myinfo.nationality"]})
	}),
}

// leftHalf is the hash of at_hash and c_hash (OIDC-CORE 3.1.3.6).
func leftHalf(text string) string {
	h := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h[:sha256.Size/2])
}
