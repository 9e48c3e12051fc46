package sgid

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// pkceAlphabet is the unreserved set of RFC7636 4.1, all 66 of it.
const pkceAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// PKCE is a code verifier with its S256 challenge (RFC7636 4.1, 4.2).
type PKCE struct{ Verifier, Challenge string }

// NewPKCE makes a fresh pair with a verifier of length characters, 43 to 128,
// drawn evenly from the whole unreserved alphabet.
func NewPKCE(length int) (PKCE, error) {
	if length < PKCEMinLength || length > PKCEMaxLength {
		return PKCE{}, fmt.Errorf("code verifier of %d characters: must be %d to %d (RFC 7636 section 4.1)", length, PKCEMinLength, PKCEMaxLength)
	}
	verifier := make([]byte, 0, length)
	var random [2 * PKCEMaxLength]byte
	for len(verifier) < length {
		rand.Read(random[:]) // never fails
		for _, b := range random {
			// Values from the last, incomplete round of the alphabet would make its first letters likelier.
			if int(b) < 256/len(pkceAlphabet)*len(pkceAlphabet) && len(verifier) < length {
				verifier = append(verifier, pkceAlphabet[int(b)%len(pkceAlphabet)])
			}
		}
	}
	v := string(verifier)
	return PKCE{Verifier: v, Challenge: ChallengeS256(v)}, nil
}

// ChallengeS256 is the challenge of verifier: its SHA-256 as base64url without
// padding (RFC7636 4.2).
func ChallengeS256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// IsExamplePair tells whether challenge, or a verifier given in its place, is
// one that the sgID documentation prints as an example and warns never to reuse.
func IsExamplePair(challenge string) bool {
	switch challenge {
	case "CUZX5qE8Wvye6kS_SasIsa8MMxacJftmWdsIA_iKp3I",
		"zaqUHoBV3rnhBF2g0Gkz1qkpEZXHqi2OrPK1DqRi-Lk",
		"bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S":
		return true
	}
	return false
}
