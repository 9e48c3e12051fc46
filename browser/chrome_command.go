package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Commands to the browser, and why one did not succeed.

// within runs something that must not outlive ctx, and tells a browser that is
// gone from anything else that went wrong.
func (p *profile) within(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	limit := time.NewTimer(3 * p.chrome.opt.Patience)
	defer limit.Stop()
	select {
	case err := <-done:
		return p.explain(ctx, err)
	case <-ctx.Done():
		return p.explain(ctx, ctx.Err())
	case <-p.proc.gone:
		return p.explain(ctx, context.Canceled)
	case <-limit.C:
		return p.explain(ctx, context.DeadlineExceeded)
	}
}

// explain says why a command did not succeed: because the browser or its page
// is gone, or because of what the command itself met.
func (p *profile) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	p.mu.Lock()
	crashed := p.crashed
	p.mu.Unlock()
	switch {
	case crashed != "":
		return fmt.Errorf("%w: %s", ErrGone, crashed)
	case p.proc.dead():
		return p.proc.lost()
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return over(ctx)
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		if !p.chrome.alive(p.proc) {
			return p.proc.lost()
		}
		return slow("the page did not respond in time")
	}
	return err
}

// ended is the end of a context in words that a reader understands.
type ended struct {
	text  string
	cause error
}

func (e ended) Error() string { return e.text }

func (e ended) Unwrap() error { return e.cause }

// slow is a time limit that was reached, with what was waited for.
func slow(text string) error { return ended{text, context.DeadlineExceeded} }

// over is why a context that is done has ended.
func over(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return slow("it reached its time limit")
	}
	return ended{"it was stopped", ctx.Err()}
}

// lost is the error of a browser that has ended.
func (p *process) lost() error {
	<-p.gone
	if p.hung != "" {
		return fmt.Errorf("%w: %s", ErrGone, p.hung)
	}
	return fmt.Errorf("%w: it crashed, or was killed", ErrGone)
}

// do runs an action in the tab, no longer than ctx.
func do[T any](ctx context.Context, t *tab, action chromedp.Action[T]) (T, error) {
	op, stop := contextOf(ctx, t)
	defer stop()
	v, err := chromedp.Run(op, action)
	return v, t.explain(ctx, err)
}

// contextOf is the tab's context, ended with ctx; of a profile that was closed it
// has ended: another login may have the tab by now.
func contextOf(ctx context.Context, t *tab) (context.Context, func()) {
	op, cancel := context.WithCancel(t.ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		cancel()
		return op, func() {}
	}
	stop := context.AfterFunc(ctx, cancel)
	return op, func() { stop(); cancel() }
}

// call sends a protocol command to the tab.
func call[P, R any](ctx context.Context, t *tab, command cdp.Command[P, R], params P) (R, error) {
	return do(ctx, t, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
}

// evaluate runs an expression in the page and returns its value; a promise is
// awaited.
func evaluate[T any](ctx context.Context, t *tab, expression string) (T, error) {
	return do(ctx, t, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}
