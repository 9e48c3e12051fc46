package sgid

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
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
	case "EC":
		k.Public = o.ecPublic()
	case "OKP":
		k.Public = o.okpPublic()
	case "AKP":
		o.akp()
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
