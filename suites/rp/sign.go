package rp

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/provider"
)

// What wrong ID tokens are made of.

// strangerKey is a key that no key set holds, and spareKeys are those that key
// sets hold in single logins. They are made when they are first needed.
var (
	strangerKey = sync.OnceValue(newKey)
	spareKeys   = [8]func() *rsa.PrivateKey{
		sync.OnceValue(newKey), sync.OnceValue(newKey), sync.OnceValue(newKey), sync.OnceValue(newKey),
		sync.OnceValue(newKey), sync.OnceValue(newKey), sync.OnceValue(newKey), sync.OnceValue(newKey),
	}
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // no randomness
	}
	return key
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// encodeJSON is the JSON of a value that has one, encoded.
func encodeJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return encode(b)
}

// hs256 signs with a secret (RFC7518 3.2).
func hs256(secret []byte) func(input []byte) []byte {
	return func(input []byte) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil)
	}
}

// rs256 signs with a key (RFC7518 3.3).
func rs256(key *rsa.PrivateKey, input string) []byte {
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // the key is large enough
	}
	return signature
}

// ps256 signs with a key (RFC7518 3.5).
func ps256(key *rsa.PrivateKey) func(input []byte) []byte {
	return func(input []byte) []byte {
		digest := sha256.Sum256(input)
		signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		if err != nil {
			panic(err) // the key is large enough
		}
		return signature
	}
}

// publicPEM is a public key as PEM (SPKI), as it stands in a file.
func publicPEM(key *rsa.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(key)})
}

func publicDER(key *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an RSA key has this form
	}
	return der
}

// publicPKCS1 is a public key as PEM in the older form, that of RSA keys alone.
func publicPKCS1(key *rsa.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)})
}

// jwkOf is a public key as a JWK (RFC7518 6.3.1).
func jwkOf(key *rsa.PublicKey, kid string) map[string]any {
	return map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}
}

// certificateOf is a self-signed certificate of a key, base64 of DER as x5c has it.
func certificateOf(key *rsa.PrivateKey) string {
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		panic(err) // nothing in it can be wrong
	}
	return base64.StdEncoding.EncodeToString(der)
}

// withHeader and withClaims are ID tokens of which one part is edited.
func withHeader(edit func(h map[string]any)) provider.Conduct {
	return provider.Conduct{IDToken: func(t *provider.IDToken) { edit(t.Header) }}
}

func withClaims(edit func(c map[string]any)) provider.Conduct {
	return provider.Conduct{IDToken: func(t *provider.IDToken) { edit(t.Claims) }}
}

// withAlg is an ID token under another algorithm, signed by sign.
func withAlg(alg string, sign func(t *provider.IDToken) func(input []byte) []byte) provider.Conduct {
	return provider.Conduct{IDToken: func(t *provider.IDToken) {
		t.Header["alg"] = alg
		t.Sign = sign(t)
	}}
}

// then changes the finished ID token.
func then(change func(compact string) string) provider.Conduct {
	return provider.Conduct{IDToken: func(t *provider.IDToken) { t.Then = change }}
}

// withPart replaces one part of a compact JWS or JWE.
func withPart(compact string, part int, change func(b []byte) []byte) string {
	parts := strings.Split(compact, ".")
	b, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		panic(err) // it was made here
	}
	parts[part] = encode(change(b))
	return strings.Join(parts, ".")
}

// flipped has one bit of the octet in the middle changed.
func flipped(b []byte) []byte {
	b = append([]byte(nil), b...)
	if len(b) > 0 {
		b[len(b)/2] ^= 1
	}
	return b
}

// emptied is no octet at all.
func emptied([]byte) []byte { return nil }
