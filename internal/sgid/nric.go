package sgid

import (
	"slices"
	"strings"
)

var nricWeights = [7]int{2, 7, 6, 5, 4, 3, 2}

// ValidNRIC tells whether s is an NRIC or FIN: S, T, F, G or M in upper case,
// seven digits, and the right check letter (SGID-DATA).
func ValidNRIC(s string) bool {
	if len(s) != 9 {
		return false
	}
	sum := 0
	for i, w := range nricWeights {
		d := int(s[i+1]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		sum += w * d
	}
	switch s[0] {
	case 'S':
		return s[8] == "JZIHGFEDCBA"[sum%11]
	case 'T':
		return s[8] == "JZIHGFEDCBA"[(sum+4)%11]
	case 'F':
		return s[8] == "XWUTRQPNMLK"[sum%11]
	case 'G':
		return s[8] == "XWUTRQPNMLK"[(sum+4)%11]
	case 'M':
		return s[8] == "KLJNPQRTUWX"[10-(sum+3)%11]
	}
	return false
}

// FindNRIC gives every NRIC or FIN in s, in any case and anywhere in the text,
// inside a longer word too, as it stands there and in order, each once.
func FindNRIC(s string) []string {
	var found []string
	for i := 0; i+9 <= len(s); i++ {
		if d := s[i+1]; d < '0' || d > '9' {
			continue
		}
		candidate := s[i : i+9]
		if ValidNRIC(strings.ToUpper(candidate)) && !slices.Contains(found, candidate) {
			found = append(found, candidate)
		}
	}
	return found
}
