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

// madeOfCode is an authorization code with what a token may be made of it.
type madeOfCode struct {
	code, reversed string
	hashes         []codeHash
}

// codeHash is a hash of a code, in hexadecimal and in base64url.
type codeHash struct{ name, hex, base64 string }

// ofCodes prepares codes to be looked for in tokens.
func ofCodes(codes []string) []madeOfCode {
	var out []madeOfCode
	for _, code := range codes {
		reversed := []byte(code)
		slices.Reverse(reversed)
		m := madeOfCode{code: code, reversed: string(reversed)}
		for name, sum := range hashes(code) {
			m.hashes = append(m.hashes, codeHash{name, hex.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum)})
		}
		out = append(out, m)
	}
	return out
}

// madeOf says how a token was made of one of the codes; empty: of none.
func madeOf(token string, codes []madeOfCode) string {
	token = token[:min(len(token), longestText)]
	lower, plain := strings.ToLower(token), base64URL.Replace(token)
	for _, c := range codes {
		if token == c.code {
			return "the code of a login"
		}
		if len(c.code) < 16 {
			continue // it may stand in a token by chance
		}
		switch {
		case strings.Contains(token, c.code):
			return "the code of a login with more around it"
		case len(token) >= 16 && strings.Contains(c.code, token):
			return "a part of the code of a login"
		case strings.Contains(token, c.reversed):
			return "the code of a login reversed"
		}
		for _, h := range c.hashes {
			if strings.Contains(lower, h.hex) || strings.Contains(plain, h.base64) {
				return "the " + h.name + " hash of the code of a login"
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
