package redact

import (
	"strings"
	"testing"
)

func TestWordByte(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b >= 0x80 || strings.IndexByte("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", b) >= 0
		if wordByte(b) != want {
			t.Errorf("%#x: %v", b, !want)
		}
	}
	for in, want := range map[string]string{"TAN AH KOW": "Tan Ah Kow", "ann-mary o'neil": "Ann-Mary O'Neil", "zed": "Zed", "a{z": "A{Z", "9a": "9a"} {
		if got := capitals(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
