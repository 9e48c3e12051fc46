package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"golang.org/x/net/http/httpguts"

	"sgidcheck/internal/exchange"
)

// needsRaw says whether net/http would refuse or change the request: control
// characters, spaces at the ends of a value, illegal names and methods, a path
// or query that it would escape.
func needsRaw(r exchange.Request) bool {
	if !httpguts.ValidHeaderFieldName(r.Method) {
		return true
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return true
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) || strings.Trim(v, " \t\r\n") != v {
				return true
			}
		}
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return true
	}
	_, _, target := SplitURL(r.URL)
	return u.RequestURI() != target
}

// SplitURL cuts an absolute URL into scheme, authority and request target
// without looking at what they hold. The fragment is left out.
func SplitURL(raw string) (scheme, authority, target string) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return "", "", ""
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		return strings.ToLower(scheme), rest, "/"
	}
	authority, target = rest[:end], rest[end:]
	if target[0] == '?' {
		target = "/" + target
	}
	return strings.ToLower(scheme), authority, target
}

// rawRoundTrip writes the request itself, over a connection of its own, so that
// every byte goes out as asked.
func (c *Client) rawRoundTrip(ctx context.Context, r exchange.Request) (*http.Response, func(), error) {
	scheme, authority, target := SplitURL(r.URL)
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	if authority == "" || (scheme != "http" && scheme != "https") {
		return nil, nil, &exchange.Failure{Kind: exchange.FailedUnsendable, Text: "the request's URL cannot be read"}
	}
	conn, absolute, err := c.rawConnect(ctx, scheme, authority)
	if err != nil {
		return nil, nil, err
	}
	arrived(ctx)
	placeOf(ctx).hold(ctx)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	finish := func() { stop(); conn.Close() }
	if absolute {
		target = "http://" + authority + target
		if proxy, err := c.dial.proxyFor(scheme, authority); err == nil && proxy != nil {
			if credentials := proxyCredentials(proxy.URL); credentials != "" {
				r.Header = r.Header.Clone() // the exchange shows what the target was sent
				c.setDefault(r.Header, "Proxy-Authorization", credentials)
			}
		}
	}
	res, err := c.rawExchange(conn, r, target, authority, wayOf(ctx))
	if err != nil {
		finish()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, nil, err
	}
	if t, ok := conn.(*tls.Conn); ok {
		state := t.ConnectionState()
		res.TLS = &state
	}
	res.Body = &contextBody{ReadCloser: res.Body, ctx: ctx}
	return res, finish, nil
}

// contextBody reports the deadline instead of the closed connection that it caused.
type contextBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b *contextBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && b.ctx.Err() != nil {
		err = b.ctx.Err()
	}
	return n, err
}

func (c *Client) rawExchange(conn net.Conn, r exchange.Request, target, authority string, w *way) (*http.Response, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\n", r.Method, target)
	header := r.Header.Clone()
	c.setDefault(header, "Host", authority)
	c.setDefault(header, "Connection", "close")
	if len(r.Body) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		c.setDefault(header, "Content-Length", fmt.Sprint(len(r.Body)))
	}
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		if h := strings.EqualFold(names[i], "Host"); h != strings.EqualFold(names[j], "Host") {
			return h
		}
		return names[i] < names[j]
	})
	for _, name := range names {
		for _, v := range header[name] {
			fmt.Fprintf(&out, "%s: %s\r\n", name, v)
		}
	}
	out.WriteString("\r\n")
	out.Write(r.Body)
	// A server may answer and close before it has read everything; its response counts.
	_, writeErr := conn.Write(out.Bytes())
	w.sent.now()

	limited := &headerLimit{r: conn, left: c.opt.MaxHeader}
	br := bufio.NewReader(limited)
	method := r.Method
	for informational := 0; ; informational++ {
		res, err := http.ReadResponse(br, &http.Request{Method: method})
		w.answered.now()
		switch {
		case err != nil && writeErr != nil:
			return nil, writeErr
		case err != nil:
			return nil, err
		case informational > 5:
			return nil, &exchange.Failure{Kind: exchange.FailedMalformed, Text: "the response is not well-formed HTTP"}
		case res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols:
			limited.left = -1
			return res, nil
		}
	}
}

// headerLimit bounds what is read until left is set below zero.
type headerLimit struct {
	r    io.Reader
	left int64
}

func (l *headerLimit) Read(p []byte) (int, error) {
	if l.left < 0 {
		return l.r.Read(p)
	}
	if l.left == 0 {
		return 0, &exchange.Failure{Kind: exchange.FailedHeader, Text: "the response's header section exceeds the limit"}
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}

// rawConnect opens the connection, through the environment's proxy where there
// is one. absolute says that the proxy wants the request target in absolute form.
func (c *Client) rawConnect(ctx context.Context, scheme, authority string) (conn net.Conn, absolute bool, err error) {
	hostport := authority
	if _, _, err := net.SplitHostPort(authority); err != nil {
		hostport = net.JoinHostPort(strings.Trim(authority, "[]"), map[string]string{"http": "80", "https": "443"}[scheme])
	}
	host, _, _ := net.SplitHostPort(hostport)
	proxy, err := c.dial.proxyFor(scheme, authority)
	if err != nil {
		return nil, false, err
	}
	if proxy == nil {
		if conn, err = c.dial.dialContext(ctx, "tcp", hostport); err != nil {
			return nil, false, err
		}
	} else {
		if conn, err = c.proxyConnect(ctx, proxy, scheme, hostport); err != nil {
			return nil, false, err
		}
		absolute = scheme == "http"
	}
	if scheme == "https" {
		arrived(ctx)
		config := c.dial.tls.Clone()
		config.ServerName, config.NextProtos = host, []string{"http/1.1"}
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, false, err
		}
		conn = secured
	}
	return conn, absolute, nil
}

// proxyConnect opens a connection through the proxy. The error tells the
// proxy's failure from the harness's own.
func (c *Client) proxyConnect(ctx context.Context, through *Proxy, scheme, hostport string) (net.Conn, error) {
	proxy := through.URL
	refused := func(err error) error {
		cause := exchange.Classify(ctx, err, c.opt.Timeout)
		if cause.Kind == exchange.FailedCanceled || cause.Kind == exchange.FailedMachine {
			return cause
		}
		return through.Unreachable(cause.Text)
	}
	addr := proxy.Host
	if proxy.Port() == "" {
		addr = net.JoinHostPort(proxy.Hostname(), map[bool]string{true: "443", false: "80"}[proxy.Scheme == "https"])
	}
	if proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, &exchange.Failure{Kind: exchange.FailedProxy, Text: fmt.Sprintf("%s is a %s proxy, through which this request cannot be sent byte for byte", through, proxy.Scheme),
			Remedy: "add the host to NO_PROXY, or use an http proxy"}
	}
	conn, err := c.dial.dialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, refused(err)
	}
	if proxy.Scheme == "https" {
		config := c.dial.tls.Clone()
		config.ServerName = proxy.Hostname()
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, refused(err)
		}
		conn = secured
	}
	if scheme != "https" {
		return conn, nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	auth := ""
	if credentials := proxyCredentials(proxy); credentials != "" {
		auth = "Proxy-Authorization: " + credentials + "\r\n"
	}
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", hostport, hostport, auth)
	br := bufio.NewReader(&headerLimit{r: conn, left: c.opt.MaxHeader})
	res, err := http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
	switch {
	case err != nil && ctx.Err() != nil:
		err = refused(ctx.Err())
	case err != nil:
		err = refused(err)
	case res.StatusCode != http.StatusOK:
		err = through.Refused(res.StatusCode, hostport)
	case br.Buffered() > 0:
		err = through.Unreachable("it sends more than its response to CONNECT")
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// proxyCredentials is the value of Proxy-Authorization for a proxy whose URL
// names a user; empty for others.
func proxyCredentials(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}
