package client

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/loopback"
)

// through makes a client that goes through the proxy at this address.
func through(t *testing.T, proxy string, resolve ...string) *Client {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", proxy)
	t.Setenv("http_proxy", proxy)
	c, err := New(Options{Timeout: 5 * time.Second, Resolve: resolve})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// accepting takes connections and does this with each.
func accepting(t *testing.T, with func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go with(conn)
		}
	}()
	return l.Addr().String()
}

// What the proxy does is attributed to the proxy, with the setting that names it and
// what to do; never of the target, and never with the password.
func TestAProxyIsNamed(t *testing.T) {
	status := func(code int, fields ...string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, f := range fields {
				name, value, _ := strings.Cut(f, ":")
				w.Header().Set(name, value)
			}
			w.WriteHeader(code)
		}))
		t.Cleanup(s.Close)
		return strings.TrimPrefix(s.URL, "http://")
	}
	silent := accepting(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	for _, c := range []struct {
		name, proxy string
		https, http string // what each kind of request is told; empty: no failure of the proxy
	}{
		{"nobody listens", "http://" + loopback.ClosedAddress(t), "cannot be reached: connection refused; correct HTTPS_PROXY", "cannot be reached: connection refused; correct http_proxy"},
		{"its name does not resolve", "http://proxy.invalid:3128", `cannot be reached: the host name "proxy.invalid" does not resolve; correct HTTPS_PROXY`, `the host name "proxy.invalid" does not resolve; correct http_proxy`},
		{"it asks for a user", "http://" + status(407), "asks for a user name and password (status 407); set them in HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT", "asks for a user name and password (status 407); set them in http_proxy"},
		{"it refuses the user", "http://me:pass-word@" + status(407), "refuses the given user name and password (status 407); correct them in HTTPS_PROXY", "correct them in http_proxy"},
		{"it forbids the host", "http://" + status(403), "did not let the request through to idp.example:443 (status 403); have the proxy allow the host, or add it to NO_PROXY", ""},
		{"it does not reach the host", "http://" + status(502), "could not reach idp.example:443 (status 502); check that the target is up", ""},
		{"it says so", "http://" + status(504, "Proxy-Status:corp; error=connection_timeout"), "could not reach idp.example:443 (status 504)", "could not reach idp.example (status 504)"},
		{"it hangs up", "http://" + accepting(t, func(c net.Conn) { c.Close() }), "cannot be reached: the connection was", ""},
		{"it speaks something else", "http://" + accepting(t, func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n"); c.Close() }), "cannot be reached: ", ""},
		{"it is silent", "http://" + silent, "cannot be reached: no complete response within 5s", ""},
		{"it is no https", "https://" + status(200), "cannot be reached: the TLS handshake failed", "cannot be reached: the TLS handshake failed"},
		{"it is no address", "http://me:pass-word@:bad:", "HTTPS_PROXY does not hold the address of a proxy; write it as http://HOST:PORT", "http_proxy does not hold the address of a proxy"},
	} {
		client := through(t, c.proxy)
		if c.proxy == "http://"+silent {
			client.opt.Timeout = 100 * time.Millisecond
		}
		for url, want := range map[string]string{"https://idp.example/a": c.https, "http://idp.example/a": c.http} {
			for way, header := range map[string]http.Header{"": nil, " raw": {"X": {"v "}}} {
				e := client.Do(context.Background(), exchange.Request{URL: url, Header: header})
				want := strings.ReplaceAll(want, "within 5s", "within 100ms")
				if want == "" {
					if e.Kind() == exchange.FailedProxy {
						t.Errorf("%s: %s%s: %s", c.name, url, way, e.Reason())
					}
					continue
				}
				if e.Kind() != exchange.FailedProxy || !strings.Contains(e.Reason(), want) {
					t.Errorf("%s: %s%s: %s: %s", c.name, url, way, e.Kind(), e.Reason())
				}
				if strings.Contains(e.Reason(), "pass-word") {
					t.Errorf("%s: %s%s shows the password: %s", c.name, url, way, e.Reason())
				}
			}
		}
		if c.https != "" {
			ctx, cancel := context.WithTimeout(context.Background(), client.opt.Timeout)
			_, err := client.Tunnel(ctx, "idp.example:443")
			cancel()
			if f := exchange.Classify(context.Background(), err, client.opt.Timeout); f.Kind != exchange.FailedProxy {
				t.Errorf("%s: a tunnel: %s: %s", c.name, f.Kind, f.Text)
			}
		}
	}
}

// Behind a proxy that works, what the target does is attributed to the target.
func TestATargetBehindAProxyIsNotTheProxy(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(net.Conn)
		kind exchange.FailureKind
	}{
		{"hangs up", func(c net.Conn) { c.Close() }, exchange.FailedClosed},
		{"is silent", func(c net.Conn) { io.Copy(io.Discard, c) }, exchange.FailedTimeout},
		{"speaks no TLS", func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			io.Copy(io.Discard, c)
		}, exchange.FailedTLS},
	} {
		proxy := accepting(t, func(conn net.Conn) {
			b := make([]byte, 4096)
			conn.Read(b)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			c.end(conn)
		})
		client := through(t, "http://"+proxy)
		client.opt.Timeout = 300 * time.Millisecond
		e := client.Do(context.Background(), exchange.Request{URL: "https://idp.example/a"})
		if e.Kind() != c.kind && !(c.kind == exchange.FailedClosed && e.Kind() == exchange.FailedReset) {
			t.Errorf("a target that %s: %s: %s", c.name, e.Kind(), e.Reason())
		}
	}
}

// Only of a request in the clear does a response come from the proxy itself.
func TestAnswersOfTheProxy(t *testing.T) {
	c := through(t, "http://proxy.example:3128")
	for _, tt := range []struct {
		url    string
		status int
		field  string // of the response
		proxys bool
	}{
		{"http://idp.example/", 407, "", true},
		{"https://idp.example/", 407, "", false},
		{"http://127.0.0.1/", 407, "", false}, // goes past the proxy
		{"http://idp.example/", 502, "", false},
		{"http://idp.example/", 400, "Proxy-Status: corp; error=dns_error", true},
		{"http://idp.example/", 399, "Proxy-Status: corp; error=dns_error", false},
		{"http://idp.example/", 502, "Proxy-Status: corp", false},
		{"http://idp.example/", 502, "X-Squid-Error: ERR_DNS_FAIL 0", true},
		{"https://idp.example/", 502, "X-Squid-Error: ERR_DNS_FAIL 0", false},
	} {
		name, value, _ := strings.Cut(tt.field, ": ")
		err := c.dial.proxyAnswered(exchange.Request{URL: tt.url}, &http.Response{StatusCode: tt.status, Header: http.Header{name: {value}}})
		if (err != nil) != tt.proxys {
			t.Errorf("%s with status %d and %q: %v", tt.url, tt.status, tt.field, err)
		}
	}
}
