package provider

import (
	"bytes"
	"context"
	"crypto/rsa"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// FrontOptions says what a Front serves. The zero value serves plain http on a
// free loopback port to one client that is made for it.
type FrontOptions struct {
	Addr        string       // as Options.Addr
	TLS         bool         // as Options.TLS
	Credentials *Credentials // of whose clients the first is the relying party; nil: made
	RedirectURI string       // the client's one redirect URI; empty: the client's own
}

// Front is a provider that behaves as one login was said to: what it does wrong
// on purpose is bound to a login by the authorization request that began it,
// and everything that follows from it (code, access token) finds it again. It
// remembers what it received. All methods may be called at once.
type Front struct {
	base      *Provider
	elsewhere *http.Server
	elseURL   string
	done      chan struct{}

	mu       sync.Mutex
	attempts map[string]*Attempt // by the mark in the browser
	byCode   map[string]*Attempt
	byToken  map[string]*Attempt
	current  *Attempt // which is expected, or whose request came last
	plain    *Attempt // what no login is known for
	count    int
	stray    []*Received // of no login
}

// markCookie is the cookie of the provider's host by which a browser's next
// authorization request is known for the login that was prepared in it.
const markCookie = "sgidcheck_login"

// StartFront returns a front that is listening. It ends when ctx does, or by
// Close. The errors are those of Start.
func StartFront(ctx context.Context, o FrontOptions) (*Front, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	host, err := loopbackHost(o.Addr)
	if err != nil {
		return nil, err
	}
	cred := o.Credentials
	if cred == nil {
		if cred, err = NewCredentials(); err != nil {
			return nil, err
		}
	}
	c := cred.Clients[0]
	if o.RedirectURI != "" {
		c.RedirectURIs = []string{o.RedirectURI}
	}
	p, err := newProvider(Options{Addr: o.Addr, TLS: o.TLS, Credentials: cred, Clients: []Client{c}})
	if err != nil {
		return nil, err
	}
	f := &Front{base: p, attempts: map[string]*Attempt{}, byCode: map[string]*Attempt{}, byToken: map[string]*Attempt{}, done: make(chan struct{})}
	p.handler = f
	if err := p.listen(ctx, host); err != nil {
		return nil, err
	}
	if f.plain, err = f.Prepare(Conduct{}); err == nil {
		err = f.listenElsewhere()
	}
	if err != nil {
		_ = p.Close()
		return nil, err
	}
	go func() { <-p.Done(); f.end() }()
	return f, nil
}

// Close stops serving.
func (f *Front) Close() error { return f.base.Close() }

// Issuer is the issuer identifier.
func (f *Front) Issuer() string { return f.base.Issuer() }

// Client is the relying party that may log in, with its secret and private key.
func (f *Front) Client() Client { return f.base.Clients()[0] }

// CA is the authority of the front's certificate, PEM; nil without TLS.
func (f *Front) CA() []byte { return f.base.CA() }

// Prepare makes a login that will be conducted as c says, once a browser that
// carries its Mark begins it. Unknown faults are an error.
func (f *Front) Prepare(c Conduct) (*Attempt, error) {
	a := &Attempt{front: f, Conduct: c}
	if err := a.open(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	a.Mark = fmt.Sprintf("%s=%d-%s", markCookie, f.count, randomText(6))
	f.attempts[a.Mark] = a
	return a, nil
}

// Expect has what names no login belong to a, until a request of another is seen:
// an application may ask for the metadata before it sends the browser here.
func (f *Front) Expect(a *Attempt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = a
}

// Stray is what was received from the relying party for no login that is known.
func (f *Front) Stray() []*Received {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*Received(nil), f.stray...)
}

// NewKey has ID tokens signed with a key that no key set has held until now.
// The one before stays in the set where beside says so, and leaves it otherwise.
// Back has them signed as before.
func (f *Front) NewKey(key *rsa.PrivateKey, beside bool) (back func()) {
	ring := f.base.ring
	ring.mu.Lock()
	defer ring.mu.Unlock()
	old := ring.state.Load()
	s := *old
	s.current, s.last = newSigningKey(key), nil
	if beside {
		s.last = old.current
	}
	ring.set(&s)
	return func() {
		ring.mu.Lock()
		defer ring.mu.Unlock()
		ring.set(old)
	}
}

// ServeHTTP hands a request to the login that it belongs to, and notes both
// request and answer there.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, drainLimit))
	r.Body = io.NopCloser(bytes.NewReader(body))
	got := received(r, body)
	a := f.find(got)
	seen := &noted{ResponseWriter: w}
	defer func() {
		got.Duration = time.Since(got.Started)
		got.Status, got.AnswerHeader, got.AnswerBody, got.Sent = seen.status, w.Header().Clone(), seen.body.Bytes(), seen.sent
		f.note(a, got)
	}()
	if r.URL.Path == pathReturn {
		f.base.sendPage(seen, http.StatusOK, "form-action 'none'", returnPage(""))
		return
	}
	conducted := a
	if a == nil {
		conducted = f.fallback()
	}
	conducted.provider.handler.ServeHTTP(seen, r)
}

// find is the login of a request: by the browser's mark, the code, or the access
// token; of what names none, the login that is expected or was last seen. nil: none yet.
func (f *Front) find(got *Received) *Attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	var a *Attempt
	switch got.Endpoint {
	case sgid.PathAuthorize:
		if a = f.attempts[got.mark]; a == nil {
			return nil
		}
	case sgid.PathToken:
		a = f.byCode[got.Form.Get("code")]
	case sgid.PathUserInfo:
		a = f.byToken[got.bearer()]
	case sgid.PathJWKS, sgid.PathDiscovery:
	default:
		return nil
	}
	got.Known = a != nil
	if a == nil {
		return f.current
	}
	f.current = a
	return a
}

// note keeps what was received, and remembers the code and the token given for it.
func (f *Front) note(a *Attempt, got *Received) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a == nil {
		f.stray = append(f.stray, got)
		return
	}
	got.Wrong = a.Conduct.Wrong
	a.received = append(a.received, got)
}

func (f *Front) end() {
	close(f.done)
	_ = f.elsewhere.Close()
}

// Return is an address of the provider's from which a browser can be sent
// anywhere, as from its login page.
func (f *Front) Return() string { return originOf(f.base.issuer) + pathReturn }

const pathReturn = "/v2/return"

// Attempt is one login: how the provider conducts it, and what it saw of it.
type Attempt struct {
	Conduct Conduct
	// Mark is the cookie, name=value, that the browser must hold for the
	// provider's host when it begins the login.
	Mark string

	front    *Front
	provider *Provider

	// All below under front.mu.
	received []*Received
	back     string     // where the login page leads to
	query    url.Values // of the authorization request that was served
	refused  string
	code     string
	tokens   []string
	idToken  string
}

// open makes the provider of this login: the front's, with a conduct of its own.
func (a *Attempt) open() error {
	b := a.front.base
	p := &Provider{
		options: b.options, issuer: b.issuer, secure: b.secure, clock: b.clock,
		clients: b.clients, listed: b.listed, salt: b.salt, ring: b.ring,
		logins: b.logins, phones: b.phones, codes: b.codes, tokens: b.tokens, stopped: b.stopped,
	}
	p.conduct = conformant(p)
	if err := p.conduct.adopt(p, a.Conduct.Faults); err != nil {
		return err
	}
	a.provider = p
	a.apply(p.conduct)
	p.handler = p.routes()
	return nil
}

// Received is what the provider saw of the login, in order.
func (a *Attempt) Received() []*Received {
	a.front.mu.Lock()
	defer a.front.mu.Unlock()
	return append([]*Received(nil), a.received...)
}

// At is what an endpoint, named by its path, received in this login.
func (a *Attempt) At(path string) (out []*Received) {
	for _, r := range a.Received() {
		if r.Endpoint == path {
			out = append(out, r)
		}
	}
	return out
}

// Back is where the login page leads the browser: the redirect URI with the
// authorization response. Empty: no login page was shown.
func (a *Attempt) Back() string { return locked(a, &a.back) }

// Code is the authorization code of the login; empty: none was issued.
func (a *Attempt) Code() string { return locked(a, &a.code) }

// Refused is why the provider refused the authorization request; empty: it did not.
func (a *Attempt) Refused() string { return locked(a, &a.refused) }

// IDToken is the last ID token that was sent; empty: none was.
func (a *Attempt) IDToken() string { return locked(a, &a.idToken) }

// AccessTokens are those that were issued.
func (a *Attempt) AccessTokens() []string { return locked(a, &a.tokens) }

// Query is the authorization request's parameters; nil: it was not made.
func (a *Attempt) Query() url.Values { return locked(a, &a.query) }

func locked[V any](a *Attempt, v *V) V {
	a.front.mu.Lock()
	defer a.front.mu.Unlock()
	return *v
}

// Otherwise has what belongs to no login, such as the metadata and the key set
// that an application reads when it starts, answered as c says. Logins that were
// seen before no longer count for it.
func (f *Front) Otherwise(c Conduct) error {
	a, err := f.Prepare(c)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plain, f.current = a, nil
	return nil
}

// fallback conducts what belongs to no login.
func (f *Front) fallback() *Attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plain
}
