package redact

import (
	"bytes"
	"cmp"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

// received is a request as a target saw it.
type received struct {
	method string
	length int64
	header http.Header
	body   []byte
}

// sentBy runs a line in a shell and returns what it sends.
func sentBy(t *testing.T, line func(address string) string) received {
	t.Helper()
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("there is no " + program + " on this machine")
		}
	}
	var got []received
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, received{r.Method, r.ContentLength, r.Header, body})
	}))
	defer server.Close()
	script := line(server.URL + "/token")
	shell := exec.CommandContext(t.Context(), "sh", "-c", script)
	shell.Env = []string{"PATH=/usr/bin:/bin", "CODE=fresh-code-1", "NO_PROXY=127.0.0.1"}
	if out, err := shell.CombinedOutput(); err != nil || len(got) != 1 {
		t.Fatalf("%v, %d requests from %.2000s\n%s", err, len(got), script, out)
	}
	return got[0]
}

const formType = "application/x-www-form-urlencoded"

func TestCurlSendsEveryBody(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, tt := range map[string]struct {
		media string
		body  []byte
		want  []byte // nil: body
	}{
		"UTF-16":               {formType + "; charset=utf-16", []byte("g\x00r\x00a\x00n\x00t"), nil},
		"NULs":                 {formType, []byte("a=b\x00&c=\x00\x00&client_id=%00"), nil},
		"a secret among NULs":  {formType, []byte("grant_type=x\x00&code=good-code-1&y=it's%00"), []byte("grant_type=x\x00&code=fresh-code-1&y=it's%00")},
		"every byte":           {"application/octet-stream", every, nil},
		"begins like a flag":   {"text/plain", []byte("-n %s\\\x00\n\n"), nil},
		"not UTF-8":            {formType, []byte("grant_type=x&a=\xff\xfe\xc0\x80&b=%ff%fe"), nil},
		"deep JSON":            {"application/json", []byte(strings.Repeat("[", 20000)), nil},
		"10000 parameters":     {formType, bytes.Repeat([]byte("a=1&"), 10000), nil},
		"a quote 20000 times":  {"text/plain", bytes.Repeat([]byte("'\""), 10000), nil},
		"ends within its unit": {"text/plain", append(bytes.Repeat([]byte("abc"), 10000), 'a'), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := New()
			r.Learn(KindCode, "good-code-1")
			q := exchange.Request{Method: "POST", Header: http.Header{"Content-Type": {tt.media}}, Body: tt.body}
			got := sentBy(t, func(address string) string { q.URL = address; return r.Curl(q) })
			want := tt.want
			if want == nil {
				want = tt.body
			}
			if !bytes.Equal(got.body, want) {
				t.Errorf("sent %d bytes %.200q, want %d bytes %.200q", len(got.body), got.body, len(want), want)
			}
		})
	}
}

// What no line can hold is not promised by one.
func TestCurlSaysWhatItCannotSend(t *testing.T) {
	const secret = "Pl4nted-s3cret-value-1"
	var wide []byte
	for _, b := range []byte("code=" + secret) {
		wide = append(wide, b, 0)
	}
	long := append([]byte("grant_type=authorization_code&code="), bytes.Repeat([]byte("x"), 1<<20)...)
	for name, q := range map[string]exchange.Request{
		"long":               {Header: http.Header{"Content-Type": {formType}}, Body: long},
		"long and odd":       {Header: http.Header{}, Body: bytes.Repeat([]byte{0, 1, 2}, keptOdd)},
		"a secret in UTF-16": {Header: http.Header{"Content-Type": {formType + "; charset=utf-16"}}, Body: wide},
		"a secret in octets": {Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: []byte("\x00\x01" + secret)},
		"packed":             {Header: http.Header{"Content-Type": {formType}, "Content-Encoding": {"gzip"}}, Body: []byte("\x1f\x8b\x08\x00\x00\x00\x00\x01")},
		"a secret repeated":  {Header: http.Header{"Content-Type": {"text/plain"}}, Body: bytes.Repeat([]byte(secret+" "), 1000)},
	} {
		r := New()
		r.Learn(KindCode, secret)
		q.Method, q.URL = "POST", "http://127.0.0.1/token"
		line := r.Curl(q)
		if !strings.HasPrefix(line, "# ") || strings.Contains(line, "\n") || !strings.Contains(line, " bytes, SHA-256 ") || strings.Contains(strings.ReplaceAll(line, `\000`, ""), secret) {
			t.Errorf("%s: %.300s", name, line)
		}
	}
}

// curl sends no field that the request did not have, and the request's own method.
func TestCurlAddsNothing(t *testing.T) {
	for name, q := range map[string]exchange.Request{
		"no type":         {Method: "POST", Header: http.Header{"Accept": {"application/json"}}, Body: []byte("grant_type=x")},
		"no type, piped":  {Method: "POST", Header: http.Header{}, Body: []byte("a\x00b")},
		"empty":           {Method: "POST", Header: http.Header{"Content-Type": {formType}}},
		"empty, no type":  {Method: "POST", Header: http.Header{}},
		"GET":             {Method: "GET", Header: http.Header{"Authorization": {"Basic"}}},
		"GET with a body": {Header: http.Header{"Content-Type": {formType}}, Body: []byte("a=b")},
		"HEAD":            {Method: "HEAD", Header: http.Header{}},
		"its own accept":  {Method: "GET", Header: http.Header{"accept": {"text/html"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sentBy(t, func(address string) string { q.URL = address; return New().Curl(q) })
			if got.method != cmp.Or(q.Method, http.MethodGet) || !bytes.Equal(got.body, q.Body) || got.length != int64(len(q.Body)) {
				t.Errorf("%s with %d bytes %q", got.method, got.length, got.body)
			}
			for _, own := range []string{"User-Agent", "Content-Length"} {
				got.header.Del(own)
			}
			want := http.Header{}
			for field, values := range q.Header {
				want[http.CanonicalHeaderKey(field)] = values
			}
			if !maps.EqualFunc(got.header, want, slices.Equal) {
				t.Errorf("sent %v, want %v", got.header, want)
			}
		})
	}
}
