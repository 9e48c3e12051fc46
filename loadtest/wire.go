package loadtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
)

// wire sends requests and counts what goes over it.
type wire struct {
	transport *http.Transport
	timeout   time.Duration
	maxBody   int64
	http2     bool
	route     *client.Route // nil: no request goes through a proxy

	bytesIn, bytesOut, connections, handshakes atomic.Uint64
}

const idleTimeout = 90 * time.Second

var errTooLong = errors.New("the response is longer than the limit")

func newWire(o *Options, dial dialFunc) *wire {
	w := &wire{timeout: o.Timeout, maxBody: o.MaxBody, http2: o.HTTP2}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	verify := config.VerifyConnection
	config.VerifyConnection = func(s tls.ConnectionState) error {
		w.handshakes.Add(1)
		if verify != nil {
			return verify(s)
		}
		return nil
	}
	w.transport = &http.Transport{
		DialContext: func(ctx context.Context, network, hostport string) (net.Conn, error) {
			c, err := dial(ctx, network, hostport)
			if err != nil {
				return nil, err
			}
			w.connections.Add(1)
			return &countedConn{Conn: c, in: &w.bytesIn, out: &w.bytesOut}, nil
		},
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      o.HTTP2,
		MaxConnsPerHost:        o.Connections,
		MaxIdleConnsPerHost:    o.Workers,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if len(o.proxies()) > 0 {
		w.route = o.Route
		w.route.Apply(w.transport)
	}
	if !o.HTTP2 {
		w.transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return w
}

func (w *wire) close() { w.transport.CloseIdleConnections() }

// countedConn counts the bytes of a connection, TLS and headers included.
type countedConn struct {
	net.Conn
	in, out *atomic.Uint64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.in.Add(uint64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.out.Add(uint64(n))
	return n, err
}

// request is a request that can be sent any number of times. Its header is
// shared by all sends and never written to.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   string
}

func getRequest(u *url.URL, accessToken string) *request {
	return &request{method: http.MethodGet, url: u, header: http.Header{
		"Accept":        {"application/json"},
		"Authorization": {"Bearer " + accessToken},
		"User-Agent":    {userAgent},
	}}
}

// userAgent is how requests under load name themselves; see Identify.
var userAgent = "sgidcheck"

// Identify makes the requests under load name the tool and its version in
// User-Agent. It is called once, before any load.
func Identify(version string) {
	userAgent = "sgidcheck/" + version
	formHeader.Set("User-Agent", userAgent)
}

var formHeader = http.Header{
	"Accept":       {"application/json"},
	"Content-Type": {"application/x-www-form-urlencoded"},
	"User-Agent":   {userAgent},
}

func postForm(u *url.URL, form string) *request {
	return &request{method: http.MethodPost, url: u, header: formHeader, body: form}
}

// answer is one request and what came back. Its body is lent from a pool and
// must not be used after release.
type answer struct {
	request *request
	status  int
	header  http.Header
	body    []byte
	err     error
	proto   string
	began   time.Time
	ended   time.Time
}

var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// largestPooled keeps one huge answer from holding its memory for the whole run.
const largestPooled = 1 << 20

func (a *answer) release() {
	if a != nil && a.body != nil && cap(a.body) <= largestPooled {
		b := a.body[:0]
		bodies.Put(&b)
	}
	if a != nil {
		a.body = nil
	}
}

// do sends a request and reads the whole response.
//
// The request is sent once and only once. net/http would send a GET again by
// itself when a connection that was used before breaks, and the break would
// never be seen; a body that it cannot rewind keeps it from that. Over HTTP/2
// only requests that the server says it has not looked at are sent again, so
// there the request goes without a body.
func (w *wire) do(ctx context.Context, r *request) *answer {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	req := &http.Request{Method: r.method, URL: r.url, Host: r.url.Host, Header: r.header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	switch {
	case r.body != "":
		req.Body = io.NopCloser(strings.NewReader(r.body))
		req.ContentLength = int64(len(r.body))
	case !w.http2:
		req.Body = unrepeatable{}
	}
	a := &answer{request: r, began: time.Now()}
	req = req.WithContext(ctx)
	var res *http.Response
	var err error
	if w.route != nil {
		res, err = w.route.Send(parent, w.transport, req, w.timeout)
	} else {
		res, err = w.transport.RoundTrip(req)
	}
	if err == nil {
		a.status, a.header, a.proto = res.StatusCode, res.Header, res.Proto
		a.body, err = readBody(res.Body, w.maxBody)
		res.Body.Close()
	}
	a.err, a.ended = err, time.Now()
	return a
}

// unrepeatable is an empty body that net/http does not know to be empty.
type unrepeatable struct{}

func (unrepeatable) Read([]byte) (int, error) { return 0, io.EOF }
func (unrepeatable) Close() error             { return nil }

func readBody(r io.Reader, limit int64) ([]byte, error) {
	b := (*bodies.Get().(*[]byte))[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return b, errTooLong
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// exchange gives a response the form that is redacted and kept as an example.
func (a *answer) exchange(ctx context.Context, limit time.Duration) *exchange.Exchange {
	e := &exchange.Exchange{
		Request: exchange.Request{
			Method: a.request.method,
			URL:    a.request.url.String(),
			Header: a.request.header.Clone(),
			Body:   []byte(a.request.body),
		},
		Started:  a.began,
		Duration: a.ended.Sub(a.began),
	}
	if a.status != 0 {
		e.Response = &exchange.Response{Status: a.status, Header: a.header.Clone(), Body: bytes.Clone(a.body), Proto: a.proto, Truncated: a.err != nil}
	}
	if a.err != nil {
		e.Err = failure(ctx, a.err, limit)
	}
	return e
}

// failure says in which way there was no response.
func failure(ctx context.Context, err error, limit time.Duration) *exchange.Failure {
	if errors.Is(err, errTooLong) {
		return &exchange.Failure{Kind: exchange.FailedTooLong, Text: errTooLong.Error(), Err: err}
	}
	return exchange.Classify(ctx, err, limit)
}
