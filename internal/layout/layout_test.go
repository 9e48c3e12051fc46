package layout

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "µs · →": 6, "陈": 2, "é": 1, "ｘ": 2} {
		if got := Width(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"ab cdef", 4, "ab…"}, {"陈陈陈", 5, "陈陈…"}, {"陈陈陈", 4, "陈…"}} {
		if got := Cut(tt.s, tt.n); got != tt.want {
			t.Errorf("%q in %d: %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestWrap(t *testing.T) {
	got := Wrap("one two three\nfour "+strings.Repeat("x", 45)+" 陈陈陈陈陈陈 陈陈陈陈", 20)
	want := []string{"one two three", "four", strings.Repeat("x", 20), strings.Repeat("x", 20), "xxxxx 陈陈陈陈陈陈", "陈陈陈陈"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHanging(t *testing.T) {
	if got, want := Hanging("fix  ", "refuse the request with invalid_grant", 30), "fix  refuse the request with\n     invalid_grant"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTable(t *testing.T) {
	rows := [][]string{{"ID", "LEVEL", "TITLE"}, {"A-01", "MUST", "a title that goes on for longer than the line"}, {"A-02", "", "short"}}
	for n, want := range map[int]string{
		0:  "ID    LEVEL  TITLE\nA-01  MUST   a title that goes on for longer than the line\nA-02         short\n",
		40: "ID    LEVEL  TITLE\nA-01  MUST   a title that goes on for\n             longer than the line\nA-02         short\n",
		30: "ID    LEVEL  TITLE\nA-01 MUST\n    a title that goes on for\n    longer than the line\nA-02         short\n",
	} {
		var b bytes.Buffer
		if err := Table(&b, n, rows); err != nil || b.String() != want {
			t.Errorf("%d: %v\n%s\nwant\n%s", n, err, b.String(), want)
		}
	}
}
