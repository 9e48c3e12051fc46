package encoded

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
)

const (
	// MostDecoded is how many octets a search decodes at most, in all.
	MostDecoded = 16 << 20
	// longestInflated is how much of one compressed part is looked at, in octets.
	longestInflated = 256 << 10
	// longestDeflated is the length in octets of the longest part that is taken for
	// deflate without a header, which nearly anything may be.
	longestDeflated = 64 << 10
	// longestShifted is the length of the longest run of letters that is decoded
	// from each of the places at which its encoding may begin.
	longestShifted = 4 << 10
	// Encodings of 16 octets and more are looked into.
	leastOctets = 16
	leastBase64 = (leastOctets*8 + 5) / 6
	leastHex    = 2 * leastOctets
)

// Part is a part of a text, from one place in octets up to another.
type Part struct{ From, To int }

// Search is one search through texts and through what they are encodings of. It is
// for one goroutine.
type Search struct {
	holds    func(plain string) bool
	left     int
	inflater io.ReadCloser
	inflated bytes.Buffer
}

// NewSearch returns a search for what holds tells of a plain text, which decodes
// no more than so many octets over all the texts that it is used for; MostDecoded
// where that is less.
func NewSearch(octets int, holds func(plain string) bool) *Search {
	return &Search{holds: holds, left: min(octets, MostDecoded)}
}

// Spent reports whether there was more to decode than the search may.
func (s *Search) Spent() bool { return s.left <= 0 }

func (s *Search) spend(octets int) bool {
	s.left -= octets
	return s.left > 0
}

// In reports whether a text holds what is searched for, or what the text is an
// encoding of does. Encodings of encodings are looked into to a depth. It ends with
// the first that holds it.
func (s *Search) In(text string, depth int) bool {
	if s.holds(text) {
		return true
	}
	if depth == 0 || s.Spent() {
		return false
	}
	for p := range parts(text) {
		if s.within(text[p.From:p.To], depth) {
			return true
		}
	}
	for _, escape := range Escapes() {
		if plain, changed := unescaped(text, escape); changed && s.spend(len(plain)) && s.In(plain, depth-1) {
			return true
		}
	}
	return false
}

// Parts are the parts of a text that are encodings of what holds it, to a depth;
// in no order, and they may overlap. Escapes of the text itself are not undone.
func (s *Search) Parts(text string, depth int) (out []Part) {
	for p := range parts(text) {
		if s.Spent() {
			break
		}
		if s.within(text[p.From:p.To], depth) {
			out = append(out, p)
		}
	}
	return out
}

// within reports whether what a part is an encoding of holds it.
func (s *Search) within(part string, depth int) bool {
	if s.Spent() {
		return false
	}
	shifts := func(of int) int {
		if len(part) > longestShifted {
			return 1
		}
		return of
	}
	if alphabetOf(part, &hexDigits) {
		for shift := range min(shifts(2), len(part)-leastHex+1) { // what stands before may be a digit, too
			if b, err := hex.DecodeString(part[shift : shift+(len(part)-shift)&^1]); err == nil && s.octets(b, depth) {
				return true
			}
		}
	}
	encoding := base64.RawURLEncoding
	if !alphabetOf(part, &urlLetters) {
		encoding = base64.RawStdEncoding
	}
	for shift := range min(shifts(4), max(len(part)-leastBase64+1, 0)) {
		letters := part[shift:]
		if len(letters)%4 == 1 {
			letters = letters[:len(letters)-1]
		}
		if b, err := encoding.DecodeString(letters); err == nil && s.octets(b, depth) {
			return true
		}
	}
	return false
}

// octets reports whether what was decoded holds it, as it is or inflated.
func (s *Search) octets(b []byte, depth int) bool {
	if !s.spend(len(b)) {
		return false
	}
	return s.In(string(b), depth-1) || s.compressed(b, depth)
}

// compressed reports whether what octets are the compressed form of holds it: of
// zlib (RFC1950), gzip (RFC1952), or deflate alone (RFC1951).
func (s *Search) compressed(b []byte, depth int) bool {
	if len(b) > 2 && b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 && s.inflates(b[2:], depth) {
		return true
	}
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b, 8}) {
		if r, err := gzip.NewReader(bytes.NewReader(b)); err == nil && s.reads(r, depth) {
			return true
		}
	}
	return len(b) <= longestDeflated && s.inflates(b, depth)
}

func (s *Search) inflates(b []byte, depth int) bool {
	if s.inflater == nil {
		s.inflater = flate.NewReader(bytes.NewReader(b))
	} else if err := s.inflater.(flate.Resetter).Reset(bytes.NewReader(b), nil); err != nil {
		return false
	}
	return s.reads(s.inflater, depth)
}

// reads looks into what a reader gives; what came before an error counts, too.
func (s *Search) reads(r io.Reader, depth int) bool {
	s.inflated.Reset()
	n, _ := s.inflated.ReadFrom(io.LimitReader(r, int64(min(longestInflated, s.left))))
	if n < leastOctets || !s.spend(int(n)) {
		return false
	}
	return s.In(s.inflated.String(), depth-1)
}
