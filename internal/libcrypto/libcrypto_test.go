package libcrypto_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"sync"
	"testing"

	"sgidcheck/internal/libcrypto"
)

func TestSignsAsTheStandardLibrary(t *testing.T) {
	if _, _, err := libcrypto.Load(); err != nil {
		t.Skip(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := libcrypto.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	if !key.PublicKey.Equal(s.Public()) {
		t.Error("another public key than the key's own")
	}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			digest := sha256.Sum256([]byte{byte(i)})
			got, err := s.Sign(nil, digest[:], crypto.SHA256)
			if err != nil {
				t.Error(err)
				return
			}
			// RSASSA-PKCS1-v1_5 is deterministic.
			if want, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%x, want %x (%v)", got, want, err)
			}
		})
	}
	all.Wait()
	digest := make([]byte, 32)
	for name, try := range map[string]func() ([]byte, error){
		"PSS":                func() ([]byte, error) { return s.Sign(nil, digest, &rsa.PSSOptions{Hash: crypto.SHA256}) },
		"SHA-384":            func() ([]byte, error) { return s.Sign(nil, digest, crypto.SHA384) },
		"a digest too short": func() ([]byte, error) { return s.Sign(nil, digest[1:], crypto.SHA256) },
	} {
		if signature, err := try(); err == nil {
			t.Errorf("%s: signed: %x", name, signature)
		}
	}
}
