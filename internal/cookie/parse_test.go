package cookie

import (
	"strings"
	"testing"
	"time"
)

func TestDelimitersOfADate(t *testing.T) {
	// RFC 6265 section 5.1.1: %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E.
	const all = "\t !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~"
	for r := rune(0); r < 0x100; r++ {
		if delimiter(r) != strings.ContainsRune(all, r) {
			t.Errorf("%#x: %v", r, delimiter(r))
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"Wed, 09 Jun 2021 10:18:14 GMT": "2021-06-09T10:18:14Z", "9-jun-21 1:2:3": "2021-06-09T01:02:03Z", "Jun 9 10:18:14 2021": "2021-06-09T10:18:14Z",
		"9 Jun 69 0:0:0": "2069-06-09T00:00:00Z", "9 Jun 70 0:0:0": "1970-06-09T00:00:00Z", "9 Jun 99 0:0:0": "1999-06-09T00:00:00Z", "9 Jun 100 0:0:0": "",
		"9 Jun 1601 0:0:0": "1601-06-09T00:00:00Z", "31 Dec 1600 0:0:0": "", "31 Feb 2021 0:0:0": "", "9 Jun 2021": "", "9 Jun 2021 10:18": "", "9 Jun 2021 24:0:0": "", "9 2021 0:0:0": "", "": "",
	} {
		at, ok := date(text)
		if ok != (want != "") || ok && at.Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v; want %q", text, at.Format(time.RFC3339), ok, want)
		}
	}
}
