package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
)

// InteractiveOptions says how a person is asked to log in.
type InteractiveOptions struct {
	// Chrome holds the login page: in a window where it is visible, else out of
	// sight, its QR code drawn in the terminal. Nil: the page is only fetched,
	// and the person opens it on another device.
	Chrome   *Chrome
	Client   *client.Client
	Redactor *redact.Redactor
	In       io.Reader     // where the callback URL is pasted
	Out      io.Writer     // where the person reads what to do
	Colour   bool          // Out shows colours
	Lifetime time.Duration // how long a QR code is good for; 0: two minutes
	Wait     time.Duration // how long a person may take for a login; 0: ten minutes
	// Waiting is told that the screen and the time are a person's until resume is
	// called; nil: nobody is.
	Waiting func() (resume func())
	Now     func() time.Time
	Tick    func(time.Duration) (ticks <-chan time.Time, stop func())
}

// Interactive is the login driver in which a person logs in.
type Interactive struct {
	opt       InteractiveOptions
	listeners listeners
	direct    *login.Direct

	reading sync.Once
	lines   chan line             // what is typed or pasted; closed when there will be no more
	turn    sync.Mutex            // one login at a time
	kept    map[string]*keptLogin // by client
	another bool                  // another person than the first was asked for
}

// line is what somebody typed, and when it was read.
type line struct {
	text string
	read time.Time
}

// errGaveUp is a person's decision not to go on.
var errGaveUp = errors.New("the person cancelled")

// NewInteractive makes a driver that asks a person. The browser stays the
// caller's to close.
func NewInteractive(o InteractiveOptions) (*Interactive, error) {
	if o.In == nil || o.Out == nil || o.Client == nil {
		return nil, errors.New("the interactive login needs somewhere to read, somewhere to write, and a client")
	}
	if o.Lifetime <= 0 {
		o.Lifetime = 2 * time.Minute
	}
	if o.Wait <= 0 {
		o.Wait = 10 * time.Minute
	}
	if o.Redactor == nil {
		o.Redactor = redact.New()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tick == nil {
		o.Tick = func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(d)
			return t.C, t.Stop
		}
	}
	return &Interactive{opt: o, direct: login.NewDirect(o.Client, "", ""), lines: make(chan line, 1), kept: map[string]*keptLogin{}}, nil
}

// HasDisplay reports whether a window can be shown here.
func HasDisplay() bool {
	return runtime.GOOS == "darwin" || runtime.GOOS == "windows" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Name is "interactive".
func (d *Interactive) Name() string { return "interactive" }

// Close stops answering redirect URIs, and gives up the logins that were kept.
func (d *Interactive) Close() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	for _, k := range d.kept {
		k.screen.close()
	}
	return d.listeners.close()
}

// Authorize asks the person to log in and waits for the callback: in the
// browser, at the redirect URI where that is on loopback, or pasted. The error
// says that nobody logged in.
func (d *Interactive) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	if a.PageOnly {
		return d.direct.Authorize(ctx, a)
	}
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.opt.Waiting != nil {
		defer d.opt.Waiting()()
	}
	v, response, err := d.ask(ctx, a)
	if err == nil && v.declined(response) {
		v.page.close()
		d.say("The login was declined (access_denied). Log in this time: if it ends so again, that is taken for the provider's answer.")
		v, response, err = d.ask(ctx, a)
	}
	if err != nil {
		v.page.close()
		return nil, fmt.Errorf("interactive login: %w", err)
	}
	if !d.retain(v, response) {
		v.page.close()
	}
	return response, nil
}

// ask asks for one login, and returns where it led.
func (d *Interactive) ask(ctx context.Context, a login.Authorization) (*vigil, *login.Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := &vigil{Interactive: d, auth: a, arrived: make(chan string, 1), started: d.opt.Now()}
	done, served := d.listeners.expect(a.Params.Get("redirect_uri"), a.Params.Get("state"), v.arrive)
	defer done()
	v.served = served
	v.page = d.newPage(a, v.arrive)
	response, err := v.keep(ctx)
	return v, response, err
}

// paste reads lines for the life of the driver: a read cannot be taken back.
func (d *Interactive) paste() <-chan line {
	d.reading.Do(func() {
		go func() {
			defer close(d.lines)
			for lines := bufio.NewScanner(d.opt.In); lines.Scan(); {
				d.lines <- line{strings.TrimSpace(lines.Text()), d.opt.Now()}
			}
		}()
	})
	return d.lines
}

func (d *Interactive) say(format string, args ...any) {
	fmt.Fprintf(d.opt.Out, format+"\n", args...)
}

// vigil is the wait for one person's login.
type vigil struct {
	*Interactive
	auth    login.Authorization
	served  bool
	page    loginScreen
	arrived chan string
	started time.Time

	presented bool      // the page stood before the person: a refusal may be theirs
	shown     string    // what the QR code on the terminal says
	standing  bool      // the page showed a code when it was last looked at
	drawnAt   time.Time // when the code was drawn
	told      int       // the seconds left that were told last
	warned    string    // what was said last of a code that may have expired
}

// declined reports whether a person may have declined the login: the page stood
// before them, and they were not asked to cancel.
func (v *vigil) declined(l *login.Response) bool {
	return v.presented && !v.auth.Cancel && l.Kind == login.ResponseCallback && l.Code() == "" && l.Params.Get("error") == "access_denied"
}

func (v *vigil) arrive(address string) {
	v.opt.Redactor.ObserveURL(address)
	select {
	case v.arrived <- address:
	default:
	}
}

// keep shows what is to be done and waits for the callback.
func (v *vigil) keep(ctx context.Context) (*login.Response, error) {
	v.instruct()
	if err := v.page.open(ctx); err != nil {
		return nil, err
	}
	if l := v.page.ended(ctx); l != nil {
		return l, nil
	}
	v.presented = len(v.arrived) == 0
	ticks, stop := v.opt.Tick(time.Second)
	defer stop()
	lines := v.paste()
	v.look(ctx)
	for {
		select {
		case address := <-v.arrived:
			return v.response(address), nil
		case line, more := <-lines:
			if !more {
				lines = nil // nothing will be pasted any more
				continue
			}
			switch wish := line.text == "q" || line.text == "r"; {
			case wish && line.read.Before(v.started):
				v.say("%q was typed before this login began. It is ignored; type it again if you mean it.", line.text)
			case line.text == "q":
				return nil, errGaveUp
			default:
				v.pasted(ctx, line.text)
			}
		case <-ticks:
			if v.opt.Now().Sub(v.started) > v.opt.Wait {
				return nil, fmt.Errorf("nobody logged in within %s", v.opt.Wait)
			}
			if err := v.page.err(); err != nil {
				return nil, err
			}
			if l := v.page.ended(ctx); l != nil {
				v.say("The request is refused; no login is needed.")
				return l, nil
			}
			v.look(ctx)
			v.count(ctx)
		case <-ctx.Done():
			return nil, over(ctx)
		}
	}
}

// instruct says what the person is asked for.
func (v *vigil) instruct() {
	who := "Log in"
	switch {
	case v.auth.Cancel:
		who = "Open the login page and cancel"
	case v.auth.Person > 0:
		who, v.another = "Log in as a different person than before", true
	case v.another:
		who = "Log in as the first person again, who made the first login"
	}
	if v.auth.Purpose != "" {
		v.say("\n%s.", v.auth.Purpose)
	}
	v.say("%s: %s", who, v.page.how())
	v.say("  %s", v.auth.Request().URL)
	v.say("If the login ends on another device, paste the final URL here. r: new QR code, q: cancel.")
}

// look draws the page's QR code where it is not the one on the terminal.
func (v *vigil) look(ctx context.Context) {
	text, err := v.page.code(ctx)
	v.standing = err == nil && text != ""
	if !v.standing || text == v.shown {
		return
	}
	drawn, err := drawQR(text, v.opt.Colour)
	if err != nil {
		return
	}
	v.opt.Redactor.ObserveURL(text)
	v.shown, v.drawnAt, v.told, v.warned = text, v.opt.Now(), -1, ""
	fmt.Fprint(v.opt.Out, "\n"+drawn)
}

// grace is how long a code that may have expired is left where it stands: somebody
// who scanned it in time may still be confirming on the phone, and a page that is
// loaded anew forgets them.
const grace = time.Minute

// count tells how long the QR code is still good for, and fetches another when it
// has run out and nobody seems to use it.
func (v *vigil) count(ctx context.Context) {
	if v.shown == "" || !v.page.expires() {
		return
	}
	left := v.opt.Lifetime - v.opt.Now().Sub(v.drawnAt)
	seconds := int(left.Seconds())
	switch {
	case !v.standing:
		v.warn("The page shows no QR code any more: it waits for the phone, or the code has expired. r: new QR code.")
	case left < -grace:
		v.say("The QR code has expired; here is a new one.")
		v.renew(ctx)
	case left <= 0:
		v.warn("The QR code may have expired. If you scanned it, go on; otherwise a new one comes in a minute, or now with r.")
	case seconds%30 == 0 && seconds != v.told || v.told < 0:
		v.told = seconds
		v.say("The QR code is valid for %d:%02d.", seconds/60, seconds%60)
	}
}

// warn says something once for each code.
func (v *vigil) warn(text string) {
	if v.warned != text {
		v.warned = text
		v.say("%s", text)
	}
}

func (v *vigil) renew(ctx context.Context) {
	v.drawnAt = v.opt.Now()
	if err := v.page.open(ctx); err != nil {
		v.say("The login page cannot be opened again: %v", err)
		return
	}
	v.shown = ""
	v.look(ctx)
}

// pasted takes a line: a callback URL, or a wish.
func (v *vigil) pasted(ctx context.Context, line string) {
	switch {
	case line == "":
	case line == "r":
		v.renew(ctx)
	case !login.IsCallback(login.AsBrowsersWriteIt(line), callbacks(v.auth)):
		v.say("That is not the final URL of the login, which begins with %s", v.auth.Params.Get("redirect_uri"))
	default:
		l := &login.Response{}
		l.SetLocation(line)
		// Without a state nothing tells an address from another login's: who asked must.
		if sent := v.auth.Params.Get("state"); sent != "" && l.Params.Get("state") != sent {
			v.say("That URL belongs to another login: its state is not the one that was sent. It is ignored.")
			return
		}
		v.arrive(line)
	}
}

// response is where the login ended.
func (v *vigil) response(address string) *login.Response {
	l := v.page.response()
	l.Kind = login.ResponseCallback
	l.SetLocation(address)
	return l
}
