package browser

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/http/httpproxy"
)

// toll is a proxy that logs which hosts it is asked for. It passes sgid.example
// on to servers of the test, and nothing else. With a user set it lets nobody
// else through.
type toll struct {
	user          *url.Userinfo
	plain, secure *httptest.Server // the target, by http and by https

	mu     sync.Mutex
	asked  []string
	served int // requests that it let through
}

func (p *toll) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	p.mu.Lock()
	p.asked = append(p.asked, host)
	p.mu.Unlock()
	if p.user != nil && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user.String())) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="the office"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		io.WriteString(w, "<form>Whose proxy is this?</form>")
		return
	}
	if host != "sgid.example" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.mu.Lock()
	p.served++
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		p.plain.Config.Handler.ServeHTTP(w, r)
		return
	}
	there, err := net.Dial("tcp", p.secure.Listener.Addr().String())
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		there.Close()
		return
	}
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(there, here); there.Close() }()
	io.Copy(here, there)
	here.Close()
}

// others is what was asked for and is not the target.
func (p *toll) others() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.asked), func(host string) bool { return host == "sgid.example" })
}

func (p *toll) let() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served
}

// throughProxy is a proxy that the environment names, with the credentials that
// the environment has for it, and a target that is reached through it alone.
func throughProxy(t *testing.T, wants, has *url.Userinfo) *toll {
	t.Helper()
	p := &toll{user: wants, plain: site(t, radioPage, nil)}
	p.secure = httptest.NewTLSServer(p.plain.Config.Handler)
	t.Cleanup(p.secure.Close)
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	u, _ := url.Parse(s.URL)
	u.User = has
	for _, name := range []string{"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, u.String())
	}
	t.Setenv("no_proxy", "")
	t.Setenv("NO_PROXY", "")
	return p
}

// chromeAt is a browser of the test's own, with what it needs to trust p's target.
func (p *toll) chrome(t *testing.T, path string, visible bool) *Chrome {
	c := NewChrome(ChromeOptions{Path: path, Visible: visible, Trusted: []string{fingerprint(p.secure.Certificate().RawSubjectPublicKeyInfo)}})
	t.Cleanup(func() { c.Close() })
	return c
}

func (p *toll) authorization(scheme, redirect string) login.Authorization {
	a := authorization(p.plain, redirect)
	a.Endpoint = scheme + "://sgid.example/authorize"
	return a
}

func TestProxyCredentials(t *testing.T) {
	path, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		has    *url.Userinfo
		scheme string
		kind   login.ResponseKind
	}{
		{"http", url.UserPassword("clerk", "s3cret"), "http", login.ResponseCallback},
		{"https", url.UserPassword("clerk", "s3cret"), "https", login.ResponseCallback},
		{"http, wrong password", url.UserPassword("clerk", "guess"), "http", login.ResponseNone},
		{"https, wrong password", url.UserPassword("clerk", "guess"), "https", login.ResponseNone},
		{"http, no password", nil, "http", login.ResponseNone},
		{"https, no password", nil, "https", login.ResponseNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := throughProxy(t, url.UserPassword("clerk", "s3cret"), tt.has)
			d, err := NewDriver(p.chrome(t, path, false), DriverOptions{Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			l, err := d.Authorize(within(t, 3*time.Minute), p.authorization(tt.scheme, freeRedirect(t)))
			if err != nil {
				t.Fatal(err)
			}
			if l.Kind != tt.kind {
				t.Fatalf("landed on %s with status %d: %s %+v", l.Kind, l.Status, l.FormError, l.Final)
			}
			if tt.kind == login.ResponseCallback {
				if got := l.Page.Status(); got != 200 || l.Final.Status() != 303 {
					t.Errorf("the page has status %d, the answer to its form %d", got, l.Final.Status())
				}
				return
			}
			var f *exchange.Failure
			if !errors.As(l.Final.Err, &f) || f.Kind != exchange.FailedProxy || !strings.Contains(f.Text, "HTTPS_PROXY") || !strings.Contains(f.Text, "407") {
				t.Errorf("the failure is %+v", f)
			}
			if strings.Contains(l.Final.Reason(), "guess") {
				t.Error("the password stands in the reason")
			}
		})
	}
}

// The browser asks nobody but the target: neither when it starts, nor while
// people or programs log in, nor by a tab that is not the target's.
func TestNobodyButTheTargetIsAsked(t *testing.T) {
	found, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	for name, visible := range map[string]bool{"out of sight": false, "with the settings of a window": true} {
		t.Run(name, func(t *testing.T) {
			if visible && runtime.GOOS == "windows" {
				t.Skip("the browser is wrapped in a script of the shell")
			}
			p, path := throughProxy(t, nil, nil), found
			if visible { // the settings, on a machine without a display
				wrapper := filepath.Join(t.TempDir(), "chromium")
				if err := os.WriteFile(wrapper, []byte("#!/bin/sh\nexec '"+path+"' --headless=new \"$@\"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
				path = wrapper
			}
			c := p.chrome(t, path, visible)
			ctx := within(t, 90*time.Second)
			for _, scheme := range []string{"http", "https", "http"} {
				a := p.authorization(scheme, freeRedirect(t))
				d, err := NewDriver(c, DriverOptions{Timeout: 20 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				if l, err := d.Authorize(ctx, a); err != nil || l.Kind != login.ResponseCallback {
					t.Errorf("by %s landed on %+v, %v", scheme, l, err)
				}
				d.Close()
				screen := (&Interactive{opt: InteractiveOptions{Chrome: c, Redactor: redact.New(), Wait: time.Minute}}).newPage(a, func(string) {})
				if err := screen.open(ctx); err != nil {
					t.Errorf("the page for a person: %v", err)
				}
				screen.close()
			}
			if p.let() == 0 {
				t.Fatal("the target was not reached through the proxy: nothing is shown")
			}
			if others := p.others(); len(others) > 0 {
				t.Errorf("the browser asked for %v", others)
			}
			// What is no page of a login goes nowhere, whatever it is.
			before := p.let()
			own, stop := chromedp.NewContext(c.running.ctx)
			defer stop()
			answer, err := chromedp.Call(own, page.Navigate, page.NavigateParams{URL: "http://sgid.example/authorize"})
			if err != nil || answer.ErrorText == "" || p.let() != before {
				t.Errorf("the browser's own profile reached the target: %+v, %v", answer, err)
			}
		})
	}
}

func TestWayOut(t *testing.T) {
	for name, tt := range map[string]struct {
		environment    httpproxy.Config
		server, bypass string
		users          []string
	}{
		"none":              {httpproxy.Config{}, "direct://", "", nil},
		"one":               {httpproxy.Config{HTTPSProxy: "http://proxy.example:3128"}, "https=http://proxy.example:3128", "", nil},
		"without a scheme":  {httpproxy.Config{HTTPProxy: "proxy.example"}, "http=http://proxy.example:80", "", nil},
		"with credentials":  {httpproxy.Config{HTTPProxy: "http://u:p%40@proxy.example:1", HTTPSProxy: "https://proxy.example"}, "http=http://proxy.example:1;https=https://proxy.example:443", "", []string{"proxy.example:1"}},
		"SOCKS":             {httpproxy.Config{HTTPSProxy: "socks5h://[::1]"}, "https=socks5://[::1]:1080", "", nil},
		"exceptions":        {httpproxy.Config{HTTPProxy: "p:1", NoProxy: "a.example, .B.example,*.c.example:8080,10.0.0.0/8,10.1.1.1:80,[::2]:1,"}, "http=http://p:1", "a.example,.a.example,.b.example,.c.example:8080,10.0.0.0/8,10.1.1.1:80,[::2]:1", nil},
		"everything exempt": {httpproxy.Config{HTTPProxy: "http://u:p@p:1", NoProxy: "x,*"}, "direct://", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWayOut(&tt.environment)
			var users []string
			for host := range w.users {
				users = append(users, host)
			}
			if w.server != tt.server || w.bypass != tt.bypass || !slices.Equal(users, tt.users) {
				t.Errorf("got %q without %q, credentials for %v", w.server, w.bypass, users)
			}
		})
	}
}
