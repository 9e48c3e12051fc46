package browser

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/exchange"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

// hop is one request that the browser made, with what became of it. A redirect
// ends one hop and begins the next.
type hop struct {
	Tab      string // the target it was made for
	Frame    cdp.FrameID
	Loader   cdp.LoaderID
	ID       network.RequestID
	Kind     network.ResourceType
	URL      string // with its fragment
	Method   string
	Request  http.Header
	Body     []byte
	Mixed    string // how it is mixed content; empty or "none": it is not
	Started  time.Time
	begun    float64 // the browser's own clock, seconds
	Response *network.Response
	Header   http.Header // of the response, as it came
	Status   int
	Duration time.Duration
	Bytes    int64
	Failed   string // the browser's error text
	Canceled bool
	Blocked  string // why the browser itself stopped it
	Done     bool
	Content  []byte // of a page that was read
}

// document reports whether the hop loads the page of a tab itself.
func (h *hop) document() bool {
	return h.Kind == network.ResourceTypeDocument && string(h.Frame) == h.Tab
}

// maxHops bounds what is remembered of a page that keeps loading things;
// documents are always remembered.
const maxHops = 3000

// networkLog is what a profile's tabs put on the wire, in order. Its own lock:
// it is written from the loops that read the browser's messages.
type networkLog struct {
	mu    sync.Mutex
	hops  []*hop
	extra map[string][]http.Header // headers that came before their hop
}

func newNetworkLog() *networkLog { return &networkLog{extra: map[string][]http.Header{}} }

// all is every hop so far, in order.
func (l *networkLog) all() []*hop { return l.since(0) }

// since is every hop after the first n.
func (l *networkLog) since(n int) []*hop {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*hop, len(l.hops)-n)
	for i, h := range l.hops[n:] {
		copied := *h
		out[i] = &copied
	}
	return out
}

// count is how many hops there are so far.
func (l *networkLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.hops)
}

func (l *networkLog) last(id network.RequestID) *hop {
	for i := len(l.hops) - 1; i >= 0; i-- {
		if l.hops[i].ID == id {
			return l.hops[i]
		}
	}
	return nil
}

// see takes one event of the Network domain; it reports whether it was one, and
// whether it was about a page, which is what anybody waits for.
func (l *networkLog) see(tab string, event any) (known, page bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, known := l.take(tab, event)
	h := l.last(id)
	return known, h != nil && h.Kind == network.ResourceTypeDocument
}

// take puts an event of the Network domain into the log.
func (l *networkLog) take(tab string, event any) (id network.RequestID, known bool) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		id = e.RequestID
		if e.RedirectResponse != nil {
			if h := l.last(e.RequestID); h != nil {
				h.answered(e.RedirectResponse)
				h.ended(float64(e.Timestamp))
			}
		}
		h := &hop{
			Tab: tab, Frame: e.FrameID, Loader: e.LoaderID, ID: e.RequestID, Kind: e.Type,
			URL: e.Request.URL + e.Request.URLFragment, Method: e.Request.Method, Request: fields(e.Request.Headers),
			Mixed: string(e.Request.MixedContentType), begun: float64(e.Timestamp),
			Started: time.UnixMicro(int64(float64(e.WallTime) * 1e6)).UTC(),
		}
		for _, part := range e.Request.PostDataEntries {
			h.Body = append(h.Body, part.Bytes...)
		}
		if len(l.hops) >= maxHops && h.Kind != network.ResourceTypeDocument {
			break
		}
		l.hops = append(l.hops, h)
		if early := l.extra["q"+string(e.RequestID)]; len(early) > 0 {
			h.Request = early[0]
			l.extra["q"+string(e.RequestID)] = early[1:]
		}
	case *network.EventRequestWillBeSentExtraInfo:
		id = e.RequestID
		if h := l.last(e.RequestID); h != nil && h.Response == nil {
			h.Request = fields(e.Headers)
			break
		}
		key := "q" + string(e.RequestID)
		if len(l.extra) > maxHops {
			break
		}
		l.extra[key] = append(l.extra[key], fields(e.Headers))
	case *network.EventResponseReceivedExtraInfo:
		id = e.RequestID
		// It may come before or after the response that it belongs to.
		for _, h := range l.hops {
			if h.ID == e.RequestID && h.Header == nil {
				h.Header, h.Status = fields(e.Headers), int(e.StatusCode)
				break
			}
		}
	case *network.EventResponseReceived:
		id = e.RequestID
		if h := l.last(e.RequestID); h != nil {
			h.answered(e.Response)
		}
	case *network.EventLoadingFinished:
		id = e.RequestID
		if h := l.last(e.RequestID); h != nil {
			h.Bytes = int64(e.EncodedDataLength)
			h.ended(float64(e.Timestamp))
		}
	case *network.EventLoadingFailed:
		id = e.RequestID
		if h := l.last(e.RequestID); h != nil {
			h.Failed, h.Canceled, h.Blocked = e.ErrorText, e.Canceled, string(e.BlockedReason)
			h.ended(float64(e.Timestamp))
		}
	default:
		return "", false
	}
	return id, true
}

func (h *hop) answered(r *network.Response) {
	h.Response = r
	if h.Status == 0 {
		h.Status = int(r.Status)
	}
	if r.EncodedDataLength > 0 {
		h.Bytes = int64(r.EncodedDataLength)
	}
}

func (h *hop) ended(at float64) {
	h.Done = true
	h.Duration = time.Duration((at - h.begun) * float64(time.Second))
}

// fields turns the protocol's headers, in which several values of one name are
// joined by a newline, into those of net/http.
func fields(h network.Headers) http.Header {
	out := http.Header{}
	for name, value := range h {
		text, _ := value.(string)
		for _, one := range strings.Split(text, "\n") {
			out.Add(name, one)
		}
	}
	return out
}

// header is the response's fields, the raw ones where they are known.
func (h *hop) header() http.Header {
	if h.Header != nil || h.Response == nil {
		return h.Header
	}
	return fields(h.Response.Headers)
}

// exchange is the hop as the recording client would have recorded it.
func (h *hop) exchange() *exchange.Exchange {
	address, _, _ := strings.Cut(h.URL, "#")
	e := &exchange.Exchange{
		Request: exchange.Request{Method: h.Method, URL: address, Header: h.Request, Body: h.Body},
		Started: h.Started, Duration: h.Duration,
	}
	if why := h.byProxy(); why != nil {
		e.Err = why
		return e
	}
	if h.Response != nil || h.Status > 0 && h.Failed == "" {
		e.Response = &exchange.Response{Status: h.Status, Header: h.header(), Body: h.Content}
		if h.Response != nil {
			e.Response.Proto = strings.ToUpper(h.Response.Protocol)
		}
	}
	if h.Failed != "" && e.Response == nil {
		e.Err = failure(h.Failed)
	}
	if e.Response == nil && e.Err == nil {
		e.Err = &exchange.Failure{Kind: exchange.FailedTimeout, Text: "the browser received no response"}
	}
	return e
}

var failureKinds = []struct {
	sign string
	kind exchange.FailureKind
	text string
}{
	{"CONNECTION_REFUSED", exchange.FailedRefused, "connection refused"},
	{"CONNECTION_RESET", exchange.FailedReset, "the connection was reset"},
	{"EMPTY_RESPONSE", exchange.FailedClosed, "the connection was closed before the response was complete"},
	{"CONNECTION_CLOSED", exchange.FailedClosed, "the connection was closed before the response was complete"},
	{"TIMED_OUT", exchange.FailedTimeout, "no complete response in time"},
	{"NAME_NOT_RESOLVED", exchange.FailedName, "the host name does not resolve"},
	{"ADDRESS_UNREACHABLE", exchange.FailedRoute, "the host cannot be reached"},
	{"INTERNET_DISCONNECTED", exchange.FailedRoute, "the host cannot be reached"},
	{"CERT_", exchange.FailedTLS, "the browser rejects the certificate"},
	{"SSL_", exchange.FailedTLS, "the TLS handshake failed"},
	{"INVALID_HTTP_RESPONSE", exchange.FailedMalformed, "the response is not well-formed HTTP"},
	{"RESPONSE_HEADERS", exchange.FailedMalformed, "the response is not well-formed HTTP"},
	{"TOO_MANY_REDIRECTS", exchange.FailedOther, "the redirects do not end"},
	{"PROXY_CONNECTION_FAILED", exchange.FailedProxy, "the proxy that HTTPS_PROXY or HTTP_PROXY names cannot be reached"},
	{"SOCKS_CONNECTION_FAILED", exchange.FailedProxy, "the proxy that HTTPS_PROXY or HTTP_PROXY names cannot be reached, or asks for credentials, which browsers do not send to SOCKS proxies"},
	{"PROXY", exchange.FailedProxy, "the proxy that HTTPS_PROXY or HTTP_PROXY names did not let the request through"},
	{"TUNNEL", exchange.FailedProxy, "the proxy that HTTPS_PROXY or HTTP_PROXY names did not let the request through"},
}

// byProxy says how a proxy kept the request from its host; nil: none did. An
// answer 407 is a proxy's (RFC 9110, 15.5.8), whatever it looks like.
func (h *hop) byProxy() *exchange.Failure {
	if h.Status == http.StatusProxyAuthRequired {
		return &exchange.Failure{Kind: exchange.FailedProxy, Text: "the proxy asks for a user name and password, or refuses those that were sent (status 407): " +
			"correct HTTPS_PROXY or HTTP_PROXY (http://user:password@host:port), or add the host to NO_PROXY"}
	}
	if h.Failed != "" && h.Status == 0 {
		if f := failure(h.Failed); f.Kind == exchange.FailedProxy {
			return f
		}
	}
	return nil
}

// failure is the browser's error text as the recording client would put it.
func failure(text string) *exchange.Failure {
	for _, k := range failureKinds {
		if strings.Contains(text, k.sign) {
			return &exchange.Failure{Kind: k.kind, Text: k.text + " (" + text + ")"}
		}
	}
	return &exchange.Failure{Kind: exchange.FailedOther, Text: "no response in the browser: " + text}
}

// documents is the exchanges that loaded pages, in order, without those that
// are somebody else's: the redirect URI's, another tab's.
func (l *networkLog) documents(others func(*hop) bool) []*exchange.Exchange {
	var out []*exchange.Exchange
	for _, h := range l.all() {
		if h.document() && !others(h) && strings.HasPrefix(h.URL, "http") {
			out = append(out, h.exchange())
		}
	}
	return out
}

// referer is the Referer field that the request carried.
func (h *hop) referer() string {
	for name, values := range h.Request {
		if strings.EqualFold(name, "Referer") {
			return strings.Join(values, ", ")
		}
	}
	return ""
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b string) bool { return originOf(a) != "" && originOf(a) == originOf(b) }

// originOf is scheme, host and port of a URL as browsers write them.
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if slices.Contains([]string{"", map[string]string{"http": "80", "https": "443"}[scheme]}, port) {
		port = ""
	} else {
		port = ":" + port
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + port
}
