package loadtest

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/client"
)

// tunnels is a proxy that leads every CONNECT to one server.
type tunnels struct {
	*httptest.Server
	to       string
	connects atomic.Int64
	wants    string // Proxy-Authorization; empty: none
}

func newTunnels(t *testing.T, to string, credentials string) *tunnels {
	p := &tunnels{to: to}
	if credentials != "" {
		p.wants = "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
	}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case p.wants != "" && r.Header.Get("Proxy-Authorization") != p.wants:
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	p.connects.Add(1)
	to, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		to.Close()
		return
	}
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(to, conn); to.Close() }()
	go func() { io.Copy(conn, to); conn.Close() }()
}

// proxied is a load on a stand-in that is known by a name which only a proxy can
// resolve: example.com, for which its certificate is.
func proxied(t *testing.T, scenario Scenario, proxy, noProxy string) (*standIn, Options) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", proxy)
	t.Setenv("NO_PROXY", noProxy)
	s := newStandIn(t, httptest.NewTLSServer)
	httpClient, err := client.New(client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := s.options(t, scenario)
	o.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig
	o.Route = httpClient.Route()
	o.Rate, o.Duration, o.Timeout = 100, 200*time.Millisecond, 30*time.Second
	for _, e := range []*string{&o.Endpoints.Token, &o.Endpoints.UserInfo, &o.Endpoints.JWKS, &o.Endpoints.Discovery} {
		u, err := url.Parse(*e)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = net.JoinHostPort("example.com", u.Port())
		*e = u.String()
	}
	if o.Guard, err = NewGuard([]string{"example.com"}, nil); err != nil {
		t.Fatal(err)
	}
	return s, o
}

// point leads a proxy to a stand-in that was started after it.
func (p *tunnels) point(s *standIn) { p.to = s.Listener.Addr().String() }

func TestLoadGoesThroughTheProxy(t *testing.T) {
	p := newTunnels(t, "", "me:pass-word")
	s, o := proxied(t, Login, strings.Replace(p.URL, "http://", "http://me:pass-word@", 1), "")
	p.point(s)
	var notes []string
	o.Note = func(text string) { notes = append(notes, text) }
	load, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Requests != 20 || len(load.Errors) > 0 || p.connects.Load() == 0 {
		t.Errorf("%d requests, errors %v, %d tunnels", load.Requests, load.Errors, p.connects.Load())
	}
	all := strings.Join(notes, "\n")
	if !strings.Contains(all, "the load went through the proxy "+p.Listener.Addr().String()+" (HTTPS_PROXY)") || strings.Contains(all, "pass-word") {
		t.Errorf("notes %q", notes)
	}
}

func TestNoProxyLeavesTheProxyOut(t *testing.T) {
	p := newTunnels(t, "", "")
	s, o := proxied(t, Userinfo, p.URL, "example.com")
	p.point(s)
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.to)
	}
	load, err := Run(t.Context(), o, nil)
	if err != nil || load.Requests != 20 || len(load.Errors) > 0 || p.connects.Load() != 0 {
		t.Errorf("%v, %+v, %d tunnels", err, load, p.connects.Load())
	}
}

// What the proxy does is attributed to the proxy, with the setting and the remedy, and
// nothing is loaded whose place nobody knows.
func TestAProxyThatCannotBeUsedIsNamed(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	picky := newTunnels(t, "127.0.0.1:1", "me:word")
	nowhere := newTunnels(t, "127.0.0.1:1", "")
	for name, c := range map[string]struct {
		proxy string
		allow []string
		says  []string
	}{
		"unreachable":    {closed.URL, []string{"example.com"}, []string{"the proxy", "(HTTPS_PROXY) cannot be reached: connection refused", "NO_PROXY"}},
		"wants a user":   {picky.URL, []string{"example.com"}, []string{"status 407", "HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT"}},
		"other password": {strings.Replace(picky.URL, "http://", "http://me:secret-word@", 1), []string{"example.com"}, []string{"status 407", "correct them in HTTPS_PROXY"}},
		"target is gone": {nowhere.URL, []string{"example.com"}, []string{"could not reach example.com", "status 502"}},
		"not allowed":    {nowhere.URL, nil, []string{"example.com is reached through the proxy", "--allow-host example.com"}},
		"no address":     {"http://:a b:c", []string{"example.com"}, []string{"HTTPS_PROXY does not hold the address of a proxy"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := proxied(t, Token, c.proxy, "")
			o.pause = func(context.Context, time.Duration) error { return nil }
			guard, err := NewGuard(c.allow, nil)
			if err != nil {
				t.Fatal(err)
			}
			o.Guard = guard
			_, err = Run(t.Context(), o, nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: it does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret-word") {
				t.Errorf("%v: it shows the password", err)
			}
			if refused := c.allow == nil || name == "no address"; errors.Is(err, ErrHostRefused) != refused {
				t.Errorf("%v: refused %t", err, !refused)
			}
		})
	}
}

// A proxy that goes away under load is not the target's failure.
func TestAProxyThatGoesDownEndsTheLoad(t *testing.T) {
	p := newTunnels(t, "", "")
	s, o := proxied(t, Userinfo, p.URL, "")
	p.point(s)
	o.Rate, o.Duration = 200, time.Hour
	var gone atomic.Bool
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Connection", "close")
		if n == 50 && !gone.Swap(true) {
			p.Listener.Close()
		}
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(load.Stopped, "the proxy") || !strings.Contains(load.Stopped, "cannot be reached") || strings.Contains(load.Stopped, "target went down") {
		t.Errorf("stopped: %q", load.Stopped)
	}
	j := load.Judge()
	if load.Errors["proxy"] == 0 || len(load.Errors) != 1 || j.Failed() || !j.Undecided() {
		t.Errorf("errors %v, %+v", load.Errors, j)
	}
}
