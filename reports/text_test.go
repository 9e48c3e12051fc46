package reports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInert(t *testing.T) {
	for name, c := range map[string][2]string{
		"terminal escape":     {"a\x1b[31mb", `a\x1b[31mb`},
		"text turned round":   {"a\u202eb\u2066c", `a\u202eb\u2066c`},
		"NUL":                 {"a\x00b", `a\x00b`},
		"C1 control":          {"a\u009bb", `a\x9bb`},
		"not UTF-8":           {"a\xff\xc3(b", `a\xff\xc3(b`},
		"zero width":          {"a\u200b\ufeffb", `a\u200b\ufeffb`},
		"tag characters":      {"a\U000e0041b", `a\U000e0041b`},
		"line separator":      {"a\u2028b", `a\u2028b`},
		"filler":              {"a\u3164b", `a\u3164b`},
		"noncharacter":        {"a\ufffeb", `a\ufffeb`},
		"lone return":         {"a\rb", `a\x0db`},
		"network newline":     {"a\r\nb", "a\nb"},
		"newline and tab":     {"a\n\tb", "a\n\tb"},
		"ordinary text":       {"Tan Ah Kow, 陈亚九, தமிழ், é", "Tan Ah Kow, 陈亚九, தமிழ், é"},
		"replacement as such": {"a\ufffdb", "a\ufffdb"},
	} {
		if got := inert(c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", name, got, c[1])
		}
	}
}

func TestCutKeepsWholeCharacters(t *testing.T) {
	text := strings.Repeat("陈", 10)
	for limit := range 31 {
		shown, note := cut(text, limit)
		if !utf8.ValidString(shown) || len(shown) > limit || limit-len(shown) > 2 {
			t.Errorf("limit %d: %q", limit, shown)
		}
		if (note == "") != (limit >= 30) {
			t.Errorf("limit %d: note %q", limit, note)
		}
	}
	_, note := cut("abc", 1)
	if want := "cut here: 3 bytes in all, SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; note != want {
		t.Errorf("note %q, want %q", note, want)
	}
}

func TestNumber(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.0123: "0.012", 1.5: "1.5", 12.34: "12.3", 199.7: "199.7", 200: "200", 1234567: "1,234,567", 1e300: "1e+300", -5: "-5"} {
		if got := number(value); got != want {
			t.Errorf("%g: %s, want %s", value, got, want)
		}
	}
}
