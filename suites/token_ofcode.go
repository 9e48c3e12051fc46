package suites

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// madeOf says how a token was made of one of the codes; empty: of none.
func madeOf(token string, codes []string) string {
	for _, code := range codes {
		if token == code {
			return "the code of a login"
		}
		if len(code) < 16 {
			continue // it may stand in a token by chance
		}
		reversed := []byte(code)
		slices.Reverse(reversed)
		switch {
		case strings.Contains(token, code):
			return "the code of a login with more around it"
		case len(token) >= 16 && strings.Contains(code, token):
			return "a part of the code of a login"
		case strings.Contains(token, string(reversed)):
			return "the code of a login reversed"
		}
		for name, sum := range hashes(code) {
			plain := strings.NewReplacer("+", "-", "/", "_").Replace(token)
			if strings.Contains(strings.ToLower(token), hex.EncodeToString(sum)) || strings.Contains(plain, base64.RawURLEncoding.EncodeToString(sum)) {
				return "the " + name + " hash of the code of a login"
			}
		}
	}
	return ""
}

// hashes are what a provider that saves itself the randomness may make of a text.
func hashes(text string) map[string][]byte {
	first, second, third := sha1.Sum([]byte(text)), sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text))
	return map[string][]byte{"SHA-1": first[:], "SHA-256": second[:], "SHA-512": third[:]}
}
