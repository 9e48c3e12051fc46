package sgid

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// IDToken is a parsed ID token. Numbers in Header and Claims are json.Number.
// The typed fields are zero where the claim is absent or of another type; the
// raw value is then still in Claims.
type IDToken struct {
	Header           map[string]any
	Claims           map[string]any
	Algorithm, KID   string // header members alg and kid
	Issuer, Subject  string
	Audience         []string
	AudienceIsString bool // aud was a plain string, not an array
	Expiry, IssuedAt time.Time
	NotBefore        time.Time
	Nonce            *string // nil when absent
	AtHash, CHash    string
	AZP              string
	Raw              string // the compact form
	SigningInput     string // what the signature covers
	Signature        []byte
}

// ParseIDToken takes a compact JWS apart and verifies nothing: three parts of
// base64url, header and claims one JSON object each, no member twice, at most
// 64 KiB. Five parts are named as what they are, an encrypted token.
func ParseIDToken(compact string) (*IDToken, error) {
	if len(compact) > maxToken {
		return nil, fmt.Errorf("ID token: larger than %d bytes", maxToken)
	}
	parts := strings.SplitN(compact, ".", 7)
	switch len(parts) {
	case 3:
	case 5:
		return nil, errors.New("ID token: five parts, so encrypted; sgID's ID tokens are signed only")
	default:
		return nil, fmt.Errorf("ID token: %d parts separated by dots, where a compact JWS has 3", len(parts))
	}
	t := &IDToken{Raw: compact, SigningInput: compact[:len(parts[0])+1+len(parts[1])]}
	var err error
	if t.Header, err = decodePart("ID token header", parts[0]); err != nil {
		return nil, err
	}
	if t.Claims, err = decodePart("ID token claims", parts[1]); err != nil {
		return nil, err
	}
	if t.Signature, err = decodeBase64([]byte(parts[2])); err != nil {
		return nil, fmt.Errorf("ID token signature: %w", err)
	}
	t.Algorithm, _ = t.Header["alg"].(string)
	t.KID, _ = t.Header["kid"].(string)
	t.Issuer, _ = t.Claims["iss"].(string)
	t.Subject, _ = t.Claims["sub"].(string)
	t.AZP, _ = t.Claims["azp"].(string)
	t.AtHash, _ = t.Claims["at_hash"].(string)
	t.CHash, _ = t.Claims["c_hash"].(string)
	if nonce, ok := t.Claims["nonce"].(string); ok {
		t.Nonce = &nonce
	}
	t.Audience, t.AudienceIsString = audience(t.Claims["aud"])
	t.Expiry, _ = NumericDate(t.Claims["exp"])
	t.IssuedAt, _ = NumericDate(t.Claims["iat"])
	t.NotBefore, _ = NumericDate(t.Claims["nbf"])
	return t, nil
}

func decodePart(name, part string) (map[string]any, error) {
	raw, err := decodeBase64([]byte(part))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return decodeMap(name, raw)
}

// decodeMap reads one strict JSON object with numbers as they were written.
func decodeMap(name string, raw []byte) (map[string]any, error) {
	if _, err := checkJSON(raw, maxToken); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: not a JSON object", name)
	}
	return m, nil
}

func audience(aud any) (list []string, plain bool) {
	switch aud := aud.(type) {
	case string:
		return []string{aud}, true
	case []any:
		for _, member := range aud {
			s, ok := member.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
	}
	return list, false
}

// NumericDate reads a claim that is a NumericDate (RFC7519 2): seconds since
// 1970, perhaps with a fraction. It reports false for what is no number, or no
// time that can be reckoned with.
func NumericDate(claim any) (time.Time, bool) {
	n, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	if seconds, err := n.Int64(); err == nil {
		// Beyond this, time.Time's own arithmetic wraps round.
		if seconds > -1<<55 && seconds < 1<<55 {
			return time.Unix(seconds, 0).UTC(), true
		}
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || f < -1<<55 || f > 1<<55 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), int64((f-float64(int64(f)))*1e9)).UTC(), true
}
