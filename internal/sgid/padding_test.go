package sgid

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"testing"
)

// sealCBC makes a JWE of A128CBC-HS256 (RFC7518 5.2.2.1) whose plaintext is
// padded already, and whose tag is right.
func sealCBC(t *testing.T, key, padded []byte) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	header := enc([]byte(`{"alg":"dir","enc":"A128CBC-HS256"}`))
	iv, ciphertext := make([]byte, 16), make([]byte, len(padded))
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, padded)
	mac := hmac.New(sha256.New, key[:16])
	mac.Write([]byte(header))
	mac.Write(iv)
	mac.Write(ciphertext)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(header))*8))
	return header + ".." + enc(iv) + "." + enc(ciphertext) + "." + enc(mac.Sum(nil)[:16])
}

func TestPaddingOfCBC(t *testing.T) {
	key := []byte("0123456789abcdefFEDCBA9876543210")
	tail := func(plain int, pad ...byte) []byte { return append(bytes.Repeat([]byte{'x'}, plain), pad...) }
	for _, tt := range []struct {
		name   string
		padded []byte
		plain  int // bytes of plaintext; -1: refused
	}{
		{"one byte", tail(15, 1), 15},
		{"two bytes", tail(14, 2, 2), 14},
		{"a whole block", tail(16, bytes.Repeat([]byte{16}, 16)...), 16},
		{"nothing but padding", bytes.Repeat([]byte{16}, 16), 0},
		{"none", tail(15, 0), -1},
		{"more than a block", tail(15, bytes.Repeat([]byte{17}, 17)...), -1},
		{"of another value", tail(13, 2, 3, 3), -1},
		{"of another value in front", tail(13, 9, 3, 3), -1},
	} {
		compact := sealCBC(t, key, tt.padded)
		for name, d := range engines(t) {
			got, err := d.Field(&BlockKey{K: key}, compact)
			if tt.plain < 0 && !errors.Is(err, ErrDecrypt) || tt.plain >= 0 && (err != nil || len(got) != tt.plain) {
				t.Errorf("%s: %s: %q, %v", name, tt.name, got, err)
			}
			if name == EngineJWX {
				continue
			}
			s := &scratch{k: key, plain: []byte("before")}
			err = d.directField([]byte(compact), s)
			if tt.plain < 0 && (!errors.Is(err, ErrDecrypt) || string(s.plain) != "before") || tt.plain >= 0 && (err != nil || len(s.plain) != len("before")+tt.plain) {
				t.Errorf("%s, direct: %s: %q, %v", name, tt.name, s.plain, err)
			}
		}
	}
}
