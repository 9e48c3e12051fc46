package login

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
)

// Authorization is one authorization request and what is to be done with the
// login page that it leads to.
type Authorization struct {
	Method   string     // empty means GET; with POST the parameters are the form body
	Endpoint string     // absolute URL of the authorization endpoint
	Params   url.Values // may hold repeated values
	Header   http.Header
	// RedirectURIs are the URIs a redirect to which ends the login.
	RedirectURIs []string
	Person       int  // whom to log in: 0 the first person, 1 the second
	Cancel       bool // give up on the login page
	PageOnly     bool // stop at the login page: nothing is submitted
	// AtPage is called when the n-th page has come, from 1 on, and before anything of
	// it is submitted; nil: nobody waits for it. Only the direct driver calls it.
	AtPage func(n int)
	// Purpose says to the person who logs in which login it is, and what for.
	Purpose string
}

// ResponseKind classifies the ends of an authorization request.
type ResponseKind string

// Where an authorization request can end.
const (
	ResponseCallback    ResponseKind = "callback"     // a redirect to one of the redirect URIs
	ResponsePage        ResponseKind = "page"         // an HTML page with status 2xx
	ResponseRefusal     ResponseKind = "refusal"      // status 4xx
	ResponseServerError ResponseKind = "server-error" // status 5xx
	ResponseElsewhere   ResponseKind = "elsewhere"    // a redirect to neither the provider nor a redirect URI
	ResponseNone        ResponseKind = "no-answer"
	ResponseOther       ResponseKind = "other"
)

// Response is where an authorization request ended.
type Response struct {
	Kind     ResponseKind
	Location string     // absolute URL of the last redirect, where the end is one
	Params   url.Values // of Location's query
	Fragment string     // of Location, raw
	Differs  string     // in what Location is no redirect URI, where the end is another place
	Status   int        // of the redirect or of the final answer; 0 with no response
	// Final is the exchange that ended the request; nil where no exchange was recorded.
	Final     *exchange.Exchange
	Exchanges []*exchange.Exchange // all of them, in order
	// FormError says why a login page could not be used: no form, two of them, the
	// person not offered. Empty otherwise.
	FormError string
	// Unable says that the page takes a browser to use: the direct login knows
	// nothing of script, and of what it draws.
	Unable bool
	// Persona is the person chosen on the page; empty where there was no choice,
	// and for a name that was made up.
	Persona string
	// NoCancel says that Cancel was asked and the page offers no way to do it.
	NoCancel bool
	// Screen is what a browser shows of the page that the request landed on; nil
	// where none looked.
	Screen *Screen
	// Page is the exchange that answered with the login page; nil where none did.
	Page *exchange.Exchange
}

// Code is the authorization code of a callback, and empty otherwise.
func (l *Response) Code() string {
	if l == nil || l.Kind != ResponseCallback {
		return ""
	}
	return l.Params.Get("code")
}

// Pages are the exchanges that answered with a page on the way, in order. The end
// of a request that led back to the redirect URI is none of them.
func (l *Response) Pages() []*exchange.Exchange {
	var pages []*exchange.Exchange
	for _, e := range l.Exchanges {
		if e.Response != nil && e.Response.Status >= 200 && e.Response.Status < 300 && IsPage(e) && (e != l.Final || l.Kind != ResponseCallback) {
			pages = append(pages, e)
		}
	}
	return pages
}

// Driver obtains authorization codes.
type Driver interface {
	// Name is direct, browser or interactive.
	Name() string
	// Authorize runs one authorization request to its end. The error is not nil
	// only when the driver itself cannot work, never for what the target does.
	Authorize(ctx context.Context, a Authorization) (*Response, error)
	Close() error
}

// setLocation fills in what a redirect says.
func (l *Response) setLocation(location string) {
	l.Location = location
	rest, fragment, _ := strings.Cut(location, "#")
	_, query, _ := strings.Cut(rest, "?")
	l.Fragment = fragment
	l.Params = parseQuery(query)
}

// parseQuery reads a query and keeps what it can of a malformed one.
func parseQuery(query string) url.Values {
	values, err := url.ParseQuery(query)
	if err == nil {
		return values
	}
	values = url.Values{}
	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			values.Add(redact.Unescape(name), redact.Unescape(value))
		}
	}
	return values
}
