package sgid

import (
	"fmt"
)

// BlockKey is the symmetric key of one userinfo response. It is a secret: its
// printed form shows nothing of it.
type BlockKey struct {
	JWK      []byte         // the decrypted JWK as it was written
	K        []byte         // the key itself, 128 to 512 bits
	Alg, KID string         // alg and kid of the JWK, "" when absent
	Header   map[string]any // protected header of the JWE that carried it
}

// String hides the key.
func (*BlockKey) String() string { return "[block key]" }

// GoString hides the key.
func (*BlockKey) GoString() string { return "[block key]" }

// MarshalJSON hides the key.
func (*BlockKey) MarshalJSON() ([]byte, error) { return []byte(`"[block key]"`), nil }

// parseBlockKey reads the plaintext of userinfo's key: a JWK with kty oct and k
// of 128 to 512 bits (RFC7518 6.4). Every error is ErrBlockKey with a reason that quotes nothing.
func parseBlockKey(plaintext []byte) (*BlockKey, error) {
	o, err := parseObject("JWK", plaintext, maxHeader)
	if err != nil {
		return nil, fmt.Errorf("%w: its plaintext is not a JWK", ErrBlockKey)
	}
	bk := &BlockKey{JWK: plaintext, Alg: o.str("alg"), KID: o.str("kid")}
	kty, k := o.str("kty"), o.str("k")
	switch {
	case o.err() != nil:
		return nil, fmt.Errorf("%w: a member of its JWK has the wrong type", ErrBlockKey)
	case kty != "oct":
		return nil, fmt.Errorf("%w: kty of its JWK is not oct", ErrBlockKey)
	case k == "":
		return nil, fmt.Errorf("%w: its JWK has no k", ErrBlockKey)
	}
	if bk.K, err = decodeBase64([]byte(k)); err != nil {
		return nil, fmt.Errorf("%w: k of its JWK is not base64url without padding", ErrBlockKey)
	}
	if len(bk.K) < 16 || len(bk.K) > 64 {
		return nil, fmt.Errorf("%w: k of its JWK has %d bits", ErrBlockKey, 8*len(bk.K))
	}
	return bk, nil
}
