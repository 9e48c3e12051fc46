package redact

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

// built is how many bytes f allocates.
func built(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What is nested without end costs memory in proportion to its length, in
// every reader of this package.
func TestNestingCostsNoMoreThanLength(t *testing.T) {
	const size = 400_000
	nests := map[string]string{
		"arrays":           "[",
		"arrays of values": "[1,",
		"objects":          `{"a":"b","c":`,
		"long names":       `{"` + strings.Repeat("x", 300) + `":[1,`,
		"elements":         "<div>",
		"formatting":       "<b><p>",
		"foreign":          "<svg>",
		"tables":           "<table><tr><td>",
		"choices":          "<select><option>",
		"forms":            "<form><input>",
		"yaml":             "- ",
	}
	for name, unit := range nests {
		body := strings.Repeat(unit, size/len(unit))
		answer := &exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}}
		for reader, read := range map[string]func(){
			"observing": func() { New().Observe(answer) },
			"recording": func() { New().Exchange(answer) },
		} {
			if bytes := built(read); bytes > 128*size {
				t.Errorf("%s: %s builds %d bytes of %d", name, reader, bytes, size)
			}
		}
	}
}

// However deep a value stands, it is found, and by the member it belongs to.
func TestValuesAreFoundAtAnyDepth(t *testing.T) {
	deep := strings.Repeat(`{"x":[`, 2000)
	shut := strings.Repeat(`]}`, 2000)
	for name, text := range map[string]string{
		"under data":      `{"data":` + deep + `"TAN AH KOW"` + shut + `}`,
		"by its name":     `{"a":` + deep + `{"access_token":"TAN AH KOW"}` + shut + `}`,
		"after the depth": `{"a":` + deep + shut + `,"data":{"issuer":"TAN AH KOW"}}`,
	} {
		out := New().Exchange(&exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(text)}})
		if strings.Contains(out.Response.Body, "TAN AH KOW") {
			t.Errorf("%s: the value is shown", name)
		}
	}
	r := New()
	r.Observe(&exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(`{"a":` + deep + shut + `,"sub":"u=of-this-one","b":{"sub":"u=of-another"}}`)}})
	if got := r.Text("u=of-this-one u=of-another"); got != "[redacted sub 1, 13 characters] u=of-another" {
		t.Errorf("subjects: %q", got)
	}
}
