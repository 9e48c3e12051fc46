package provider

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// origin is scheme, host and port as a URL begins with them.
func (p *Provider) origin(host, port string) string {
	scheme, usual := "http", "80"
	if p.secure {
		scheme, usual = "https", "443"
	}
	if port == usual && p.options.Host != "" {
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// hostName is a name of the DNS, in lower case.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// checkAddresses checks the host and the redirect URIs of the options.
func checkAddresses(o Options) error {
	if o.Host != "" && !hostName.MatchString(o.Host) {
		return fmt.Errorf("provider host %q: want a host name in lower case, without port, such as api-stg.example", o.Host)
	}
	for _, uri := range o.RedirectURIs {
		if u, err := url.Parse(uri); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(uri, "#") {
			return fmt.Errorf("redirect URI %q: want an absolute http or https URL without a fragment", uri)
		}
	}
	return nil
}

// loopbackHost returns the host of addr, which must be one that other machines
// cannot reach: the clients' secrets are no secrets.
func loopbackHost(addr string) (string, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("provider address %q: want host:port, for instance 127.0.0.1:8089", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("provider address %q: the embedded provider serves loopback only; use 127.0.0.1", addr)
	}
	return host, nil
}
