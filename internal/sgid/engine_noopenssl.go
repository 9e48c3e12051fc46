//go:build !cgo || !unix

package sgid

import "crypto/rsa"

func openSSL() (version string, err error) { return "", errNoCgo }

func newOpenSSL(*rsa.PrivateKey) (rsaEngine, error) { return nil, errNoCgo }
