package provider

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"

	"sgidcheck/internal/sgid"
)

// envelope encrypts one userinfo response (PROTOCOL.md, "How the data is
// encrypted"): the block key to the client's public key with RSA-OAEP-256 and
// A256GCM, each field with the block key. Block key and every initialisation
// vector are fresh.
type envelope struct {
	recipient *rsa.PublicKey
	blockKey  []byte
	jwk       []byte // the block key as a JWK, the plaintext of key
	fieldAlg  string
	block     cipher.AEAD // of the block key, made when first needed

	// Points for faults; nil or empty on the conformant path.
	keyHeader   map[string]any                                       // instead of the usual header of key
	fieldHeader map[string]any                                       // added to the header of a field
	wrapKey     func(pub *rsa.PublicKey, cek []byte) ([]byte, error) // instead of RSA-OAEP-256
	newIV       func() []byte                                        // instead of random octets
	seal        func(to *rsa.PublicKey, jwk []byte) (string, error)  // instead of key as a whole
}

const (
	keyHeader      = `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`
	dirFieldHeader = `{"alg":"dir","enc":"A256GCM"}`
)

var (
	keyHeaderText      = base64.RawURLEncoding.EncodeToString([]byte(keyHeader))
	dirFieldHeaderText = base64.RawURLEncoding.EncodeToString([]byte(dirFieldHeader))
)

const (
	keySize = 32 // octets of block key and content keys

	smallKeySize = 16 // of a block key that makes content keys as small
	ivSize       = 12
)

func newEnvelope(recipient *rsa.PublicKey, fieldAlg string) *envelope {
	e := &envelope{recipient: recipient, fieldAlg: fieldAlg}
	e.setBlockKey(randomBytes(keySize))
	return e
}

// setBlockKey replaces the block key; the JWK names the algorithm the key is for.
func (e *envelope) setBlockKey(k []byte) {
	alg := e.fieldAlg
	switch {
	case alg == sgid.AlgDir:
		alg = sgid.EncA256GCM
	case len(k) == smallKeySize:
		alg = sgid.AlgA128GCMKW
	}
	e.blockKey, e.block = k, nil
	e.jwk = []byte(`{"kty":"oct","alg":"` + alg + `","k":"` + base64.RawURLEncoding.EncodeToString(k) + `"}`)
}

// sealKey is the member key: a compact JWE of the block key's JWK (RFC7516 7.1).
func (e *envelope) sealKey() (string, error) {
	if e.seal != nil {
		return e.seal(e.recipient, e.jwk)
	}
	cek := randomBytes(keySize)
	wrap := e.wrapKey
	if wrap == nil {
		wrap = wrapOAEP256
	}
	wrapped, err := wrap(e.recipient, cek)
	if err != nil {
		return "", err
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return "", err
	}
	header := keyHeaderText
	if e.keyHeader != nil {
		header = base64.RawURLEncoding.EncodeToString(mustJSON(e.keyHeader))
	}
	return string(appendJWE(nil, header, wrapped, e.iv(), gcm, e.jwk)), nil
}

// appendField appends the compact JWE of one field: with A256GCMKW a content key
// of its own wrapped by the block key (RFC7518 4.7), with dir the block key itself.
func (e *envelope) appendField(b []byte, plaintext string) ([]byte, error) {
	if e.block == nil {
		var err error
		if e.block, err = newGCM(e.blockKey); err != nil {
			return nil, err
		}
	}
	if e.fieldAlg == sgid.AlgDir {
		header := dirFieldHeaderText
		if e.fieldHeader != nil {
			header = e.editedHeader(map[string]any{"alg": sgid.AlgDir, "enc": sgid.EncA256GCM})
		}
		return appendJWE(b, header, nil, e.iv(), e.block, []byte(plaintext)), nil
	}
	size, alg, enc := keySize, sgid.AlgA256GCMKW, sgid.EncA256GCM
	if len(e.blockKey) == smallKeySize {
		size, alg, enc = smallKeySize, sgid.AlgA128GCMKW, sgid.EncA128GCM
	}
	cek, wrapIV := randomBytes(size), e.iv()
	wrapped := e.block.Seal(nil, wrapIV, cek, nil)
	wrapped, wrapTag := wrapped[:size], wrapped[size:]
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, err
	}
	iv64, tag64 := base64.RawURLEncoding.EncodeToString(wrapIV), base64.RawURLEncoding.EncodeToString(wrapTag)
	var header string
	if e.fieldHeader == nil {
		header = base64.RawURLEncoding.EncodeToString([]byte(
			`{"alg":"` + alg + `","enc":"` + enc + `","iv":"` + iv64 + `","tag":"` + tag64 + `"}`))
	} else {
		header = e.editedHeader(map[string]any{"alg": alg, "enc": enc, "iv": iv64, "tag": tag64})
	}
	return appendJWE(b, header, wrapped, e.iv(), gcm, []byte(plaintext)), nil
}

func (e *envelope) editedHeader(header map[string]any) string {
	for name, v := range e.fieldHeader {
		header[name] = v
	}
	return base64.RawURLEncoding.EncodeToString(mustJSON(header))
}

func (e *envelope) iv() []byte {
	if e.newIV != nil {
		return e.newIV()
	}
	return randomBytes(ivSize)
}

// appendJWE appends a compact JWE; its encoded header is what is authenticated
// beside the plaintext (RFC7516 5.1).
func appendJWE(b []byte, header string, wrapped, iv []byte, gcm cipher.AEAD, plaintext []byte) []byte {
	sealed := gcm.Seal(nil, iv, plaintext, []byte(header))
	text, tag := sealed[:len(plaintext)], sealed[len(plaintext):]
	b = append(b, header...)
	for _, part := range [][]byte{wrapped, iv, text, tag} {
		b = append(b, '.')
		b = base64.RawURLEncoding.AppendEncode(b, part)
	}
	return b
}

func wrapOAEP256(pub *rsa.PublicKey, cek []byte) ([]byte, error) {
	return rsa.EncryptOAEP(sha256.New(), rand.Reader, pub, cek, nil)
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}
