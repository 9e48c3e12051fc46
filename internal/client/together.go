package client

import (
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Together runs f for 0 to n-1 at the same time, and returns when all have ended.
// What they send with their contexts goes out at once, where the pace would send it
// one after another: each request takes its place in the pace, and whatever is sent
// afterwards waits for all of them. The first request of each is held back until all
// have a connection, or a quarter of the time limit has passed. A request that is
// repeated after a 429 waits like any other. URL is where the first ones go.
func (c *Client) Together(ctx context.Context, n int, url string, f func(ctx context.Context, i int)) {
	_ = c.pace.ready(ctx, url) // a context that has ended fails every request
	g := &gate{left: n, open: make(chan struct{}), patience: c.opt.Timeout / 4}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			p := &place{gate: g}
			defer p.leave()
			f(context.WithValue(ctx, placeKey{}, p), i)
		})
	}
	all.Wait()
}

// gate opens when all who are awaited have come to it.
type gate struct {
	mu       sync.Mutex
	left     int
	waited   bool // the patience of the first to come is running
	open     chan struct{}
	opened   bool
	patience time.Duration
}

// came counts somebody who has come, or who will not.
func (g *gate) came() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left--
	switch {
	case g.left <= 0:
		g.release()
	case !g.waited:
		g.waited = true
		time.AfterFunc(g.patience, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.release()
		})
	}
}

func (g *gate) release() {
	if !g.opened {
		g.opened = true
		close(g.open)
	}
}

// place is what one of those who send together has at the gate.
type place struct {
	gate  *gate
	taken sync.Once
}

type placeKey struct{}

// placeOf is the place of who sends with the context; nil: it is sent alone.
func placeOf(ctx context.Context) *place {
	p, _ := ctx.Value(placeKey{}).(*place)
	return p
}

// apart is the context for what is sent alone again.
func apart(ctx context.Context) context.Context {
	if placeOf(ctx) != nil {
		return context.WithValue(ctx, placeKey{}, (*place)(nil))
	}
	return ctx
}

// hold waits at the gate, the first time it is called.
func (p *place) hold(ctx context.Context) {
	if p == nil {
		return
	}
	p.taken.Do(func() {
		p.gate.came()
		select {
		case <-p.gate.open:
		case <-ctx.Done():
		}
	})
}

// leave lets the others go on without who never came to the gate.
func (p *place) leave() {
	if p != nil {
		p.taken.Do(p.gate.came)
	}
}

// moment is a time that one goroutine notes and another reads.
type moment struct{ at atomic.Pointer[time.Time] }

func (m *moment) now() {
	t := time.Now()
	m.at.Store(&t)
}

// time is the zero time where none was noted.
func (m *moment) time() time.Time {
	if t := m.at.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// traced is the context of a request that is sent over net/http, whose way is noted.
func traced(ctx context.Context) context.Context {
	w := wayOf(ctx)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			w.connected.Store(true)
			placeOf(ctx).hold(ctx)
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.sent.now() },
		GotFirstResponseByte: w.answered.now,
	})
}
