package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"sgidcheck/internal/exchange"
)

// Route is the way that a client's requests take to the target: through the
// environment's proxies. It is for senders that have a transport of their own
// and are to take the same way.
type Route struct{ d *dialer }

// Route is the way that the client's requests take.
func (c *Client) Route() *Route { return &Route{c.dial} }

// Proxy is the proxy that u is asked for through; nil for none. The error is a
// *Failure that names the setting which cannot be read.
func (r *Route) Proxy(u *url.URL) (*Proxy, error) { return r.d.proxyFor(u.Scheme, u.Host) }

// Address is where the client connects to for a host and port, as Resolve says.
func (r *Route) Address(hostport string) string { return r.d.address(hostport) }

// Apply makes a transport take the route. Whatever a proxy refuses is a *Failure.
func (r *Route) Apply(t *http.Transport) {
	t.Proxy = r.d.proxy
	t.OnProxyConnectResponse = func(ctx context.Context, _ *url.URL, connect *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			through, err := r.d.proxyFor("https", connect.Host)
			if err != nil || through == nil {
				return err
			}
			return through.Refused(res.StatusCode, connect.Host)
		}
		arrived(ctx)
		return nil
	}
}

// Send carries out one request by a transport that takes the route. An error
// that is the proxy's, or a response that the proxy gave in the target's place,
// is a *Failure that says so. parent is the request's context without its time
// limit, and limit that limit.
func (r *Route) Send(parent context.Context, t *http.Transport, req *http.Request, limit time.Duration) (*http.Response, error) {
	ctx, through := withWay(req.Context())
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { through.connected.Store(true) }})
	res, err := t.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if t.MaxConnsPerHost > 0 && errors.Is(err, context.DeadlineExceeded) {
			return nil, err // it may have waited for one of the connections, not for the proxy
		}
		return nil, r.d.onTheWay(parent, req.URL.String(), through, err, limit)
	}
	if err := r.d.proxyAnswered(exchange.Request{URL: req.URL.String()}, res); err != nil {
		res.Body.Close()
		return nil, err
	}
	return res, nil
}
