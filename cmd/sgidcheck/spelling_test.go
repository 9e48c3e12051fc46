package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// each writes every byte of a value in the same form.
func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

// units writes every UTF-16 unit of a value in the same form.
func units(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, format, u)
		}
		return b.String()
	}
}

// runes writes every character of a value in the same form.
func runes(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

// within is a value in base64 with something before and after it.
func within(e *base64.Encoding, before string) func(string) string {
	return func(s string) string { return e.EncodeToString([]byte(before + s + "~tail")) }
}

// mixedCase is a percent encoding that changes its mind about capitals.
func mixedCase(s string) string {
	var b strings.Builder
	for i, c := range []byte(s) {
		fmt.Fprintf(&b, [...]string{"%%%02x", "%%%02X"}[i%2], c)
	}
	return b.String()
}

// spelling is a way in which a target may write a value.
type spelling struct {
	name  string
	write func(string) string
}

// spellings are all that the redaction promises to see through, broken
// encodings beside the value included.
var spellings = []spelling{
	{"as it is", func(s string) string { return s }},
	{"query", url.QueryEscape},
	{"percent, lower", each("%%%02x")},
	{"percent, upper", each("%%%02X")},
	{"percent, both cases", mixedCase},
	{"percent twice", func(s string) string { return url.QueryEscape(each("%%%02x")(s)) }},
	{"percent in JSON", func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%", `\u0025`) }},
	{"JSON", func(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] }},
	{"JSON, all", units(`\u%04x`)},
	{"JSON, all, upper", units(`\u%04X`)},
	{"string of a program", each(`\x%02x`)},
	{"HTML", html.EscapeString},
	{"HTML, decimal", runes("&#%d;")},
	{"HTML, hexadecimal", runes("&#x%X;")},
	{"HTML twice", func(s string) string { return html.EscapeString(runes("&#x%x;")(s)) }},
	{"hex, lower", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hex, upper", each("%02X")},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64, unpadded", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64, first alignment", within(base64.StdEncoding, "abc")},
	{"base64, second alignment", within(base64.StdEncoding, "a?")},
	{"base64, third alignment", within(base64.StdEncoding, ">")},
	{"base64url, first alignment", within(base64.URLEncoding, "{?\"")},
	{"base64url, second alignment", within(base64.RawURLEncoding, ">?")},
	{"base64url, third alignment", within(base64.RawURLEncoding, "\xff")},
	{"base64 in a query", func(s string) string {
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("{\"" + s + "\"}")))
	}},
	{"beside broken UTF-8", func(s string) string { return "\xff\xfe" + s + "\xc3" }},
	{"beside broken percent", func(s string) string { return "%E0%A4%A" + each("%%%02x")(s) + "%z%" }},
	{"beside broken JSON", func(s string) string { return `\ud800\u12` + units(`\u%04x`)(s) + `\u00` }},
	{"beside broken HTML", func(s string) string { return "&#xD800;&#" + runes("&#%d;")(s) + "&am" }},
	{"between controls", func(s string) string { return "\x00\x1b[31m" + s + "\u202e" }},
}

var (
	jsonEscape    = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|["'\\/nrt])`)
	percentEscape = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	base64Run     = regexp.MustCompile(`[A-Za-z0-9+/_-]{10,}`)
	hexRun        = regexp.MustCompile(`(?:[0-9a-fA-F]{2}){8,}`)
)

func fromJSON(s string) string {
	return jsonEscape.ReplaceAllStringFunc(s, func(e string) string {
		switch e[1] {
		case 'u':
			u, _ := strconv.ParseUint(e[2:], 16, 16)
			return string(rune(u))
		case 'x':
			b, _ := strconv.ParseUint(e[2:], 16, 8)
			return string([]byte{byte(b)})
		case 'n':
			return "\n"
		case 'r':
			return "\r"
		case 't':
			return "\t"
		}
		return e[1:]
	})
}

func fromPercent(s string) string {
	return percentEscape.ReplaceAllStringFunc(s, func(e string) string {
		b, _ := strconv.ParseUint(e[1:], 16, 8)
		return string([]byte{byte(b)})
	})
}

// decodedRuns is what every run of base64 in s, read from each of its first four
// characters, and every run of hexadecimal digits comes to.
func decodedRuns(s string) string {
	var out strings.Builder
	for _, r := range base64Run.FindAllString(strings.NewReplacer("-", "+", "_", "/").Replace(s), -1) {
		for from := range 4 {
			end := len(r)
			if (end-from)%4 == 1 {
				end-- // no base64 is that long
			}
			if plain, err := base64.RawStdEncoding.DecodeString(r[from:end]); err == nil {
				out.Write(plain)
				out.WriteByte('\n')
			}
		}
	}
	for _, r := range hexRun.FindAllString(s, -1) {
		for from := range 2 {
			plain, _ := hex.DecodeString(r[from : from+(len(r)-from)/2*2])
			out.Write(plain)
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// readings is a text in every way in which a reader with a few tools can read it.
func readings(s string) []string {
	out := []string{s}
	for range 3 {
		for _, undo := range []func(string) string{html.UnescapeString, fromJSON, fromPercent} {
			if s = undo(s); s != out[len(out)-1] {
				out = append(out, s)
			}
		}
	}
	for _, text := range slices.Clone(out) {
		if spaced := strings.ReplaceAll(text, "+", " "); spaced != text {
			out = append(out, fromPercent(spaced))
		}
	}
	for _, text := range []string{out[0], out[len(out)/4], s} {
		out = append(out, decodedRuns(text))
	}
	return out
}

// searched finds any of many values in a text in one pass.
type searched map[uint32][]string

func searchFor(values []string) searched {
	s := searched{}
	for _, v := range values {
		if len(v) >= 4 {
			k := binary.LittleEndian.Uint32([]byte(v))
			s[k] = append(s[k], v)
		}
	}
	return s
}

// in calls found for every value in text. A short one counts only as a word.
func (s searched) in(text string, found func(value string, at int)) {
	for i := 0; i+4 <= len(text); i++ {
		for _, v := range s[uint32(text[i])|uint32(text[i+1])<<8|uint32(text[i+2])<<16|uint32(text[i+3])<<24] {
			if strings.HasPrefix(text[i:], v) && (len(v) >= 8 || standsAlone(text, i, i+len(v))) {
				found(v, i)
			}
		}
	}
}

func standsAlone(s string, from, to int) bool {
	word := func(b byte) bool {
		return b == '_' || b == '-' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
	}
	return (from == 0 || !word(s[from-1])) && (to == len(s) || !word(s[to]))
}

// The search must find what the tests plant, or finding nothing means nothing.
func TestTheSearchSeesEverySpelling(t *testing.T) {
	const value = "S9912345Z/TAN+ÉLI <x>&\"y\""
	for _, form := range spellings {
		for _, text := range []string{form.write(value), strconv.Quote("before " + form.write(value) + " after"), html.EscapeString("<p>" + form.write(value) + "</p>")} {
			hits := 0
			for _, reading := range readings(text) {
				searchFor([]string{value}).in(reading, func(string, int) { hits++ })
			}
			if hits == 0 {
				t.Errorf("%s is not found in %q", form.name, text)
			}
		}
	}
}
