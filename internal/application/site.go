// Package application is a relying party's application seen from its edge: how a
// browser walks through it, who its protected page shows, and the process that it
// runs in. It knows nothing of what is checked.
package application

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
)

// Site says where the application is.
type Site struct {
	Start       string // the page on which a login begins
	Protected   string // the page that shows who is logged in
	Logout      string // empty: not known
	RedirectURI string
	Provider    string // the provider's origin
	Authorize   string // the provider's authorization endpoint
	Click       string // what begins the login on the start page, a CSS selector; for a browser alone
	Success     Marker
}

// Marker is what the user says tells a logged-in person's page from others.
type Marker struct {
	Text     string // stands on the page
	Selector string // matches an element of the page; for a browser alone
	Status   int    // the page's status
}

// Set reports whether any marker is given.
func (m Marker) Set() bool { return m != Marker{} }

// Ours reports whether the address is one of the application's or on this
// machine, and so may be opened.
func (s *Site) Ours(u *url.URL) bool {
	if client.LoopbackHost(u.Hostname()) {
		return true
	}
	return slices.ContainsFunc(s.addresses(), func(raw string) bool {
		own, err := url.Parse(raw)
		return err == nil && strings.EqualFold(own.Hostname(), u.Hostname())
	})
}

// Own reports whether the address is at an origin that the application is known
// by, or at the provider's.
func (s *Site) Own(u *url.URL) bool {
	return slices.ContainsFunc(append(s.addresses(), s.Provider), func(raw string) bool { return sameOrigin(raw, u.String()) })
}

func (s *Site) addresses() []string { return []string{s.Start, s.Protected, s.Logout, s.RedirectURI} }

// Hosts are the hosts and ports at which the application must take connections for a
// login to work: a front end may have the start page, and an API the callback.
func (s *Site) Hosts() (hosts []string) {
	for _, address := range []string{s.Start, s.Protected, s.RedirectURI} {
		if host := HostOf(address); address != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// Await waits until all of the hosts take connections; it returns those that do not
// when ctx ends.
func (s *Site) Await(ctx context.Context) (silent []string) { return await(ctx, s.Hosts(), nil) }

// Silent are those of the application's hosts that take no connections.
func (s *Site) Silent(ctx context.Context) []string { return unreached(ctx, s.Hosts()) }

// Browser is one browser with cookies of its own.
type Browser interface {
	// Begin opens the start page and goes on to the provider's login page, which
	// stays open. Mark is a cookie, name=value, that the provider's host is sent.
	Begin(ctx context.Context, mark string) *Way
	// Return goes from the provider's page to an address, as its script does.
	Return(ctx context.Context, to string) *Way
	// Open opens an address as one that was typed in.
	Open(ctx context.Context, address string) *Way
	// Cookies are those that a request to the address carries.
	Cookies(address string) []Cookie
	// SetCookies replaces all cookies.
	SetCookies(saved any)
	// Saved are all cookies, for SetCookies.
	Saved() any
	Close()
}

// Manner is how a browser departs from what browsers usually do.
type Manner struct {
	// KeepStrict sends SameSite=Strict cookies also where another site began the
	// navigation, which no browser does.
	KeepStrict bool
	// Timeout is how long one navigation may take; 0: as long as is usual.
	Timeout time.Duration
}

// Way is a navigation from its first request to where it ended; nil: it was not made.
type Way struct {
	Steps []*exchange.Exchange // with the application and its front ends, in order
	URL   string               // where it ended
	Leads string               // the address it leads to and that was not opened: another site's
	Login bool                 // it ended on the provider's login page
	Stuck string               // why it did not go on, in words; empty: it ended in a page
	Open  []*exchange.Exchange // requests of its scripts that were not answered when it was no longer waited for
	Shows []byte               // the page that it ended in, as it was after its scripts; nil: the last response's body
}

// Last is the last exchange; nil: nothing was sent.
func (w *Way) Last() *exchange.Exchange {
	if w == nil || len(w.Steps) == 0 {
		return nil
	}
	return w.Steps[len(w.Steps)-1]
}

// Status is the status of the page that it ended in; 0: there was no response.
func (w *Way) Status() int { return w.Last().Status() }

// NoResponse reports whether a request of it was not answered.
func (w *Way) NoResponse() bool { return w.Last() != nil && w.Last().NoResponse() }

// Body is the page that it ended in.
func (w *Way) Body() []byte {
	if w != nil && w.Shows != nil {
		return w.Shows
	}
	return w.Last().Body()
}

// First5xx is the first response with a status of 500 and above; nil: there is none.
func (w *Way) First5xx() *exchange.Exchange {
	if w == nil {
		return nil
	}
	for _, e := range w.Steps {
		if e.Status() >= 500 {
			return e
		}
	}
	return nil
}
