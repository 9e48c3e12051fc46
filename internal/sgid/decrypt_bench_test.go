package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"
)

// Run with -cpu 1,2 for the scaling; compare by benchstat -col /engine.

func BenchmarkDecryptUserInfo(b *testing.B) {
	for _, form := range []struct {
		name string
		spec func([][2]string) answerSpec
	}{{"sdk", sdkSpec}, {"mockpass", mockPassSpec}} {
		body := form.spec(sampleFields(8, 24)).body(b)
		for name, d := range engines(b) {
			b.Run(fmt.Sprintf("form=%s/engine=%s", form.name, name), func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, data, err := d.DecryptUserInfo(body); err != nil || len(data) != 8 {
							b.Fatal(err)
						}
					}
				})
			})
		}
		b.Run(fmt.Sprintf("form=%s/engine=plainjwx", form.name), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := plainJWX(body, testKey()); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// plainJWX is what a relying party would write with jwx and nothing else.
func plainJWX(body []byte, key *rsa.PrivateKey) error {
	var answer struct {
		Sub, Key string
		Data     map[string]string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	open := func(compact string, key any) ([]byte, error) {
		message, err := jwe.Parse([]byte(compact))
		if err != nil {
			return nil, err
		}
		return jwe.Decrypt([]byte(compact), jwe.WithKey(message.ProtectedHeaders().Algorithm(), key))
	}
	text, err := open(answer.Key, key)
	if err != nil {
		return err
	}
	blockKey, err := jwk.ParseKey(text)
	if err != nil {
		return err
	}
	out := make(map[string]string, len(answer.Data))
	for name, compact := range answer.Data {
		plaintext, err := open(compact, blockKey)
		if err != nil {
			return err
		}
		out[name] = string(plaintext)
	}
	return nil
}

func BenchmarkRawRSA(b *testing.B) {
	ciphertext, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &testKey().PublicKey, make([]byte, 32), nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, d := range engines(b) {
		b.Run("engine="+name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := d.RawRSA(ciphertext, AlgRSAOAEP256); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
