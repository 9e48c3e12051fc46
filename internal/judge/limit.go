package judge

import (
	"context"
	"sync"
	"time"
)

// limit is how long a check or a run may take. A time for which it is paused does
// not count.
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

// Pause stops every limit of ctx until resume is called: what follows takes its
// time whoever waits, such as a person who logs in, or a token that expires.
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
