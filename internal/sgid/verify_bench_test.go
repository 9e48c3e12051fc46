package sgid

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

// BenchmarkVerifyIDToken is a whole verification, by this package and by jwx,
// beside the bare RSA operation.
func BenchmarkVerifyIDToken(b *testing.B) {
	nonce := "n-1"
	want := Expectation{Issuer: testIssuer, ClientID: testClient, Nonce: &nonce, Now: testNow, Leeway: time.Minute}
	compact := sign(b, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, goodClaims())
	keys := keySet(b, map[string]*rsa.PrivateKey{"k1": testKey()})
	b.Run("by=sgid", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := VerifyIDToken(compact, keys, want); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=jwx", func(b *testing.B) {
		set := jwk.NewSet()
		key, err := jwk.FromRaw(&testKey().PublicKey)
		if err != nil {
			b.Fatal(err)
		}
		for name, value := range map[string]any{"kid": "k1", "alg": jwa.RS256} {
			if err := key.Set(name, value); err != nil {
				b.Fatal(err)
			}
		}
		if err := set.AddKey(key); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := jwt.Parse([]byte(compact), jwt.WithKeySet(set), jwt.WithIssuer(testIssuer), jwt.WithAudience(testClient),
				jwt.WithClaimValue("nonce", nonce), jwt.WithClock(jwt.ClockFunc(func() time.Time { return testNow }))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=rawrsa", func(b *testing.B) {
		token, err := ParseIDToken(compact)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			digest := sha256.Sum256([]byte(token.SigningInput))
			if err := rsa.VerifyPKCS1v15(&testKey().PublicKey, crypto.SHA256, digest[:], token.Signature); err != nil {
				b.Fatal(err)
			}
		}
	})
}
