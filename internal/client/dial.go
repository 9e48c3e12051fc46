package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// dialer opens connections: by the names given with --resolve, and through the
// proxy that the environment names.
type dialer struct {
	open    func(ctx context.Context, network, address string) (net.Conn, error)
	resolve map[string]string // host or host:port, lower case -> address
	proxies Proxies           // nil: none
	tls     *tls.Config
}

func newDialer(resolve []string, noProxy bool) (*dialer, error) {
	d := &dialer{resolve: map[string]string{}, open: (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext}
	for _, entry := range resolve {
		host, addr, err := ParseResolve(entry)
		if err != nil {
			return nil, err
		}
		d.resolve[host] = addr
	}
	if !noProxy {
		d.proxies = EnvironmentProxies()
	}
	return d, nil
}

// proxy is what net/http asks for the proxy of a request.
func (d *dialer) proxy(r *http.Request) (*url.URL, error) {
	p, err := d.proxyFor(r.URL.Scheme, r.URL.Host)
	if p == nil || err != nil {
		return nil, err
	}
	return p.URL, nil
}

// proxyFor is the proxy for a URL of that scheme and authority; nil for none.
func (d *dialer) proxyFor(scheme, authority string) (*Proxy, error) {
	if d.proxies == nil {
		return nil, nil
	}
	return d.proxies(&url.URL{Scheme: scheme, Host: authority})
}

// ParseResolve reads a --resolve value: "host:address" or "host:port:address",
// the address an IP address (IPv6 with or without brackets), with a port of its
// own if need be ("host:127.0.0.1:8443" is host on any port at that address and
// port). It returns the key ("host" or "host:port") and the address.
func ParseResolve(entry string) (key, addr string, err error) {
	bad := fmt.Errorf("resolve %q: want host:address or host:port:address, such as idp.example:127.0.0.1", entry)
	host, rest, ok := strings.Cut(entry, ":")
	if !ok || host == "" || rest == "" {
		return "", "", bad
	}
	host = strings.ToLower(host)
	if isAddress(rest) {
		return host, rest, nil
	}
	port, addr, ok := strings.Cut(rest, ":")
	if !ok || !isPort(port) || !isAddress(addr) {
		return "", "", bad
	}
	return host + ":" + port, addr, nil
}

func isPort(s string) bool {
	_, err := net.LookupPort("tcp", s)
	return err == nil && s != "" && s[0] >= '0' && s[0] <= '9'
}

// isAddress takes an IP address with or without a port.
func isAddress(s string) bool {
	if net.ParseIP(strings.Trim(s, "[]")) != nil {
		return true
	}
	host, port, err := net.SplitHostPort(s)
	return err == nil && net.ParseIP(host) != nil && isPort(port)
}

// address is where a host:port is really connected to.
func (d *dialer) address(hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	to, ok := d.resolve[strings.ToLower(hostport)]
	if !ok {
		to, ok = d.resolve[strings.ToLower(host)]
	}
	if !ok {
		return hostport
	}
	if ip := strings.Trim(to, "[]"); net.ParseIP(ip) != nil {
		return net.JoinHostPort(ip, port)
	}
	return to
}

func (d *dialer) dialContext(ctx context.Context, network, hostport string) (net.Conn, error) {
	return d.open(ctx, network, d.address(hostport))
}

// Dial opens a TCP connection to host:port as the client would, --resolve
// included, proxies left out: for the checks that handshake themselves.
func (c *Client) Dial(ctx context.Context, hostport string) (net.Conn, error) {
	return c.dial.dialContext(ctx, "tcp", hostport)
}
