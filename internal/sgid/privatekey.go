package sgid

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// Bounds of a private key.
const (
	maxKeyText = 64 << 10 // bytes, of everything that stands in the file
	maxKeyDER  = 10 << 10 // bytes, of one key
	minKeyBits = 2048
	maxKeyBits = 16384
)

// KeyError says why a text is no private key of a client. It never quotes it.
type KeyError struct {
	Problem string // what the text is instead
	Remedy  string // what to do about it
}

// Error is problem and remedy in one line.
func (e *KeyError) Error() string { return e.Problem + ": " + e.Remedy }

const rightKey = "take the client's private key, RSA with 2048 bits, that belongs to the public key registered at sgID"

// ParsePrivateKey reads the client's RSA private key in any form in which people
// have one: PEM (PKCS#8 or PKCS#1) with line breaks real, escaped as \n or \\n,
// turned into spaces or gone; a certificate and the bag attributes of
// `openssl pkcs12 -nodes` beside it; base64 of the PEM; DER; a JWK (RFC 7517).
// The text may be UTF-8 or UTF-16, with a byte order mark. The key has at least
// 2048 bits and is checked for consistency. The error is a *KeyError.
func ParsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	if len(text) > maxKeyText {
		return nil, &KeyError{fmt.Sprintf("private key is larger than %d bytes", maxKeyText), "leave one private key in PEM and nothing else"}
	}
	return parseKeyText(text, true)
}

// parseKeyText reads a key; wrapped says that base64 may stand around it.
func parseKeyText(text []byte, wrapped bool) (*rsa.PrivateKey, error) {
	if key, err := keyOfDER(text); key != nil || err != nil {
		return key, err
	}
	text = bytes.TrimSpace(PlainText(text))
	text = bytes.TrimSpace(bytes.Trim(text, `"'`)) // quotes that a .env file left on
	if len(text) == 0 {
		return nil, &KeyError{"private key is empty", "put a PEM block with an RSA key (PKCS#8 or PKCS#1) there"}
	}
	blocks, whole := pemBlocks(string(text))
	switch {
	case !whole:
		return nil, &KeyError{"private key is a broken PEM block", "its lines must be complete, from -----BEGIN to -----END; copy it once more, as a whole"}
	case len(blocks) > 0:
		return keyOfBlocks(blocks)
	}
	if text[0] == '{' {
		return keyOfJWK(text)
	}
	if inside := unwrapped(text); wrapped && inside != nil {
		if key, err := parseKeyText(inside, false); !errors.Is(err, errNoKey) {
			return key, err
		}
	}
	return nil, errNoKey
}

var errNoKey = &KeyError{"private key is not PEM", "it must begin with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"}

// keyOfBlocks takes the one private key among PEM blocks.
func keyOfBlocks(blocks []pemBlock) (*rsa.PrivateKey, error) {
	var private []pemBlock
	public, certificate := false, false
	for _, b := range blocks {
		switch {
		case strings.HasSuffix(b.label, "PRIVATEKEY"):
			private = append(private, b)
		case strings.HasSuffix(b.label, "PUBLICKEY"):
			public = true
		case strings.HasSuffix(b.label, "CERTIFICATE"):
			certificate = true
		}
	}
	switch {
	case len(private) > 1:
		return nil, &KeyError{"it holds more than one private key", "leave only the one of this client"}
	case len(private) == 0 && certificate:
		return nil, &KeyError{"this is a certificate", "the private key belongs here; " + rightKey}
	case len(private) == 0 && public:
		return nil, &KeyError{"this is the public key", "the private key belongs here; " + rightKey}
	case len(private) == 0:
		return nil, &KeyError{"private key is a PEM block of another type", "PRIVATE KEY (PKCS#8) or RSA PRIVATE KEY (PKCS#1) was expected; " + rightKey}
	}
	b := private[0]
	switch {
	case b.encrypted || b.label == "ENCRYPTEDPRIVATEKEY":
		return nil, &KeyError{"private key is protected by a pass phrase", "decrypt it first (openssl pkey -in FILE -out NEW-FILE)"}
	case b.label == "OPENSSHPRIVATEKEY":
		return nil, &KeyError{"private key is in the form of OpenSSH", "convert it (ssh-keygen -p -m PKCS8 -f FILE), if it is the client's key at all"}
	case b.label == "ECPRIVATEKEY":
		return nil, &KeyError{"private key is an elliptic curve key, not an RSA key", rightKey}
	case b.der == nil:
		return nil, &KeyError{"private key is a broken PEM block", "what stands between -----BEGIN and -----END is not base64; copy it once more, as a whole"}
	}
	key, err := keyOfDER(b.der)
	if key == nil && err == nil {
		err = &KeyError{"private key is damaged", "neither PKCS#8 nor PKCS#1 can be read from its PEM block; copy it once more, as a whole"}
	}
	return key, err
}

// keyOfDER takes PKCS#8 and PKCS#1, whatever a label says: it is often wrong.
// With neither key nor error the bytes are nothing in DER that is known.
func keyOfDER(der []byte) (*rsa.PrivateKey, error) {
	if len(der) == 0 || der[0] != 0x30 { // SEQUENCE
		return nil, nil
	}
	if len(der) > maxKeyDER {
		return nil, &KeyError{fmt.Sprintf("private key is larger than %d bytes", maxKeyDER), rightKey}
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return sound(key)
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return sound(key)
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return sound(key)
	}
	if _, err := x509.ParsePKIXPublicKey(der); err == nil {
		return nil, &KeyError{"this is the public key", "the private key belongs here; " + rightKey}
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		return nil, &KeyError{"this is a certificate", "the private key belongs here; " + rightKey}
	}
	if bytes.Contains(der[:min(len(der), 8)], []byte{2, 1, 3}) { // the version of a PFX, RFC 7292 section 4
		return nil, &KeyError{"this is a PKCS#12 file", "take the key out of it (openssl pkcs12 -in FILE -nodes -nocerts -out NEW-FILE)"}
	}
	return nil, nil
}

// keyOfJWK takes the one private key of a JWK or a JWK Set.
func keyOfJWK(text []byte) (*rsa.PrivateKey, error) {
	if _, err := checkJSON(text, maxKeyText); err != nil {
		return nil, &KeyError{"private key begins like a JWK and is " + err.Error(), "copy it once more, as a whole, or take the key as PEM"}
	}
	set, err := jwk.Parse(text)
	if err != nil || set.Len() == 0 {
		return nil, &KeyError{"private key is JSON and no JWK", "take the key as PEM, or as a JWK with kty, n, e, d, p and q"}
	}
	if set.Len() > 1 {
		return nil, &KeyError{"it holds more than one key", "leave only the private key of this client"}
	}
	one, _ := set.Key(0)
	var raw any
	private, isPrivate := one.(jwk.RSAPrivateKey)
	if err := one.Raw(&raw); err != nil || isPrivate && (private.P() == nil || private.Q() == nil) {
		return nil, &KeyError{"the JWK is not whole", "it must have kty, n, e, d, p and q; copy it once more, or take the key as PEM"}
	}
	return sound(raw)
}

var errUnsound = &KeyError{"private key is not a consistent RSA key", "it was damaged on the way here; copy it once more, as a whole"}

// sound takes an RSA private key of a size that sgID uses, and whole.
func sound(found any) (*rsa.PrivateKey, error) {
	key, ok := found.(*rsa.PrivateKey)
	switch {
	case !ok && isPublic(found):
		return nil, &KeyError{"this is the public key", "the private key belongs here; " + rightKey}
	case !ok:
		return nil, &KeyError{"private key is an elliptic curve key or another that is not an RSA key", rightKey}
	case key.N.BitLen() < minKeyBits || key.N.BitLen() > maxKeyBits:
		return nil, &KeyError{fmt.Sprintf("private key has %d bits", key.N.BitLen()), "sgID's keys have 2048 bits: register a public key of that size and take its private key"}
	case key.Validate() != nil:
		return nil, errUnsound
	}
	key.Precompute()
	return key, nil
}

func isPublic(key any) bool {
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
