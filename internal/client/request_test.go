package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"

	"sgidcheck/internal/exchange"
)

func TestDefaultsOfAClient(t *testing.T) {
	c := newClient(t, Options{Timeout: -1})
	if c.Timeout() != DefaultTimeout || c.opt.MaxBody != DefaultMaxBody || c.opt.MaxHeader != DefaultMaxHeader || c.opt.MaxRetryAfter != DefaultMaxRetryAfter || c.opt.UserAgent != "sgidcheck" || c.opt.Now == nil || c.opt.Sleep == nil {
		t.Errorf("%+v", c.opt)
	}
	if c, err := New(Options{}); err != nil || c.Timeout() != DefaultTimeout {
		t.Errorf("without options: %v", err)
	}
	o := Options{Timeout: time.Second, MaxBody: 1, MaxHeader: 2, MaxRetryAfter: 3, UserAgent: "me"}
	if c := newClient(t, o); c.Timeout() != time.Second || c.opt.MaxBody != 1 || c.opt.MaxHeader != 2 || c.opt.MaxRetryAfter != 3 || c.opt.UserAgent != "me" {
		t.Errorf("%+v", c.opt)
	}
	if _, err := New(Options{CAFiles: []string{write(t, "ca.pem", "nothing")}}); err == nil || !strings.Contains(err.Error(), "no PEM certificate") {
		t.Errorf("%v", err)
	}
	if _, err := New(Options{Resolve: []string{"x"}}); err == nil {
		t.Error("--resolve x is taken")
	}
	if err := Sleep(context.Background(), 0); err != nil {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if err := Sleep(stopped, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBodyOfTheLengthThatIsTaken(t *testing.T) {
	for _, size := range []int{9, 10, 11} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(bytes.Repeat([]byte("x"), size)) }))
		e := newClient(t, Options{MaxBody: 10}).Do(context.Background(), exchange.Request{URL: s.URL})
		if e.NoResponse() != (size > 10) || e.Response.Truncated != (size > 10) || len(e.Response.Body) != min(size, 10) {
			t.Errorf("%d bytes: %s, %d kept", size, e.Reason(), len(e.Response.Body))
		}
		e = newClient(t, Options{MaxBody: 5}).Do(context.Background(), exchange.Request{URL: s.URL, MaxBody: 10})
		if e.NoResponse() != (size > 10) || len(e.Response.Body) != min(size, 10) {
			t.Errorf("%d bytes, 10 asked for: %s, %d kept", size, e.Reason(), len(e.Response.Body))
		}
		s.Close()
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		value   string
		already int
		want    time.Duration
		ok      bool
	}{
		{"", 0, time.Second, true}, {"", 2, 4 * time.Second, true}, {"0", 0, 0, true}, {" 7 ", 2, 7 * time.Second, true}, {"-1", 0, 0, false},
		{"1048575", 0, 1048575 * time.Second, true}, {"1048576", 0, 0, false}, {"Thu, 01 Jan 2026 00:00:05 GMT", 0, 5 * time.Second, true}, {"Wed, 31 Dec 2025 00:00:05 GMT", 0, 0, true}, {"soon", 0, 0, false},
	} {
		if got, ok := RetryAfter(tt.value, tt.already, now); got != tt.want || ok != tt.ok {
			t.Errorf("%q after %d: %s, %v", tt.value, tt.already, got, ok)
		}
	}
}

func TestLongestWaitThatIsHonoured(t *testing.T) {
	for seconds, waited := range map[int]bool{59: true, 60: true, 61: false} {
		left := 1
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if left--; left >= 0 {
				w.Header().Set("Retry-After", fmt.Sprint(seconds))
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}))
		e := newClient(t, Options{HonourRetryAfter: true, Sleep: func(context.Context, time.Duration) error { return nil }}).Do(context.Background(), exchange.Request{URL: s.URL})
		if (e.Status() == 200) != waited {
			t.Errorf("%d seconds: status %d", seconds, e.Status())
		}
		s.Close()
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }))
	defer s.Close()
	c := newClient(t, Options{HonourRetryAfter: true, Sleep: func(context.Context, time.Duration) error { return context.Canceled }})
	if e := c.Do(context.Background(), exchange.Request{URL: s.URL}); e.Status() != 429 || c.Requests() != 1 {
		t.Errorf("stopped while it waited: status %d after %d requests", e.Status(), c.Requests())
	}
}

func TestWhichRequestsAreWrittenByHand(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    exchange.Request
		raw  bool
	}{
		{"plain", exchange.Request{Method: "GET", URL: "http://h/a?b=c", Header: http.Header{"X": {"a b"}}}, false},
		{"method", exchange.Request{Method: "G ET", URL: "http://h/"}, true},
		{"name of a field", exchange.Request{Method: "GET", URL: "http://h/", Header: http.Header{"X Y": {"a"}}}, true},
		{"control character", exchange.Request{Method: "GET", URL: "http://h/", Header: http.Header{"X": {"a\x01"}}}, true},
		{"space in front", exchange.Request{Method: "GET", URL: "http://h/", Header: http.Header{"X": {" a"}}}, true},
		{"tab behind", exchange.Request{Method: "GET", URL: "http://h/", Header: http.Header{"X": {"a\t"}}}, true},
		{"space in the path", exchange.Request{Method: "GET", URL: "http://h/a b"}, true},
		{"no URL", exchange.Request{Method: "GET", URL: "http://h/%zz"}, true},
		{"no path", exchange.Request{Method: "GET", URL: "http://h"}, false},
		{"query alone", exchange.Request{Method: "GET", URL: "http://h?a"}, false},
		{"fragment", exchange.Request{Method: "GET", URL: "http://h/#a b"}, false},
	} {
		if needsRaw(tt.r) != tt.raw {
			t.Errorf("%s: %v (%v)", tt.name, !tt.raw, httpguts.ValidHeaderFieldName(tt.r.Method))
		}
	}
	for raw, want := range map[string]string{"HTTP://h:1/a?b#c": "http h:1 /a?b", "https://h": "https h /", "https://h?a": "https h /?a", "https://u@h/?": "https u@h /?", "h/a": "  "} {
		scheme, authority, target := SplitURL(raw)
		if got := scheme + " " + authority + " " + target; got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestRawRequestsSayTheirLength(t *testing.T) {
	var got string
	base := rawServer(t, func(c net.Conn, request string) {
		got = request
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	for _, tt := range []struct {
		method, body string
		length       string
	}{{"GET", "", ""}, {"DELETE", "", ""}, {"POST", "", "0"}, {"PUT", "", "0"}, {"PATCH", "", "0"}, {"GET", "abc", "3"}} {
		e := newClient(t, Options{}).Do(context.Background(), exchange.Request{Method: tt.method, URL: strings.Replace(base, "//", "//user:pw@", 1), Body: []byte(tt.body), Header: http.Header{"X": {"\x01"}, "A": {"1"}}})
		if e.Status() != 200 || string(e.Body()) != "ok" {
			t.Fatalf("%s: %s", tt.method, e.Reason())
		}
		_, length, there := strings.Cut(got, "Content-Length: ")
		length, _, _ = strings.Cut(length, "\r\n")
		if there != (tt.length != "") || length != tt.length {
			t.Errorf("%s: %q", tt.method, got)
		}
		lines := strings.Split(got, "\r\n")
		if !strings.HasPrefix(lines[1], "Host: 127.0.0.1:") || lines[2] != "A: 1" {
			t.Errorf("the fields are not in order: %q", lines)
		}
	}
	for _, url := range []string{"ftp://127.0.0.1/ ", "http:///a b", "127.0.0.1/a b"} {
		if e := newClient(t, Options{}).Do(context.Background(), exchange.Request{URL: url}); e.Kind() != exchange.FailedUnsendable {
			t.Errorf("%s: %s", url, e.Kind())
		}
	}
}

func TestInformationalAnswers(t *testing.T) {
	for n, fine := range map[int]bool{0: true, 5: true, 6: false} {
		base := rawServer(t, func(c net.Conn, _ string) {
			io.WriteString(c, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", n)+"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})
		if e := newClient(t, Options{}).Do(context.Background(), exchange.Request{URL: base, Header: http.Header{"X": {"\x01"}}}); (e.Status() == 200) != fine {
			t.Errorf("%d of them: %d %s", n, e.Status(), e.Reason())
		}
	}
	base := rawServer(t, func(c net.Conn, _ string) { io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n") })
	if e := newClient(t, Options{}).Do(context.Background(), exchange.Request{URL: base, Header: http.Header{"X": {"\x01"}}}); e.Status() != 101 {
		t.Errorf("another protocol: %d %s", e.Status(), e.Reason())
	}
}
