package sgid

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// ParsePrivateKey reads the client's RSA private key: one PEM block, PKCS#8 or
// PKCS#1, with real newlines or with newlines written as the two characters
// \n, as they often are in an environment variable. The key is checked for
// consistency. Errors say what the text is instead and never quote it.
func ParsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("private key is empty: a PEM block with an RSA key (PKCS#8 or PKCS#1) was expected")
	}
	if len(text) > maxToken {
		return nil, fmt.Errorf("private key is larger than %d bytes: a PEM block with one RSA key was expected", maxToken)
	}
	text = bytes.Trim(bytes.TrimSpace(text), `"'`) // quotes that a .env file left on
	text = bytes.ReplaceAll(text, []byte(`\r\n`), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte(`\n`), []byte("\n"))
	block, rest := pem.Decode(text)
	if block == nil {
		if bytes.Contains(text, []byte("-----BEGIN")) {
			return nil, errors.New("private key is a broken PEM block: its lines must be complete, from -----BEGIN to -----END, with newlines real or written as \\n")
		}
		return nil, errors.New("private key is not PEM: it must begin with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----")
	}
	for other, r := pem.Decode(rest); other != nil; other, r = pem.Decode(r) {
		if other.Type == "PRIVATE KEY" || other.Type == "RSA PRIVATE KEY" {
			return nil, errors.New("private key file holds more than one private key: leave only the one of this client")
		}
	}
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["Proc-Type"] != "":
		return nil, errors.New("private key is protected by a pass phrase: decrypt it first (openssl pkey -in FILE -out FILE)")
	case block.Type == "PUBLIC KEY" || block.Type == "RSA PUBLIC KEY":
		return nil, errors.New("this is the public key: the private key belongs here")
	case block.Type == "CERTIFICATE":
		return nil, errors.New("this is a certificate: the private key belongs here")
	case block.Type == "EC PRIVATE KEY":
		return nil, errors.New("private key is an elliptic curve key: sgID gives RSA keys")
	case block.Type != "PRIVATE KEY" && block.Type != "RSA PRIVATE KEY":
		return nil, errors.New("private key is a PEM block of another type: PRIVATE KEY (PKCS#8) or RSA PRIVATE KEY (PKCS#1) was expected")
	}
	key, err := parseDER(block.Bytes)
	if err != nil {
		return nil, err
	}
	if bits := key.N.BitLen(); bits < 2048 || bits > 16384 {
		return nil, fmt.Errorf("private key has %d bits: sgID's keys have 2048", bits)
	}
	if key.Validate() != nil {
		return nil, errors.New("private key is not a consistent RSA key: it was damaged on the way here")
	}
	return key, nil
}

// parseDER takes either form whatever the block's type says: the label is often wrong.
func parseDER(der []byte) (*rsa.PrivateKey, error) {
	if any, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if key, ok := any.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, errors.New("private key is not an RSA key: sgID gives RSA keys")
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("private key is damaged: neither PKCS#8 nor PKCS#1 can be read from its PEM block")
}
