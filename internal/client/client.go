package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sgidcheck/internal/exchange"
)

// Limits of the recording client, used where ClientOptions names none.
const (
	DefaultTimeout       = 10 * time.Second
	DefaultMaxBody       = 1 << 20
	DefaultMaxHeader     = 64 << 10
	DefaultMaxRetryAfter = time.Minute
	idleConnections      = 2 * time.Second // shorter than servers keep theirs, so that no request meets a closing one
)

// Options says how the recording client behaves. The zero value works.
type Options struct {
	Timeout   time.Duration // for one exchange from first byte to last; 0: DefaultTimeout
	MaxBody   int64         // bytes of a decompressed body; 0: DefaultMaxBody
	MaxHeader int64         // bytes of a header section; 0: DefaultMaxHeader
	CAFiles   []string      // PEM files with authorities beside the system's
	// ReadFile reads one of CAFiles; nil: os.ReadFile.
	ReadFile  func(name string) ([]byte, error)
	Resolve   []string // "host:address" or "host:port:address": where a host is connected to
	UserAgent string   // empty: "sgidcheck"
	NoProxy   bool     // take no proxy from the environment

	// Pace is the greatest number of requests a second; 0: not paced. Requests to
	// loopback addresses are never paced.
	Pace float64
	// HonourRetryAfter waits out answers 429, at most three in a row and at most
	// MaxRetryAfter (0: DefaultMaxRetryAfter) each.
	HonourRetryAfter bool
	MaxRetryAfter    time.Duration

	// Secrets, when set, learns every secret of an exchange before anybody sees it.
	Secrets Secrets
	// Hook, when set, is called with every exchange, from the goroutine that made it.
	Hook func(*exchange.Exchange)

	// Dial, when set, opens connections in place of the system, after Resolve.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: a timer
}

// Client is the recording HTTP client. It never follows redirects and keeps no
// cookies: that is the login drivers' work. Safe for concurrent use.
type Client struct {
	opt       Options
	transport *http.Transport
	dial      *dialer
	pace      *pacer
	requests  atomic.Int64
	limited   atomic.Int64
}

// New makes a client. Errors name the CA file or the --resolve value that
// cannot be used.
func New(o Options) (*Client, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxHeader <= 0 {
		o.MaxHeader = DefaultMaxHeader
	}
	if o.MaxRetryAfter <= 0 {
		o.MaxRetryAfter = DefaultMaxRetryAfter
	}
	if o.UserAgent == "" {
		o.UserAgent = "sgidcheck"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	pool, err := Authorities(o.CAFiles, o.ReadFile)
	if err != nil {
		return nil, err
	}
	d, err := newDialer(o.Resolve, o.NoProxy)
	if err != nil {
		return nil, err
	}
	if o.Dial != nil {
		d.open = o.Dial
	}
	d.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	c := &Client{opt: o, dial: d, pace: newPacer(o.Pace, o.Now, o.Sleep)}
	c.transport = c.newTransport()
	return c, nil
}

// Over is a client like c whose requests go over t, with its connections and its TLS
// settings, in place of c's own. What it counts, it counts for itself.
func (c *Client) Over(t *http.Transport) *Client {
	return &Client{opt: c.opt, dial: c.dial, pace: c.pace, transport: t}
}

func (c *Client) newTransport() *http.Transport {
	t := &http.Transport{
		DialContext:            c.dial.dialContext,
		TLSClientConfig:        c.dial.tls.Clone(),
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // decompressed here, within bounds
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        idleConnections,
		MaxResponseHeaderBytes: c.opt.MaxHeader,
		ExpectContinueTimeout:  time.Second,
	}
	c.Route().Apply(t)
	return t
}

// Authorities is the system's certificate pool with the given PEM files added, as
// read gives them.
func Authorities(files []string, read func(name string) ([]byte, error)) (*x509.CertPool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, name := range files {
		pem, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA file %s holds no PEM certificate", name)
		}
	}
	return pool, nil
}

// Requests is the number of requests sent so far.
func (c *Client) Requests() int64 { return c.requests.Load() }

// RateLimited is the number of responses 429 seen so far.
func (c *Client) RateLimited() int64 { return c.limited.Load() }

// Timeout is the time one exchange may take.
func (c *Client) Timeout() time.Duration { return c.opt.Timeout }

// TLSConfig is a copy of the TLS settings the client uses, for the checks that
// handshake themselves.
func (c *Client) TLSConfig() *tls.Config { return c.dial.tls.Clone() }

// Close gives up idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do sends one request and records the exchange; it never returns nil. Where no
// complete answer came, Exchange.Err says why.
func (c *Client) Do(ctx context.Context, r exchange.Request) *exchange.Exchange {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	c.setDefault(r.Header, "User-Agent", c.opt.UserAgent)
	c.setDefault(r.Header, "Accept-Encoding", "gzip")
	limited := 0
	for {
		if err := c.pace.wait(ctx, r.URL); err != nil {
			return c.seen(&exchange.Exchange{Request: r, Started: c.opt.Now(), Err: exchange.Classify(ctx, err, c.opt.Timeout), RateLimited: limited})
		}
		e := c.once(ctx, r)
		placeOf(ctx).leave() // with no connection it has not come to the gate
		e.RateLimited = limited
		c.seen(e)
		if e.Status() != http.StatusTooManyRequests {
			return e
		}
		c.limited.Add(1)
		wait, ok := RetryAfter(e.Response.Header.Get("Retry-After"), limited, c.opt.Now())
		if !c.opt.HonourRetryAfter || limited >= 3 || !ok || wait > c.opt.MaxRetryAfter {
			return e
		}
		if ctx = apart(ctx); c.opt.Sleep(ctx, wait) != nil {
			return e
		}
		limited++
	}
}

func (c *Client) setDefault(h http.Header, name, value string) {
	for have := range h {
		if strings.EqualFold(have, name) {
			return
		}
	}
	h.Set(name, value)
}

func (c *Client) seen(e *exchange.Exchange) *exchange.Exchange {
	c.Secrets().Observe(e)
	if c.opt.Hook != nil {
		c.opt.Hook(e)
	}
	return e
}

// once sends the request a single time.
func (c *Client) once(parent context.Context, r exchange.Request) *exchange.Exchange {
	c.requests.Add(1)
	e := &exchange.Exchange{Request: r, Started: c.opt.Now()}
	start := time.Now()
	ctx, cancel := context.WithTimeout(parent, c.opt.Timeout)
	defer cancel()
	ctx, through := withWay(ctx)
	send := c.roundTrip
	if needsRaw(r) {
		send = c.rawRoundTrip
	}
	res, finish, err := send(ctx, r)
	if err == nil {
		if err = c.dial.proxyAnswered(r, res); err == nil {
			e.Response, err = c.read(res, max(c.opt.MaxBody, r.MaxBody))
		}
		finish()
	} else if c.transport.MaxConnsPerHost == 0 || !errors.Is(err, context.DeadlineExceeded) {
		err = c.dial.onTheWay(parent, r.URL, through, err, c.opt.Timeout)
	} // else it may have waited for one of the connections, not for the proxy
	e.Duration, e.Sent, e.Answered = time.Since(start), through.sent.time(), through.answered.time()
	if err != nil {
		e.Err = exchange.Classify(parent, err, c.opt.Timeout)
	}
	return e
}

// roundTrip sends the request through net/http. The function returned gives the
// connection back.
func (c *Client) roundTrip(ctx context.Context, r exchange.Request) (*http.Response, func(), error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return nil, nil, &exchange.Failure{Kind: exchange.FailedUnsendable, Text: "the request's URL cannot be read", Err: err}
	}
	ctx = traced(ctx)
	req := (&http.Request{Method: r.Method, URL: u, Host: u.Host, Header: r.Header.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if len(r.Body) > 0 {
		req.ContentLength = int64(len(r.Body))
	}
	// A body without GetBody keeps the transport from sending a request a second
	// time by itself, which would hide that the first one was not answered.
	req.Body = io.NopCloser(bytes.NewReader(r.Body))
	transport, finish := c.transport, func() {}
	if r.FreshConnection {
		transport = c.newTransport()
		finish = transport.CloseIdleConnections
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		finish()
		return nil, nil, err
	}
	return res, func() { res.Body.Close(); finish() }, nil
}

// read takes the body up to so many bytes, decompressed when it is gzip.
func (c *Client) read(res *http.Response, most int64) (*exchange.Response, error) {
	out := &exchange.Response{Status: res.StatusCode, Header: res.Header, TLS: res.TLS, Proto: res.Proto}
	var body io.Reader = res.Body
	zipped := false
	if codings := res.Header.Values("Content-Encoding"); len(codings) == 1 && isGzip(codings[0]) {
		buffered := &peeked{r: res.Body}
		if buffered.any() {
			zr, err := gzip.NewReader(buffered)
			if err != nil {
				out.Truncated = true
				if broken(err) {
					return out, &exchange.Failure{Kind: exchange.FailedMalformed, Text: "the response claims gzip and is not", Err: err}
				}
				return out, err
			}
			body, zipped = zr, true
		} else {
			body = buffered
		}
	}
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	out.Trailer = res.Trailer
	if int64(len(data)) > most {
		out.Body, out.Truncated = data[:most], true
		text := "the response is longer than " + exchange.SpellBytes(most)
		if zipped {
			text += " when decompressed"
		}
		return out, &exchange.Failure{Kind: exchange.FailedTooLong, Text: text}
	}
	out.Body = data
	if err != nil {
		out.Truncated = true
		if zipped && broken(err) {
			return out, &exchange.Failure{Kind: exchange.FailedMalformed, Text: "the response's gzip encoding is broken", Err: err}
		}
		return out, err
	}
	return out, nil
}

func isGzip(coding string) bool {
	coding = strings.ToLower(strings.TrimSpace(coding))
	return coding == "gzip" || coding == "x-gzip"
}

func broken(err error) bool {
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || strings.Contains(err.Error(), "flate:")
}

// peeked is a reader that can say whether there is anything to read: a response
// to HEAD or a 304 names a coding and has no body.
type peeked struct {
	r     io.Reader
	first [1]byte
	held  bool
	err   error
}

func (p *peeked) any() bool {
	n, err := io.ReadFull(p.r, p.first[:])
	p.held, p.err = n == 1, err
	return p.held || (err != nil && !errors.Is(err, io.EOF))
}

func (p *peeked) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	if p.held && len(b) > 0 {
		b[0], p.held = p.first[0], false
		return 1, nil
	}
	return p.r.Read(b)
}

// RetryAfter reads a Retry-After value (RFC 9110 section 10.2.3); without one
// the wait doubles from a second. ok is false for a value that says nothing.
func RetryAfter(value string, already int, now time.Time) (wait time.Duration, ok bool) {
	if value == "" {
		return time.Second << already, true
	}
	if s, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && s >= 0 && s < 1<<20 {
		return time.Duration(s) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// Sleep waits for d, or until ctx ends, and returns its error then.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
