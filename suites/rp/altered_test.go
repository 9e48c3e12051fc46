package rp

import (
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// Altered is altered also for an application that reads its state as base64 or
// hexadecimal, where not each bit of the last character, or not its case, counts.
func TestAlteredForWhoDecodesIt(t *testing.T) {
	for last := range 256 {
		octets := []byte{1, 2, 3, byte(last)}
		for n := 2; n <= 4; n++ {
			text := base64.RawURLEncoding.EncodeToString(octets[4-n:])
			if got, err := base64.RawURLEncoding.DecodeString(altered(text)); err == nil && string(got) == string(octets[4-n:]) {
				t.Errorf("%s and %s are the same octets", text, altered(text))
			}
		}
		text := hex.EncodeToString(octets)
		if got, err := hex.DecodeString(altered(text)); err == nil && string(got) == string(octets) {
			t.Errorf("%s and %s are the same octets", text, altered(text))
		}
	}
}

// Upper and lower case tell nothing where texts are written in one of them.
func TestCaseless(t *testing.T) {
	for text, want := range map[string]bool{
		"9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d": true, "9B1DEB4D-3B7D-4BAD-9BDD-2B0D7B3DCB6D": true, "9b1DEB4d3b7d": true,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV": true, "jbswy3dpehpk3pxp": true,
		"dGhlIHN0YXRl": false, "9b1deb4d.dGhlIHN0YXRl": false,
	} {
		if got := caseless(text); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}
