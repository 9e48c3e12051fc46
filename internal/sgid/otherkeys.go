package sgid

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"fmt"
	"math/big"
	"slices"
)

// Keys of a set that are not RSA. sgID signs with RSA; the others are judged so
// that a good one is not called broken. A kty or crv that is not known here is
// no mistake: such a key is to be ignored (RFC7517 5).

// ecCurves are the curves of kty EC with the octets of a coordinate (RFC7518
// 6.2.1.1, RFC8812 3.1). curve is nil where the standard library has none.
var ecCurves = map[string]struct {
	octets int
	curve  elliptic.Curve
}{
	"P-256": {32, elliptic.P256()}, "P-384": {48, elliptic.P384()}, "P-521": {66, elliptic.P521()}, "secp256k1": {octets: 32},
}

// okpCurves are the curves of kty OKP with the octets of a public key (RFC8037 2).
var okpCurves = map[string]int{"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}

// ecPublic makes the key of crv, x and y (RFC7518 6.2.1). It is nil, without an
// error noted, where the key is good and the standard library has no such curve.
func (o *object) ecPublic() crypto.PublicKey {
	crv, x, y := o.required("crv"), o.octets("x"), o.octets("y")
	named, known := ecCurves[crv]
	if !known || x == nil || y == nil {
		return nil
	}
	for name, coordinate := range map[string][]byte{"x": x, "y": y} {
		if len(coordinate) != named.octets {
			o.errs = append(o.errs, fmt.Errorf("key: not a valid EC key: %s has %d octets, where a coordinate of %s has %d (RFC 7518 section 6.2.1)", name, len(coordinate), crv, named.octets))
			return nil
		}
	}
	if named.curve != nil {
		if public, err := ecdsa.ParseUncompressedPublicKey(named.curve, slices.Concat([]byte{4}, x, y)); err == nil {
			return public
		}
	} else if onSecp256k1(x, y) {
		return nil
	}
	o.errs = append(o.errs, fmt.Errorf("key: not a valid EC key: x and y are no point of %s", crv))
	return nil
}

var secp256k1Prime, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)

// onSecp256k1 tells whether y² = x³ + 7 over the field of secp256k1 (SEC 2, 2.4.1).
func onSecp256k1(xOctets, yOctets []byte) bool {
	x, y, p := new(big.Int).SetBytes(xOctets), new(big.Int).SetBytes(yOctets), secp256k1Prime
	if x.Cmp(p) >= 0 || y.Cmp(p) >= 0 {
		return false
	}
	right := new(big.Int).Exp(x, big.NewInt(3), p)
	right.Add(right, big.NewInt(7)).Mod(right, p)
	return y.Mul(y, y).Mod(y, p).Cmp(right) == 0
}

// okpPublic makes the key of crv and x (RFC8037 2). It is nil, without an error
// noted, where the key is good and the standard library has no such curve.
func (o *object) okpPublic() crypto.PublicKey {
	crv, x := o.required("crv"), o.octets("x")
	octets, known := okpCurves[crv]
	if !known || x == nil {
		return nil
	}
	if len(x) != octets {
		o.errs = append(o.errs, fmt.Errorf("key: not a valid OKP key: x has %d octets, where a key of %s has %d (RFC 8037 section 2)", len(x), crv, octets))
		return nil
	}
	switch crv {
	case "Ed25519":
		return ed25519.PublicKey(x)
	case "X25519":
		if public, err := ecdh.X25519().NewPublicKey(x); err == nil {
			return public
		}
	}
	return nil
}

// akp judges a key of kty AKP, whose alg says of what kind it is (RFC9964 3).
func (o *object) akp() {
	o.required("alg")
	o.octets("pub")
}

// octets reads a member that must be base64url without padding.
func (o *object) octets(member string) []byte {
	text := o.required(member)
	if text == "" {
		return nil
	}
	b, err := decodeBase64([]byte(text))
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("key: %s is not base64url without padding", member))
		return nil
	}
	return b
}

// PrivateMembers names the members of k that hold private or symmetric key
// material and never belong in a published set (RFC7517 9.2).
func (k *Key) PrivateMembers() []string {
	names := []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
	if k.KTY == "AKP" {
		names = append(names, "priv")
	}
	var found []string
	for _, name := range names {
		if _, ok := k.Raw[name]; ok {
			found = append(found, name)
		}
	}
	return found
}
