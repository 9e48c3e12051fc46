package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// Faults of the key set. Most are planted in the key that is published for
// later, so that ID tokens still verify.

func keySet(name, checks, breaks string, edit func(set map[string]any)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editJWKS = append(c.editJWKS, edit)
	})
}

// nextKey is a fault of the key that is not in use yet.
func nextKey(name, check, breaks string, edit func(key map[string]any)) Fault {
	return keySet(name, check, breaks, func(set map[string]any) {
		edit(set["keys"].([]any)[1].(map[string]any))
	})
}

// furtherKey is a fault of a key that is published beside the others.
func furtherKey(name, check, breaks string, key map[string]any) Fault {
	return keySet(name, check, breaks, func(set map[string]any) {
		key := maps.Clone(key)
		key["kid"] = "further"
		set["keys"] = append(set["keys"].([]any), key)
	})
}

// everyKey is a fault of all published keys.
func everyKey(name, check, breaks string, edit func(key map[string]any)) Fault {
	return keySet(name, check, breaks, func(set map[string]any) {
		for _, key := range set["keys"].([]any) {
			edit(key.(map[string]any))
		}
	})
}

func jwksHeader(name, breaks, cacheControl string) Fault {
	return fault(name, "JWKS-08", breaks, func(_ *Provider, c *conduct) {
		c.reanswer(atJWKS, func(a *held, _ *http.Request) {
			a.header.Del("ETag")
			a.header.Del("Cache-Control")
			if cacheControl != "" {
				a.header.Set("Cache-Control", cacheControl)
			}
		})
	})
}

func decoded(key map[string]any, name string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(key[name].(string)) // made here
	return b
}

var faultsJWKS = []Fault{
	keySet("jwks-empty", "JWKS-01", "The key set holds no key.", func(set map[string]any) { set["keys"] = []any{} }),
	keySet("jwks-keys-as-object", "JWKS-01", "keys is an object instead of an array.", func(set map[string]any) {
		set["keys"] = set["keys"].([]any)[0]
	}),
	fault("jwks-as-html", "JWKS-01", "The key set comes as text/html.", func(_ *Provider, c *conduct) {
		c.reanswer(atJWKS, func(a *held, _ *http.Request) { a.header.Set("Content-Type", "text/html") })
	}),
	nextKey("jwks-key-without-type", "JWKS-01", "A key has no kty.", func(k map[string]any) { delete(k, "kty") }),
	nextKey("jwks-key-without-modulus", "JWKS-01", "An RSA key has no n.", func(k map[string]any) { delete(k, "n") }),
	nextKey("jwks-use-as-list", "JWKS-01", "use of a key is an array.", func(k map[string]any) { k["use"] = []any{"sig"} }),

	furtherKey("jwks-ec-key-off-the-curve", "JWKS-01", "A key of kty EC is not a point on its curve.", map[string]any{
		"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
	}),
	furtherKey("jwks-okp-key-too-short", "JWKS-01", "A key of kty OKP has fewer octets than its curve takes.", map[string]any{
		"kty": "OKP", "crv": "Ed25519", "x": "31GCZX2UzOZQQ42REhULLtGqCzHSHx5C14lwWXni",
	}),

	fault("jwks-private-key", "JWKS-02", "A key is published with its private exponent.", func(p *Provider, c *conduct) {
		c.editJWKS = append(c.editJWKS, func(set map[string]any) {
			d := p.ring.state.Load().next.private.D.Bytes()
			set["keys"].([]any)[1].(map[string]any)["d"] = base64.RawURLEncoding.EncodeToString(d)
		})
	}),
	furtherKey("jwks-symmetric-key", "JWKS-02", "A symmetric key is published.", map[string]any{
		"kty": "oct", "alg": "HS256", "k": "c2dpZGNoZWNrLXNoYXJlZC1zZWNyZXQtZm9yLXRlc3Rz",
	}),

	everyKey("jwks-for-encryption", "JWKS-03", "All keys are published for encryption, none for signatures.", func(k map[string]any) { k["use"] = "enc" }),
	everyKey("jwks-for-ps256", "JWKS-03", "All keys are published for PS256, none for RS256.", func(k map[string]any) { k["alg"] = "PS256" }),

	nextKey("jwks-kid-missing", "JWKS-04", "One of several keys has no kid.", func(k map[string]any) { delete(k, "kid") }),
	keySet("jwks-kid-twice", "JWKS-04", "Two keys have the same kid.", func(set map[string]any) {
		keys := set["keys"].([]any)
		keys[1].(map[string]any)["kid"] = keys[0].(map[string]any)["kid"]
	}),

	fault("jwks-short-key", "JWKS-05", "A key has a modulus of 1024 bits.", func(_ *Provider, c *conduct) {
		n := shortModulus()
		c.editJWKS = append(c.editJWKS, func(set map[string]any) {
			set["keys"].([]any)[1].(map[string]any)["n"] = n
		})
	}),
	nextKey("jwks-exponent-one", "JWKS-05", "A key has the public exponent 1.", func(k map[string]any) { k["e"] = "AQ" }),
	nextKey("jwks-exponent-even", "JWKS-05", "A key has an even public exponent.", func(k map[string]any) { k["e"] = "AQAA" }),

	nextKey("jwks-padded", "JWKS-06", "n is padded.", func(k map[string]any) {
		k["n"] = base64.URLEncoding.EncodeToString(decoded(k, "n"))
	}),
	nextKey("jwks-leading-zero", "JWKS-06", "n begins with a zero octet.", func(k map[string]any) {
		k["n"] = base64.RawURLEncoding.EncodeToString(append([]byte{0}, decoded(k, "n")...))
	}),
	nextKey("jwks-plain-base64", "JWKS-06", "n uses the plain base64 alphabet.", func(k map[string]any) {
		k["n"] = strings.NewReplacer("-", "+", "_", "/").Replace(k["n"].(string))
	}),
	nextKey("jwks-exponent-leading-zero", "JWKS-06", "e begins with a zero octet.", func(k map[string]any) { k["e"] = "AAEAAQ" }),

	certified("jwks-certificate-of-another", "x5c of a key is another key's certificate.", func(key map[string]any, _, foreign []byte) {
		key["x5c"] = []any{base64.StdEncoding.EncodeToString(foreign)}
	}),
	certified("jwks-thumbprint-of-another", "x5t#S256 of a key is another certificate's.", func(key map[string]any, own, foreign []byte) {
		sum := sha256.Sum256(foreign)
		key["x5c"] = []any{base64.StdEncoding.EncodeToString(own)}
		key["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}),
	certified("jwks-sha1-thumbprint-of-another", "x5t of a key is another certificate's.", func(key map[string]any, own, foreign []byte) {
		sum := sha1.Sum(foreign)
		key["x5c"] = []any{base64.StdEncoding.EncodeToString(own)}
		key["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}),

	jwksHeader("jwks-not-cacheable", "The key set may not be stored.", "no-store"),
	jwksHeader("jwks-without-cache-headers", "The key set says nothing about caching.", ""),
	jwksHeader("jwks-cached-for-a-year", "The key set may be kept for a year.", "public, max-age=31536000, immutable"),
}

// certified is a fault of the certificate that stands with the next key.
func certified(name, breaks string, edit func(key map[string]any, own, foreign []byte)) Fault {
	return fault(name, "JWKS-07", breaks, func(p *Provider, c *conduct) {
		c.editJWKS = append(c.editJWKS, func(set map[string]any) {
			s := p.ring.state.Load()
			edit(set["keys"].([]any)[1].(map[string]any), certificateOf(s.next.private), certificateOf(s.current.private))
		})
	})
}

// certificateOf is a self-signed certificate of a signing key.
func certificateOf(key *rsa.PrivateKey) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sgidcheck embedded provider signing key"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err) // a fixed template and a valid key
	}
	return der
}

// shortModulus is an odd modulus of 512 bits.
func shortModulus() string {
	var n big.Int
	for n.BitLen() != 1024 {
		p, errP := rand.Prime(rand.Reader, 512)
		q, errQ := rand.Prime(rand.Reader, 512)
		if errP != nil || errQ != nil {
			panic("no randomness")
		}
		n.Mul(p, q)
	}
	return base64.RawURLEncoding.EncodeToString(n.Bytes())
}
