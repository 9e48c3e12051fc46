package redact

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Shorter values are too likely to stand in ordinary text by chance to be
// replaced wherever they occur; where they are sent or received they are still
// redacted by the name of their field.
const (
	minSecret   = 4
	minPersonal = 3
	Bounded     = 8 // below this length a value counts only between word boundaries
	prefixKept  = 4096
	HalfSecret  = 10 // half of a client secret that is shorter may stand in a text by chance
	longestHalf = 64
)

// label is what stands in the place of one value.
type label struct {
	kind   string
	number int // counts the values of a kind in the order in which they were learnt; 0: not learnt
	length int // characters of the value; 0: not known
	// variable is the name that the value goes by in a shell; empty: that of its kind.
	variable string
	good     bool // of a code, an access token or a verifier: some login has it
}

// pattern is one spelling of a learnt value.
type pattern struct {
	text    string
	label   *label
	bounded bool
}

// index finds any of many thousand patterns in one pass over a text. Patterns
// of eight bytes and more are found by their first eight, shorter ones by
// their first three.
type index struct {
	long  map[uint64][]pattern
	short map[[3]byte][]pattern
	known map[string]*label // raw value -> label
}

func newIndex() *index {
	return &index{long: map[uint64][]pattern{}, short: map[[3]byte][]pattern{}, known: map[string]*label{}}
}

func (x *index) add(text string, l *label, wordBounded bool) {
	if len(text) > prefixKept {
		text = text[:prefixKept]
	}
	if len(text) >= 8 {
		k := binary.LittleEndian.Uint64([]byte(text[:8]))
		for _, p := range x.long[k] {
			if p.text == text {
				return
			}
		}
		x.long[k] = append(x.long[k], pattern{text, l, wordBounded})
		return
	}
	if len(text) < minPersonal {
		return
	}
	k := [3]byte{text[0], text[1], text[2]}
	for _, p := range x.short[k] {
		if p.text == text {
			return
		}
	}
	x.short[k] = append(x.short[k], pattern{text, l, wordBounded})
}

// learn adds a value in the spellings that no decoding undoes: itself, with the
// plus signs that a form has for spaces, base64 in its three alignments and both
// alphabets, hexadecimal.
func (x *index) learn(value string, l *label) {
	// No pattern is longer than prefixKept, and a value of megabytes is dear to encode.
	value = value[:min(len(value), prefixKept+utf8.UTFMax)]
	written := []string{value}
	if l.kind == KindPersonal {
		written = append(written, strings.ToUpper(value), strings.ToLower(value), capitals(value))
	}
	for _, w := range written {
		x.add(w, l, len(value) < Bounded)
		if strings.Contains(w, " ") {
			x.add(strings.ReplaceAll(w, " ", "+"), l, len(value) < Bounded)
		}
		x.learnEncoded(w, l)
	}
}

// learnEncoded adds a spelling of a value in hexadecimal and base64.
func (x *index) learnEncoded(value string, l *label) {
	for _, h := range []string{hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value)))} {
		x.add(h, l, len(h) < Bounded)
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		whole := enc.EncodeToString([]byte(value))
		x.add(whole, l, len(whole) < Bounded)
		for shift := range 3 {
			// The characters that the value alone decides, whatever stands before and after it.
			padded := enc.EncodeToString(append(make([]byte, shift), value...))
			from := (shift*8 + 5) / 6
			to := (shift + len(value)) * 8 / 6
			if to-from >= 6 {
				x.add(padded[from:to], l, to-from < Bounded)
			}
		}
	}
}

// learnHalves learns every half of a client secret, which makes the rest of it
// easy to guess. Of a long one, shorter runs count, so that learning it costs no
// more than its length.
func (r *Redactor) learnHalves(secret string) {
	whole := r.index.known[secret]
	secret = secret[:min(len(secret), prefixKept)]
	half := min(len(secret)/2, longestHalf)
	if whole == nil || half < HalfSecret {
		return
	}
	part := &label{kind: KindSecretPart, number: whole.number}
	for at := 0; at+half <= len(secret); at++ {
		r.learnAs(secret[at:at+half], part)
	}
}

// mostParts is how many parts of one person's data are learnt.
const mostParts = 1000

// learnParts learns what is the person's data, too: a line of an address, or one
// value of a list.
func (r *Redactor) learnParts(value string) {
	left := mostParts
	part := func(text string) {
		if text != value && len(text) >= minSecret && left > 0 {
			left--
			r.learn(KindPersonal, text)
		}
	}
	for line := range strings.SplitSeq(value, "\n") {
		part(line)
	}
	if looksJSON("", []byte(value)) {
		jsonValues(value, func(v jsonValue) {
			if !v.number || len(v.text) >= Bounded { // a year may stand anywhere
				part(v.text)
			}
		})
	}
}

// find calls hit for every place where a learnt value stands in s. A text that
// ends within a value counts, so that cutting a text reveals nothing.
func (x *index) find(s string, hit func(from, to int, l *label)) {
	wordEnd := 0 // of the word that was last read to its end: it may hold a value at each of its places
	for i := 0; i+minPersonal <= len(s); i++ {
		if len(x.long) > 0 && i+8 <= len(s) {
			k := binary.LittleEndian.Uint64([]byte(s[i : i+8]))
			for _, p := range x.long[k] {
				end := min(i+len(p.text), len(s))
				if end-i < len(p.text) && end-i < 16 || s[i:end] != p.text[:end-i] {
					continue
				}
				if !p.bounded || boundary(s, i, end) {
					if len(p.text) == prefixKept {
						if end > wordEnd {
							wordEnd = endOfWord(s, end)
						}
						end = wordEnd
					}
					hit(i, end, p.label)
				}
			}
		}
		if len(x.short) == 0 {
			continue
		}
		for _, p := range x.short[[3]byte{s[i], s[i+1], s[i+2]}] {
			end := i + len(p.text)
			if end <= len(s) && s[i:end] == p.text && (!p.bounded || boundary(s, i, end)) {
				hit(i, end, p.label)
			}
		}
	}
}

// endOfWord is where what stands at a place of s ends: the rest of a value of
// which the pattern holds the beginning alone.
func endOfWord(s string, at int) int {
	for at < len(s) && s[at] > ' ' && strings.IndexByte("\"'<>&;,", s[at]) < 0 {
		at++
	}
	return at
}

// boundary says whether s[from:to] stands alone as a word.
func boundary(s string, from, to int) bool {
	return (from == 0 || !wordByte(s[from-1])) && (to == len(s) || !wordByte(s[to]))
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
}

// capitals writes each word with a capital and the rest small, as names are
// shown on pages.
func capitals(s string) string {
	out := []byte(strings.ToLower(s))
	for i, b := range out {
		if b >= 'a' && b <= 'z' && (i == 0 || !wordByte(out[i-1])) {
			out[i] = b - 'a' + 'A'
		}
	}
	return string(out)
}
