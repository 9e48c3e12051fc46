//go:build cgo && !windows

package sgid

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/golang-fips/openssl/v2"
	"github.com/golang-fips/openssl/v2/bbig"
)

// libcryptoNames are tried in turn; the dynamic linker's search path applies.
var libcryptoNames = []string{"libcrypto.so.3", "libcrypto.3.dylib", "libcrypto.so.1.1"}

// openSSL loads libcrypto once and gives its version text.
var openSSL = sync.OnceValues(func() (version string, err error) {
	for _, name := range libcryptoNames {
		// Init takes effect once, so ask first whether the file is there.
		if exists, _ := openssl.CheckVersion(name); exists {
			if err := openssl.Init(name); err != nil {
				return "", fmt.Errorf("libcrypto %s: %w", name, err)
			}
			return openssl.VersionText(), nil
		}
	}
	return "", fmt.Errorf("libcrypto was not found: none of %q can be loaded", libcryptoNames)
})

// openSSLRSA holds a key in libcrypto.
type openSSLRSA struct {
	key          *openssl.PrivateKeyRSA
	sha1, sha256 hash.Hash // only their types are looked at, so sharing is safe
}

func newOpenSSL(key *rsa.PrivateKey) (rsaEngine, error) {
	if _, err := openSSL(); err != nil {
		return nil, err
	}
	if len(key.Primes) != 2 {
		return nil, errors.New("the key has more than two primes")
	}
	key.Precompute()
	p := key.Precomputed
	handle, err := openssl.NewPrivateKeyRSA(bbig.Enc(key.N), bigE(key), bbig.Enc(key.D),
		bbig.Enc(key.Primes[0]), bbig.Enc(key.Primes[1]), bbig.Enc(p.Dp), bbig.Enc(p.Dq), bbig.Enc(p.Qinv))
	if err != nil {
		return nil, errors.New("libcrypto does not take the key")
	}
	return &openSSLRSA{key: handle, sha1: openssl.NewSHA1(), sha256: openssl.NewSHA256()}, nil
}

func bigE(key *rsa.PrivateKey) openssl.BigInt { return openssl.BigInt{uint(key.E)} }

func (e *openSSLRSA) oaep(ciphertext []byte, with256 bool) ([]byte, error) {
	h := e.sha1
	if with256 {
		h = e.sha256
	}
	plaintext, err := openssl.DecryptRSAOAEP(h, h, e.key, ciphertext, nil)
	if err != nil {
		return nil, ErrDecrypt // libcrypto's own text adds nothing that a caller may know
	}
	return plaintext, nil
}
