package client

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/loopback"
)

// rawServer answers each connection with what handle writes; the request's
// header section has been read when it is called.
func rawServer(t *testing.T, handle func(c net.Conn, request string)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				br, request := bufio.NewReader(c), ""
				for !strings.HasSuffix(request, "\r\n\r\n") {
					line, err := br.ReadString('\n')
					if err != nil {
						return
					}
					request += line
				}
				var length int
				if _, after, ok := strings.Cut(request, "Content-Length: "); ok {
					fmt.Sscan(after, &length)
				}
				body := make([]byte, length)
				io.ReadFull(br, body)
				handle(c, request+string(body))
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// endless writes p until the peer hangs up.
func endless(c net.Conn, p string) {
	for {
		if _, err := io.WriteString(c, p); err != nil {
			return
		}
	}
}

func gzipped(size int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeroes := make([]byte, 1<<16)
	for ; size > 0; size -= len(zeroes) {
		w.Write(zeroes)
	}
	w.Close()
	return b.Bytes()
}

func TestHostileServers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	bomb := gzipped(64 << 20)
	for _, tt := range []struct {
		name   string
		handle func(c net.Conn, request string)
		kind   exchange.FailureKind
		reason string
	}{
		{"endless body", func(c net.Conn, _ string) { io.WriteString(c, ok+"\r\n"); endless(c, strings.Repeat("x", 1<<16)) }, exchange.FailedTooLong, "longer than 64 KiB"},
		{"endless chunks", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n")
			endless(c, "400\r\n"+strings.Repeat("x", 1024)+"\r\n")
		}, exchange.FailedTooLong, "longer than 64 KiB"},
		{"a byte now and then", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Content-Length: 100\r\n\r\n")
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
			}
		}, exchange.FailedTimeout, "no complete response within 300ms"},
		{"a header byte now and then", func(c net.Conn, _ string) {
			io.WriteString(c, ok)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
			}
		}, exchange.FailedTimeout, "no complete response within 300ms"},
		{"silence", func(c net.Conn, _ string) { io.Copy(io.Discard, c) }, exchange.FailedTimeout, "no complete response within 300ms"},
		{"gzip bomb", func(c net.Conn, _ string) {
			fmt.Fprintf(c, ok+"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(bomb))
			c.Write(bomb)
		}, exchange.FailedTooLong, "longer than 64 KiB when decompressed"},
		{"gzip that is none", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nhello, world")
		}, exchange.FailedMalformed, "claims gzip and is not"},
		{"header flood", func(c net.Conn, _ string) {
			io.WriteString(c, ok)
			endless(c, "X-Flood: "+strings.Repeat("x", 1000)+"\r\n")
		}, exchange.FailedHeader, "header section exceeds"},
		{"garbage", func(c net.Conn, _ string) { io.WriteString(c, "\x00\x01\x02 not HTTP at all\r\n\r\n") }, exchange.FailedMalformed, "not well-formed HTTP"},
		{"bad status", func(c net.Conn, _ string) { io.WriteString(c, "HTTP/1.1 abc OK\r\n\r\n") }, exchange.FailedMalformed, "not well-formed HTTP"},
		{"bad chunk", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\nxx")
		}, exchange.FailedMalformed, "not well-formed HTTP"},
		{"two lengths", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")
		}, exchange.FailedMalformed, "not well-formed HTTP"},
		{"closed without a word", func(c net.Conn, _ string) {}, exchange.FailedClosed, "closed before the response was complete"},
		{"closed in the body", func(c net.Conn, _ string) { io.WriteString(c, ok+"Content-Length: 100\r\n\r\nhalf") }, exchange.FailedClosed, "closed before the response was complete"},
		{"reset in the body", func(c net.Conn, _ string) {
			io.WriteString(c, ok+"Content-Length: 100\r\n\r\nhalf")
			c.(*net.TCPConn).SetLinger(0)
		}, exchange.FailedReset, "reset"},
		{"informational for ever", func(c net.Conn, _ string) { endless(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, "", ""},
	} {
		for _, fresh := range []string{"", "\x01"} { // a control character sends it the raw way
			name := tt.name + map[bool]string{true: ", raw"}[fresh != ""]
			t.Run(name, func(t *testing.T) {
				base := rawServer(t, tt.handle)
				timeout := 30 * time.Second // a busy machine must not make a timeout of another failure
				if tt.kind == exchange.FailedTimeout {
					timeout = 300 * time.Millisecond
				}
				c := newClient(t, Options{Timeout: timeout, MaxBody: 64 << 10, MaxHeader: 16 << 10})
				e := c.Do(context.Background(), exchange.Request{URL: base + "/x", Header: http.Header{"X-Way": {fresh}}})
				if !e.NoResponse() || e.Status() != 0 || e.Body() != nil || e.Reason() == "" {
					t.Fatalf("counts as an answer: %+v", e.Response)
				}
				if tt.name == "reset in the body" && e.Kind() == exchange.FailedClosed { // the reset may overtake nothing
					return
				}
				if tt.kind != "" && (e.Kind() != tt.kind || !strings.Contains(e.Reason(), tt.reason)) {
					t.Errorf("%s: %q (%v)", e.Kind(), e.Reason(), e.Err.(*exchange.Failure).Err)
				}
				if e.Response != nil && len(e.Response.Body) > 64<<10 {
					t.Errorf("%d bytes kept", len(e.Response.Body))
				}
			})
		}
	}
}

func TestNoConnection(t *testing.T) {
	closed := "http://" + loopback.ClosedAddress(t)
	c := newClient(t, Options{})
	for _, tt := range []struct {
		url  string
		kind exchange.FailureKind
	}{
		{closed, exchange.FailedRefused},
		{"http://no-such-host.invalid/", exchange.FailedName},
		{"gopher://127.0.0.1/", exchange.FailedUnsendable},
		{"", exchange.FailedUnsendable},
		{"http://%zz/", exchange.FailedName},
	} {
		if e := c.Do(context.Background(), exchange.Request{URL: tt.url}); e.Kind() != tt.kind && !(tt.kind == exchange.FailedName && e.NoResponse()) {
			t.Errorf("%q: %s, %s", tt.url, e.Kind(), e.Reason())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if e := c.Do(ctx, exchange.Request{URL: closed}); e.Kind() != exchange.FailedCanceled {
		t.Errorf("stopped: %s", e.Kind())
	}
	if c.Requests() < 5 {
		t.Errorf("%d requests counted", c.Requests())
	}
}

func TestRequestsGoOutAsAsked(t *testing.T) {
	var got string
	base := rawServer(t, func(c net.Conn, request string) {
		got = request
		io.WriteString(c, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\nConnection: close\r\n\r\n2\r\nno\r\n0\r\nX-End: yes\r\n\r\n")
	})
	c := newClient(t, Options{UserAgent: "sgidcheck/9"})
	for _, tt := range []struct {
		name string
		r    exchange.Request
		want []string
		not  []string
	}{
		{"plain", exchange.Request{URL: base + "/a//b/../c?x=%zz&y=1&y=2"}, []string{"GET /a//b/../c?x=%zz&y=1&y=2 HTTP/1.1\r\n", "User-Agent: sgidcheck/9\r\n", "Accept-Encoding: gzip\r\n"}, []string{"Content-Length", "Transfer-Encoding"}},
		{"no path", exchange.Request{URL: base + "?a=b"}, []string{"GET /?a=b HTTP/1.1\r\n"}, nil},
		{"path that begins with two slashes", exchange.Request{URL: base + "//a"}, []string{"GET //a HTTP/1.1\r\n"}, nil},
		{"query with quotes", exchange.Request{URL: base + `/a?x="<>'`}, []string{`GET /a?x="<>' HTTP/1.1` + "\r\n"}, nil},
		{"path with odd bytes", exchange.Request{URL: base + "/a\"{}|%2F%2f"}, []string{"GET /a\"{}|%2F%2f HTTP/1.1\r\n"}, nil},
		{"fragment stays here", exchange.Request{URL: base + "/a#secret"}, []string{"GET /a HTTP/1.1\r\n"}, []string{"secret"}},
		{"header with control characters", exchange.Request{URL: base + "/", Header: http.Header{"Authorization": {"Bearer a\x01\x7fb\x00"}}}, []string{"Authorization: Bearer a\x01\x7fb\x00\r\n", "Host: 127.0.0.1:"}, nil},
		{"header with spaces at its ends", exchange.Request{URL: base + "/", Header: http.Header{"Authorization": {" Bearer x "}}}, []string{"Authorization:  Bearer x \r\n"}, nil},
		{"empty header", exchange.Request{URL: base + "/", Header: http.Header{"Authorization": {""}}}, []string{"Authorization: \r\n"}, nil},
		{"two values", exchange.Request{URL: base + "/", Header: http.Header{"Authorization": {"Bearer a", "Bearer b"}}}, []string{"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"}, nil},
		{"odd method", exchange.Request{Method: "BREW", URL: base + "/"}, []string{"BREW / HTTP/1.1\r\n"}, nil},
		{"illegal method", exchange.Request{Method: "G(ET", URL: base + "/"}, []string{"G(ET / HTTP/1.1\r\n"}, nil},
		{"POST with a body", exchange.Request{Method: "POST", URL: base + "/t", Body: []byte("a=b")}, []string{"POST /t HTTP/1.1\r\n", "Content-Length: 3\r\n", "\r\n\r\na=b"}, nil},
		{"raw POST without a body", exchange.Request{Method: "POST", URL: base + "/t", Header: http.Header{"X": {"\x01"}}}, []string{"Content-Length: 0\r\n"}, nil},
		{"GET with a body", exchange.Request{URL: base + "/t", Body: []byte("{}")}, []string{"GET /t HTTP/1.1\r\n", "Content-Length: 2\r\n"}, nil},
		{"own User-Agent", exchange.Request{URL: base + "/", Header: http.Header{"User-Agent": {"me"}}}, []string{"User-Agent: me\r\n"}, []string{"sgidcheck"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, fresh := range []bool{false, true} {
				got = ""
				tt.r.FreshConnection = fresh
				e := c.Do(context.Background(), tt.r)
				if e.Status() != 400 || string(e.Body()) != "no" || e.Response.Trailer.Get("X-End") != "yes" {
					t.Fatalf("answer: %d %q %v %s", e.Status(), e.Body(), e.Response, e.Reason())
				}
				for _, want := range tt.want {
					if !strings.Contains(got, want) {
						t.Errorf("%q is not in %q", want, got)
					}
				}
				for _, not := range tt.not {
					if strings.Contains(got, not) {
						t.Errorf("%q is in %q", not, got)
					}
				}
			}
		})
	}
}

// A request that a kept connection swallows must not be sent again in secret.
func TestNothingIsSentTwice(t *testing.T) {
	var mu sync.Mutex
	count := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		if n == 2 {
			panic(http.ErrAbortHandler)
		}
		w.Write([]byte("ok"))
	}))
	defer s.Close()
	c := newClient(t, Options{})
	first := c.Do(context.Background(), exchange.Request{URL: s.URL})
	second := c.Do(context.Background(), exchange.Request{URL: s.URL})
	mu.Lock()
	defer mu.Unlock()
	if first.Status() != 200 || second.Kind() != exchange.FailedClosed || count != 2 {
		t.Errorf("%d, then %s, %d requests", first.Status(), second.Kind(), count)
	}
}

func TestGzipAndFreshConnections(t *testing.T) {
	var mu sync.Mutex
	peers := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		peers[r.RemoteAddr]++
		mu.Unlock()
		w.Header().Set("Content-Encoding", "gzip")
		if r.Method == http.MethodHead || r.URL.Path == "/empty" {
			return
		}
		zw := gzip.NewWriter(w)
		zw.Write([]byte("unzipped"))
		zw.Close()
	}))
	defer s.Close()
	c := newClient(t, Options{})
	for range 3 {
		if e := c.Do(context.Background(), exchange.Request{URL: s.URL}); string(e.Body()) != "unzipped" {
			t.Fatalf("%q %s", e.Body(), e.Reason())
		}
	}
	if len(peers) != 1 {
		t.Errorf("%d connections for three requests", len(peers))
	}
	c.Do(context.Background(), exchange.Request{URL: s.URL, FreshConnection: true})
	if len(peers) != 2 {
		t.Errorf("%d connections with a fresh one", len(peers))
	}
	for _, r := range []exchange.Request{{Method: "HEAD", URL: s.URL}, {URL: s.URL + "/empty"}} {
		if e := c.Do(context.Background(), r); e.Status() != 200 || len(e.Body()) != 0 {
			t.Errorf("%+v: %s", r, e.Reason())
		}
	}
}

func TestRateLimitsAreWaitedOut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header string
		deny   int
		honour bool
		status int
		waits  []time.Duration
	}{
		{"seconds", "7", 2, true, 200, []time.Duration{7 * time.Second, 7 * time.Second}},
		{"nothing said", "", 2, true, 200, []time.Duration{time.Second, 2 * time.Second}},
		{"a date", "Thu, 01 Jan 2026 00:00:09 GMT", 1, true, 200, []time.Duration{9 * time.Second}},
		{"too long", "3600", 1, true, 429, nil},
		{"nonsense", "soon", 1, true, 429, nil},
		{"too often", "1", 9, true, 429, []time.Duration{time.Second, time.Second, time.Second}},
		{"not honoured", "1", 1, false, 429, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			left := tt.deny
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if left--; left >= 0 {
					if tt.header != "" {
						w.Header().Set("Retry-After", tt.header)
					}
					w.WriteHeader(http.StatusTooManyRequests)
				}
			}))
			defer s.Close()
			var waits []time.Duration
			seen := 0
			c := newClient(t, Options{HonourRetryAfter: tt.honour, Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
				Sleep: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
				Hook:  func(*exchange.Exchange) { seen++ }})
			e := c.Do(context.Background(), exchange.Request{URL: s.URL})
			if e.Status() != tt.status || fmt.Sprint(waits) != fmt.Sprint(tt.waits) || e.RateLimited != len(waits) || seen != len(waits)+1 || c.RateLimited() == 0 {
				t.Errorf("status %d after %v, %d seen", e.Status(), waits, seen)
			}
		})
	}
}

func TestPaceLeavesLoopbackAlone(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var waited []time.Duration
	p := newPacer(4, func() time.Time { return now }, func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	})
	for _, u := range []string{"https://idp.example/", "https://idp.example/", "https://idp.example/", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost:2/"} {
		if err := p.wait(context.Background(), u); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Minute)
	p.wait(context.Background(), "https://idp.example/")
	if fmt.Sprint(waited) != "[250ms 500ms]" {
		t.Errorf("waited %v", waited)
	}
}

func TestParseResolve(t *testing.T) {
	for in, want := range map[string]string{
		"Idp.example:127.0.0.1":          "idp.example 127.0.0.1",
		"idp.example:443:127.0.0.1":      "idp.example:443 127.0.0.1",
		"idp.example:127.0.0.1:8443":     "idp.example 127.0.0.1:8443",
		"idp.example:443:127.0.0.1:8443": "idp.example:443 127.0.0.1:8443",
		"idp.example:[::1]":              "idp.example [::1]",
		"idp.example:443:[::1]:8443":     "idp.example:443 [::1]:8443",
		"idp.example:::1":                "idp.example ::1",
	} {
		if key, addr, err := ParseResolve(in); err != nil || key+" "+addr != want {
			t.Errorf("%s: %s %s %v", in, key, addr, err)
		}
	}
	for _, in := range []string{"", "idp.example", "idp.example:", ":127.0.0.1", "a:b:c", "idp.example:443", "idp.example:99999:127.0.0.1"} {
		if _, _, err := ParseResolve(in); err == nil {
			t.Errorf("%q is taken", in)
		}
	}
}
