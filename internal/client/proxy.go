package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpproxy"

	"sgidcheck/internal/exchange"
)

// Proxies says through which proxy a URL is asked for: nil for none. The error
// is a *Failure that names the setting which cannot be read.
type Proxies func(u *url.URL) (*Proxy, error)

// EnvironmentProxies are the proxies that HTTPS_PROXY, HTTP_PROXY and NO_PROXY
// name, or their lower-case forms. This machine's own addresses have none.
func EnvironmentProxies() Proxies {
	byEnvironment := httpproxy.FromEnvironment().ProxyFunc()
	return func(u *url.URL) (*Proxy, error) {
		setting := map[bool]string{true: "HTTPS_PROXY", false: "HTTP_PROXY"}[u.Scheme == "https"]
		if lower := strings.ToLower(setting); os.Getenv(setting) == "" && os.Getenv(lower) != "" {
			setting = lower
		}
		to, err := byEnvironment(u)
		switch {
		case err == nil && to == nil:
			return nil, nil
		case err == nil && to.Hostname() != "" && to.Hostname() != "http" && to.Hostname() != "https": // an address that cannot be read is taken for a host
			return &Proxy{URL: to, Setting: setting}, nil
		}
		// The error would quote the value, which may hold a password.
		return nil, &exchange.Failure{Kind: exchange.FailedProxy, Text: setting + " does not hold the address of a proxy", Remedy: "write it as http://HOST:PORT, or unset it"}
	}
}

// Proxy is one proxy, and the environment variable that names it.
type Proxy struct {
	URL     *url.URL
	Setting string
}

// String names the proxy without its credentials.
func (p *Proxy) String() string { return fmt.Sprintf("the proxy %s (%s)", p.URL.Host, p.Setting) }

// Unreachable is the failure of a request that did not get as far as the proxy,
// for the reason given.
func (p *Proxy) Unreachable(reason string) *exchange.Failure {
	return &exchange.Failure{Kind: exchange.FailedProxy, Text: fmt.Sprintf("%s cannot be reached: %s", p, reason),
		Remedy: fmt.Sprintf("correct %s, or add the host to NO_PROXY if no proxy is needed", p.Setting)}
}

// Refused is the failure of a request that the proxy answered itself, with this
// status, in place of host.
func (p *Proxy) Refused(status int, host string) *exchange.Failure {
	f := &exchange.Failure{Kind: exchange.FailedProxy}
	switch {
	case status == http.StatusProxyAuthRequired && p.URL.User == nil:
		f.Text = fmt.Sprintf("%s asks for a user name and password (status 407)", p)
		f.Remedy = fmt.Sprintf("set them in %s as http://USER:PASSWORD@HOST:PORT", p.Setting)
	case status == http.StatusProxyAuthRequired:
		f.Text = fmt.Sprintf("%s refuses the given user name and password (status 407)", p)
		f.Remedy = "correct them in " + p.Setting
	case status >= 500:
		f.Text = fmt.Sprintf("%s could not reach %s (status %d)", p, host, status)
		f.Remedy = "check that the target is up and that the proxy can reach it, or add the host to NO_PROXY"
	default:
		f.Text = fmt.Sprintf("%s did not let the request through to %s (status %d)", p, host, status)
		f.Remedy = "have the proxy allow the host, or add it to NO_PROXY"
	}
	return f
}

// way is how far a request has come: through a proxy where there is one, and to the
// target and back.
type way struct {
	connected      atomic.Bool
	sent, answered moment
}

type wayKey struct{}

func withWay(ctx context.Context) (context.Context, *way) {
	w := &way{}
	return context.WithValue(ctx, wayKey{}, w), w
}

// arrived notes that the connection to the target, or to the proxy that answers
// for it, is there.
func arrived(ctx context.Context) {
	wayOf(ctx).connected.Store(true)
}

// wayOf is the way of the context's request, or one that nobody looks at.
func wayOf(ctx context.Context) *way {
	if w, ok := ctx.Value(wayKey{}).(*way); ok {
		return w
	}
	return &way{}
}

// onTheWay is err as the proxy's failure, where the request was to go through
// one and did not come further. parent and limit are as for Classify.
func (d *dialer) onTheWay(parent context.Context, rawURL string, w *way, err error, limit time.Duration) error {
	var already *exchange.Failure
	if w.connected.Load() || errors.As(err, &already) {
		return err
	}
	scheme, authority, _ := SplitURL(rawURL)
	p, bad := d.proxyFor(scheme, authority)
	if p == nil || bad != nil {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		err = op.Err
	}
	cause := exchange.Classify(parent, err, limit)
	if cause.Kind == exchange.FailedCanceled || cause.Kind == exchange.FailedMachine {
		return cause
	}
	if strings.HasPrefix(p.URL.Scheme, "socks") && op != nil && strings.HasPrefix(op.Op, "socks") {
		return &exchange.Failure{Kind: exchange.FailedProxy, Text: fmt.Sprintf("%s could not reach %s: %s", p, authority, cause.Text), Err: err,
			Remedy: "check that the target is up and that the proxy can reach it, or add the host to NO_PROXY"}
	}
	f := p.Unreachable(cause.Text)
	f.Err = err
	return f
}

// proxyAnswered is the failure of a response that is the proxy's own: of a
// request in the clear, for which it stands in the target's place.
func (d *dialer) proxyAnswered(r exchange.Request, res *http.Response) error {
	scheme, authority, _ := SplitURL(r.URL)
	p, err := d.proxyFor(scheme, authority)
	if p == nil || err != nil || scheme != "http" {
		return nil
	}
	says := strings.Contains(strings.ToLower(strings.Join(res.Header.Values("Proxy-Status"), ",")), "error=") || // RFC 9209
		res.Header.Get("X-Squid-Error") != ""
	if res.StatusCode == http.StatusProxyAuthRequired || says && res.StatusCode >= 400 {
		return p.Refused(res.StatusCode, authority)
	}
	return nil
}
