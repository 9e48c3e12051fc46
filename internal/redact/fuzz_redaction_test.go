package redact

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact/redacttest"
)

// FuzzRedaction plants a secret in anything and wants it gone, and the rest inert.
func FuzzRedaction(f *testing.F) {
	for _, seed := range []string{"", "{\"a\":\"", "%", "\\u00", "&#x", "eyJ", "S123", "\x1b[", "<input value=", "code=", "-----BEGIN PRIVATE KEY-----", "\"access_token\":\""} {
		f.Add(seed, "x", "text/html")
		f.Add("x", seed, "application/json")
	}
	const secret = "Pl4nted-s3cret/value+1"
	f.Fuzz(func(t *testing.T, before, after, media string) {
		r := New()
		r.Learn(KindAccessToken, secret)
		for _, planted := range []string{secret, url.QueryEscape(secret)} {
			body := before + planted + after
			e := &exchange.Exchange{Request: exchange.Request{URL: "http://127.0.0.1/?x=" + body, Header: http.Header{"X": {body}}, Body: []byte(body)},
				Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {media}, "Set-Cookie": {body}, "Location": {body}}, Body: []byte(body)}}
			r.Observe(e)
			for _, out := range []string{r.Text(body), string(redacttest.Must(json.Marshal(r.Exchange(e))))} {
				if strings.Contains(out, planted) && !strings.Contains(before+after, planted) {
					t.Fatalf("%q is still in %q", planted, out)
				}
				for i := 0; i < len(out); i++ {
					if b := out[i]; b < 0x20 && b != '\n' && b != '\t' || b == 0x7f {
						t.Fatalf("byte %#x in %q", b, out)
					}
				}
				if !utf8.ValidString(out) {
					t.Fatalf("invalid UTF-8: %q", out)
				}
			}
		}
	})
}
