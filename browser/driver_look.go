package browser

import (
	"context"
	"time"

	"sgidcheck/internal/login"
)

// How long a page is looked at for what its script shows.
const (
	lookEvery = 250 * time.Millisecond
	lookAlike = 4 // looks that must show the same error before it counts
)

// Look opens an authorization request in a fresh profile and returns where it
// led, as Authorize does with PageOnly; a page comes with its screen, taken when
// its script has drawn a QR code or told of an error, or after a while. The error
// is not nil only where the browser itself gave up.
func (d *Driver) Look(ctx context.Context, a login.Authorization) (*login.Response, error) {
	a.PageOnly = true
	e := d.errand(a)
	p, t, err := d.chrome.loginProfile(ctx, e.configure)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer e.end()
	response, err := e.run(ctx, t)
	if err != nil || response.Kind != login.ResponsePage {
		return response, err
	}
	response.Screen = e.watch(ctx)
	if e.over() { // its script has led on
		if at := e.where(nil); at.kind != "" {
			return e.response(ctx, at.kind, "", ""), nil
		}
	}
	return response, nil
}

// watch looks at the page until it shows a QR code, or the same error for a
// while, or a third of the time of a login is up. Nil: nothing of it could be seen.
func (e *errand) watch(ctx context.Context) *login.Screen {
	ctx, cancel := context.WithTimeout(ctx, e.driver.opt.Timeout/3)
	defer cancel()
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	var last *login.Screen
	for alike := 0; ; {
		tabs := e.tabs()
		if screen := tabs[len(tabs)-1].screen(ctx); screen != nil {
			if last != nil && string(screen.HTML) == string(last.HTML) {
				alike++
			} else {
				alike = 0
			}
			last = screen
			if screen.QR || alike >= lookAlike && login.TellsErrorOnScreen(screen) {
				return last
			}
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return last
		}
		if e.over() {
			return last
		}
	}
}

// screen is what the tab shows; nil where that cannot be seen. The document is
// taken first: to find that a picture holds no code can outlast ctx.
func (t *tab) screen(ctx context.Context) *login.Screen {
	document, err := evaluate[string](ctx, t, `document.documentElement.outerHTML.slice(0, 1000000)`)
	if err != nil {
		return nil
	}
	shot, err := t.photograph(ctx)
	if err != nil {
		return nil
	}
	_, err = t.readQR(shot)
	return &login.Screen{HTML: []byte(document), QR: err == nil}
}
