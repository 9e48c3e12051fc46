package inert

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Every code point there is: of the categories that show nothing or steer what
// is shown none may come through, and of the others none is touched.
func TestEveryCodePoint(t *testing.T) {
	escaped := 0
	for c := rune(0); c <= unicode.MaxRune; c++ {
		steers := unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
		if Hidden(c) != steers {
			t.Fatalf("%U: hidden is %t", c, Hidden(c))
		}
		if !utf8.ValidRune(c) {
			continue
		}
		in := "a" + string(c) + "z"
		line, text := Line(in), Text(in)
		if kept := line == in; kept == steers {
			t.Errorf("%U: one line became %q", c, line)
		}
		if kept := text == in; kept != (!steers || c == '\n' || c == '\t') {
			t.Errorf("%U: the text became %q", c, text)
		}
		if Line(line) != line || Text(text) != text {
			t.Errorf("%U: what is inert is changed once more", c)
		}
		if steers {
			escaped++
		}
	}
	// Private use 137,468 and noncharacters 66 alone are more than this.
	if escaped < 137_000 {
		t.Errorf("only %d code points were escaped", escaped)
	}
}

// Characters that one of the earlier tables let through.
func TestCharactersThatHide(t *testing.T) {
	for _, c := range []rune{
		0x00ad, 0x034f, 0x0600, 0x0605, 0x061c, 0x06dd, 0x070f, 0x0890, 0x08e2, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x180f,
		0x200b, 0x200d, 0x200e, 0x2028, 0x2029, 0x202e, 0x2060, 0x2065, 0x2066, 0x2069, 0x206f, 0x3164, 0xe000, 0xf8ff,
		0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff0, 0xfff9, 0xfffb, 0xfdd0, 0xfffe, 0xffff, 0x110bd, 0x110cd, 0x13430, 0x1343f,
		0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0xe01ef, 0xe0fff, 0xf0000, 0x10fffd,
	} {
		if !Hidden(c) || strings.ContainsRune(Text(string(c)), c) {
			t.Errorf("%U comes through", c)
		}
	}
}

func TestEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mred\x00\x7f":                  `a\x1b[31mred\x00\x7f`,
		"network newline\r\nnext\ttab":          "network newline\nnext\ttab",
		"lone\rreturn":                          `lone\rreturn`,
		"turned\u202eround\u2066x\u200b\ufeff.": `turned\u202Eround\u2066x\u200B\uFEFF.`,
		"not UTF-8 \xff\xc3( \xed\xa0\x80":      `not UTF-8 \xff\xc3( \xed\xa0\x80`,
		"C1 \u0085\u009b":                       `C1 \u0085\u009B`,
		"tag \U000e0041, filler \u3164, \ufffe": `tag \U000E0041, filler \u3164, \uFFFE`,
		"Tan Ah Kow, 陈亚九, தமிழ், é 🙂 \ufffd":    "Tan Ah Kow, 陈亚九, தமிழ், é 🙂 \ufffd",
	} {
		if got := Text(in); got != want || !utf8.ValidString(got) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := Line("a\r\nb\tc"); got != `a\r\nb\tc` {
		t.Errorf("one line became %q", got)
	}
}
