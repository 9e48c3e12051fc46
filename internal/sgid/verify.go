package sgid

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A ClaimError is one step of ID token verification that does not hold.
type ClaimError struct {
	Step     string // the clause, such as "OIDC-CORE 3.1.3.7-2"
	Claim    string // the claim or header member; "signature" for the signature
	Expected string
	Got      string
}

func (e *ClaimError) Error() string {
	return fmt.Sprintf("%s: expected %s, got %s (%s)", e.Claim, e.Expected, e.Got, e.Step)
}

// Expectation is what a relying party knows when it verifies an ID token.
type Expectation struct {
	Issuer, ClientID string
	Nonce            *string       // as sent; nil: none was sent, so none may come back
	AccessToken      string        // "": at_hash is not judged
	Code             string        // "": c_hash is not judged
	Now              time.Time     // zero: time.Now
	Leeway           time.Duration // clock skew allowed either way
}

// VerifyIDToken verifies an ID token by the list of OIDC-CORE 3.1.3.7. Every
// step is judged even when an earlier one failed. The error joins one
// *ClaimError for each step that does not hold, in the list's order; the token
// is nil only where it could not be parsed, and must not be trusted when there
// is an error.
func VerifyIDToken(compact string, keys *KeySet, want Expectation) (*IDToken, error) {
	t, err := ParseIDToken(compact)
	if err != nil {
		return nil, err
	}
	return t, t.Verify(keys, want)
}

// VerifySignature verifies the signature alone: RS256, by a key of the set that
// the header's kid names. The error joins *ClaimErrors, as VerifyIDToken's does.
func VerifySignature(compact string, keys *KeySet) error {
	t, err := ParseIDToken(compact)
	if err != nil {
		return err
	}
	v := verification{t: t}
	v.signature(keys)
	v.algorithm()
	return errors.Join(v.errs...)
}

// Verify judges an already parsed token; see VerifyIDToken.
func (t *IDToken) Verify(keys *KeySet, want Expectation) error {
	if want.Now.IsZero() {
		want.Now = time.Now()
	}
	v := verification{t: t, want: want}
	// Step 1, decryption, is out: sgID does not encrypt ID tokens, and ParseIDToken refuses those that are.
	v.issuer()          // 2
	v.audience()        // 3
	v.authorizedParty() // 4, 5
	v.signature(keys)   // 6
	v.algorithm()       // 7, and with RS256 alone taken, 8
	v.expiry()          // 9
	v.issuedAt()        // 10
	v.nonce()           // 11
	// Steps 12 and 13, acr and auth_time, hold for requests that asked for them.
	v.subject()
	v.notBefore()
	v.hash("OIDC-CORE 3.1.3.8", "at_hash", "access token", want.AccessToken)
	v.hash("OIDC-CORE 3.3.2.10", "c_hash", "code", want.Code)
	return errors.Join(v.errs...)
}

type verification struct {
	t    *IDToken
	want Expectation
	errs []error
}

const claimsList = "OIDC-CORE 3.1.3.7-"

func (v *verification) fail(step, claim, expected, got string) {
	v.errs = append(v.errs, &ClaimError{Step: step, Claim: claim, Expected: expected, Got: got})
}

// describe says what stands in a claim without quoting more than a short string.
func describe(claim any) string {
	switch c := claim.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", clip(c))
	case json.Number:
		return "the number " + clip(c.String())
	case bool:
		return fmt.Sprintf("%t", c)
	case []any:
		list := make([]string, 0, len(c))
		for _, member := range c[:min(len(c), 4)] {
			list = append(list, describe(member))
		}
		if len(c) > 4 {
			list = append(list, "…")
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		return "an object"
	}
	return "something else"
}

func (v *verification) issuer() {
	if _, ok := v.t.Claims["iss"].(string); !ok || v.t.Issuer != v.want.Issuer {
		v.fail(claimsList+"2", "iss", fmt.Sprintf("%q", v.want.Issuer), describe(v.t.Claims["iss"]))
	}
}

func (v *verification) audience() {
	if !slices.Contains(v.t.Audience, v.want.ClientID) {
		v.fail(claimsList+"3", "aud", fmt.Sprintf("the client ID %q", v.want.ClientID), describe(v.t.Claims["aud"]))
		return
	}
	// Further audiences are fine only where azp says for whom the token is; step 4 asks for it.
	for _, aud := range v.t.Audience {
		if aud != v.want.ClientID && v.t.AZP != v.want.ClientID {
			v.fail(claimsList+"3", "aud", fmt.Sprintf("no audience but the client ID %q", v.want.ClientID), describe(v.t.Claims["aud"]))
			return
		}
	}
}

func (v *verification) authorizedParty() {
	azp, there := v.t.Claims["azp"]
	switch {
	case !there && len(v.t.Audience) > 1:
		v.fail(claimsList+"4", "azp", fmt.Sprintf("the client ID %q, as there are several audiences", v.want.ClientID), "nothing")
	case there && azp != any(v.want.ClientID):
		v.fail(claimsList+"5", "azp", fmt.Sprintf("the client ID %q", v.want.ClientID), describe(azp))
	}
}

func (v *verification) signature(keys *KeySet) {
	if crit, there := v.t.Header["crit"]; there {
		v.fail("RFC7515 4.1.11", "crit", "no extension that must be understood", describe(crit))
	}
	kid, there := v.t.Header["kid"]
	if _, ok := kid.(string); there && !ok {
		v.fail("RFC7515 4.1.4", "kid", "a string", describe(kid))
	}
	var candidates []*Key
	var inSet, named bool
	if keys != nil {
		for i := range keys.Keys {
			k := &keys.Keys[i]
			inSet = inSet || (there && k.KID == v.t.KID)
			if !k.UsableForRS256() {
				continue
			}
			if there && k.KID == v.t.KID {
				candidates, named = append(candidates[:0], k), true
				break
			}
			candidates = append(candidates, k)
		}
	}
	switch {
	case keys == nil || len(candidates) == 0:
		v.fail(claimsList+"6", "signature", "a key in the set to verify RS256 with", "none")
		return
	case there && !inSet:
		v.fail("OIDC-CORE 10.1", "kid", "the ID of a key in the set", describe(kid))
	case there && !named:
		v.fail("OIDC-CORE 10.1", "kid", "the ID of a key for RS256 signatures", describe(kid)+", a key for something else")
	case !there && len(keys.Keys) > 1:
		v.fail("OIDC-CORE 10.1", "kid", "the ID of a key, as the set has several", "nothing")
	}
	if v.t.Algorithm != AlgRS256 {
		return // step 7 says so; a signature of another algorithm cannot be judged
	}
	digest := sha256.Sum256([]byte(v.t.SigningInput))
	for _, k := range candidates {
		if rsa.VerifyPKCS1v15(k.RSA(), crypto.SHA256, digest[:], v.t.Signature) == nil {
			return
		}
	}
	got := "one that no key of the set verifies"
	if named {
		got = "one that the key named by kid does not verify"
	}
	v.fail(claimsList+"6", "signature", "a valid RS256 signature", got)
}

func (v *verification) algorithm() {
	if v.t.Algorithm != AlgRS256 {
		v.fail(claimsList+"7", "alg", `"`+AlgRS256+`"`, describe(v.t.Header["alg"]))
	}
}

func (v *verification) expiry() {
	exp, ok := NumericDate(v.t.Claims["exp"])
	switch {
	case !ok:
		v.fail(claimsList+"9", "exp", "a number of seconds", describe(v.t.Claims["exp"]))
	case !v.want.Now.Before(exp.Add(v.want.Leeway)):
		v.fail(claimsList+"9", "exp", "a time after "+stamp(v.want.Now), stamp(exp))
	}
}

func (v *verification) issuedAt() {
	iat, ok := NumericDate(v.t.Claims["iat"])
	switch {
	case !ok:
		v.fail(claimsList+"10", "iat", "a number of seconds", describe(v.t.Claims["iat"]))
	case iat.After(v.want.Now.Add(v.want.Leeway)):
		v.fail(claimsList+"10", "iat", "a time not after "+stamp(v.want.Now), stamp(iat))
	}
}

func (v *verification) nonce() {
	nonce, there := v.t.Claims["nonce"]
	switch {
	case v.want.Nonce == nil && there:
		v.fail(claimsList+"11", "nonce", "none, as none was sent", describe(nonce))
	case v.want.Nonce != nil && nonce != any(*v.want.Nonce):
		v.fail(claimsList+"11", "nonce", fmt.Sprintf("%q", clip(*v.want.Nonce)), describe(nonce))
	}
}

func (v *verification) subject() {
	sub, ok := v.t.Claims["sub"].(string)
	got := ""
	switch {
	case !ok:
		got = describe(v.t.Claims["sub"])
	case sub == "":
		got = "an empty string"
	case len(sub) > MaxSubjectLength:
		got = fmt.Sprintf("%d bytes", len(sub))
	case strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e || r < 0x20 }):
		got = "characters outside printable ASCII"
	default:
		return
	}
	v.fail("OIDC-CORE 2", "sub", "a non-empty string of at most 255 ASCII characters", got)
}

func (v *verification) notBefore() {
	claim, there := v.t.Claims["nbf"]
	if !there {
		return
	}
	nbf, ok := NumericDate(claim)
	switch {
	case !ok:
		v.fail("RFC7519 4.1.5", "nbf", "a number of seconds", describe(claim))
	case nbf.After(v.want.Now.Add(v.want.Leeway)):
		v.fail("RFC7519 4.1.5", "nbf", "a time not after "+stamp(v.want.Now), stamp(nbf))
	}
}

// hash judges at_hash and c_hash, which are optional in the code flow: the left
// half of the SHA-256 of value, base64url.
func (v *verification) hash(step, claim, what, value string) {
	got, there := v.t.Claims[claim]
	if !there || value == "" {
		return
	}
	if want := LeftHash(value); got != any(want) {
		v.fail(step, claim, fmt.Sprintf("%q, the hash of the %s", want, what), describe(got))
	}
}

// LeftHash is the value that at_hash and c_hash hold for RS256: the left half of
// the SHA-256 of value, as base64url without padding (OIDC-CORE 3.1.3.6).
func LeftHash(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:sha256.Size/2])
}

func stamp(t time.Time) string {
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return fmt.Sprintf("%d seconds after 1970", t.Unix())
	}
	return t.UTC().Format(time.RFC3339)
}
