package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/http/httpproxy"
)

// ErrGone is wrapped by every error that comes of the browser having crashed,
// hung, or been killed: nothing can be judged by what it did not do.
var ErrGone = errors.New("the browser has exited")

// ChromeOptions says which browser to run and how.
type ChromeOptions struct {
	Path    string // the executable, as Find returns it
	Visible bool   // a window that a person can use; needs a display
	// Frames has frames of other sites run as pages of their own, which can be looked
	// into. Chromium does so anyway; its headless shell does not, and costs less.
	Frames bool
	// Lean is for many logins of which no pictures are taken: a page is drawn on its
	// own thread and takes the place of the one before, and without Frames all pages of
	// a profile share a process. That costs half or less. A picture would take seconds.
	Lean bool
	// Unreachable are host names that the browser must not be able to reach:
	// those of redirect URIs that belong to somebody else.
	Unreachable []string
	// Resolve maps host names to addresses, "host:address" or "host:port:address".
	Resolve []string
	// Trusted are certificates that the browser accepts although no authority
	// it knows has signed them, as base64 of the SHA-256 of their public key.
	Trusted []string
	// Trust, asked at every start, names more of them; may be nil.
	Trust func(context.Context) []string
	// Patience is how long a browser that should answer at once may take
	// before it counts as hung; 0: ten seconds.
	Patience time.Duration
	// Guard is the command line of a program that calls Guard with its last
	// argument, which is added, and its standard input; empty: none is started.
	Guard []string
	Note  func(string) // takes what a reader must know; may be nil
}

// Chrome is one browser process. It is started by its first page, started
// again by the next page after a crash, and ended by Close. Safe for
// concurrent use.
type Chrome struct {
	opt ChromeOptions

	mu      sync.Mutex
	running *process
	closed  bool
	product string
	noted   bool
}

// process is one life of the browser.
type process struct {
	ctx     context.Context // chromedp's, without a deadline
	cancel  func()          // ends the browser and waits for it
	pid     int
	profile string
	way     wayOut
	guard   *guard
	gone    chan struct{} // closed when the browser has ended
	hung    string        // why it was killed; empty: it was not
	once    sync.Once

	spareLock sync.Mutex
	spares    []*tab // emptied profiles, each by its one tab
}

// NewChrome prepares a browser; nothing is started yet.
func NewChrome(o ChromeOptions) *Chrome {
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	return &Chrome{opt: o}
}

// Sandboxed reports whether the browser runs in its sandbox, and where it does
// not, why.
func Sandboxed() (on bool, reason string) {
	switch {
	case os.Geteuid() == 0:
		return false, "Chromium's sandbox does not run as root"
	case !mayClone():
		return false, "this system does not let this user make the namespaces the sandbox is built from"
	}
	return true, ""
}

// Product is the browser's name and version, empty before the first page.
func (c *Chrome) Product() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.product
}

// PID is the process ID of the running browser, 0 where none runs.
func (c *Chrome) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil || c.running.dead() {
		return 0
	}
	return c.running.pid
}

// start returns the running browser, and starts one where none runs.
func (c *Chrome) start(ctx context.Context) (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, fmt.Errorf("%w: it was closed", ErrGone)
	}
	if ctx.Err() != nil {
		return nil, over(ctx)
	}
	if c.running != nil {
		if !c.running.dead() {
			return c.running, nil
		}
		c.running.end()
		c.running = nil
	}
	p, err := c.launch(ctx)
	if err != nil {
		return nil, err
	}
	c.running = p
	return p, nil
}

func (c *Chrome) launch(ctx context.Context) (*process, error) {
	profile, err := newProfileFolder()
	if err != nil {
		return nil, fmt.Errorf("a profile folder for the browser: %w", err)
	}
	watch := c.startGuard(profile)
	var said tailWriter
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), append(c.flags(ctx, profile), chromedp.CombinedOutput(&said))...)
	browserCtx, stopBrowser := chromedp.NewContext(allocator, chromedp.WithBrowserOption(
		chromedp.WithBrowserLogf(func(string, ...any) {}), chromedp.WithBrowserErrorf(func(string, ...any) {}), chromedp.WithBrowserDebugf(nil)))
	p := &process{ctx: browserCtx, profile: profile, way: newWayOut(httpproxy.FromEnvironment()), guard: watch, gone: make(chan struct{})}
	p.cancel = func() { stopBrowser(); stopAllocator() }

	type started struct {
		version browser.GetVersionResult
		err     error
	}
	done := make(chan started, 1)
	go func() {
		v, err := chromedp.CallBrowser(browserCtx, browser.GetVersion, cdp.Empty{})
		if err == nil {
			_, err = chromedp.CallBrowser(browserCtx, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true})
		}
		if err == nil {
			err = p.holdTabs(browserCtx)
		}
		done <- started{v, err}
	}()
	limit := time.NewTimer(3 * c.opt.Patience)
	defer limit.Stop()
	var s started
	select {
	case s = <-done:
	case <-ctx.Done():
		s.err = ctx.Err()
	case <-limit.C:
		s.err = fmt.Errorf("%w: it did not start within %s", ErrGone, 3*c.opt.Patience)
	}
	if s.err != nil {
		p.end()
		if ctx.Err() != nil {
			return nil, over(ctx)
		}
		return nil, fmt.Errorf("%w: %s could not be started: %v%s", ErrGone, c.opt.Path, s.err, said.hint())
	}
	b := chromedp.FromContext(browserCtx).Browser
	if process := b.Process(); process != nil {
		p.pid = process.Pid
	}
	c.product = s.version.Product
	go func() {
		<-b.LostConnection
		p.end()
	}()
	if on, reason := Sandboxed(); !on && !c.noted {
		c.noted = true
		c.opt.Note("the browser runs without its sandbox: " + reason)
	}
	return p, nil
}

func (p *process) dead() bool {
	select {
	case <-p.gone:
		return true
	case <-p.ctx.Done():
		return true
	default:
		return false
	}
}

// end ends the browser and everything it started, removes its profile, and
// returns when nothing is left.
func (p *process) end() {
	p.once.Do(func() {
		defer close(p.gone)
		if p.pid > 0 {
			killGroup(p.pid)
		}
		p.cancel()
		killUsers(p.profile, p.guard.pid())
		remove(p.profile, p.guard.pid())
		p.guard.release()
	})
	<-p.gone
}

// remove deletes the profile; a process that is just being killed may still
// write into it.
func remove(profile string, guard int) {
	for range 50 {
		if os.RemoveAll(profile) == nil {
			if _, err := os.Stat(profile); err != nil {
				return
			}
		}
		killUsers(profile, guard)
		time.Sleep(10 * time.Millisecond)
	}
}

// alive asks the browser for a sign of life, and kills one that gives none: a
// browser that hangs never comes back.
func (c *Chrome) alive(p *process) bool {
	if p.dead() {
		return false
	}
	ctx, cancel := context.WithTimeout(p.ctx, c.opt.Patience)
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{}); err != nil {
		p.hung = "it did not answer for " + c.opt.Patience.String() + " and was killed"
		p.end()
		return false
	}
	return true
}

// Close ends the browser. It returns when no process and no profile is left.
func (c *Chrome) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.running != nil {
		c.running.end()
		c.running = nil
	}
	return nil
}

// tailWriter keeps the end of what the browser wrote on its way out.
type tailWriter struct {
	mu   sync.Mutex
	text []byte
}

func (w *tailWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, b...)
	if over := len(w.text) - 4096; over > 0 {
		w.text = w.text[over:]
	}
	return len(b), nil
}

// hint is the line of the browser's output that tells why it did not start.
func (w *tailWriter) hint() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range strings.Split(string(w.text), "\n") {
		for _, sign := range []string{"sandbox", "error while loading", "Missing X server", "cannot open display", "FATAL"} {
			if strings.Contains(line, sign) {
				return "; it said: " + strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// trust makes the browser accept a certificate by the fingerprint of its key.
// It takes effect with the next start of the browser.
func (c *Chrome) trust(fingerprint string) {
	if fingerprint == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opt.Trusted = append(c.opt.Trusted, fingerprint)
}
