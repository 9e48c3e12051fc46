package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"sync"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// testKey is one RSA-2048 key for all tests of the process.
var testKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })

var otherKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })

func newKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func pemPKCS8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// seal encrypts by jwx, which is not the code under test.
func seal(t testing.TB, plaintext []byte, alg, enc string, key any) string {
	t.Helper()
	out, err := jwe.Encrypt(plaintext, jwe.WithKey(jwa.KeyEncryptionAlgorithm(alg), key),
		jwe.WithContentEncryption(jwa.ContentEncryptionAlgorithm(enc)))
	if err != nil {
		t.Fatalf("seal %s %s: %v", alg, enc, err)
	}
	return string(out)
}

// keySizeFor is the block key's size in bytes for the algorithms of a field.
func keySizeFor(alg, enc string) int {
	if alg == AlgDir {
		return findContentCipher(enc).key
	}
	return findKeyAlgorithm(alg).key
}

// answerSpec says how a response is to be encrypted.
type answerSpec struct {
	key              *rsa.PrivateKey
	keyAlg, keyEnc   string
	dataAlg, dataEnc string
	fields           [][2]string // scope and plaintext, in order
}

// mockPassSpec and sdkSpec are the two forms seen in the wild.
func mockPassSpec(fields [][2]string) answerSpec {
	return answerSpec{testKey(), AlgRSAOAEP, EncA128CBCHS256, AlgDir, EncA256GCM, fields}
}

func sdkSpec(fields [][2]string) answerSpec {
	return answerSpec{testKey(), AlgRSAOAEP256, EncA256GCM, AlgA128GCMKW, EncA128GCM, fields}
}

func sampleFields(n, size int) [][2]string {
	fields := make([][2]string, n)
	for i := range fields {
		value := make([]byte, size)
		for j := range value {
			value[j] = 'A' + byte((i+j)%26)
		}
		name := fmt.Sprintf("extra.field_%d", i)
		if i+1 < len(catalogue) {
			name = catalogue[i+1].Name
		}
		fields[i] = [2]string{name, string(value)}
	}
	return fields
}

// jwkText writes k as the JWK that travels in key.
func jwkText(k []byte, alg string) []byte {
	return fmt.Appendf(nil, `{"kty":"oct","alg":%q,"k":%q}`, alg, base64.RawURLEncoding.EncodeToString(k))
}

func (s answerSpec) body(t testing.TB) []byte {
	t.Helper()
	k := make([]byte, keySizeFor(s.dataAlg, s.dataEnc))
	rand.Read(k)
	var data json.RawMessage = []byte("{")
	for i, field := range s.fields {
		if i > 0 {
			data = append(data, ',')
		}
		data = fmt.Appendf(data, "%q:%q", field[0], seal(t, []byte(field[1]), s.dataAlg, s.dataEnc, k))
	}
	data = append(data, '}')
	name := s.dataAlg
	if name == AlgDir {
		name = s.dataEnc
	}
	key := seal(t, jwkText(k, name), s.keyAlg, s.keyEnc, &s.key.PublicKey)
	return fmt.Appendf(nil, `{"sub":"u=5b6f0e0c-6a4c-4f0e-9a53-0b6a2f1d9f11","key":%q,"data":%s}`, key, data)
}

// sign makes a compact JWS by jwx.
func sign(t testing.TB, key *rsa.PrivateKey, alg jwa.SignatureAlgorithm, header, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	h := jws.NewHeaders()
	for name, value := range header {
		if err := h.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	out, err := jws.Sign(payload, jws.WithKey(alg, key, jws.WithProtectedHeaders(h)))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// keySet publishes keys under the given IDs, in turn.
func keySet(t testing.TB, keys map[string]*rsa.PrivateKey) *KeySet {
	t.Helper()
	list := []map[string]string{}
	for kid, key := range keys {
		member := map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "e": "AQAB",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		}
		if kid != "" {
			member["kid"] = kid
		}
		list = append(list, member)
	}
	body, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		t.Fatal(err)
	}
	set, err := ParseKeySet(body)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
