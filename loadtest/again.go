package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
)

// Bounds of trying a step of the preparation again.
const (
	prepareTries  = 3
	againPause    = 500 * time.Millisecond // before the second try, doubled with each
	longestPause  = 30 * time.Second       // a target that asks for more is not waited for
	serverErrorAt = 500
)

// passing is an error that another try may not meet: no response, a response 5xx
// or 429, or one that is wrong.
type passing struct {
	error
	kind  string        // as errors under load are counted
	after time.Duration // that the target asked for; below 0: nothing
}

func (p *passing) Unwrap() error { return p.error }

// Again carries out a step of a load's preparation, and does so again, a few
// times and after a pause, while it fails in a way that may pass: with a response
// of status 429 or 5xx, whose Retry-After (RFC 9110, section 10.2.3) is
// observed, or with none. status is 0 where there was no response. note receives, in
// words, what was tried again; step's last error is returned.
func Again(ctx context.Context, note func(string), step func() (status int, header http.Header, err error)) error {
	return again(ctx, client.Sleep, note, func() error {
		status, header, err := step()
		if err == nil || status != 0 && !busy(status) {
			return err
		}
		var f *exchange.Failure
		if errors.As(err, &f) && !f.Temporary() {
			return err
		}
		return &passing{error: err, after: asked(header)}
	})
}

func again(ctx context.Context, pause func(context.Context, time.Duration) error, note func(string), step func() error) error {
	for try := 1; ; try++ {
		err := step()
		var p *passing
		if err == nil || !errors.As(err, &p) || try == prepareTries || ctx.Err() != nil {
			return err
		}
		wait := againPause << (try - 1)
		if p.after >= 0 {
			wait = p.after
		}
		if wait > longestPause {
			return fmt.Errorf("%w (it asks to be left alone for %s)", err, wait)
		}
		if note != nil {
			note(fmt.Sprintf("beside the load: %v; it was tried again", err))
		}
		if pause(ctx, wait) != nil {
			return err
		}
	}
}

// busy says that a status is of a target that may answer better a little later.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status >= serverErrorAt
}

// asked is the time that a response asks to be left alone for, below 0 where it
// asks for none.
func asked(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return -1
	}
	wait, ok := client.RetryAfter(value, 0, time.Now())
	if !ok {
		return -1
	}
	return wait
}
