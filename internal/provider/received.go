package provider

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Received is one request that a Front received, and what it answered.
type Received struct {
	Endpoint     string // the path
	Method       string
	URL          string // as the sender wrote it: path and query
	Host         string
	Header       http.Header
	Body         []byte
	Form         url.Values // of the body, where it is a form
	Query        url.Values
	Known        bool   // a mark, a code or a token named the login that it belongs to
	Wrong        string // what the provider did wrong on purpose in that login
	Started      time.Time
	Duration     time.Duration
	Status       int // 0: the connection was closed without a response
	AnswerHeader http.Header
	AnswerBody   []byte // its first 64 KiB
	Sent         int64  // octets of the response's body that were taken

	mark string
}

// keptAnswer is how much of a response's body is kept.
const keptAnswer = 64 << 10

func received(r *http.Request, body []byte) *Received {
	got := &Received{
		Endpoint: r.URL.Path, Method: r.Method, URL: r.URL.RequestURI(), Host: r.Host,
		Header: r.Header.Clone(), Body: body, Query: r.URL.Query(), Started: time.Now(),
	}
	if isForm(r) {
		got.Form, _ = url.ParseQuery(string(body)) // what cannot be read is not there
	}
	if c, err := r.Cookie(markCookie); err == nil {
		got.mark = c.Name + "=" + c.Value
	}
	return got
}

// bearer is the access token of a request, wherever it stands.
func (r *Received) bearer() string {
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if token := r.Query.Get("access_token"); token != "" {
		return token
	}
	return r.Form.Get("access_token")
}

// noted passes a response on and keeps its beginning.
type noted struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	sent   int64
}

func (n *noted) WriteHeader(status int) {
	if n.status == 0 {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(b []byte) (int, error) {
	if n.status == 0 {
		n.status = http.StatusOK
	}
	if room := keptAnswer - n.body.Len(); room > 0 {
		n.body.Write(b[:min(room, len(b))])
	}
	taken, err := n.ResponseWriter.Write(b)
	n.sent += int64(taken)
	return taken, err
}

// Unwrap lets http.ResponseController reach the connection.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// elsewhereHosts are addresses of this machine for another host, the best first: not
// every system has all of 127.0.0.0/8. The last is the provider's own, where nothing
// but the port is another.
var elsewhereHosts = []string{"127.0.0.2", "127.0.0.3", "::1", "127.0.0.1"}

// listenOn listens at the first of the hosts that can be listened at and is none of
// those taken; where there is none, at the last.
func listenOn(hosts []string, taken ...string) (l net.Listener, err error) {
	for i, host := range hosts {
		if i < len(hosts)-1 && slices.Contains(taken, host) {
			continue
		}
		if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// listenElsewhere serves another host, to which nothing of a login belongs: whatever
// arrives there is noted with the login that was last seen. A port alone makes
// another origin, too, but HTTP libraries keep credentials for the whole host.
func (f *Front) listenElsewhere() error {
	var taken []string
	for _, address := range slices.Concat(f.Client().RedirectURIs, []string{f.Issuer()}) {
		if u, err := url.Parse(address); err == nil {
			taken = append(taken, u.Hostname())
		}
	}
	l, err := listenOn(elsewhereHosts, taken...)
	if err != nil {
		return err
	}
	f.elseURL = "http://" + l.Addr().String()
	f.elsewhere = &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: discardLog, MaxHeaderBytes: 64 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(io.LimitReader(r.Body, drainLimit))
			got := received(r, body)
			got.Endpoint, got.URL = Elsewhere, f.elseURL+r.URL.RequestURI()
			f.mu.Lock()
			a := f.current
			f.mu.Unlock()
			got.Status = http.StatusNotFound
			f.note(a, got)
			if err == nil {
				w.WriteHeader(http.StatusNotFound)
			}
		}),
	}
	go func() { _ = f.elsewhere.Serve(l) }()
	return nil
}

// Elsewhere is the Endpoint of what arrived at the other host.
const Elsewhere = "elsewhere"

// Elsewhere is the origin of another host that belongs to nobody's login; where the
// system has no second address of its own, of the same host at another port.
func (f *Front) Elsewhere() string { return f.elseURL }
