//go:build !cgo || !unix

package libcrypto

import (
	"crypto"
	"crypto/rsa"
	"errors"
)

var errNone = errors.New("this build has no cgo")

// Load says that there is no libcrypto.
func Load() (file, version string, err error) { return "", "", errNone }

func newSigner(*rsa.PrivateKey) (crypto.Signer, error) { return nil, errNone }
