package browser

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
)

// DriverOptions says how the browser driver logs in.
type DriverOptions struct {
	Persona       string // whom to log in; empty: the first person the page offers
	SecondPersona string // whom where a second person is asked for; empty: another
	// Steps drive a login page that the driver does not know; none: it finds
	// the page's one login form by itself.
	Steps    []config.Step
	Timeout  time.Duration    // for one login; 0: 30 seconds
	Late     time.Duration    // how long a page may take to show its login form; 0: four seconds
	AtOnce   int              // how many logins may be under way; 0: four
	Redactor *redact.Redactor // learns every secret that comes by; may be nil
}

// Driver is the login driver that uses a real browser, each login in a fresh
// profile. Safe for concurrent use.
type Driver struct {
	chrome    *Chrome
	opt       DriverOptions
	listeners listeners
	room      chan struct{}
}

// NewDriver makes a driver on a browser, which stays the caller's to close.
// The error names the first step that cannot be carried out.
func NewDriver(c *Chrome, o DriverOptions) (*Driver, error) {
	if err := CheckSteps(o.Steps); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Late <= 0 {
		o.Late = lateForm
	}
	if o.AtOnce <= 0 {
		o.AtOnce = 4
	}
	if o.Redactor == nil {
		o.Redactor = redact.New()
	}
	return &Driver{chrome: c, opt: o, room: make(chan struct{}, o.AtOnce)}, nil
}

// Name is "browser".
func (d *Driver) Name() string { return "browser" }

// Close stops answering redirect URIs.
func (d *Driver) Close() error { return d.listeners.close() }

// Authorize opens the authorization request in a fresh profile and follows it
// to its end. The error is not nil only where the browser itself gave up.
func (d *Driver) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	select {
	case d.room <- struct{}{}:
		defer func() { <-d.room }()
	case <-ctx.Done():
		return nil, over(ctx)
	}
	e := d.errand(a)
	p, t, err := d.chrome.loginProfile(ctx, e.configure)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer e.end()
	return e.run(ctx, t)
}

// errand is one authorization request on its way through a browser.
type errand struct {
	driver    *Driver
	auth      login.Authorization
	request   exchange.Request
	home      string   // origin of the authorization endpoint
	redirects []string // redirect URIs as browsers write them
	anywhere  bool     // other origins are part of the login
	served    bool     // the redirect URI is answered by a listener of ours
	end       func()
	profile   *profile
	only      *tab                      // of several tabs, the one this request is in; nil: all of them
	pictured  string                    // the page that took was told of last
	helpless  bool                      // the driver does not know what to do on the page
	submitted time.Time                 // when a page was used last
	barred    bool                      // the browser has refused to send what was submitted
	took      func(step string, t *tab) // told of every step; may be nil

	mu        sync.Mutex
	told      func(address string) // of the callback; may be nil
	first     bool                 // the first request is still to be sent
	arrived   string               // the callback's address
	elsewhere string               // where a redirect wanted to leave for
	landed    chan struct{}
}

func (d *Driver) errand(a login.Authorization) *errand {
	e := &errand{
		driver: d, auth: a, request: a.Request(), redirects: callbacks(a), first: true,
		anywhere: len(d.opt.Steps) > 0, landed: make(chan struct{}), end: func() {},
	}
	e.home = originOf(e.request.URL)
	if redirect := a.Params.Get("redirect_uri"); !a.PageOnly && slices.Contains(a.RedirectURIs, redirect) {
		e.end, e.served = d.listeners.expect(redirect, a.Params.Get("state"), e.arrive)
	}
	return e
}

// configure makes the profile's navigations pass by the errand.
func (e *errand) configure(p *profile) {
	e.profile = p
	p.gate = e.decide
	p.strayed = func(address string) {
		if login.IsCallback(address, e.redirects) {
			e.arrive(address)
		}
	}
}

// decide lets a navigation pass, or catches it: the callback, and what would
// leave for another origin.
func (e *errand) decide(t *tab, paused *fetch.EventRequestPaused) verdict {
	address := paused.Request.URL + paused.Request.URLFragment
	if string(paused.FrameID) != t.ident() || !strings.HasPrefix(address, "http") {
		return verdict{}
	}
	if login.IsCallback(address, e.redirects) {
		e.arrive(address)
		if e.served && login.IsCallback(address, []string{login.AsBrowsersWriteIt(e.auth.Params.Get("redirect_uri"))}) {
			return verdict{}
		}
		return verdict{answer: []byte(donePage)}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.first {
		e.first = false
		return verdict{change: e.override(paused.Request)}
	}
	if !e.anywhere && originOf(address) != e.home {
		if e.elsewhere == "" {
			e.elsewhere = address
		}
		e.profile.wake()
		return verdict{abort: true}
	}
	return verdict{}
}

// override gives the first request the method, body and fields that were asked
// for; nil where it is an ordinary GET.
func (e *errand) override(r *network.Request) *fetch.ContinueRequestParams {
	post := e.request.Method != "" && e.request.Method != "GET"
	if !post && len(e.auth.Header) == 0 {
		return nil
	}
	change := &fetch.ContinueRequestParams{Method: e.request.Method, PostData: e.request.Body}
	for name, value := range r.Headers {
		if text, ok := value.(string); ok {
			change.Headers = append(change.Headers, &fetch.HeaderEntry{Name: name, Value: text})
		}
	}
	own := e.auth.Header
	if post {
		own = e.request.Header
	}
	for name, values := range own {
		for _, value := range values {
			change.Headers = append(change.Headers, &fetch.HeaderEntry{Name: name, Value: value})
		}
	}
	return change
}

func (e *errand) arrive(address string) {
	e.driver.opt.Redactor.ObserveURL(address)
	e.mu.Lock()
	first := e.arrived == ""
	if first {
		e.arrived = address
		close(e.landed)
	}
	e.mu.Unlock()
	if first {
		if e.told != nil {
			e.told(address)
		}
		e.profile.wake()
	}
}

// over reports whether the request has come to an end that a navigation made.
func (e *errand) over() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.arrived != "" || e.elsewhere != ""
}

// run opens the request in the tab and follows it to its end.
func (e *errand) run(parent context.Context, t *tab) (*login.Response, error) {
	ctx, cancel := context.WithTimeout(parent, e.driver.opt.Timeout)
	defer cancel()
	if err := t.navigate(ctx, e.request.URL); err != nil {
		if fatal(parent, err) {
			return nil, err
		}
		return e.timedOut(parent, "")
	}
	return e.follow(ctx, parent, t)
}

// fatal tells errors of the browser, and a run that was stopped, from what the
// target did.
func fatal(parent context.Context, err error) bool {
	return isGone(err) || parent.Err() != nil
}

// follow goes from page to page until the request has ended.
func (e *errand) follow(ctx, parent context.Context, t *tab) (*login.Response, error) {
	seen := map[string]bool{}
	formError, persona := "", ""
	for pages := 0; ; {
		stop, err := e.next(ctx, seen)
		if err != nil {
			if fatal(parent, err) {
				return nil, err
			}
			return e.timedOut(parent, formError)
		}
		if stop.kind != "" {
			return e.response(parent, stop.kind, formError, persona), nil
		}
		seen[stop.page] = true
		stop.tab.read(ctx, stop.hop)
		if e.pictured != stop.page {
			e.pictured = stop.page
			e.step("login page", stop.tab)
		}
		if e.auth.PageOnly {
			return e.response(parent, login.ResponsePage, "", ""), nil
		}
		if pages++; pages > maxPages {
			return e.response(parent, login.ResponsePage, "every submitted page leads to another page", persona), nil
		}
		used, err := e.use(ctx, stop.tab)
		switch {
		case e.over():
		case err != nil && fatal(parent, err):
			return nil, err
		case err != nil:
			e.helpless = true
			l := e.response(parent, login.ResponsePage, err.Error(), persona)
			l.NoCancel = login.NoCancel(err) || errors.Is(err, errNoCancelSteps)
			if l.NoCancel && pages > 1 {
				l.NoCancel, e.helpless = false, false
				l.FormError = "cancelling led to another page that does not redirect back"
			}
			return l, nil
		}
		if used.persona != "" {
			persona = used.persona
			e.driver.opt.Redactor.Learn(redact.KindLogin, persona)
		}
		formError = used.pending
	}
}

// maxPages bounds the pages that one login may submit.
const maxPages = 6

// place is where the errand stands when there is something to do or to report.
type place struct {
	kind login.ResponseKind // it has landed
	tab  *tab               // or a page waits to be used
	hop  *hop
	page string // the page's document
}

// next waits until the request has landed or a page that was not used yet can
// be read.
func (e *errand) next(ctx context.Context, seen map[string]bool) (place, error) {
	var at place
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.barred = false
	err := e.profile.await(ctx, func() bool {
		at = e.where(seen)
		if !e.barred && e.formRefused() {
			e.barred = true
			time.AfterFunc(lateControl, cancel) // its script may know another way
		}
		return at.kind != "" || at.tab != nil
	})
	return at, err
}

func (e *errand) where(seen map[string]bool) place {
	e.mu.Lock()
	arrived, elsewhere := e.arrived, e.elsewhere
	e.mu.Unlock()
	switch {
	case arrived != "":
		return place{kind: login.ResponseCallback}
	case elsewhere != "":
		return place{kind: login.ResponseElsewhere}
	}
	hops := e.profile.log.all()
	for _, t := range slices.Backward(e.tabs()) {
		h := lastDocument(hops, t.ident())
		if h == nil {
			continue
		}
		t.mu.Lock()
		shown, ready := t.loader, t.ready
		t.mu.Unlock()
		if h.Done && h.Loader != shown && ready {
			if back := documentBy(hops, t.ident(), shown); back != nil {
				h = back // the browser went back to it without asking anew
			}
		}
		answered := h.Status > 0 && h.Response != nil
		switch {
		case h.Failed != "" && !answered:
			if h.Canceled || strings.Contains(h.Failed, "ERR_ABORTED") {
				continue // given up for another navigation, or for a page that needs none
			}
			return place{kind: login.ResponseNone}
		case !answered, h.Status >= 300 && h.Status < 400 && !h.Done:
			continue
		case h.byProxy() != nil:
			return place{kind: login.ResponseNone}
		case h.Status >= 500:
			return place{kind: login.ResponseServerError}
		case h.Status >= 400:
			return place{kind: login.ResponseRefusal}
		case h.Status >= 300, h.Loader != shown && h.showsNothing():
			return place{kind: login.ResponseOther}
		case h.Loader != shown || !ready || seen[string(shown)]:
			continue
		case !strings.Contains(h.Response.MimeType, "html"):
			return place{kind: login.ResponseOther}
		}
		return place{tab: t, hop: h, page: string(shown)}
	}
	return place{}
}

// tabs is the tabs that the request may be in.
func (e *errand) tabs() []*tab {
	if e.only != nil {
		return []*tab{e.only}
	}
	return e.profile.present()
}

// lastDocument is the last request for the page of a tab.
func lastDocument(hops []*hop, tab string) *hop {
	for _, h := range slices.Backward(hops) {
		if h.Tab == tab && h.document() && strings.HasPrefix(h.URL, "http") {
			return h
		}
	}
	return nil
}

// documentBy is the page of a tab that a loader brought.
func documentBy(hops []*hop, tab string, loader cdp.LoaderID) *hop {
	for _, h := range slices.Backward(hops) {
		if h.Tab == tab && h.document() && h.Loader == loader && h.Response != nil && h.Status < 300 {
			return h
		}
	}
	return nil
}

func (e *errand) step(name string, t *tab) {
	if e.took != nil {
		e.took(name, t)
	}
}
