package sgid

import (
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
)

// openByJWX decrypts a JWE that policy let through. key is what jwx takes for
// its alg: the block key's bytes, an RSA private key, or a jwe.KeyDecrypter.
func openByJWX(j *JWE, enc *contentCipher, compact string, key any) ([]byte, error) {
	var cek []byte
	plaintext, err := jwe.Decrypt([]byte(compact), jwe.WithKey(jwa.KeyEncryptionAlgorithm(j.Alg), key), jwe.WithCEK(&cek))
	if err != nil && cek != nil && plaintext == nil {
		// jwx sets the content key once the tag has verified, and then takes an
		// empty plaintext for none at all. An empty string is a legal value.
		err = nil
	}
	if err != nil || len(cek) != enc.key {
		return nil, ErrDecrypt // jwx's own text may quote what it read
	}
	if removed := len(j.Ciphertext) - len(plaintext); !enc.gcm && (removed < 1 || removed > 16) {
		return nil, ErrDecrypt // jwx takes padding of any length; PKCS #7 has 1 to 16 bytes here
	}
	return plaintext, nil
}

// keyDecrypter puts another RSA engine under jwx.
type keyDecrypter struct{ engine rsaEngine }

// DecryptKey implements jwe.KeyDecrypter.
func (k keyDecrypter) DecryptKey(alg jwa.KeyEncryptionAlgorithm, cek []byte, _ jwe.Recipient, _ *jwe.Message) ([]byte, error) {
	a := findKeyAlgorithm(alg.String())
	if a == nil || a.kind != wrapRSA {
		return nil, fmt.Errorf("alg %q: %w", alg, ErrAlgorithm)
	}
	return k.engine.oaep(cek, a.sha256)
}

// jwxKey is what jwx gets for userinfo's key: the plain RSA key where jwx is the
// reference, the engine everywhere else.
func (d *Decrypter) jwxKey() any {
	if d.engine == EngineJWX {
		return d.key
	}
	return keyDecrypter{d.rsa}
}
