package judge

import (
	"context"
	"errors"
	"testing"
	"time"
)

// left is how long what ctx limits may still take; limited is false where it has
// no limit.
func left(ctx context.Context) (least time.Duration, limited bool) {
	for l, _ := ctx.Value(limitKey{}).(*limit); l != nil; l = l.outer {
		l.mu.Lock()
		of := l.left
		if l.paused == 0 {
			of -= time.Since(l.began)
		}
		l.mu.Unlock()
		if !limited || of < least {
			least, limited = of, true
		}
	}
	return least, limited
}

func TestAPauseDoesNotCount(t *testing.T) {
	whole, cancelRun := WithLimit(t.Context(), time.Hour)
	defer cancelRun()
	check, cancelCheck := WithLimit(whole, time.Minute)
	defer cancelCheck()
	resume := Pause(check)
	before, limited := left(check)
	time.AfterFunc(time.Millisecond, cancelCheck)
	<-check.Done()
	if after, _ := left(check); !limited || after != before || before > time.Minute {
		t.Errorf("%s left at the start of the pause and %s at its end", before, after)
	}
	resume()
	over, cancelOver := WithLimit(t.Context(), 0)
	defer cancelOver()
	<-over.Done()
	if !errors.Is(context.Cause(over), context.DeadlineExceeded) {
		t.Errorf("it ended by %v", context.Cause(over))
	}
}
