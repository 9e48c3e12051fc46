package suites

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"sgidcheck/internal/sgid"
)

// contentKey unwraps the key that a member of data is encrypted with: the
// block key itself (dir), or what it wraps (RFC 7518 sections 4.4, 4.5, 4.7).
func contentKey(j *sgid.JWE, block []byte) ([]byte, error) {
	switch {
	case j.Alg == sgid.AlgDir:
		return block, nil
	case strings.HasSuffix(j.Alg, "GCMKW"):
		cipherBlock, err := aes.NewCipher(block)
		if err != nil {
			return nil, err
		}
		gcm, err := cipher.NewGCM(cipherBlock)
		if err != nil {
			return nil, err
		}
		if len(j.KeyIV) != gcm.NonceSize() {
			return nil, errors.New("the vector of the wrapped key has another length")
		}
		return gcm.Open(nil, j.KeyIV, append(append([]byte{}, j.EncryptedKey...), j.KeyTag...), nil)
	case strings.HasSuffix(j.Alg, "KW"):
		return unwrapKey(block, j.EncryptedKey)
	}
	return nil, fmt.Errorf("alg %q wraps no key with a block key", clip(j.Alg))
}

// unwrapKey is the inverse of AES key wrap (RFC 3394 section 2.2.2).
func unwrapKey(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	n := len(wrapped)/8 - 1
	if n < 1 || len(wrapped)%8 != 0 {
		return nil, errors.New("the wrapped key is not of whole blocks")
	}
	out := append([]byte{}, wrapped[8:]...)
	buffer := make([]byte, 16)
	copy(buffer, wrapped[:8])
	for t := 6 * n; t > 0; t-- {
		i := (t - 1) % n
		binary.BigEndian.PutUint64(buffer, binary.BigEndian.Uint64(buffer)^uint64(t))
		copy(buffer[8:], out[8*i:8*i+8])
		block.Decrypt(buffer, buffer)
		copy(out[8*i:], buffer[8:])
	}
	if subtle.ConstantTimeCompare(buffer[:8], []byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}) != 1 {
		return nil, errors.New("the wrapped key is not whole")
	}
	return out, nil
}
