package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"sgidcheck/internal/client"
)

// productionHost is never put under load, whatever is allowed: it serves the
// people of Singapore.
const productionHost = "api.id.gov.sg"

// ErrHostRefused is wrapped by every error of a Guard.
var ErrHostRefused = errors.New("load refused")

// Guard decides which hosts may be put under load: loopback ones, and those
// allowed by name; production never.
type Guard struct {
	allowed map[string]bool
	resolve []string
	route   *client.Route   // nil: no proxies
	proxies map[string]bool // host:port of those that a checked URL goes through
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
}

// NewGuard makes a guard. allow holds host names or addresses (a port after
// them is left out of account); resolve the --resolve settings, as of
// target.ParseResolve, which decide where a name leads. It is an error to allow
// production.
func NewGuard(allow, resolve []string) (*Guard, error) {
	g := &Guard{allowed: map[string]bool{}, resolve: resolve, lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
	for _, a := range allow {
		host, err := client.HostName(a)
		if err != nil {
			return nil, fmt.Errorf("allowed host %q: %w", a, err)
		}
		if host == productionHost {
			return nil, fmt.Errorf("%w: %s is production and cannot be allowed", ErrHostRefused, productionHost)
		}
		g.allowed[host] = true
	}
	return g, nil
}

// Check says whether the host of each URL may be put under load. It resolves
// names, and sends nothing to them. The error names the host and what to do.
func (g *Guard) Check(ctx context.Context, urls ...string) error {
	for _, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" {
			return fmt.Errorf("%w: %q is not an absolute URL", ErrHostRefused, raw)
		}
		host, err := client.HostName(u.Hostname())
		if err != nil {
			return fmt.Errorf("%w: the host of %q is not a host name", ErrHostRefused, raw)
		}
		if host != productionHost && g.route != nil {
			through, err := g.checkProxy(u, host)
			if err != nil {
				return err
			}
			if through {
				continue
			}
		}
		if err := g.checkHost(ctx, host, u.Port()); err != nil {
			return err
		}
	}
	return nil
}

// Through makes the guard leave to the proxies of a route what they do: where a
// host is then, is known to its proxy alone, so that it must be allowed by name.
// It comes before Check; nil means that there are no proxies.
func (g *Guard) Through(r *client.Route) { g.route, g.proxies = r, map[string]bool{} }

// checkProxy says whether u is reached through a proxy, and may be.
func (g *Guard) checkProxy(u *url.URL, host string) (through bool, err error) {
	p, err := g.route.Proxy(u)
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrHostRefused, err)
	case p == nil:
		return false, nil
	case !g.allowed[host]:
		return false, fmt.Errorf("%w: %s is reached through %s, which alone knows where that is; allow it with --allow-host %s if you may load it, or name it in NO_PROXY", ErrHostRefused, host, p, host)
	}
	port := p.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[p.URL.Scheme]
	}
	if port == "" {
		port = "1080"
	}
	g.proxies[net.JoinHostPort(strings.ToLower(p.URL.Hostname()), port)] = true
	return true, nil
}

func (g *Guard) checkHost(ctx context.Context, host, port string) error {
	if host == productionHost {
		return fmt.Errorf("%w: %s is production; load it under no circumstances", ErrHostRefused, host)
	}
	if g.allowed[host] {
		return nil
	}
	addrs, err := g.addresses(ctx, host, port)
	if err != nil {
		return fmt.Errorf("%w: whether %s is this machine cannot be told: %v; allow it with --allow-host %s if you may load it", ErrHostRefused, host, err, host)
	}
	for _, a := range addrs {
		if !a.Unmap().IsLoopback() {
			return fmt.Errorf("%w: %s (%s) is not this machine; allow it with --allow-host %s if you may load it", ErrHostRefused, host, a, host)
		}
	}
	return nil
}

func (g *Guard) addresses(ctx context.Context, host, port string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	for _, entry := range g.resolve {
		key, addr, err := client.ParseResolve(entry)
		if err != nil {
			return nil, err
		}
		if key != host && key != host+":"+port {
			continue
		}
		if h, _, err := net.SplitHostPort(addr); err == nil {
			addr = h
		}
		ip, err := netip.ParseAddr(strings.Trim(addr, "[]"))
		if err != nil {
			return nil, err
		}
		return []netip.Addr{ip}, nil
	}
	addrs, err := g.lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("it has no address")
	}
	return addrs, err
}

// dialContext wraps a dialer so that a connection to another machine than Check
// has seen is closed before anything is sent on it: a name can lead elsewhere
// from one moment to the next.
func (g *Guard) dialContext(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, hostport string) (net.Conn, error) {
		conn, err := dial(ctx, network, hostport)
		if err != nil {
			return nil, err
		}
		host, err := client.HostName(hostport)
		if err == nil && g.allowed[host] || g.proxies[strings.ToLower(hostport)] {
			return conn, nil
		}
		remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil || !remote.Addr().Unmap().IsLoopback() {
			conn.Close()
			return nil, fmt.Errorf("%w: %s now leads to %s, which is not this machine", ErrHostRefused, hostport, conn.RemoteAddr())
		}
		return conn, nil
	}
}

type dialFunc func(ctx context.Context, network, hostport string) (net.Conn, error)
