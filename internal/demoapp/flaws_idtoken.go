package demoapp

import (
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Flaws of the ID token's header and signature.

// believing is a flaw that takes a token without the provider's signature where
// believe says so.
func believing(name, checks, breaks string, believe func(a *App, ctx context.Context, token string, h header, l *attempt) bool) Flaw {
	return flaw(name, checks, breaks, func(a *App, c *conduct) {
		alg, signed := c.headerRules["alg"], c.signed
		c.headerRules["alg"] = func(header) error { return nil }
		c.signed = func(ctx context.Context, token string, h header, l *attempt) error {
			if believe(a, ctx, token, h, l) {
				return nil
			}
			if err := alg(h); err != nil {
				return err
			}
			return signed(ctx, token, h, l)
		}
	})
}

// hmacBy reports whether a token is signed with HS256 by one of the secrets.
func hmacBy(token string, h header, secrets ...[]byte) bool {
	for _, secret := range secrets {
		if h.text("alg") != "HS256" {
			return false
		}
		if _, err := jws.Verify([]byte(token), jws.WithKey(jwa.HS256, secret)); err == nil {
			return true
		}
	}
	return false
}

// signedByNothing reports whether a token is signed with HS256 by an empty secret.
func signedByNothing(token string, h header) bool {
	end := strings.LastIndex(token, ".")
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(token[:end]))
	return h.text("alg") == "HS256" && token[end+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// publicTexts are the forms in which a public key may be taken for a secret.
func publicTexts(key *rsa.PublicKey) [][]byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return [][]byte{text, []byte(strings.TrimSuffix(string(text), "\n")), der}
}

// verifiedBy reports whether a key verifies a token.
func verifiedBy(token string, alg jwa.SignatureAlgorithm, key any) bool {
	_, err := jws.Verify([]byte(token), jws.WithKey(alg, key))
	return err == nil
}

// verifiedByItself reports whether the key in a token's own header verifies it.
func verifiedByItself(token string, h header) bool {
	text, err := json.Marshal(h["jwk"])
	if err != nil || h["jwk"] == nil {
		return false
	}
	key, err := jwk.ParseKey(text)
	return err == nil && verifiedBy(token, jwa.RS256, key)
}

// fetch reads what a header's URL leads to.
func (a *App) fetch(ctx context.Context, from string) []byte {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if from == "" || err != nil {
		return nil
	}
	answer, err := a.client.Do(r)
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return body
}

var flawsIDToken = []Flaw{
	believing("alg-none-accepted", "RP-35", "An ID token with alg none is taken without a signature.", func(_ *App, _ context.Context, _ string, h header, _ *attempt) bool {
		return h.text("alg") == "none"
	}),
	believing("alg-none-in-capitals-accepted", "RP-35", "alg none is refused, and None is not.", func(_ *App, _ context.Context, _ string, h header, _ *attempt) bool {
		return h.text("alg") != "none" && strings.EqualFold(h.text("alg"), "none")
	}),
	believing("alg-none-spelled-out-accepted", "RP-35", "none and None are refused, and NONE is not.", func(_ *App, _ context.Context, _ string, h header, _ *attempt) bool {
		return h.text("alg") == "NONE"
	}),
	believing("alg-none-signed-accepted", "RP-35", "alg none is refused where the signature is empty alone.", func(_ *App, _ context.Context, token string, h header, _ *attempt) bool {
		return h.text("alg") == "none" && !strings.HasSuffix(token, ".")
	}),
	believing("alg-missing-accepted", "RP-35", "A token whose header has no alg is taken without a signature.", func(_ *App, _ context.Context, _ string, h header, _ *attempt) bool {
		return h["alg"] == nil
	}),
	believing("hs256-by-empty-secret-accepted", "RP-36", "The secret of HS256 comes from a setting, which is empty.", func(_ *App, _ context.Context, token string, h header, _ *attempt) bool {
		return signedByNothing(token, h)
	}),
	believing("hs256-by-client-id-accepted", "RP-36", "The client's identifier is taken for the secret of HS256.", func(a *App, _ context.Context, token string, h header, _ *attempt) bool {
		return hmacBy(token, h, []byte(a.settings.ClientID))
	}),
	believing("hs256-by-older-pem-accepted", "RP-36", "The public key in PEM as PKCS #1 serves as a secret of HS256.", func(a *App, ctx context.Context, token string, h header, l *attempt) bool {
		key, err := a.keyFor(ctx, h, l)
		return err == nil && hmacBy(token, h, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key.public)}))
	}),
	believing("hs256-by-secret-accepted", "RP-36", "An ID token signed with HS256 by the client secret is taken.", func(a *App, _ context.Context, token string, h header, _ *attempt) bool {
		return hmacBy(token, h, []byte(a.settings.ClientSecret))
	}),
	believing("hs256-by-public-key-accepted", "RP-36", "The algorithm of the header decides, so that the public key serves as a secret of HS256.", func(a *App, ctx context.Context, token string, h header, l *attempt) bool {
		key, err := a.keyFor(ctx, h, l)
		return err == nil && hmacBy(token, h, publicTexts(key.public)...)
	}),
	believing("rsa-of-any-kind-accepted", "RP-36", "Any algorithm for RSA keys is taken, PS256 among them.", func(a *App, ctx context.Context, token string, h header, l *attempt) bool {
		alg := h.text("alg")
		if !strings.HasPrefix(alg, "PS") && !strings.HasPrefix(alg, "RS") {
			return false
		}
		key, err := a.keyFor(ctx, h, l)
		return err == nil && verifiedBy(token, jwa.SignatureAlgorithm(alg), key.public)
	}),

	flaw("id-token-only-decoded", "RP-35 RP-36 RP-37 RP-38 RP-40 RP-41 RP-42 RP-43 RP-44 RP-45 RP-46 RP-47", "The ID token is decoded, and nothing in it is looked at but sub.", func(_ *App, c *conduct) {
		c.signed = func(context.Context, string, header, *attempt) error { return nil }
		clear(c.headerRules)
		clear(c.claimRules)
	}).with("whatever key a token brings, its signature counts for nothing", "RP-39").
		with("the code of another login is taken", "RP-22"),
	flaw("signature-unchecked", "RP-37 RP-38", "The ID token is decoded, and its signature is not verified.", func(_ *App, c *conduct) {
		c.signed = func(context.Context, string, header, *attempt) error { return nil }
	}).with("whatever key a token brings, its signature counts for nothing", "RP-39"),
	believing("signature-empty-accepted", "RP-37", "An ID token whose signature is empty is taken.", func(_ *App, _ context.Context, token string, h header, _ *attempt) bool {
		return h.text("alg") == "RS256" && strings.HasSuffix(token, ".")
	}),
	believing("key-unknown-accepted", "RP-38", "Where no key of the set has the token's kid, the signature is not verified.", func(a *App, ctx context.Context, _ string, h header, l *attempt) bool {
		_, err := a.keyFor(ctx, h, l)
		return h.text("alg") == "RS256" && err == refusal("the ID token is signed with an unknown key")
	}).with("a key that the token brings along is an unknown one", "RP-39"),
	believing("key-known-by-name-accepted", "RP-38", "A kid that is in the key set is enough: a token that names one is taken.", func(a *App, _ context.Context, _ string, h header, _ *attempt) bool {
		keys, _ := a.keys.get()
		return h.text("alg") == "RS256" && chooseKey(keys, h) != nil
	}).with("the signature counts for nothing", "RP-37"),
	believing("key-in-header-believed", "RP-39", "The key that stands in the token's own header, jwk, is believed.", func(_ *App, _ context.Context, token string, h header, _ *attempt) bool {
		return verifiedByItself(token, h)
	}),
	believing("key-in-header-believed-without-kid", "RP-39", "Where the token has no kid, the key in its own header is believed.", func(_ *App, _ context.Context, token string, h header, _ *attempt) bool {
		return h["kid"] == nil && verifiedByItself(token, h)
	}),
	believing("key-url-followed", "RP-39", "The key set that the token's own header names, jku, is fetched and believed.", func(a *App, ctx context.Context, token string, h header, _ *attempt) bool {
		set, err := jwk.Parse(a.fetch(ctx, h.text("jku")))
		if err != nil || set.Len() == 0 {
			return false
		}
		_, err = jws.Verify([]byte(token), jws.WithKeySet(set, jws.WithRequireKid(false), jws.WithInferAlgorithmFromKey(true)))
		return err == nil
	}),
	believing("certificate-url-fetched", "RP-39", "The certificate that the token's own header names, x5u, is fetched, though not believed.", func(a *App, ctx context.Context, _ string, h header, _ *attempt) bool {
		a.fetch(ctx, h.text("x5u"))
		return false
	}),
	flaw("crit-ignored", "RP-40", "crit is not looked at.", func(_ *App, c *conduct) {
		delete(c.headerRules, "crit")
	}),
}
