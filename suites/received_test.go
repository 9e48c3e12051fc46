package suites

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf16"

	"sgidcheck/internal/run"
)

func utf16LE(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

// What came in place of a JSON object is named, by the check that owns it,
// whichever endpoint it is; and it is never taken for what it is not.
func TestWhatWasReceivedIsNamed(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, says string
		write      func(rw http.ResponseWriter, body string)
	}{
		{"byte order mark", "begins with a byte order mark", func(rw http.ResponseWriter, body string) { rw.Write([]byte("\xef\xbb\xbf" + body)) }},
		{"UTF-16 with a mark", "UTF-16, where JSON is UTF-8", func(rw http.ResponseWriter, body string) { rw.Write(append([]byte{0xff, 0xfe}, utf16LE(body)...)) }},
		{"UTF-16 without", "UTF-16, where JSON is UTF-8", func(rw http.ResponseWriter, body string) { rw.Write(utf16LE(body)) }},
		{"Latin-1", "not UTF-8, at byte ", func(rw http.ResponseWriter, body string) {
			rw.Header().Set("Content-Type", "application/json; charset=iso-8859-1")
			rw.Write([]byte(strings.Replace(body, "{", "{\"caf\xe9\":1,", 1)))
		}},
		{"its charset", "with charset iso-8859-1", func(rw http.ResponseWriter, body string) {
			rw.Header().Set("Content-Type", "application/json; charset=iso-8859-1")
			rw.Write([]byte(strings.Replace(body, "{", "{\"caf\xe9\":1,", 1)))
		}},
		{"brotli", "in the content coding br, which was not asked for", func(rw http.ResponseWriter, body string) {
			rw.Header().Set("Content-Encoding", "br")
			rw.Write([]byte("\x1b\x2f\x00\xf8\x8d\x94\x6e\xde"))
		}},
		{"two codings", "in the content coding gzip, gzip", func(rw http.ResponseWriter, body string) {
			rw.Header()["Content-Encoding"] = []string{"gzip", "gzip"}
			rw.Write(zipped(string(zipped(body))))
		}},
		{"gzip that nothing names", "compressed by gzip, and no Content-Encoding says so", func(rw http.ResponseWriter, body string) { rw.Write(zipped(body)) }},
		{"two content types", "2 Content-Type fields", func(rw http.ResponseWriter, body string) {
			rw.Header()["Content-Type"] = []string{"application/json", "text/html"}
			rw.Write([]byte("<p>"))
		}},
		{"a page", "what looks like HTML", func(rw http.ResponseWriter, _ string) { rw.Write([]byte("<!doctype html><p>Hello")) }},
		{"XML", "what looks like XML", func(rw http.ResponseWriter, _ string) { rw.Write([]byte("<?xml version='1.0'?><a/>")) }},
		{"nothing", "empty, where a JSON object was expected", func(rw http.ResponseWriter, _ string) {}},
		{"an array", "got an array", func(rw http.ResponseWriter, body string) { rw.Write([]byte("[" + body + "]")) }},
	} {
		for _, at := range []struct{ path, check string }{
			{"/.well-known/openid-configuration", "DISC-01"}, {"/.well-known/jwks.json", "JWKS-01"}, {"/oauth/token", "TOKEN-01"}, {"/oauth/userinfo", "UINFO-01"},
		} {
			met := false
			w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, at.path) {
					return false
				}
				met = true
				got := httptest.NewRecorder()
				w.provider.Handler().ServeHTTP(got, r)
				for name, values := range got.Header() {
					if name != "Content-Length" {
						rw.Header()[name] = values
					}
				}
				c.write(rw, got.Body.String())
				return true
			}
			verdict := w.judge(t, at.check)[at.check]
			if !met {
				t.Fatalf("nothing is asked at %s", at.path)
			}
			if verdict.Verdict != run.Fail || !strings.Contains(verdict.Observed, c.says) {
				t.Errorf("%s at %s: %s: %s%s", c.name, at.path, verdict.Verdict, verdict.Observed, verdict.Reason)
			}
		}
	}
}
