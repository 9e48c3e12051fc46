package browser

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"
)

// donePage is what the browser shows where the login has led back: nothing of
// the login, and nothing that runs.
const donePage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Login finished</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><p>The login is complete. You can close this tab.</p></body></html>`

// callbacks is the redirect URIs of a login, as a browser writes them.
func callbacks(a login.Authorization) []string {
	out := make([]string, 0, len(a.RedirectURIs))
	for _, uri := range a.RedirectURIs {
		out = append(out, login.AsBrowsersWriteIt(uri))
	}
	return out
}

// listeners are the redirect URIs on loopback that this program answers itself
// while logins are under way. Everything that nobody waits for gets a 404.
type listeners struct {
	mu      sync.Mutex
	servers map[string]*http.Server // by host:port
	failed  map[string]bool
	waiting []*expected
}

// expected is one login that waits for its callback.
type expected struct {
	redirect string // the redirect URI, as browsers write it
	state    string // empty: none was sent
	arrived  func(address string)
}

// expect serves the redirect URI until the returned function is called. Where
// that cannot be (not on loopback, not http, or the port is taken) ok is
// false, and the callback has to be caught in the browser.
func (l *listeners) expect(redirect, state string, arrived func(string)) (done func(), ok bool) {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || !client.LoopbackHost(u.Hostname()) {
		return func() {}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.serve(u) {
		return func() {}, false
	}
	e := &expected{redirect: login.AsBrowsersWriteIt(redirect), state: state, arrived: arrived}
	l.waiting = append(l.waiting, e)
	return func() { l.forget(e) }, true
}

func (l *listeners) serve(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = "80"
	}
	host := u.Hostname()
	if net.ParseIP(host) == nil {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port)
	if l.servers[address] != nil {
		return true
	}
	if l.failed[address] {
		return false
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		if l.failed == nil {
			l.failed = map[string]bool{}
		}
		l.failed[address] = true
		return false
	}
	if l.servers == nil {
		l.servers = map[string]*http.Server{}
	}
	server := &http.Server{Handler: http.HandlerFunc(l.answer), ReadHeaderTimeout: 5 * time.Second}
	l.servers[address] = server
	go func() { _ = server.Serve(ln) }()
	return true
}

func (l *listeners) answer(w http.ResponseWriter, r *http.Request) {
	address := "http://" + r.Host + r.URL.RequestURI()
	e := l.take(r, address)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if e == nil {
		http.Error(w, "no login is waiting for this callback", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(donePage))
	e.arrived(address)
}

// take finds the login that waits for this callback, and takes it off the list:
// a state is good for one callback.
func (l *listeners) take(r *http.Request, address string) *expected {
	if r.Method != http.MethodGet {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := login.AsBrowsersWriteIt(address)
	var found *expected
	for _, e := range l.waiting {
		if !login.IsCallback(at, []string{e.redirect}) {
			continue
		}
		if e.state == r.URL.Query().Get("state") {
			found = e
			break
		}
		if e.state == "" {
			found = e
		}
	}
	if found != nil {
		l.drop(found)
	}
	return found
}

func (l *listeners) forget(e *expected) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(e)
}

func (l *listeners) drop(e *expected) {
	for i, other := range l.waiting {
		if other == e {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return
		}
	}
}

// close stops answering.
func (l *listeners) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.servers {
		errs = append(errs, s.Close())
	}
	l.servers = nil
	return errors.Join(errs...)
}
