package exchange

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"
)

// Request is one HTTP request, sent byte for byte as it stands here: method,
// path, query and header values are not normalised. Header names keep the
// spelling of the map's keys over HTTP/1.1.
type Request struct {
	Method string // empty means GET
	URL    string // absolute
	Header http.Header
	Body   []byte
	// FreshConnection asks for a connection of its own, which is closed afterwards.
	FreshConnection bool
	// MaxBody is how many bytes of the response's body are read where that is more
	// than the client's limit; 0: that limit.
	MaxBody int64
}

// Response is what came back. Body is decompressed and at most as long as the
// client's limit.
type Response struct {
	Status    int
	Header    http.Header
	Trailer   http.Header
	Body      []byte
	Truncated bool // the body was longer than the limit, or ended before its time
	TLS       *tls.ConnectionState
	Proto     string // HTTP/1.1 or HTTP/2.0
}

// Exchange is one request with its response as they were on the wire. It holds
// secrets and stays in memory: what is stored comes from Redactor.Exchange.
type Exchange struct {
	Request  Request
	Response *Response // nil, or incomplete, when Err is set
	Err      error     // a *Failure when there was no complete answer
	Started  time.Time
	Duration time.Duration
	// Sent is when the request was written, and Answered when its response began to
	// come; zero: never.
	Sent, Answered time.Time
	// Case names the input of a check that this exchange belongs to; empty otherwise.
	Case string
	// RateLimited counts the responses 429 that were waited out before this one.
	RateLimited int
}

// Status is the HTTP status of a complete answer, and 0 when there was none: an
// answer that broke off or never ended is no response.
func (e *Exchange) Status() int {
	if e == nil || e.Err != nil || e.Response == nil {
		return 0
	}
	return e.Response.Status
}

// Beside reports whether two requests that got a response were under way at the same
// time: each was sent before the other's response came. One that was turned away
// because there were too many (429) was under way beside none.
func (e *Exchange) Beside(other *Exchange) bool {
	for _, one := range []*Exchange{e, other} {
		if one.NoResponse() || one.Status() == http.StatusTooManyRequests || one.Sent.IsZero() || one.Answered.IsZero() {
			return false
		}
	}
	return e.Sent.Before(other.Answered) && other.Sent.Before(e.Answered)
}

// NoResponse says that no complete answer came: refused, reset, timed out,
// malformed, or longer than the limit.
func (e *Exchange) NoResponse() bool { return e.Status() == 0 }

// Reason says in a person's words why there was no response, such as "connection
// refused"; empty when there was one.
func (e *Exchange) Reason() string {
	switch {
	case e == nil:
		return "nothing was sent"
	case e.Err == nil && e.Response == nil:
		return "no answer"
	case e.Err == nil:
		return ""
	}
	return e.Err.Error()
}

// Kind is the kind of failure of an exchange without a complete answer, and
// empty for one with a response.
func (e *Exchange) Kind() FailureKind {
	var f *Failure
	if e != nil && errors.As(e.Err, &f) {
		return f.Kind
	}
	if e.NoResponse() {
		return FailedOther
	}
	return ""
}

// Header is the response's header fields; empty, never nil, when there was none.
func (e *Exchange) Header() http.Header {
	if e == nil || e.Response == nil || e.Response.Header == nil {
		return http.Header{}
	}
	return e.Response.Header
}

// Body is the response's body; nil when there was no complete answer.
func (e *Exchange) Body() []byte {
	if e.NoResponse() {
		return nil
	}
	return e.Response.Body
}
