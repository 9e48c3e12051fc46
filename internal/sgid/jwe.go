package sgid

import (
	"errors"
	"fmt"
	"strings"
)

// Why a JWE is refused. Each is found in the error with errors.Is.
var (
	ErrMalformed = errors.New("not a well-formed compact JWE")
	ErrRSA15     = errors.New("alg RSA1_5 is never acceptable (RFC 8725 section 3.2)")
	ErrAlgorithm = errors.New("algorithm not taken here")
	ErrZip       = errors.New("zip: compressed content is not taken (RFC 8725 section 3.6)")
	ErrCrit      = errors.New("crit: names an extension that is not understood (RFC 7516 section 4.1.13)")
	ErrDecrypt   = errors.New("does not decrypt: wrong key, or changed on the way")
	ErrBlockKey  = errors.New("block key not usable")
)

// JWE is a compact JWE taken apart (RFC7516 7.1); nothing in it is verified.
type JWE struct {
	Header        map[string]any // protected header; numbers are json.Number
	Alg, Enc, KID string         // "" when absent or not strings
	Zip           *string        // nil when absent
	Crit          []string       // nil when absent
	KeyIV, KeyTag []byte         // iv and tag of the header, for the GCMKW algorithms
	Protected     string         // the header as it travelled, base64url: the additional authenticated data
	EncryptedKey  []byte         // empty for dir
	IV            []byte
	Ciphertext    []byte
	Tag           []byte
}

// ParseJWE takes a compact JWE apart: five parts, each base64url without
// padding, the header one JSON object with the strings alg and enc, no member
// twice. Which algorithms, zip and crit are acceptable is not judged here.
// Every error is ErrMalformed with the reason.
func ParseJWE(compact string) (*JWE, error) {
	if len(compact) > maxDocument {
		return nil, malformed("larger than %d bytes", maxDocument)
	}
	parts := strings.SplitN(compact, ".", 7)
	if len(parts) != 5 {
		return nil, malformed("%d parts separated by dots, where there are 5", len(parts))
	}
	if len(parts[0]) > maxHeader {
		return nil, malformed("header larger than %d bytes", maxHeader)
	}
	j := &JWE{Protected: parts[0]}
	raw, err := decodeBase64([]byte(parts[0]))
	if err != nil {
		return nil, malformed("header: %w", err)
	}
	if j.Header, err = decodeMap("header", raw); err != nil {
		return nil, malformed("%w", err)
	}
	if err := j.members(); err != nil {
		return nil, err
	}
	for i, part := range []struct {
		name string
		into *[]byte
	}{{"encrypted key", &j.EncryptedKey}, {"initialisation vector", &j.IV}, {"ciphertext", &j.Ciphertext}, {"tag", &j.Tag}} {
		if *part.into, err = decodeBase64([]byte(parts[i+1])); err != nil {
			return nil, malformed("%s: %w", part.name, err)
		}
	}
	return j, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

// members reads the header members that decryption uses.
func (j *JWE) members() error {
	var zip string
	for name, into := range map[string]*string{"alg": &j.Alg, "enc": &j.Enc, "kid": &j.KID, "typ": new(string), "cty": new(string), "zip": &zip} {
		value, there := j.Header[name]
		if !there {
			continue
		}
		s, ok := value.(string)
		if !ok {
			return malformed("header member %q is not a string", name)
		}
		*into = s
		if name == "zip" {
			j.Zip = into
		}
	}
	if j.Alg == "" {
		return malformed("header has no alg")
	}
	if j.Enc == "" {
		return malformed("header has no enc")
	}
	if crit, there := j.Header["crit"]; there {
		list, ok := crit.([]any)
		j.Crit = []string{}
		for _, member := range list {
			name, isString := member.(string)
			ok = ok && isString
			j.Crit = append(j.Crit, name)
		}
		if !ok || len(list) == 0 {
			return malformed("header member \"crit\" is not a non-empty array of strings")
		}
	}
	for name, into := range map[string]*[]byte{"iv": &j.KeyIV, "tag": &j.KeyTag} {
		value, there := j.Header[name]
		if !there {
			continue
		}
		s, ok := value.(string)
		if !ok {
			return malformed("header member %q is not a string", name)
		}
		b, err := decodeBase64([]byte(s))
		if err != nil {
			return malformed("header member %q: %w", name, err)
		}
		*into = b
	}
	return nil
}
