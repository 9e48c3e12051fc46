package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
)

// Bounds of the question whether the target is still there.
const (
	failuresBeforeProbe = 10 // requests without a response in a row
	probes              = 3
	probeTimeout        = 2 * time.Second
	probePause          = 300 * time.Millisecond
)

// health notices when the target goes down. Requests without a response alone do
// not prove that, since load can make a target drop some; so when there were
// several in a row it is asked directly, on connections of its own.
type health struct {
	probe func(ctx context.Context) error
	down  func(reason string) // called once, when the target, or the proxy before it, is down
	ctx   context.Context

	failures atomic.Int64
	probing  atomic.Bool
}

// note says whether a request was answered. It costs next to nothing.
func (h *health) note(err error) {
	if h == nil {
		return
	}
	if err == nil {
		if h.failures.Load() != 0 {
			h.failures.Store(0)
		}
		return
	}
	if h.failures.Add(1) < failuresBeforeProbe || !h.probing.CompareAndSwap(false, true) {
		return
	}
	go h.ask()
}

func (h *health) ask() {
	defer h.probing.Store(false)
	var err error
	for i := range probes {
		if i > 0 && client.Sleep(h.ctx, probePause) != nil {
			return
		}
		ctx, cancel := context.WithTimeout(h.ctx, probeTimeout)
		err = h.probe(ctx)
		cancel()
		if h.ctx.Err() != nil {
			return
		}
		if err == nil {
			h.failures.Store(0)
			return
		}
	}
	var f *exchange.Failure
	reason := run.WentDown + ": " + err.Error()
	if errors.As(err, &f) {
		switch f.Kind {
		case exchange.FailedMachine: // it says nothing of the target, and is counted
			h.failures.Store(0)
			return
		case exchange.FailedProxy:
			reason = f.Error()
		default:
			reason = run.WentDown + ": " + f.Text
		}
	}
	h.down(reason)
}

// answersAgain asks until the target answers, at least once and for no longer than
// limit. The error is that of the last time, or that ctx is done.
func answersAgain(ctx context.Context, probe func(context.Context) error, limit time.Duration) error {
	for began := time.Now(); ; {
		asking, cancel := context.WithTimeout(ctx, probeTimeout)
		err := probe(asking)
		cancel()
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(began)+probePause > limit {
			return err
		}
		if err := client.Sleep(ctx, probePause); err != nil {
			return err
		}
	}
}

// prober asks whether the target answers at all, whatever it answers: metadata
// where its address is known, otherwise a connection to u's host.
func prober(o *Options, dial dialFunc, u *url.URL) func(context.Context) error {
	return func(ctx context.Context) error {
		at := o.Endpoints.Discovery
		if at == "" && len(o.proxies()) > 0 {
			at = u.String() // a connection would only say that the proxy is there
		}
		if at == "" {
			conn, err := dial(ctx, "tcp", hostPort(u))
			if err != nil {
				return failure(ctx, err, probeTimeout)
			}
			return conn.Close()
		}
		w := newWire(o, dial)
		defer w.close()
		w.timeout = probeTimeout
		d, err := url.Parse(at)
		if err != nil {
			return err
		}
		a := w.do(ctx, &request{method: http.MethodGet, url: d, header: http.Header{"User-Agent": {userAgent}}})
		defer a.release()
		if a.err != nil && a.status == 0 {
			return failure(ctx, a.err, probeTimeout)
		}
		return nil
	}
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), port)
}

func downReason(at time.Duration, reason string) string {
	return fmt.Sprintf("%s, %.1f s into the load", reason, at.Seconds())
}
