package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"hash"
	"slices"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
)

func TestAlgorithmsTaken(t *testing.T) {
	for name, pair := range map[string][2][]string{
		"of userinfo's key":  {KeyAlgorithms(), {"RSA-OAEP-256", "RSA-OAEP"}},
		"of userinfo's data": {FieldAlgorithms(), {"dir", "A128GCMKW", "A192GCMKW", "A256GCMKW", "A128KW", "A192KW", "A256KW"}},
		"of the content":     {ContentEncryptions(), {"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"}},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestRawRSA(t *testing.T) {
	secret := []byte("0123456789abcdef")
	sealed := func(h hash.Hash) []byte {
		out, err := rsa.EncryptOAEP(h, rand.Reader, &testKey().PublicKey, secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	by1, by256 := sealed(sha1.New()), sealed(sha256.New())
	for name, d := range engines(t) {
		for _, tt := range []struct {
			name, alg string
			text      []byte
			want      error
		}{
			{"SHA-1", AlgRSAOAEP, by1, nil},
			{"SHA-256", AlgRSAOAEP256, by256, nil},
			{"SHA-256 for SHA-1", AlgRSAOAEP, by256, ErrDecrypt},
			{"SHA-1 for SHA-256", AlgRSAOAEP256, by1, ErrDecrypt},
			{"no RSA", AlgA256KW, by256, ErrAlgorithm},
			{"dir", AlgDir, by256, ErrAlgorithm},
			{"unknown", "RSA-OAEP-512", by256, ErrAlgorithm},
			{"too short", AlgRSAOAEP256, by256[1:], ErrDecrypt},
			{"too long", AlgRSAOAEP256, append([]byte{0}, by256...), ErrDecrypt},
			{"changed", AlgRSAOAEP256, append([]byte{by256[0] ^ 1}, by256[1:]...), ErrDecrypt},
		} {
			got, err := d.RawRSA(tt.text, tt.alg)
			if !errors.Is(err, tt.want) || (err == nil) != (string(got) == string(secret)) {
				t.Errorf("%s: %s: %q, %v; want %v", name, tt.name, got, err, tt.want)
			}
		}
	}
}

// The way through jwx serves every engine: what the direct path does not take goes there.
func TestBlockKeyAndFieldByEveryEngine(t *testing.T) {
	k := []byte("0123456789abcdef")
	field := seal(t, []byte("plaintext"), AlgA128GCMKW, EncA128GCM, k)
	for name, d := range engines(t) {
		for _, alg := range KeyAlgorithms() {
			bk, err := d.BlockKey(seal(t, jwkText(k, AlgA128GCMKW), alg, EncA256GCM, &testKey().PublicKey))
			if err != nil || string(bk.K) != string(k) {
				t.Errorf("%s: %s: %v", name, alg, err)
				continue
			}
			if got, err := d.Field(bk, field); err != nil || string(got) != "plaintext" {
				t.Errorf("%s: %s: %q, %v", name, alg, got, err)
			}
		}
	}
}

// What opens at once and what does not is the same, and so are the words for it.
func TestFieldsAreWhatFieldOpens(t *testing.T) {
	k := []byte("0123456789abcdef")
	good := seal(t, []byte("plaintext"), AlgA128GCMKW, EncA128GCM, k)
	bk := &BlockKey{K: k}
	u := &UserInfo{Data: map[string]string{
		"myinfo.name": good, "myinfo.sex": seal(t, nil, AlgDir, EncA128GCM, k), "unheard.of": seal(t, []byte("wrapped"), AlgA128KW, EncA256CBCHS512, k),
		"another key": seal(t, []byte("plaintext"), AlgA128GCMKW, EncA128GCM, []byte("fedcba9876543210")),
		"too large":   seal(t, []byte("plaintext"), AlgA256KW, EncA128GCM, []byte("0123456789abcdef0123456789abcdef")),
		"zip":         "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0" + good[strings.IndexByte(good, '.'):],
		"no JWE":      "plaintext", "changed": good[:len(good)-6] + "AAAAAA", "empty": "",
	}}
	for name, d := range engines(t) {
		got, err := d.Fields(bk, u)
		if len(got) != 3 || got["myinfo.name"] != "plaintext" {
			t.Errorf("%s: opened %q", name, got)
		}
		for member, compact := range u.Data {
			text, one := d.Field(bk, compact)
			all, opened := got[member]
			if opened != (one == nil) || all != string(text) {
				t.Errorf("%s: %s: %q of all, %q by itself (%v)", name, member, all, text, one)
			}
			if one != nil && !strings.Contains(err.Error(), "data."+member+": "+one.Error()) {
				t.Errorf("%s: %s: %v, want %v", name, member, err, one)
			}
		}
		if all, err := d.Fields(bk, &UserInfo{}); err != nil || len(all) != 0 {
			t.Errorf("%s: of no data: %q, %v", name, all, err)
		}
	}
}

func TestAnEngineUnderJWXTakesRSAAlone(t *testing.T) {
	for name, d := range engines(t) {
		k := keyDecrypter{d.rsa}
		for _, alg := range []string{AlgDir, AlgA256KW, AlgA128GCMKW, "RSA-OAEP-512", ""} {
			if _, err := k.DecryptKey(jwa.KeyEncryptionAlgorithm(alg), make([]byte, testKey().Size()), nil, nil); !errors.Is(err, ErrAlgorithm) {
				t.Errorf("%s: %q: %v", name, alg, err)
			}
		}
	}
}
