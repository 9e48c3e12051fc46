package sgid

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// KeySet is a parsed JWK set. Its keys are decoded once, so verifying many
// tokens against it costs no parsing. Safe for concurrent use.
type KeySet struct {
	Keys []Key
	Raw  map[string]json.RawMessage // members of the set as they were written
}

// Key is one key of a set, made by ParseKeySet. KID, KTY, ALG and USE are "" when absent or not strings.
type Key struct {
	KID, KTY, ALG, USE string
	Public             crypto.PublicKey           // nil where no public key can be made of it
	Raw                map[string]json.RawMessage // every member as it was written
	Err                error                      // what is wrong with it as a JWK (RFC7517 4, RFC7518 6)

	verify bool // usable for RS256
}

// ParseKeySet reads a JWK set (RFC7517 5): one JSON object, at most 1 MiB, no
// member twice, nothing behind it, keys an array of at most 256 objects. What is
// wrong with a single key stands in its Err and is no error here.
func ParseKeySet(body []byte) (*KeySet, error) {
	o, err := parseObject("key set", body, maxDocument)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if raw, ok := o.members["keys"]; !ok || json.Unmarshal(raw, &list) != nil || list == nil {
		o.wrong("keys", "an array of keys")
		return nil, o.err()
	}
	if len(list) > maxKeys {
		return nil, fmt.Errorf("key set: %d keys, more than %d", len(list), maxKeys)
	}
	set := &KeySet{Raw: o.members, Keys: make([]Key, len(list))}
	for i, raw := range list {
		set.Keys[i] = parseKey(raw)
	}
	return set, nil
}

func parseKey(raw json.RawMessage) Key {
	o, err := parseObject("key", raw, maxDocument)
	if err != nil {
		return Key{Err: err}
	}
	k := Key{KTY: o.required("kty"), KID: o.str("kid"), ALG: o.str("alg"), USE: o.str("use"), Raw: o.members}
	if o.has("key_ops") {
		o.strings("key_ops")
	}
	switch k.KTY {
	case "RSA":
		if public := o.rsaPublic(); public != nil {
			k.Public = public
		}
	case "EC", "OKP":
		if public, err := otherPublic(raw); err != nil {
			o.errs = append(o.errs, fmt.Errorf("key: not a valid %s key", k.KTY))
		} else {
			k.Public = public
		}
	case "oct", "":
	default:
		o.errs = append(o.errs, fmt.Errorf("key: kty %q is not known", clip(k.KTY)))
	}
	k.Err = o.err()
	k.verify = k.usableForRS256()
	return k
}

// rsaPublic makes the key of n and e (RFC7518 6.3.1). Padding and leading zero
// octets break the form and are noted, yet leave the number readable.
func (o *object) rsaPublic() *rsa.PublicKey {
	n, e := o.uint("n"), o.uint("e")
	if n == nil || e == nil {
		return nil
	}
	if n.Sign() == 0 || e.BitLen() > 31 || e.Int64() < 2 {
		o.errs = append(o.errs, errors.New("key: n or e is no RSA number"))
		return nil
	}
	if n.BitLen() > 16384 {
		o.errs = append(o.errs, errors.New("key: n has more than 16384 bits"))
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

func (o *object) uint(member string) *big.Int {
	text := o.required(member)
	if text == "" {
		return nil
	}
	b, err := decodeBase64([]byte(text))
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("key: %s is not base64url without padding", member))
		lenient := bytes.TrimRight([]byte(text), "=")
		lenient = bytes.ReplaceAll(bytes.ReplaceAll(lenient, []byte("+"), []byte("-")), []byte("/"), []byte("_"))
		if b, err = base64.RawURLEncoding.AppendDecode(nil, lenient); err != nil {
			return nil
		}
	}
	if len(b) > 1 && b[0] == 0 {
		o.errs = append(o.errs, fmt.Errorf("key: %s has leading zero octets", member))
	}
	return new(big.Int).SetBytes(b)
}

func otherPublic(raw []byte) (crypto.PublicKey, error) {
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	var out any
	if err := public.Raw(&out); err != nil {
		return nil, err
	}
	if ec, ok := out.(*ecdsa.PublicKey); ok {
		if _, err := ec.ECDH(); err != nil { // the point is not on the curve
			return nil, err
		}
	}
	return out, nil
}

// PrivateMembers names the members of k that hold private or symmetric key
// material and never belong in a published set (RFC7517 9.2).
func (k *Key) PrivateMembers() []string {
	var found []string
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := k.Raw[name]; ok {
			found = append(found, name)
		}
	}
	return found
}

// RSA gives the key as an RSA public key; nil when it is none.
func (k *Key) RSA() *rsa.PublicKey {
	public, _ := k.Public.(*rsa.PublicKey)
	return public
}

// UsableForRS256 tells whether k may verify RS256 signatures: an RSA key whose
// use, alg and key_ops, where there, allow it (RFC7517 4.2 to 4.4).
func (k *Key) UsableForRS256() bool { return k.verify }

func (k *Key) usableForRS256() bool {
	if k.RSA() == nil || (k.USE != "" && k.USE != "sig") || (k.ALG != "" && k.ALG != AlgRS256) {
		return false
	}
	if raw, ok := k.Raw["key_ops"]; ok {
		var ops []string
		return json.Unmarshal(raw, &ops) == nil && slices.Contains(ops, "verify")
	}
	return true
}

// CheckCertificates holds x5c, x5t and x5t#S256, where there, against the key
// (RFC7517 4.7 to 4.9): certificates that parse, the first for this key, each
// certified by the next, the thumbprints those of the first.
func (k *Key) CheckCertificates() error {
	o := &object{document: "key", members: k.Raw}
	var first *x509.Certificate
	var last *x509.Certificate
	for i, text := range o.strings("x5c") {
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return fmt.Errorf("key: x5c[%d] is not standard base64 (RFC 7517 section 4.7)", i)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("key: x5c[%d] is not a certificate", i)
		}
		if last != nil && last.CheckSignatureFrom(cert) != nil {
			return fmt.Errorf("key: x5c[%d] does not certify the one before it", i)
		}
		if first == nil {
			first = cert
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
	if public, ok := k.Public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(first.PublicKey) {
		return errors.New("key: the first certificate of x5c is for another key")
	}
	sha1Sum, sha256Sum := sha1.Sum(first.Raw), sha256.Sum256(first.Raw)
	for member, sum := range map[string][]byte{"x5t": sha1Sum[:], "x5t#S256": sha256Sum[:]} {
		if o.has(member) && o.str(member) != base64.RawURLEncoding.EncodeToString(sum) {
			return fmt.Errorf("key: %s is not the thumbprint of the first certificate of x5c", member)
		}
	}
	return o.err()
}
