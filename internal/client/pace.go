package client

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// pacer spreads requests evenly, so that a run never asks more of a shared
// target than it was told to.
type pacer struct {
	gap   time.Duration
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	mu    sync.Mutex
	next  time.Time
}

func newPacer(perSecond float64, now func() time.Time, sleep func(context.Context, time.Duration) error) *pacer {
	p := &pacer{now: now, sleep: sleep}
	if perSecond > 0 {
		p.gap = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// wait returns when the next request may be sent: at once where it is sent together
// with others, for which the requests after it wait.
func (p *pacer) wait(ctx context.Context, rawURL string) error {
	if p.gap == 0 || IsLoopback(rawURL) {
		return ctx.Err()
	}
	p.mu.Lock()
	now := p.now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	if d := at.Sub(now); d > 0 && placeOf(ctx) == nil {
		return p.sleep(ctx, d)
	}
	return ctx.Err()
}

// ready returns when a request might be sent, and takes no place.
func (p *pacer) ready(ctx context.Context, rawURL string) error {
	if p.gap == 0 || IsLoopback(rawURL) {
		return ctx.Err()
	}
	p.mu.Lock()
	d := p.next.Sub(p.now())
	p.mu.Unlock()
	if d > 0 {
		return p.sleep(ctx, d)
	}
	return ctx.Err()
}

// IsLoopback says whether a URL's host is this machine, as LoopbackHost has it.
func IsLoopback(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && LoopbackHost(u.Hostname())
}

// LoopbackHost says whether a host, without a port, is this machine: localhost, a
// name under it, or a loopback address. Names are not looked up.
func LoopbackHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
