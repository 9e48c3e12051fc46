package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
)

// far is a client of a server that is not on loopback, as it thinks, and the server's
// URL. It notes for how long it would have slept, at a time that stands still.
func far(t *testing.T, o Options, serve http.HandlerFunc) (c *Client, url string, slept func() []time.Duration) {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	var mu sync.Mutex
	var waits []time.Duration
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return at }
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, d)
		return ctx.Err()
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		}
	}
	o.NoProxy = true
	return newClient(t, o), "http://idp.example", func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(waits))
	}
}

// Whatever the pace, what is sent together is under way at the same time, and what
// follows waits for the places of all.
func TestWhatIsSentTogetherGoesOutAtOnce(t *testing.T) {
	const n = 5
	for _, raw := range []bool{false, true} {
		all, there := make(chan struct{}), atomic.Int32{}
		c, url, slept := far(t, Options{Pace: 1}, func(w http.ResponseWriter, r *http.Request) {
			if there.Add(1) == n {
				close(all)
			}
			select {
			case <-all:
			case <-r.Context().Done():
			}
		})
		r := exchange.Request{URL: url, FreshConnection: true}
		if raw {
			r.Header = http.Header{"X-Odd": {" kept as it is "}}
		}
		got := make([]*exchange.Exchange, n)
		c.Together(t.Context(), n, url, func(ctx context.Context, i int) { got[i] = c.Do(ctx, r) })
		beside := 0 // what was sent is noted a moment later: not every pair need show
		for i, e := range got {
			if e.Status() != http.StatusOK {
				t.Errorf("raw %t: request %d: %d %s", raw, i, e.Status(), e.Reason())
			}
			for _, other := range got[:i] {
				if e.Beside(other) {
					beside++
				}
			}
		}
		if beside == 0 {
			t.Errorf("raw %t: no two requests were under way at the same time", raw)
		}
		if waits := slept(); len(waits) > 0 {
			t.Errorf("raw %t: requests sent together waited %v", raw, waits)
		}
		if e := c.Do(t.Context(), exchange.Request{URL: url}); e.Beside(got[0]) {
			t.Errorf("raw %t: what is sent afterwards was under way beside the others", raw)
		}
		c.Together(t.Context(), 1, url, func(ctx context.Context, _ int) { c.Do(ctx, r) })
		if got := fmt.Sprint(slept()); got != "[5s 6s]" {
			t.Errorf("raw %t: those afterwards waited %s", raw, got)
		}
	}
}

// All have their connections before the first request is written.
func TestWhatIsSentTogetherWaitsForEveryConnection(t *testing.T) {
	const n = 4
	var open, early atomic.Int32
	var s *httptest.Server
	o := Options{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		open.Add(1)
		return conn, err
	}}
	s = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if open.Load() < n {
			early.Add(1)
		}
	}))
	t.Cleanup(s.Close)
	c, url, _ := far(t, o, func(http.ResponseWriter, *http.Request) {})
	for range 20 {
		open.Store(0)
		c.Together(t.Context(), n, url, func(ctx context.Context, _ int) {
			c.Do(ctx, exchange.Request{URL: url, FreshConnection: true})
		})
	}
	if n := early.Load(); n > 0 {
		t.Errorf("%d requests came before every connection was open", n)
	}
}

// Who gets no connection, or sends nothing, keeps nobody waiting; nor does who takes
// too long for one.
func TestNobodyIsWaitedForInVain(t *testing.T) {
	var addr string
	stuck, dials := make(chan struct{}), atomic.Int32{}
	defer close(stuck)
	c, url, _ := far(t, Options{Timeout: 2 * time.Second, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		switch dials.Add(1) {
		case 1:
			return nil, errors.New("no connection")
		case 2:
			select {
			case <-stuck:
			case <-ctx.Done():
			}
			return nil, ctx.Err()
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}, func(http.ResponseWriter, *http.Request) {})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	addr = s.Listener.Addr().String()
	answered := atomic.Int32{}
	c.Together(t.Context(), 5, url, func(ctx context.Context, i int) {
		if i > 0 && c.Do(ctx, exchange.Request{URL: url, FreshConnection: true}).Status() == http.StatusOK {
			answered.Add(1)
		}
	})
	if n := answered.Load(); n != 2 {
		t.Errorf("%d of 2 requests with a connection had a response", n)
	}
}

// What is turned away for there being too many is repeated at the pace.
func TestWhatWasTooMuchAtOnceIsRepeatedAtThePace(t *testing.T) {
	all, there := make(chan struct{}), atomic.Int32{}
	c, url, slept := far(t, Options{Pace: 1, HonourRetryAfter: true}, func(w http.ResponseWriter, r *http.Request) {
		if n := there.Add(1); n <= 3 {
			if n == 3 {
				close(all)
			}
			select {
			case <-all:
			case <-r.Context().Done():
			}
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	c.Together(t.Context(), 3, url, func(ctx context.Context, _ int) {
		if e := c.Do(ctx, exchange.Request{URL: url, FreshConnection: true}); e.Status() != http.StatusOK || e.RateLimited != 1 {
			t.Errorf("%d after %d responses 429", e.Status(), e.RateLimited)
		}
	})
	if got := fmt.Sprint(slept()); got != "[3s 4s 5s 1m0s 1m0s 1m0s]" {
		t.Errorf("waited %s", got)
	}
}

func TestTogetherEndsWithItsContext(t *testing.T) {
	c, url, _ := far(t, Options{Pace: 1}, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	ctx, stop := context.WithCancel(t.Context())
	stop()
	c.Together(ctx, 3, url, func(ctx context.Context, _ int) {
		if e := c.Do(ctx, exchange.Request{URL: url}); e.Kind() != exchange.FailedCanceled {
			t.Errorf("%s", e.Reason())
		}
	})
}
