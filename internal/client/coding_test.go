package client

import (
	"net/http"
	"sgidcheck/internal/exchange"
	"testing"
)

func TestCodingsThatWereNotAskedFor(t *testing.T) {
	for _, tt := range []struct {
		codings []string
		want    string
	}{
		{nil, ""}, {[]string{""}, ""}, {[]string{"Identity"}, ""}, {[]string{"gzip"}, ""}, {[]string{" X-GZIP "}, ""},
		{[]string{"br"}, "br"}, {[]string{"gzip", "gzip"}, "gzip, gzip"}, {[]string{"gzip, br"}, "gzip, br"}, {[]string{"identity", "identity"}, "identity, identity"},
	} {
		if got := UnaskedCoding(&exchange.Exchange{Response: &exchange.Response{Header: http.Header{"Content-Encoding": tt.codings}}}); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.codings, got, tt.want)
		}
	}
	if UnaskedCoding(nil) != "" || UnaskedCoding(&exchange.Exchange{}) != "" {
		t.Error("an answer that did not come has a coding")
	}
}
