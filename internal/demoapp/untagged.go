package demoapp

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"hash"
	"strings"

	"sgidcheck/internal/sgid"
)

// openWithoutTag decrypts as open does, without a look at the tag, which no
// library offers: what a flaw needs.
func openWithoutTag(part jwe, key any) ([]byte, error) {
	var raw [4][]byte
	for i := range raw {
		var err error
		if raw[i], err = decodeBase64(part.parts[i]); err != nil {
			return nil, err
		}
	}
	contentKey, err := contentKeyWithoutTag(part, raw[1], key)
	if err != nil {
		return nil, err
	}
	if strings.Contains(part.header.text("enc"), "CBC") {
		return decryptCBC(contentKey[len(contentKey)/2:], raw[2], raw[3])
	}
	return decryptCTR(contentKey, raw[2], raw[3])
}

// openByTagAsCame opens what right refuses where the tag of GCM has come short, and
// is how the right one begins: what a flaw needs.
func openByTagAsCame(right func(jwe, any) ([]byte, error)) func(jwe, any) ([]byte, error) {
	return func(part jwe, key any) ([]byte, error) {
		came, err := decodeBase64(part.parts[4])
		if err != nil || len(came) == 0 || len(came) >= gcmTag || !strings.HasSuffix(part.header.text("enc"), "GCM") {
			return right(part, key)
		}
		plain, err := openWithoutTag(part, key)
		if err != nil {
			return nil, err
		}
		tag, err := tagOf(part, key, plain)
		if err != nil || !bytes.HasPrefix(tag, came) {
			return nil, errors.New("another tag")
		}
		return plain, nil
	}
}

const gcmTag = 16 // octets

// tagOf is the whole tag that GCM gives the content.
func tagOf(part jwe, key any, plain []byte) ([]byte, error) {
	wrapped, err := decodeBase64(part.parts[1])
	if err != nil {
		return nil, err
	}
	contentKey, err := contentKeyWithoutTag(part, wrapped, key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	iv, err := decodeBase64(part.parts[2])
	if err != nil || len(iv) != gcm.NonceSize() {
		return nil, errors.New("another vector")
	}
	return gcm.Seal(nil, iv, plain, []byte(part.parts[0]))[len(plain):], nil
}

// contentKeyWithoutTag unwraps the key that the content is encrypted with.
func contentKeyWithoutTag(part jwe, wrapped []byte, key any) ([]byte, error) {
	alg := part.header.text("alg")
	switch private := key.(type) {
	case *rsa.PrivateKey:
		hashes := map[string]hash.Hash{sgid.AlgRSAOAEP: sha1.New(), sgid.AlgRSAOAEP256: sha256.New()}
		if hashes[alg] == nil {
			return nil, errors.New("another algorithm")
		}
		return rsa.DecryptOAEP(hashes[alg], nil, private, wrapped, nil)
	case []byte:
		if alg == sgid.AlgDir {
			return private, nil
		}
		iv, err := decodeBase64(part.header.text("iv"))
		if err != nil {
			return nil, err
		}
		return decryptCTR(private, iv, wrapped)
	}
	return nil, errors.New("another key")
}

// decryptCTR is GCM without its tag: counter mode from the second block on.
func decryptCTR(key, iv, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(iv) != 12 {
		return nil, errors.New("another key or vector")
	}
	plain := make([]byte, len(text))
	cipher.NewCTR(block, append(append([]byte(nil), iv...), 0, 0, 0, 2)).XORKeyStream(plain, text)
	return plain, nil
}

// decryptCBC is CBC with PKCS #7 padding, without the tag around it.
func decryptCBC(key, iv, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(iv) != aes.BlockSize || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, errors.New("another key or vector")
	}
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, text)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, errors.New("bad padding")
	}
	return plain[:len(plain)-padding], nil
}
