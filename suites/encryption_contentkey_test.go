package suites

import (
	"bytes"
	"encoding/hex"
	"testing"

	"sgidcheck/internal/sgid"
)

// The vectors of RFC 3394 sections 4.1 and 4.6.
func TestUnwrapKey(t *testing.T) {
	unhex := func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct{ kek, wrapped, key string }{
		{"000102030405060708090A0B0C0D0E0F", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", "00112233445566778899AABBCCDDEEFF"},
		{"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
			"28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
			"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F"},
	} {
		got, err := contentKey(&sgid.JWE{Alg: sgid.AlgA256KW, EncryptedKey: unhex(c.wrapped)}, unhex(c.kek))
		if err != nil || !bytes.Equal(got, unhex(c.key)) {
			t.Errorf("%x, %v", got, err)
		}
		broken := unhex(c.wrapped)
		broken[3] ^= 1
		if _, err := unwrapKey(unhex(c.kek), broken); err == nil {
			t.Error("a wrapped key that was changed is taken")
		}
	}
	if _, err := unwrapKey(make([]byte, 16), make([]byte, 12)); err == nil {
		t.Error("half a block is taken")
	}
}
