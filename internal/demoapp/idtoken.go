package demoapp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"sgidcheck/internal/sgid"
)

// skew is how far the provider's clock may be off.
const skew = time.Minute

// header is a JOSE header.
type header map[string]any

func (h header) text(name string) string {
	text, _ := h[name].(string)
	return text
}

// claims are the claims of an ID token; numbers are json.Number.
type claims map[string]any

// at is a claim that is a time, in seconds since 1970.
func (c claims) at(name string) (time.Time, bool) {
	number, isNumber := c[name].(json.Number)
	if !isNumber {
		return time.Time{}, false
	}
	seconds, err := number.Float64()
	return time.Unix(int64(seconds), 0), err == nil
}

// decodePart reads one part of a compact JWS as a JSON object.
func decodePart(part string) (map[string]any, bool) {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, false
	}
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	return object, d.Decode(&object) == nil && object != nil
}

// verify verifies the ID token and returns the subject (OIDC-CORE 3.1.3.7).
func (a *App) verify(ctx context.Context, t *tokens, l *attempt) (string, error) {
	parts := strings.Split(t.id, ".")
	if t.id == "" && a.conduct.noIDToken {
		return "", nil
	}
	if len(parts) != 3 {
		return "", refusal("the ID token is no compact JWS")
	}
	h, ok := decodePart(parts[0])
	if !ok {
		return "", refusal("the header of the ID token is no JSON")
	}
	for _, name := range slices.Sorted(maps.Keys(a.conduct.headerRules)) {
		if err := a.conduct.headerRules[name](h); err != nil {
			return "", err
		}
	}
	if err := a.conduct.signed(ctx, t.id, h, l); err != nil {
		return "", err
	}
	c, ok := decodePart(parts[1])
	if !ok {
		return "", refusal("the claims of the ID token are no JSON")
	}
	for _, name := range slices.Sorted(maps.Keys(a.conduct.claimRules)) {
		if err := a.conduct.claimRules[name](c, l, t); err != nil {
			return "", err
		}
	}
	return subjectOf(c), nil
}

// headerRules: RS256 and nothing else (RFC8725 3.1); no extension that must be
// understood (RFC7515 4.1.11). A key in the header is never looked at.
func headerRules() map[string]func(header) error {
	return map[string]func(header) error{
		"alg": func(h header) error {
			if h.text("alg") != sgid.AlgRS256 {
				return refusal("the ID token is not signed with RS256")
			}
			return nil
		},
		"crit": func(h header) error {
			if _, there := h["crit"]; there {
				return refusal("the ID token demands an extension")
			}
			return nil
		},
	}
}

// signed verifies the signature with the provider's key.
func (a *App) signed(ctx context.Context, token string, h header, l *attempt) error {
	key, err := a.keyFor(ctx, h, l)
	if err != nil {
		return err
	}
	if _, err := jws.Verify([]byte(token), jws.WithKey(jwa.RS256, key.public)); err != nil {
		return refusal("the signature of the ID token does not verify")
	}
	return nil
}

// subjectOf is sub where it is text, else empty.
func subjectOf(c claims) string {
	sub, _ := c["sub"].(string)
	return sub
}

// claimRules are the rules of OIDC-CORE 2 and 3.1.3.7.
func (a *App) claimRules() map[string]func(claims, *attempt, *tokens) error {
	return map[string]func(claims, *attempt, *tokens) error{
		"iss": func(c claims, _ *attempt, _ *tokens) error {
			if iss, _ := c["iss"].(string); iss != a.settings.issuer() {
				return refusal("the ID token is another issuer's")
			}
			return nil
		},
		"aud": func(c claims, _ *attempt, _ *tokens) error {
			if !slices.Contains(audience(c), a.settings.ClientID) {
				return refusal("the ID token is for another client")
			}
			return nil
		},
		"azp": func(c claims, _ *attempt, _ *tokens) error {
			azp, there := c["azp"]
			if there && azp != a.settings.ClientID || !there && len(audience(c)) > 1 {
				return refusal("the ID token was issued to another client")
			}
			return nil
		},
		"exp": func(c claims, _ *attempt, _ *tokens) error {
			if exp, ok := c.at("exp"); !ok || !a.now().Before(exp.Add(skew)) {
				return refusal("the ID token has expired")
			}
			return nil
		},
		"iat": func(c claims, _ *attempt, _ *tokens) error {
			if iat, ok := c.at("iat"); !ok || iat.After(a.now().Add(5*skew)) {
				return refusal("the ID token does not say when it was issued")
			}
			return nil
		},
		"nbf": func(c claims, _ *attempt, _ *tokens) error {
			if _, there := c["nbf"]; !there {
				return nil
			}
			if nbf, ok := c.at("nbf"); !ok || nbf.After(a.now().Add(skew)) {
				return refusal("the ID token is not valid yet")
			}
			return nil
		},
		"nonce": func(c claims, l *attempt, _ *tokens) error {
			nonce, _ := c["nonce"].(string)
			if l.nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(l.nonce)) != 1 {
				return refusal("the ID token belongs to another login")
			}
			return nil
		},
		"sub": func(c claims, _ *attempt, _ *tokens) error {
			if sub := subjectOf(c); sub == "" || len(sub) > sgid.MaxSubjectLength {
				return refusal("the ID token names nobody")
			}
			return nil
		},
		"at_hash": func(c claims, _ *attempt, t *tokens) error {
			sum := sha256.Sum256([]byte(t.access))
			hash, there := c["at_hash"]
			if there && hash != base64.RawURLEncoding.EncodeToString(sum[:16]) {
				return refusal("the ID token belongs to another access token")
			}
			return nil
		},
	}
}

// audience is aud as a list, empty where it is neither text nor a list of texts.
func audience(c claims) []string {
	switch aud := c["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		var all []string
		for _, each := range aud {
			text, isText := each.(string)
			if !isText {
				return nil
			}
			all = append(all, text)
		}
		return all
	}
	return nil
}
