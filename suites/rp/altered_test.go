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
