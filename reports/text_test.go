package reports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

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
