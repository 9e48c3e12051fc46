//go:build cgo && unix

package libcrypto

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"
	"sync"

	"github.com/golang-fips/openssl/v2"
	"github.com/golang-fips/openssl/v2/bbig"
)

// names are tried in turn; the dynamic linker's search path applies.
var names = []string{"libcrypto.so.3", "libcrypto.3.dylib", "libcrypto.so.1.1"}

type library struct{ file, version string }

var load = sync.OnceValues(func() (library, error) {
	for _, name := range names {
		// Init takes effect once, so ask first whether the file is there.
		if exists, _ := openssl.CheckVersion(name); !exists {
			continue
		}
		if err := openssl.Init(name); err != nil {
			return library{}, fmt.Errorf("libcrypto %s: %w", name, err)
		}
		return library{name, openssl.VersionText()}, nil
	}
	return library{}, fmt.Errorf("libcrypto was not found: none of %q can be loaded", names)
})

// Load loads libcrypto, once a process. It returns the name that the dynamic
// linker found it by, and its version text; the error says why there is none.
func Load() (file, version string, err error) {
	l, err := load()
	return l.file, l.version, err
}

type signer struct {
	public *rsa.PublicKey
	key    *openssl.PrivateKeyRSA
}

func newSigner(k *rsa.PrivateKey) (crypto.Signer, error) {
	if _, _, err := Load(); err != nil {
		return nil, err
	}
	if len(k.Primes) != 2 {
		return nil, fmt.Errorf("libcrypto: the key has %d primes", len(k.Primes))
	}
	k.Precompute()
	e := openssl.BigInt{uint(k.E)}
	c := k.Precomputed
	key, err := openssl.NewPrivateKeyRSA(bbig.Enc(k.N), e, bbig.Enc(k.D), bbig.Enc(k.Primes[0]), bbig.Enc(k.Primes[1]),
		bbig.Enc(c.Dp), bbig.Enc(c.Dq), bbig.Enc(c.Qinv))
	if err != nil {
		return nil, fmt.Errorf("libcrypto does not take the key: %w", err)
	}
	return &signer{&k.PublicKey, key}, nil
}

func (s *signer) Public() crypto.PublicKey { return s.public }

func (s *signer) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if _, pss := o.(*rsa.PSSOptions); pss || o.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, errDigest
	}
	return openssl.SignRSAPKCS1v15(s.key, crypto.SHA256, digest)
}
