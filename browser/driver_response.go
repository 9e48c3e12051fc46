package browser

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

// timedOut is the response of a request that did not end in time: no response
// where none ever came, else a page, and what became of it.
func (e *errand) timedOut(parent context.Context, formError string) (*login.Response, error) {
	kind, pages := login.ResponseNone, 0
	for _, x := range e.exchanges() {
		if x.Response != nil {
			kind = login.ResponsePage
		}
		if s := x.Status(); s >= 200 && s < 300 {
			pages++
		}
	}
	switch {
	case kind == login.ResponsePage && e.barred:
		formError = "the browser does not send the login form, or does not follow the redirect that answers it: the page's Content-Security-Policy forbids it (form-action)"
	case kind == login.ResponsePage && formError == "":
		formError = e.stuck(pages)
	}
	return e.response(parent, kind, formError, ""), nil
}

// stuck says why a page, the last of some, came to nothing.
func (e *errand) stuck(pages int) string {
	limit := e.driver.opt.Timeout
	if pages > maxPages {
		return fmt.Sprintf("the page keeps navigating: %d pages within %s", pages, limit)
	}
	tabs := e.tabs()
	t := tabs[len(tabs)-1]
	t.mu.Lock()
	ready := t.ready
	t.mu.Unlock()
	if !ready {
		return fmt.Sprintf("the page was not loaded within %s", limit)
	}
	return fmt.Sprintf("the page did not navigate within %s", limit)
}

// formRefused says whether the browser refused to send the form that was
// submitted last, or to follow the redirect that answered it, as the page's own
// policy forbids it: nothing comes of that, and no event but a line of the console.
// A policy that only reports has a line, too, but blocks nothing.
func (e *errand) formRefused() bool {
	return slices.ContainsFunc(e.profile.console(), func(m message) bool {
		return m.Agent && !m.At.Before(e.submitted) && strings.Contains(m.Text, `"form-action`) && strings.Contains(m.Text, "has been blocked") &&
			slices.ContainsFunc(e.tabs(), func(t *tab) bool { return bare(t.where()) == bare(m.URL) }) // and not a frame's
	})
}

func (e *errand) exchanges() []*exchange.Exchange {
	e.mu.Lock()
	elsewhere := e.elsewhere
	e.mu.Unlock()
	return e.profile.log.documents(func(h *hop) bool {
		return h.URL == elsewhere || login.IsCallback(h.URL, e.redirects) || e.only != nil && h.Tab != e.only.ident()
	})
}

// response puts together where the request ended.
func (e *errand) response(ctx context.Context, kind login.ResponseKind, formError, persona string) *login.Response {
	if kind == login.ResponseCallback || kind == login.ResponseElsewhere {
		e.settle(ctx)
	}
	l := &login.Response{Kind: kind, FormError: formError, Persona: persona, Exchanges: e.exchanges()}
	e.mu.Lock()
	arrived, elsewhere := e.arrived, e.elsewhere
	e.mu.Unlock()
	for _, x := range l.Exchanges {
		e.driver.opt.Redactor.Observe(x)
		l.Final = x
		if l.Page == nil && x.Status() >= 200 && x.Status() < 300 {
			l.Page = x
		}
	}
	l.Status = l.Final.Status()
	switch kind {
	case login.ResponseCallback:
		l.SetLocation(e.asSent(l.Final, arrived))
		l.FormError = ""
	case login.ResponseElsewhere:
		l.SetLocation(e.asSent(l.Final, elsewhere))
		l.Differs = login.Differs(elsewhere, e.redirects)
	case login.ResponseRefusal, login.ResponseServerError, login.ResponseOther:
		e.readLast(ctx, l)
	}
	return l
}

// settle waits a moment for the network log to say what led to the last
// navigation: the log and the navigation itself report it separately.
func (e *errand) settle(ctx context.Context) {
	e.mu.Lock()
	address := e.arrived + e.elsewhere
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = e.profile.await(ctx, func() bool {
		hops := e.profile.log.all()
		for i := len(hops) - 1; i >= 0; i-- {
			if hops[i].URL != address {
				continue
			}
			for _, before := range slices.Backward(hops[:i]) {
				if before.ID == hops[i].ID {
					return before.Header != nil
				}
			}
			return true
		}
		return false
	})
}

// asSent is the address as the Location field of the redirect had it, or as
// the browser wrote it where a script went there.
func (e *errand) asSent(final *exchange.Exchange, address string) string {
	if final == nil || final.Response == nil {
		return address
	}
	location := final.Response.Header.Get("Location")
	base, err := url.Parse(final.Request.URL)
	if location == "" || err != nil {
		return address
	}
	if r, err := url.Parse(location); err == nil && !r.IsAbs() {
		location = base.ResolveReference(r).String()
	}
	if same, _, _ := strings.Cut(login.AsBrowsersWriteIt(location), "?"); strings.HasPrefix(address, same) {
		return location
	}
	return address
}
