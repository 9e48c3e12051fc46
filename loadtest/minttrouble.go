package loadtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
)

// Bounds of minting a code again.
const (
	mintErrorLimit   = 5                     // tries, where nothing says that the error may pass
	mintPause        = 50 * time.Millisecond // before it is tried again, doubled with each try
	longestMintPause = 5 * time.Second       // unless the target asks for more
)

// one mints a code, and tries again while that may help.
func (s *codeStore) one(ctx context.Context) (*Code, error) {
	for try := 1; ; try++ {
		code, err := s.minter.Mint(ctx)
		if err == nil {
			s.made(code)
			return code, nil
		}
		if ctx.Err() != nil || errors.Is(err, errBudget) {
			return nil, err
		}
		wait, err := s.pause(err, try)
		if err != nil {
			return nil, err
		}
		if err := client.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// pause is how long to wait after a try that failed, or the error that ends minting.
// A target that is too busy, or not there, is waited for, and left alone for as long
// as it asks, within bounds: they count from when the last code was minted by anyone.
func (s *codeStore) pause(cause error, try int) (time.Duration, error) {
	wait := min(mintPause<<min(try, 10), longestMintPause)
	p := mintPassing(cause)
	if p == nil {
		if try == mintErrorLimit {
			return 0, cause
		}
		return wait, nil
	}
	if s.passed != nil && p.kind != "" {
		s.passed(p.kind)
	}
	if p.after >= 0 {
		wait = max(p.after, mintPause)
	}
	s.mu.Lock()
	now, note := time.Now(), !s.noted
	if s.troubled.IsZero() {
		s.troubled = now
	}
	left := s.restartWait - now.Sub(s.troubled)
	unbounded := s.keepGoing && !s.begins.IsZero() && !now.Before(s.begins)
	s.noted = true
	s.mu.Unlock()
	switch {
	case unbounded:
	case p.after > max(left, 0):
		return 0, fmt.Errorf("%w (it asks to be left alone for %s, and is waited for no longer than %s: --restart-wait)", cause, p.after, s.restartWait)
	case left <= 0 && try >= mintErrorLimit:
		return 0, fmt.Errorf("%w (it was tried again for %s: --restart-wait)", cause, s.restartWait)
	case left > 0:
		wait = min(wait, left)
	}
	if note && s.note != nil {
		s.note(fmt.Sprintf("beside the load: an authorization code could not be minted: %v; it was tried again", cause))
	}
	return wait, nil
}

// mintPassing is the error of a login that gave no code as one that may pass; nil
// where it is none: the login ended with a response of status 429 or 5xx, or with none.
func mintPassing(err error) *passing {
	var failed *loginError
	if errors.As(err, &failed) && failed.front.last != nil && busy(failed.front.status) {
		return &passing{err, fmt.Sprintf("status-%d", failed.front.status), asked(failed.front.last.Header())}
	}
	cause := err
	if failed != nil && failed.front.last != nil {
		cause = failed.front.last.Err
	}
	var f *exchange.Failure
	if !errors.As(cause, &f) || !f.Temporary() {
		return nil
	}
	return &passing{err, kindOf(f), -1}
}
