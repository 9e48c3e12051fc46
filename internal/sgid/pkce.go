package sgid

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// PKCE is a code verifier with its S256 challenge (RFC7636 4.1, 4.2).
type PKCE struct{ Verifier, Challenge string }

// NewPKCE makes a fresh pair as client libraries do: the verifier is 32 random
// octets as base64url, 43 characters (RFC7636 4.1). It keeps to what every
// provider takes; verifiers of other lengths and characters are for the checks
// that judge them.
func NewPKCE() PKCE {
	octets := make([]byte, 32)
	rand.Read(octets) // never fails
	v := base64.RawURLEncoding.EncodeToString(octets)
	return PKCE{Verifier: v, Challenge: ChallengeS256(v)}
}

// ChallengeS256 is the challenge of verifier: its SHA-256 as base64url without
// padding (RFC7636 4.2).
func ChallengeS256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
