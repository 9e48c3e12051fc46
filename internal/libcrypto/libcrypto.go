// Package libcrypto finds the system's libcrypto, and signs by it: its RSA takes
// a fraction of the time of the standard library's. A build without cgo has none,
// and a machine need not.
package libcrypto

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
)

// NewSigner is key, to sign SHA-256 digests with by RSASSA-PKCS1-v1_5 (RFC 8017
// 8.2) alone. The error says why libcrypto cannot do it here. Safe for concurrent use.
func NewSigner(key *rsa.PrivateKey) (crypto.Signer, error) {
	s, err := newSigner(key)
	if err != nil {
		return nil, err
	}
	// A library that loads and then does something else is found out here.
	digest := sha256.Sum256([]byte("self-test"))
	signature, err := s.Sign(nil, digest[:], crypto.SHA256)
	if err == nil {
		err = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature)
	}
	if err != nil {
		return nil, fmt.Errorf("libcrypto: self-test with this key failed: %w", err)
	}
	return s, nil
}

var errDigest = errors.New("libcrypto signs SHA-256 digests by RSASSA-PKCS1-v1_5, and nothing else")
