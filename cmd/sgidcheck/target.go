package main

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/run"
)

// target is what the record says of what is judged.
func (j *job) target() run.Target {
	return run.Target{Issuer: j.config.Issuer, Kind: j.kind(), Local: j.local(), Endpoints: j.config.EndpointsMode, Login: j.driver.Name(), Faults: j.changes.faults, Variants: j.changes.variants}
}

// local says whether the issuer is on this machine though its URL does not say so: its
// name is led here, by --resolve or by the system, or its address is this machine's own.
func (j *job) local() bool {
	u, err := url.Parse(j.config.Issuer)
	if err != nil || (run.Target{Issuer: j.config.Issuer}).Mock() {
		return false
	}
	led := false
	for _, entry := range j.config.Resolve {
		from, to, err := client.ParseResolve(entry)
		if err != nil || !strings.HasPrefix(from+":", strings.ToLower(u.Hostname())+":") {
			continue
		}
		if host, _, err := net.SplitHostPort(to); err == nil {
			to = host
		}
		if ip := net.ParseIP(strings.Trim(to, "[]")); ip != nil {
			if here(ip) {
				return true
			}
			led = true
		}
	}
	return !led && ledHere(u.Hostname())
}

// hereWithin is how long a name's addresses are waited for.
const hereWithin = time.Second

// ledHere says whether the system, by its hosts file perhaps, leads the name to this
// machine. A name that it does not know leads elsewhere, as through a proxy.
func ledHere(name string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), hereWithin)
	defer cancel()
	all, err := net.DefaultResolver.LookupIPAddr(ctx, name)
	return err == nil && slices.ContainsFunc(all, func(a net.IPAddr) bool { return here(a.IP) })
}

// here says whether a connection to the address ends on this machine: it is of the
// loopback, of no host at all, or of one of the machine's interfaces.
func here(ip net.IP) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	own, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(own, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		return ok && network.IP.Equal(ip)
	})
}

func (j *job) kind() string {
	if j.embedded != nil {
		return "embedded"
	}
	return "external"
}
