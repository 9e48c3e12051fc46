package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"
)

// clickTries is how often what a dialog of the page takes is tried.
const clickTries = 30

// click clicks the element with the mouse, as a person would.
func (t *tab) click(ctx context.Context, path string) error {
	return t.reach(ctx, "click", func() error {
		_, err := do(ctx, t, chromedp.Click(chromedp.CSS(path)))
		return err
	})
}

// enter presses the key, as a person would.
func (t *tab) enter(ctx context.Context) error {
	return t.reach(ctx, "keydown", func() error {
		_, err := do(ctx, t, chromedp.KeyEvent(keys["enter"]))
		return err
	})
}

// reach acts until the page has got the event: while one of its dialogs stands,
// the browser drops what the mouse and the keyboard send. The error says where
// dialogs have taken it each time.
func (t *tab) reach(ctx context.Context, event string, act func() error) error {
	watch := fmt.Sprintf(`window.sgidcheckReached = false; addEventListener(%s, () => { window.sgidcheckReached = true }, {capture: true, once: true})`, quote(event))
	for range clickTries {
		if _, err := evaluate[chromedp.Void](ctx, t, watch); err != nil && (isGone(err) || ctx.Err() != nil) {
			return err
		}
		if err := act(); err != nil {
			return err
		}
		missed, err := evaluate[bool](ctx, t, "window.sgidcheckReached === false")
		switch {
		case err != nil && (isGone(err) || ctx.Err() != nil):
			return err
		case err != nil || !missed: // a page that is being replaced has got it
			return nil
		}
		t.mu.Lock()
		dialogs := t.dialogs
		t.mu.Unlock()
		if dialogs == 0 {
			return nil // the page itself keeps it from being seen
		}
	}
	return fmt.Errorf("dialogs of the page took the %s, %d times", event, clickTries)
}
