package suites

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"
)

func TestGuessable(t *testing.T) {
	bytes := func(n int) []byte { b := make([]byte, n); rand.Read(b); return b }
	uuid := func() string {
		b := bytes(16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	for _, tt := range []struct {
		name      string
		value     func(i int) string
		guessable bool
	}{
		{"a counter", func(i int) string { return fmt.Sprintf("%043d", 1000+i) }, true},
		{"a counter downwards", func(i int) string { return fmt.Sprintf("%043d", 9000-i) }, true},
		{"64 random bits", func(int) string { return hex.EncodeToString(bytes(8)) }, true},
		{"a UUID", func(int) string { return uuid() }, true},
		{"a time and 80 random bits", func(i int) string { return fmt.Sprintf("01J%07X%016X", 5000+i*37, bytes(10)) }, true},
		{"a repeat", func(i int) string { return fmt.Sprintf("%064x", 1+i%19) + "AbCdEfGhIjKlMnOpQr" }, true},
		{"a long prefix and little else", func(int) string { return "sgid-authorization-code-of-the-client-" + hex.EncodeToString(bytes(4)) }, true},
		{"a long prefix", func(int) string {
			return "0123456789abcdef0123456789abcdef0123456789abcdef" + hex.EncodeToString(bytes(16))
		}, true},
		{"one character that varies", func(i int) string { return string(rune('a'+i)) + "bcdefghijklmnopqrstuvwxyzabcdefghijklmno" }, true},
		{"two characters a place", func(int) string {
			b := bytes(43)
			for i := range b {
				b[i] = "xYz3"[b[i]&3]
			}
			return string(b)
		}, true},
		{"256 bits, base64url", func(int) string { return base64.RawURLEncoding.EncodeToString(bytes(32)) }, false},
		{"128 bits, base64url", func(int) string { return base64.RawURLEncoding.EncodeToString(bytes(16)) }, false},
		{"256 bits, hexadecimal", func(int) string { return hex.EncodeToString(bytes(32)) }, false},
		{"128 bits, hexadecimal", func(int) string { return hex.EncodeToString(bytes(16)) }, false},
		{"a short prefix", func(int) string { return "sgid_at_" + base64.RawURLEncoding.EncodeToString(bytes(32)) }, false},
		{"a signed token", func(i int) string {
			return "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjEifQ." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"iss":"x","iat":17000000%02d}`, i)) + "." + base64.RawURLEncoding.EncodeToString(bytes(256))
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 50 {
				var values []string
				for i := range enoughValues {
					values = append(values, tt.value(i))
				}
				if got := guessable(values); (got != "") != tt.guessable {
					t.Fatalf("guessable says %q of %q", got, values[:3])
				}
			}
		})
	}
}
