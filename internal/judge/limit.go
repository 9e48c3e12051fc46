package judge

import (
	"context"
	"sync"
	"time"
)

// limit is how long a check or a run may take. A time for which it is paused,
// such as the one that a person takes to log in, does not count.
type limit struct {
	mu     sync.Mutex
	left   time.Duration
	began  time.Time // when it last ran on
	paused int
	timer  *time.Timer
	outer  *limit
}

type limitKey struct{}

// WithLimit is ctx that ends, with the cause context.DeadlineExceeded, once d
// has passed outside the pauses (see Pause).
func WithLimit(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithCancelCause(ctx)
	outer, _ := ctx.Value(limitKey{}).(*limit)
	l := &limit{left: d, began: time.Now(), outer: outer}
	l.timer = time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return context.WithValue(limited, limitKey{}, l), func() {
		l.timer.Stop()
		cancel(context.Canceled)
	}
}

// Pause stops every limit of ctx until resume is called: what follows is a
// person's time.
func Pause(ctx context.Context) (resume func()) {
	innermost, _ := ctx.Value(limitKey{}).(*limit)
	for l := innermost; l != nil; l = l.outer {
		l.pause()
	}
	return func() {
		for l := innermost; l != nil; l = l.outer {
			l.goOn()
		}
	}
}

// Left is how long what ctx limits may still take; limited is false where it has
// no limit.
func Left(ctx context.Context) (left time.Duration, limited bool) {
	for l, _ := ctx.Value(limitKey{}).(*limit); l != nil; l = l.outer {
		if of := l.remains(); !limited || of < left {
			left, limited = of, true
		}
	}
	if deadline, there := ctx.Deadline(); there && (!limited || time.Until(deadline) < left) {
		left, limited = time.Until(deadline), true
	}
	return left, limited
}

func (l *limit) pause() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused++
	if l.paused == 1 && l.timer.Stop() {
		l.left -= time.Since(l.began)
	}
}

func (l *limit) goOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused--
	if l.paused == 0 {
		l.began = time.Now()
		l.timer.Reset(max(l.left, 0))
	}
}

func (l *limit) remains() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paused > 0 {
		return l.left
	}
	return l.left - time.Since(l.began)
}
