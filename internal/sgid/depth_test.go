package sgid

import (
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
)

// Every reader refuses what is nested too deep before it builds anything.
func TestNestingIsRefusedBeforeAnythingIsBuilt(t *testing.T) {
	const size = 40_000 // so that it fits into a token, too
	vehicles, _ := LookupScope("myinfo.vehicles")
	employments, _ := LookupScope("pocdex.public_officer_details")
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	readers := map[string]func(string) error{
		"metadata":       func(s string) error { _, err := ParseMetadata([]byte(s)); return err },
		"key set":        func(s string) error { _, err := ParseKeySet([]byte(s)); return err },
		"key":            func(s string) error { return parseKey([]byte(s)).Err },
		"token response": func(s string) error { _, err := ParseTokenResponse([]byte(s)); return err },
		"error response": func(s string) error { _, err := ParseOAuthError([]byte(s)); return err },
		"userinfo":       func(s string) error { _, err := ParseUserInfo([]byte(s)); return err },
		"ID token":       func(s string) error { _, err := ParseIDToken("e30." + encode(s) + ".AA"); return err },
		"token header":   func(s string) error { _, err := ParseIDToken(encode(s) + ".e30.AA"); return err },
		"JWE header":     func(s string) error { _, err := ParseJWE(encode(s[:len(s)/4]) + ".AA.AA.AA.AA"); return err },
		"vehicles":       func(s string) error { return vehicles.Check("[" + s + "]") },
		"employments":    func(s string) error { return employments.Check("[" + s + "]") },
	}
	open := `{"keys":` + strings.Repeat(`[1,`, size/3)
	for name, text := range map[string]string{
		"never closed": open,
		"well-formed":  `{"keys":` + strings.Repeat("[", size/2) + strings.Repeat("]", size/2) + "}",
		"objects":      strings.Repeat(`{"keys":`, size/8),
	} {
		for reader, read := range readers {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(text)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), "nested deeper than 32 levels") {
				t.Errorf("%s, %s: %v", reader, name, err)
			}
			if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 8*size {
				t.Errorf("%s, %s: builds %d bytes of %d", reader, name, bytes, size)
			}
		}
	}
}
