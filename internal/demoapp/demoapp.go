// Package demoapp is a relying-party application for sgID: a start page, a
// callback, a page for who is logged in, and a logout. It is right by default,
// and wrong in one named way with a flaw (see Flaws): what the checks of an
// application are proven with.
//
// Of internal/sgid it takes names alone. What it verifies, it verifies with code
// of its own on top of jwx, so that a mistake in a check cannot cancel itself out.
package demoapp

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Paths of the application; the callback's is that of the redirect URI.
const (
	PathLogin  = "/login"
	PathMe     = "/me"
	PathLogout = "/logout"
	pathHome   = "/"
)

// DefaultTimeout is how long the application waits for a response of the provider.
const DefaultTimeout = 5 * time.Second

// Options says what to serve.
type Options struct {
	// Settings are the registration at sgID; see FromEnvironment.
	Settings Settings
	// Addr is host:port to listen on; the host must be loopback. Empty: 127.0.0.1
	// and the port of the redirect URI.
	Addr string
	// Flaws names the mistakes to make; see Flaws.
	Flaws []string
	// Variants names the legal differences to switch on; see Variants.
	Variants []string
	// Timeout bounds each request to the provider; DefaultTimeout if zero.
	Timeout time.Duration
	// Log receives the application's log; nil: none is written.
	Log io.Writer
	// Clock tells the time; time.Now if nil. Advance moves it.
	Clock func() time.Time
	// Wrap, when set, stands before the application, as a proxy does.
	Wrap func(next http.Handler) http.Handler
}

// App is a running application. All methods may be called at once.
type App struct {
	settings Settings
	key      *rsa.PrivateKey
	origin   string
	callback *url.URL
	conduct  *conduct
	timeout  time.Duration
	clock    func() time.Time
	offset   atomic.Int64
	log      *log.Logger

	client   *http.Client
	sessions *sessions
	keys     *keyCache

	listener net.Listener
	server   *http.Server
	stopped  chan struct{}
	stopOnce sync.Once
	err      error
}

// Start returns an application that is listening. It ends when ctx does, or by
// Close. Settings that are missing or unusable, an unknown flaw, and an address
// that is not loopback are errors that say what to change.
func Start(ctx context.Context, o Options) (*App, error) {
	a, err := newApp(o)
	if err != nil {
		return nil, err
	}
	addr := o.Addr
	if addr == "" {
		addr = net.JoinHostPort("127.0.0.1", a.callback.Port())
	}
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("application address %q: want host:port on loopback, for instance 127.0.0.1:8085", addr)
	}
	if a.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("application address %q: %w", addr, err)
	}
	a.serve()
	stop := context.AfterFunc(ctx, func() { _ = a.Close() })
	go func() { <-a.stopped; stop() }()
	return a, nil
}

// newApp makes everything but the listener.
func newApp(o Options) (*App, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	a := &App{settings: o.Settings, timeout: o.Timeout, clock: o.Clock, stopped: make(chan struct{})}
	a.log = log.New(o.Log, "demoapp: ", 0)
	var err error
	if a.key, a.callback, err = o.Settings.validate(); err != nil {
		return nil, err
	}
	a.origin = a.callback.Scheme + "://" + a.callback.Host
	a.sessions = newSessions(a.now)
	a.keys = &keyCache{}
	a.conduct = right(a)
	if err := a.conduct.adopt(a, o.Flaws); err != nil {
		return nil, err
	}
	if err := a.conduct.vary(a, o.Variants); err != nil {
		return nil, err
	}
	if o.Wrap != nil {
		a.conduct.wrap = append(a.conduct.wrap, o.Wrap)
	}
	a.client = a.newClient()
	return a, nil
}

// serve begins to answer on the listener.
func (a *App) serve() {
	a.server = &http.Server{
		Handler: a.routes(), ErrorLog: a.log,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	go func() {
		err := a.server.Serve(a.listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		a.stop(err)
	}()
}

// Origin is where people find the application: that of its redirect URI.
func (a *App) Origin() string { return a.origin }

// Advance moves the application's clock by d.
func (a *App) Advance(d time.Duration) { a.offset.Add(int64(d)) }

func (a *App) now() time.Time { return a.clock().Add(time.Duration(a.offset.Load())) }

// Done is closed when the application no longer serves.
func (a *App) Done() <-chan struct{} { return a.stopped }

// Err is why the application stopped serving: nil after Close or the end of its
// context, ErrDied where a flaw ended it.
func (a *App) Err() error {
	select {
	case <-a.stopped:
		return a.err
	default:
		return nil
	}
}

// ErrDied says that a flaw ended the application, as an exception that nobody
// catches ends a process.
var ErrDied = errors.New("the application died of an answer")

// Close stops serving: requests under way get a moment to end.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	var err error
	if a.server.Shutdown(ctx) != nil {
		err = a.server.Close()
	}
	a.client.CloseIdleConnections()
	a.stop(nil)
	return err
}

// die ends the application at once: listener and connections are closed without
// a response. It does not return.
func (a *App) die() {
	a.stop(ErrDied)
	_ = a.server.Close()
	panic(http.ErrAbortHandler)
}

func (a *App) stop(err error) {
	a.stopOnce.Do(func() {
		a.err = err
		close(a.stopped)
	})
}
