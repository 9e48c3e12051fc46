package rp

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"
)

func TestHashed(t *testing.T) {
	q := url.Values{"state": {"the state"}, "nonce": {"the nonce"}, "client_id": {"the client"}}
	of := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	sum := md5.Sum([]byte("the client"))
	for verifier, want := range map[string]string{
		of("the state"): "state", of("the nonce"): "nonce", of("the statethe nonce"): "state and nonce",
		hex.EncodeToString(sum[:]): "client_id", of(""): "", of("a secret and the state"): "", "": "",
	} {
		if got := hashed(q, verifier); got != want {
			t.Errorf("%q: %q, want %q", verifier, got, want)
		}
	}
}
