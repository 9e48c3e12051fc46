package client

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
)

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto, r.Host) }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	u, _ := url.Parse(s.URL)
	e := newClient(t, Options{}).Do(context.Background(), exchange.Request{URL: s.URL})
	if e.Kind() != exchange.FailedTLS || !strings.Contains(e.Reason(), "--ca-file") {
		t.Errorf("unknown authority: %s %s", e.Kind(), e.Reason())
	}
	c := newClient(t, Options{CAFiles: []string{ca}, Resolve: []string{"example.com:127.0.0.1"}})
	e = c.Do(context.Background(), exchange.Request{URL: "https://example.com:" + u.Port() + "/"})
	if string(e.Body()) != "HTTP/2.0example.com:"+u.Port() || e.Response.TLS == nil || e.Response.TLS.Version != tls.VersionTLS13 {
		t.Errorf("resolved: %q %s", e.Body(), e.Reason())
	}
	e = c.Do(context.Background(), exchange.Request{URL: "https://example.com:" + u.Port() + "/", Header: http.Header{"X": {"obs\x01"}}})
	if e.Status() != 400 || e.Response.TLS == nil {
		t.Errorf("raw over TLS: %d %s", e.Status(), e.Reason())
	}
	e = newClient(t, Options{CAFiles: []string{ca}, Resolve: []string{"other.test:127.0.0.1"}}).Do(context.Background(), exchange.Request{URL: "https://other.test:" + u.Port() + "/"})
	if e.Kind() != exchange.FailedTLS || !strings.Contains(e.Reason(), "not for this host") {
		t.Errorf("wrong host: %s", e.Reason())
	}
	plain := httptest.NewServer(nil)
	defer plain.Close()
	e = c.Do(context.Background(), exchange.Request{URL: strings.Replace(plain.URL, "http:", "https:", 1)})
	if e.Kind() != exchange.FailedTLS {
		t.Errorf("plain http: %s %s", e.Kind(), e.Reason())
	}
	if _, err := New(Options{CAFiles: []string{"/no/ca.pem"}}); err == nil {
		t.Error("a missing CA file is no error")
	}
}

func TestProxy(t *testing.T) {
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secured") }))
	defer backend.Close()
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: backend.Certificate().Raw})))
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("X")+r.Header.Get("Proxy-Authorization"))
		if r.Method != http.MethodConnect {
			io.WriteString(w, "proxied")
			return
		}
		to, err := net.Dial("tcp", backend.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(to, conn); to.Close() }()
		go func() { io.Copy(conn, to); conn.Close() }()
	}))
	defer proxy.Close()
	with := strings.Replace(proxy.URL, "http://", "http://me:word@", 1)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, with)
	}
	t.Setenv("NO_PROXY", "direct.example")
	t.Setenv("no_proxy", "direct.example")
	c, err := New(Options{CAFiles: []string{ca}, Timeout: 30 * time.Second, Resolve: []string{"direct.example:127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"", "\x7f"} {
		seen = nil
		if e := c.Do(context.Background(), exchange.Request{URL: "http://idp.example/a?b", Header: http.Header{"X": {"v" + way}}}); string(e.Body()) != "proxied" && way == "" {
			t.Errorf("http: %q %s %q", e.Body(), e.Reason(), seen)
		}
		if e := c.Do(context.Background(), exchange.Request{URL: "https://example.com/a", Header: http.Header{"X": {"v" + way}}}); string(e.Body()) != "secured" && way == "" || e.Kind() == exchange.FailedProxy {
			t.Errorf("https: %q %s %q", e.Body(), e.Reason(), seen)
		}
		if len(seen) == 0 || !strings.HasPrefix(seen[0], "GET http://idp.example/a?b v"+way+"Basic ") && way == "" {
			t.Errorf("the proxy saw %q", seen)
		}
		if len(seen) == 0 || !strings.HasPrefix(seen[len(seen)-1], "CONNECT example.com:443 Basic") {
			t.Errorf("the proxy saw %q", seen)
		}
	}
	if e := c.Do(context.Background(), exchange.Request{URL: "http://direct.example/"}); e.Kind() != exchange.FailedRefused {
		t.Errorf("NO_PROXY: %s %s", e.Kind(), e.Reason())
	}
}
