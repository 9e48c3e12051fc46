//go:build !cgo || !unix

package sgid

import (
	"crypto/rsa"
	"errors"
)

var errNoOpenSSL = errors.New("this build has no cgo")

func openSSL() (version string, err error) { return "", errNoOpenSSL }

func newOpenSSL(*rsa.PrivateKey) (rsaEngine, error) { return nil, errNoOpenSSL }
