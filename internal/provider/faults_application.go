package provider

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"

	"sgidcheck/internal/sgid"
)

// Faults that are for a relying party to refuse or, where they are legal, to
// take: no check of a provider is made for them.

// bomb is what 64 MiB of zeros are compressed.
var bomb = sync.OnceValue(func() []byte { return deflated(make([]byte, 64<<20)) })

var applicationFaults = []Fault{
	enveloped("data-by-a128gcmkw", "RP-54", "The block key has 128 bits, and fields are encrypted as in the official SDK's fixtures.", func(e *envelope) {
		e.setBlockKey(randomBytes(16))
	}),
	enveloped("data-by-dir", "RP-54", "Fields are encrypted with the block key itself, and the block key with RSA-OAEP and A128CBC-HS256, as MockPass does it.", func(e *envelope) {
		e.fieldAlg = sgid.AlgDir
		e.setBlockKey(e.blockKey)
		e.seal = sealByCBC
	}),
	enveloped("key-pbes2", "RP-58", "key asks for 10^8 rounds of PBES2.", func(e *envelope) {
		e.keyHeader = pbes2()
		e.wrapKey = func(*rsa.PublicKey, []byte) ([]byte, error) { return randomBytes(40), nil }
	}),
	sealedAs("field-pbes2", "RP-58", "A field asks for 10^8 rounds of PBES2.", func(_ *userinfoDraft, answer map[string]any) {
		data, _ := answer["data"].(map[string]any)
		for scope, jwe := range data {
			text, _ := jwe.(string)
			parts := strings.Split(text, ".")
			parts[0] = base64.RawURLEncoding.EncodeToString(mustJSON(pbes2()))
			parts[1] = base64.RawURLEncoding.EncodeToString(randomBytes(40))
			data[scope] = strings.Join(parts, ".")
		}
	}),
	enveloped("key-zip-bomb", "RP-58", "key is 64 MiB once it is inflated.", func(e *envelope) {
		e.keyHeader = defaultKeyHeader()
		e.keyHeader["zip"] = "DEF"
		e.jwk = bomb()
	}),
	fault("field-zip-bomb", "RP-58", "Fields are 64 MiB each once they are inflated.", func(_ *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			for i := range d.fields {
				d.fields[i].plaintext = string(bomb())
			}
		})
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { e.fieldHeader = map[string]any{"zip": "DEF"} })
	}),
}

func pbes2() map[string]any {
	return map[string]any{
		"alg": "PBES2-HS256+A128KW", "enc": sgid.EncA256GCM, "p2c": 100_000_000,
		"p2s": base64.RawURLEncoding.EncodeToString(randomBytes(16)),
	}
}

// sealByCBC is key with RSA-OAEP and A128CBC-HS256 (RFC7518 4.3, 5.2.3).
func sealByCBC(to *rsa.PublicKey, jwk []byte) (string, error) {
	cek := randomBytes(32)
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, to, cek, nil)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(cek[16:])
	if err != nil {
		return "", err
	}
	padding := aes.BlockSize - len(jwk)%aes.BlockSize
	text := append(bytes.Clone(jwk), bytes.Repeat([]byte{byte(padding)}, padding)...)
	iv := randomBytes(aes.BlockSize)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	header := base64.RawURLEncoding.EncodeToString(mustJSON(map[string]any{"alg": sgid.AlgRSAOAEP, "enc": sgid.EncA128CBCHS256}))
	mac := hmac.New(sha256.New, cek[:16])
	for _, part := range [][]byte{[]byte(header), iv, text, binary.BigEndian.AppendUint64(nil, uint64(8*len(header)))} {
		mac.Write(part)
	}
	out := header
	for _, part := range [][]byte{wrapped, iv, text, mac.Sum(nil)[:16]} {
		out += "." + base64.RawURLEncoding.EncodeToString(part)
	}
	return out, nil
}
