// Package provider is the embedded sgID v2 provider: the five documented
// endpoints and a login page, strict where the sgID documentation is silent,
// and able to misbehave on purpose in named ways (see Faults).
//
// It speaks the protocol from the other side. Of internal/sgid it takes names
// and plain data only: PKCE, JWS and JWE are written here a second time, so
// that a mistake on the client's side cannot cancel itself out.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/sgid"
)

// How long things live unless Options says otherwise. RFC6749 4.1.2 recommends
// ten minutes at most for a code; two leave a person time to be slow and a load
// test time to mint ahead. loginLifetime is how long a login page may stand open.
const (
	DefaultCodeLifetime  = 2 * time.Minute
	DefaultTokenLifetime = 10 * time.Minute
	DefaultKeyLifetime   = 24 * time.Hour
	loginLifetime        = 10 * time.Minute
)

// Options says what to serve. The zero value serves plain http on a free
// loopback port with two fresh clients and no fault.
type Options struct {
	// Addr is host:port to listen on; the host must be loopback. Empty: 127.0.0.1:0.
	Addr string
	// TLS serves https with a certificate of a CA made for this provider.
	TLS bool
	// Faults names the misbehaviours to switch on; see Faults.
	Faults []string
	// Variants names the legal differences to switch on; see Variants.
	Variants []string
	// ClientFile, when set, receives the clients' credentials (mode 0600) and,
	// with TLS, the CA beside it (see CAFile).
	ClientFile string
	// ClientDir, when set, receives the same as the developer portal shows it, a
	// file each, and the CA as ca.pem.
	ClientDir string
	// RedirectURIs replaces those of the first client.
	RedirectURIs []string
	// Clients replaces the two clients that are made otherwise. A client without
	// a key is given a fresh one.
	Clients []Client
	// Credentials, when set, gives clients and signing keys made earlier, so
	// that many providers need not each generate RSA keys.
	Credentials *Credentials
	// CodeLifetime and TokenLifetime default to DefaultCodeLifetime and
	// DefaultTokenLifetime.
	CodeLifetime, TokenLifetime time.Duration
	// KeyLifetime is the time after which the next signing key takes over;
	// DefaultKeyLifetime if zero.
	KeyLifetime time.Duration
	// MaxGrants bounds how many unexpired codes, and how many unexpired access
	// tokens, are remembered; beyond it the oldest are forgotten. Zero: 1<<20.
	MaxGrants int
	// FieldAlgorithm is how a field of userinfo is encrypted with the block key:
	// "A256GCMKW" (the default, as the official SDK's fixtures) or "dir".
	FieldAlgorithm string
	// LoginPage is the form of the login page, one of LoginPages; LoginPageForm if empty.
	LoginPage string
	// Phone, when positive, has the first person scan each QR code that long after
	// a page shows it. Shown, when set, is called with what the QR code says, from
	// many goroutines at once: it may Scan it.
	Phone time.Duration
	Shown func(code string)
	// Host is the name that the provider goes by, in place of Addr's host: in its
	// issuer, its addresses and its certificate. Clients must be told where it is.
	Host string
	// Log, when set, is called after each request, from many goroutines at once.
	Log func(Request)
	// Clock tells the time; time.Now if nil. Advance moves it.
	Clock func() time.Time
}

// Request is one line of the request log. It never holds a query, a header or a body.
type Request struct {
	Time     time.Time
	Method   string
	Path     string
	Status   int
	Duration time.Duration
}

// Provider is a running provider. All methods may be called at once.
type Provider struct {
	options Options
	conduct *conduct
	issuer  string
	secure  bool

	clients map[string]*client
	listed  []Client
	salt    []byte
	ring    *keyRing

	logins *store[*login]
	phones *store[*login] // by what their QR code holds
	codes  *store[*codeGrant]
	tokens *store[*tokenGrant]

	handler http.Handler
	clock   func() time.Time
	offset  atomic.Int64

	server   *http.Server
	tls      *tlsIdentity
	listener net.Listener
	plain    *http.Server
	stopped  chan struct{}
	stopOnce sync.Once
	err      error
}

// Start returns a provider that is listening. It ends when ctx does, or by Close.
// An unknown fault, an address that is not loopback, or an unusable client is an
// error that says what to change.
func Start(ctx context.Context, o Options) (*Provider, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	host, err := loopbackHost(o.Addr)
	if err != nil {
		return nil, err
	}
	p, err := newProvider(o)
	if err != nil {
		return nil, err
	}
	if err := p.listen(ctx, host); err != nil {
		return nil, err
	}
	return p, nil
}

// listen serves p on the address of its options, whose host is given.
func (p *Provider) listen(ctx context.Context, host string) (err error) {
	p.listener, err = net.Listen("tcp", p.options.Addr)
	if err != nil {
		return fmt.Errorf("provider address %q: %w", p.options.Addr, err)
	}
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	p.issuer = p.origin(cmp.Or(p.options.Host, host), port) + sgid.IssuerPath
	if err := p.writeFiles(); err != nil {
		_ = p.listener.Close()
		return err
	}
	p.serve()
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	go func() { <-p.stopped; stop() }()
	return nil
}

// newProvider makes everything but the listener.
func newProvider(o Options) (*Provider, error) {
	if o.CodeLifetime <= 0 {
		o.CodeLifetime = DefaultCodeLifetime
	}
	if o.TokenLifetime <= 0 {
		o.TokenLifetime = DefaultTokenLifetime
	}
	if o.KeyLifetime <= 0 {
		o.KeyLifetime = DefaultKeyLifetime
	}
	if o.MaxGrants <= 0 {
		o.MaxGrants = 1 << 20
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if err := o.checkLoginPage(); err != nil {
		return nil, err
	}
	if err := checkAddresses(o); err != nil {
		return nil, err
	}
	p := &Provider{options: o, secure: o.TLS, clock: o.Clock, stopped: make(chan struct{})}
	p.conduct = conformant(p)
	if err := p.conduct.adopt(p, o.Faults); err != nil {
		return nil, err
	}
	if err := p.conduct.vary(p, o.Variants); err != nil {
		return nil, err
	}
	switch o.FieldAlgorithm {
	case "", sgid.AlgA256GCMKW, sgid.AlgDir:
	default:
		return nil, fmt.Errorf("field algorithm %q: want %s or %s", o.FieldAlgorithm, sgid.AlgA256GCMKW, sgid.AlgDir)
	}
	if err := p.adoptCredentials(o); err != nil {
		return nil, err
	}
	if o.TLS {
		var err error
		if p.tls, err = newTLSIdentity(p.conduct.certificate, o.Host); err != nil {
			return nil, err
		}
	}
	p.logins = newStore[*login](p.now, 1<<16)
	p.phones = newStore[*login](p.now, 1<<16)
	p.codes = newStore[*codeGrant](p.now, o.MaxGrants)
	p.tokens = newStore[*tokenGrant](p.now, o.MaxGrants)
	p.handler = p.routes()
	return p, nil
}

// Issuer is the issuer identifier: origin and /v2, without a trailing slash.
func (p *Provider) Issuer() string { return p.issuer }

// Handler serves the provider's endpoints without a listener in between.
func (p *Provider) Handler() http.Handler { return p.handler }

// Advance moves the provider's clock by d, forwards or (negative) back. What
// has run out in between is forgotten and does not come back.
func (p *Provider) Advance(d time.Duration) { p.offset.Add(int64(d)) }

func (p *Provider) now() time.Time { return p.clock().Add(time.Duration(p.offset.Load())) }

// Done is closed when the provider no longer serves.
func (p *Provider) Done() <-chan struct{} { return p.stopped }

// Err is why the provider stopped serving: nil after Close or the end of its context.
func (p *Provider) Err() error {
	select {
	case <-p.stopped:
		return p.err
	default:
		return nil
	}
}

// Close stops serving: requests under way get a moment to end, then every
// connection is closed. Its address is free when Close returns.
func (p *Provider) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	var err error
	for _, s := range []*http.Server{p.server, p.plain} {
		if s == nil {
			continue
		}
		if s.Shutdown(ctx) != nil {
			err = errors.Join(err, s.Close())
		}
	}
	_ = p.listener.Close() // which a server that has not come to serve yet does not know
	p.stop(nil)
	return err
}

// die ends the provider at once, as a crashed process would: the listener and
// every connection are closed without a response.
func (p *Provider) die() {
	_ = p.server.Close()
	if p.plain != nil {
		_ = p.plain.Close()
	}
	_ = p.listener.Close()
}

func (p *Provider) stop(err error) {
	p.stopOnce.Do(func() {
		p.err = err
		close(p.stopped)
	})
}
