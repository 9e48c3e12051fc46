package browser

import (
	"context"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

// loginScreen is the login page in front of a person.
type loginScreen interface {
	// how says what the person does with it.
	how() string
	// open shows the page, or shows it anew.
	open(ctx context.Context) error
	// code is what the page's QR code says; empty where it is not to be drawn.
	code(ctx context.Context) (string, error)
	// expires reports whether the QR code is one that runs out.
	expires() bool
	// ended is where the request led, where nobody can log in: it was refused. Nil:
	// the page waits for the person.
	ended(ctx context.Context) *login.Response
	// err says why the page can lead nowhere any more; nil: it can.
	err() error
	// response is what is known of the way; the callback is added to it.
	response() *login.Response
	close()
}

func (d *Interactive) newPage(a login.Authorization, arrived func(string)) loginScreen {
	if d.opt.Chrome != nil {
		return &browserScreen{driver: d, auth: a, arrived: arrived}
	}
	return &fetchedScreen{driver: d, auth: a}
}

// browserScreen is the page in a browser: in a window, or out of sight.
type browserScreen struct {
	driver  *Interactive
	auth    login.Authorization
	arrived func(string)
	errand  *errand
	profile *profile
	tab     *tab
	asked   bool          // there was something to log in with: what comes later is no refusal of the request
	refused int           // looks in a row that showed an error in its place
	usable  time.Duration // how long the page took
}

func (b *browserScreen) visible() bool { return b.driver.opt.Chrome.opt.Visible }

func (b *browserScreen) how() string {
	if b.visible() {
		return "a browser window opens for it. The URL is"
	}
	return "scan the QR code below, or open this URL on another device:"
}

func (b *browserScreen) open(ctx context.Context) error {
	if b.profile == nil {
		d := &Driver{chrome: b.driver.opt.Chrome, opt: DriverOptions{Redactor: b.driver.opt.Redactor, Timeout: b.driver.opt.Wait}}
		auth := b.auth
		auth.PageOnly = true // the listener is the interactive driver's
		b.errand = d.errand(auth)
		b.errand.anywhere = true
		b.errand.told = b.arrived
		p, t, err := b.driver.opt.Chrome.newProfile(ctx, b.errand.configure)
		if err != nil {
			return err
		}
		b.profile, b.tab = p, t
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	b.tab.mu.Lock()
	before := b.tab.loader
	b.tab.mu.Unlock()
	opened := time.Now()
	if err := b.tab.navigate(ctx, b.errand.request.URL); err != nil {
		return err
	}
	err := b.profile.await(ctx, func() bool {
		b.tab.mu.Lock()
		defer b.tab.mu.Unlock()
		return b.tab.loaded && b.tab.loader != before || b.errand.over()
	})
	b.usable = time.Since(opened)
	return err
}

func (b *browserScreen) code(ctx context.Context) (string, error) {
	if b.visible() {
		return "", nil // the person has the page itself
	}
	shot, err := b.tab.photograph(ctx)
	if err != nil {
		return "", err
	}
	return b.tab.readQR(shot)
}

func (b *browserScreen) expires() bool { return true }

func (b *browserScreen) ended(ctx context.Context) *login.Response {
	if b.asked || b.errand == nil || b.profile.proc.dead() {
		return nil
	}
	at := b.errand.where(nil)
	switch at.kind {
	case login.ResponseRefusal, login.ResponseServerError, login.ResponseNone, login.ResponseOther:
		return b.errand.response(ctx, at.kind, "", "")
	}
	if at.tab == nil {
		return nil
	}
	screen := at.tab.screen(ctx)
	switch {
	case screen == nil:
		return nil
	case screen.QR, login.OffersForm(screen):
		b.asked = true
		return nil
	case !login.TellsErrorOnScreen(screen):
		b.refused = 0
		return nil
	}
	if b.refused++; b.refused < 2 {
		return nil
	}
	at.tab.read(ctx, at.hop)
	l := b.errand.response(ctx, login.ResponsePage, "", "")
	l.Screen = screen
	return l
}

func (b *browserScreen) err() error {
	if b.profile != nil && b.profile.proc.dead() {
		return b.profile.proc.lost()
	}
	return nil
}

func (b *browserScreen) response() *login.Response {
	if b.errand == nil || b.profile == nil {
		return &login.Response{}
	}
	l := b.errand.response(context.Background(), login.ResponseCallback, "", "")
	if !b.errand.over() {
		l.Status = 0 // the login ended elsewhere, and nobody here saw the redirect
	}
	return l
}

func (b *browserScreen) close() {
	if b.profile != nil {
		b.profile.close()
	}
}

// fetchedScreen is the page without a browser: it is fetched to see whether the
// request is refused, and the person opens its URL on another device. A QR code of
// the copy that was fetched would lead nowhere, as nothing here runs the script
// that waits for the phone: it is the URL itself that is drawn.
type fetchedScreen struct {
	driver *Interactive
	auth   login.Authorization
	last   *exchange.Exchange
	end    *login.Response
}

func (f *fetchedScreen) how() string {
	return "scan the QR code below, or open this URL on another device (no browser was found here), and paste the final URL of the login:"
}

func (f *fetchedScreen) open(ctx context.Context) error {
	if f.last != nil {
		return nil // it was looked at: what comes now says nothing of the login that is under way
	}
	asked := f.auth
	asked.PageOnly = true
	response, err := f.driver.direct.Authorize(ctx, asked)
	if err != nil {
		return err
	}
	if f.last = response.Final; response.Kind != login.ResponsePage || login.TellsError(f.last.Body()) {
		f.end = response
	}
	return nil
}

func (f *fetchedScreen) ended(context.Context) *login.Response { return f.end }

func (f *fetchedScreen) code(context.Context) (string, error) { return f.auth.Request().URL, nil }

func (f *fetchedScreen) expires() bool { return false }

func (f *fetchedScreen) err() error { return nil }

func (f *fetchedScreen) response() *login.Response {
	l := &login.Response{Page: f.last} // without a status: nobody here saw the redirect
	if f.last != nil {
		l.Exchanges, l.Final = []*exchange.Exchange{f.last}, f.last
	}
	return l
}

func (f *fetchedScreen) close() {}
