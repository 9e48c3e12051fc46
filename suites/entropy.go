package suites

import (
	"fmt"
	"math"
	"strings"
)

const (
	enoughValues = 20  // enough to see the alphabet and the places of a value
	leastBits    = 128 // RFC 6749 section 10.10
	tolerance    = 2   // bits by which a small sample may make a value look smaller than it is
)

// guessable says why values of a secret, in the order in which they were
// issued, could be guessed; empty: no sign of it. It finds what cannot be
// secure; that values look random does not prove that they are.
func guessable(values []string) string {
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v] {
			return "the same value came twice"
		}
		seen[v] = true
	}
	if len(values) > 4*enoughValues {
		values = values[len(values)-4*enoughValues:]
	}
	shortest := math.MaxInt
	for _, v := range values {
		shortest = min(shortest, len(v))
	}
	if n := commonPrefix(values); shortest > 8 && 2*n > shortest && !strings.Contains(values[0], ".") {
		return fmt.Sprintf("the first %d of %d characters are always the same", n, shortest)
	}
	from := max(ordered(values, 1), ordered(values, -1))
	bits := room(values, from, shortest)
	if from > commonPrefix(values) && bits < leastBits-tolerance {
		return fmt.Sprintf("the values come in order, like a counter or a time; what remains has room for %.0f bits", bits)
	}
	if bits < leastBits-tolerance {
		return fmt.Sprintf("%d characters have room for about %.0f bits, and %d are needed", shortest, bits, leastBits)
	}
	return ""
}

func commonPrefix(values []string) int {
	prefix := values[0]
	for _, v := range values[1:] {
		n := 0
		for n < len(prefix) && n < len(v) && prefix[n] == v[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return len(prefix)
}

// ordered is the length of the longest prefix by which the values stand in
// order: what never changes, and what counts up (or down, with sign -1).
func ordered(values []string, sign int) int {
	length := 0
	for {
		for i := range values[1:] {
			a, b := values[i], values[i+1]
			if length >= len(a) || length >= len(b) || sign*strings.Compare(a[:length+1], b[:length+1]) > 0 {
				return length
			}
		}
		length++
	}
}

// room is an upper bound of the entropy of the values, in bits: of each place
// from from on, the logarithm of the alphabet, or of what was seen there where
// that is far less than chance would bring.
func room(values []string, from, length int) float64 {
	var used [256]bool
	distinct := make([]int, length)
	for place := from; place < length; place++ {
		var here [256]bool
		for _, v := range values {
			if !here[v[place]] {
				here[v[place]] = true
				distinct[place]++
			}
		}
		if distinct[place] == 1 {
			continue
		}
		for c := range here {
			used[c] = used[c] || here[c]
		}
	}
	size := float64(alphabet(&used))
	n := float64(len(values))
	expected := size * (1 - math.Pow(1-1/size, n))
	bits := 0.0
	for _, d := range distinct[from:] {
		if d <= 1 {
			continue
		}
		if float64(d) < expected/2 {
			bits += math.Ceil(math.Log2(float64(d)))
			continue
		}
		bits += math.Log2(size)
	}
	return bits
}

// alphabet is the size of the smallest usual alphabet that has the characters.
func alphabet(used *[256]bool) int {
	for _, a := range []struct {
		characters string
		size       int
	}{
		{"0123456789", 10},
		{"0123456789abcdef", 16}, {"0123456789ABCDEF", 16}, {"0123456789abcdefABCDEF", 22},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26}, {"abcdefghijklmnopqrstuvwxyz", 26},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32}, {"0123456789ABCDEFGHJKMNPQRSTVWXYZ", 32},
		{"0123456789abcdefghijklmnopqrstuvwxyz", 36}, {"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 36},
		{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 62},
		{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_+/=.~", 64},
	} {
		all := true
		for c := range used {
			all = all && (!used[c] || strings.IndexByte(a.characters, byte(c)) >= 0)
		}
		if all {
			return a.size
		}
	}
	return 94
}
