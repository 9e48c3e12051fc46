package sgid

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// CheckCertificates holds x5c, x5t and x5t#S256, where there, against the key
// (RFC7517 4.7 to 4.9): certificates that parse, the first for this key, each
// certified by the next, the thumbprints those of the first. What rests on a
// curve or an algorithm that is not known here is not judged.
func (k *Key) CheckCertificates() error {
	o := &object{document: "key", members: k.Raw}
	var first []byte
	var last *x509.Certificate
	foreign := k.Public == nil && k.Err == nil // a good key that is not known here
	for i, text := range o.strings("x5c") {
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return fmt.Errorf("key: x5c[%d] is not standard base64 (RFC 7517 section 4.7)", i)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil && !foreign {
			return fmt.Errorf("key: x5c[%d] is not a certificate", i)
		}
		if last != nil && cert != nil && broken(last.CheckSignatureFrom(cert)) {
			return fmt.Errorf("key: x5c[%d] does not certify the one before it", i)
		}
		if i == 0 {
			first = der
			if public, ok := k.Public.(interface{ Equal(crypto.PublicKey) bool }); !foreign && (!ok || !public.Equal(cert.PublicKey)) {
				return errors.New("key: the first certificate of x5c is for another key")
			}
		}
		last = cert
	}
	if err := o.err(); err != nil {
		return err
	}
	if first == nil {
		if o.has("x5c") {
			return errors.New("key: x5c is empty")
		}
		return nil // thumbprints of a certificate that is not at hand cannot be judged
	}
	sha1Sum, sha256Sum := sha1.Sum(first), sha256.Sum256(first)
	for member, sum := range map[string][]byte{"x5t": sha1Sum[:], "x5t#S256": sha256Sum[:]} {
		if o.has(member) && o.str(member) != base64.RawURLEncoding.EncodeToString(sum) {
			return fmt.Errorf("key: %s is not the thumbprint of the first certificate of x5c", member)
		}
	}
	return o.err()
}

// broken tells whether err says that a signature is wrong, and not only that
// its algorithm is one that is not judged here.
func broken(err error) bool {
	var insecure x509.InsecureAlgorithmError
	return err != nil && !errors.Is(err, x509.ErrUnsupportedAlgorithm) && !errors.As(err, &insecure)
}
