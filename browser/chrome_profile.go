package browser

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// profile is one browser context: cookies, storage and cache of its own, and
// the tabs that share them.
type profile struct {
	chrome *Chrome
	proc   *process
	log    *networkLog
	id     cdp.BrowserContextID

	// gate decides about every navigation before it is sent; nil lets all pass.
	gate func(*tab, *fetch.EventRequestPaused) verdict
	// strayed is called with every address that a tab nobody watches yet shows.
	strayed func(address string)
	// scripted profiles are waited for until what scripts ask for is there, too.
	scripted bool

	mu      sync.Mutex
	tabs    []*tab
	said    []message
	changed chan struct{} // closed and replaced whenever anything happens
	crashed string
	closed  bool
	logins  int  // that the profile has served, this one included; 0: it is given up after its use
	unplain bool // it may keep more than is removed for the next login

	challenged map[fetch.RequestID]bool // by a proxy
}

// message is one line of the console, or an exception nobody caught.
type message struct {
	Text  string
	URL   string
	Bad   bool // an error
	At    time.Time
	Agent bool // written by the browser itself, not by a script of the page
}

// tab is one tab of a profile.
type tab struct {
	*profile
	ctx    context.Context // chromedp's
	cancel func()
	id     string
	user   *atomic.Pointer[tab] // takes what the browser's tab tells: this one, or the login's that has it after

	// What is loaded in it; guarded by the profile's lock.
	loader   cdp.LoaderID // of the document shown
	address  string
	ready    bool // its DOM has been read
	loaded   bool // and so have its images and scripts
	bindings []string
	dialogs  int  // that the page has opened
	gone     bool // it was closed
	last     sight
}

// quickDialogs is how many dialogs of one page are answered at once, and
// dialogPause how long each further one stands: a page that opens them without
// an end would bring the browser down.
const (
	quickDialogs = 100
	dialogPause  = 100 * time.Millisecond
)

// newProfile opens a fresh profile with one empty tab. Configure is called
// before the tab sees its first event. Where a browser that ran before does not
// get that far, the pages before have left it so: another is started, once.
func (c *Chrome) newProfile(ctx context.Context, configure func(*profile)) (*profile, *tab, error) {
	proc, err := c.start(ctx)
	if err != nil {
		return nil, nil, err
	}
	p, t, err := c.profileOf(ctx, proc, configure)
	if err == nil || ctx.Err() != nil || !errors.Is(err, ErrGone) && !errors.Is(err, context.DeadlineExceeded) {
		return p, t, err
	}
	proc.end()
	if proc, err = c.start(ctx); err != nil {
		return nil, nil, err
	}
	return c.profileOf(ctx, proc, configure)
}

// profileOf opens a fresh profile of a browser that runs.
func (c *Chrome) profileOf(ctx context.Context, proc *process, configure func(*profile)) (*profile, *tab, error) {
	p := &profile{chrome: c, proc: proc, log: newNetworkLog(), changed: make(chan struct{})}
	if configure != nil {
		configure(p)
	}
	t, err := p.open(ctx, proc.ctx, proc.way.context())
	if err != nil {
		p.close()
		return nil, nil, err
	}
	p.id = chromedp.FromContext(t.ctx).BrowserContextID
	// Nothing that a page wants to be kept is written to this machine.
	if _, err := chromedp.CallBrowser(t.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: p.id,
	}); err != nil {
		p.close()
		return nil, nil, p.explain(ctx, err)
	}
	p.watch()
	return p, t, nil
}

// newTab opens another tab that shares cookies and storage with the first.
func (p *profile) newTab(ctx context.Context) (*tab, error) { return p.open(ctx, p.tabs[0].ctx) }

// open makes a tab, or attaches to one that a page opened.
func (p *profile) open(ctx, parent context.Context, options ...chromedp.ContextOption) (*tab, error) {
	user := &atomic.Pointer[tab]{}
	t := &tab{profile: p, user: user}
	user.Store(t)
	t.ctx, t.cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(func(event any) { user.Load().see(event) }))...)
	p.mu.Lock()
	p.tabs = append(p.tabs, t)
	p.mu.Unlock()
	err := p.within(ctx, func() error {
		if err := chromedp.Do(t.ctx); err != nil {
			return err
		}
		p.mu.Lock()
		t.id = string(chromedp.FromContext(t.ctx).Target.TargetID)
		p.mu.Unlock()
		pattern := &fetch.RequestPattern{URLPattern: "*", ResourceType: network.ResourceTypeDocument, RequestStage: fetch.RequestStageRequest}
		challenged := len(p.proc.way.users) > 0
		if challenged {
			pattern.ResourceType = "" // whatever is asked for first meets the proxy's challenge
		}
		if p.logins > 0 {
			if _, err := chromedp.Call(t.ctx, domstorage.Enable, cdp.Empty{}); err != nil {
				return err
			}
		}
		if p.gate == nil && !challenged {
			return nil
		}
		_, err := chromedp.Call(t.ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{pattern}, HandleAuthRequests: &challenged})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// see takes every event of the tab. It runs in the loop that reads the tab's
// messages, and so it sends no command itself.
func (t *tab) see(event any) {
	if known, page := t.log.see(t.ident(), event); known {
		t.mu.Lock()
		defer t.mu.Unlock()
		if page || t.scripted || t.closed {
			t.broadcast()
		}
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *fetch.EventRequestPaused:
		go t.decide(e)
		return
	case *fetch.EventAuthRequired:
		go t.credentials(e)
		return
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			t.dialogs = 0
			kept := e.Type == page.NavigationTypeBackForwardCacheRestore // it is there as it was left
			t.loader, t.address, t.ready, t.loaded = e.Frame.LoaderID, e.Frame.URL+e.Frame.URLFragment, kept, kept
			if e.Frame.UnreachableURL != "" {
				t.address = e.Frame.UnreachableURL
			}
		}
	case *page.EventNavigatedWithinDocument:
		if string(e.FrameID) == t.id {
			t.address = e.URL
		}
	case *page.EventLifecycleEvent:
		if string(e.FrameID) == t.id && e.LoaderID == t.loader {
			// Of a page that calls an app by its own scheme the browser tells neither
			// of the first two, but that the network has come to rest, which is later.
			t.loaded = t.loaded || e.Name == "load" || e.Name == "networkIdle"
			t.ready = t.ready || t.loaded || e.Name == "DOMContentLoaded" || e.Name == "networkAlmostIdle"
		}
	case *runtime.EventConsoleAPICalled:
		t.noted(message{Text: consoleText(e.Args), Bad: e.Type == "error" || e.Type == "assert", At: time.Now()})
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil && x.Description != "" {
			text += " " + x.Description
		}
		t.noted(message{Text: text, URL: e.ExceptionDetails.URL, Bad: true, At: time.Now()})
	case *log.EventEntryAdded:
		t.noted(message{Text: e.Entry.Text, URL: e.Entry.URL, Bad: e.Entry.Level == log.EntryLevelError, At: time.Now(), Agent: true})
	case *runtime.EventBindingCalled:
		t.bindings = append(t.bindings, e.Payload)
	case *domstorage.EventDomStorageItemAdded:
		t.unplain = t.unplain || !e.StorageID.IsLocalStorage // which is known only while its page is shown
		return
	case *page.EventJavascriptDialogOpening:
		t.unplain = true
		if t.dialogs++; t.chrome.opt.Visible {
			return // the person answers it
		}
		pause := time.Duration(0)
		if t.dialogs > quickDialogs {
			pause = dialogPause
		}
		go func() {
			select {
			case <-time.After(pause):
			case <-t.ctx.Done():
			}
			_, _ = chromedp.Call(t.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *inspector.EventTargetCrashed:
		t.crashed = "its page crashed"
	default:
		return
	}
	t.broadcast()
}

// maxSaid and maxSaying bound what is remembered of a console: lines, and the
// characters of one.
const maxSaid, maxSaying = 1000, 4096

// noted remembers a line of the console. The profile's lock is held.
func (p *profile) noted(m message) {
	if len(p.said) < maxSaid {
		m.Text = strings.ToValidUTF8(m.Text[:min(len(m.Text), maxSaying)], "")
		p.said = append(p.said, m)
	}
}

func (t *tab) ident() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

func consoleText(args []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range args {
		switch {
		case a.Description != "":
			parts = append(parts, a.Description)
		default:
			parts = append(parts, strings.Trim(string(a.Value), `"`))
		}
	}
	return strings.Join(parts, " ")
}

func (p *profile) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broadcast()
}

func (p *profile) broadcast() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// await returns once enough says so; it is asked again whenever anything
// happens in the profile.
func (p *profile) await(ctx context.Context, enough func() bool) error {
	for {
		p.mu.Lock()
		changed, crashed := p.changed, p.crashed
		p.mu.Unlock()
		if enough() {
			return nil
		}
		if crashed != "" {
			return p.explain(ctx, context.Canceled)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return p.explain(ctx, ctx.Err())
		case <-p.proc.gone:
			return p.explain(ctx, context.Canceled)
		}
	}
}

// verdict is what becomes of a navigation that waits to be sent.
type verdict struct {
	abort  bool
	answer []byte // an HTML page in the place of the response
	change *fetch.ContinueRequestParams
}

func (p *profile) passing() func(*tab, *fetch.EventRequestPaused) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate
}

func (t *tab) decide(e *fetch.EventRequestPaused) {
	var v verdict
	if gate := t.passing(); gate != nil && e.ResourceType == network.ResourceTypeDocument {
		v = gate(t, e)
	}
	switch {
	case v.abort:
		_, _ = chromedp.Call(t.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
	case v.answer != nil:
		_, _ = chromedp.Call(t.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
			RequestID: e.RequestID, ResponseCode: 200, Body: v.answer,
			ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/html; charset=utf-8"}, {Name: "Cache-Control", Value: "no-store"}},
		})
	default:
		params := fetch.ContinueRequestParams{RequestID: e.RequestID}
		if v.change != nil {
			params = *v.change
			params.RequestID = e.RequestID
		}
		_, _ = chromedp.Call(t.ctx, fetch.ContinueRequest, params)
	}
	t.wake()
}

// console is what the pages and the browser wrote so far.
func (p *profile) console() []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// close ends the use of the profile: its tabs, cookies and storage are gone, or it
// is emptied for the next login.
func (p *profile) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	tabs := slices.Clone(p.tabs)
	p.mu.Unlock()
	if p.plain() && p.empty() && p.proc.keepSpare(tabs[0]) {
		return
	}
	if p.id != "" && !p.proc.dead() {
		ctx, cancel := context.WithTimeout(p.proc.ctx, p.chrome.opt.Patience)
		_, _ = chromedp.CallBrowser(ctx, cdptarget.DisposeBrowserContext, cdptarget.DisposeBrowserContextParams{BrowserContextID: p.id})
		cancel()
	}
	var all sync.WaitGroup
	for _, t := range tabs {
		all.Go(t.cancel)
	}
	all.Wait()
}
