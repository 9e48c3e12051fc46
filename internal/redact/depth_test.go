package redact

import (
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/nesting/nestingtest"
)

// What is nested without end costs memory in proportion to its length, in
// every reader of this package.
func TestNestingCostsNoMoreThanLength(t *testing.T) {
	for reader, read := range map[string]func(*exchange.Exchange){
		"observing": func(e *exchange.Exchange) { New().Observe(e) },
		"recording": func(e *exchange.Exchange) { New().Exchange(e) },
	} {
		t.Run(reader, func(t *testing.T) {
			nestingtest.InProportion(t, func(body []byte) {
				read(&exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}})
			})
		})
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
