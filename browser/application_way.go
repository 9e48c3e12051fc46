package browser

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"

	"github.com/chromedp/cdproto/network"
)

// pageNow is an expression for the document as it is, and shownPage for the one
// that it is once its scripts, and what they have begun at once, have run. A browser
// that draws nothing calls nobody idle, and so the wait has an end.
const (
	pageNow   = `document.documentElement.outerHTML.slice(0, 2000000)`
	shownPage = `(async () => {
	if (document.scripts.length || document.body?.onload || document.querySelector('meta[http-equiv=refresh i]'))
		await new Promise(done => requestIdleCallback(done, {timeout: 250}));
	return ` + pageNow + `;
})()`
)

// lateRead is how long reading a page may take whose time is over.
const lateRead = 2 * time.Second

// walk does what begins a navigation and waits until its page, and what its
// scripts ask for, is there.
func (b *ApplicationBrowser) walk(ctx context.Context, begin func(context.Context) error) *application.Way {
	before := b.p.log.count()
	limited, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	shown := ""
	err := begin(limited)
	if err == nil {
		shown, err = b.settle(limited, before)
	}
	if isGone(err) {
		return &application.Way{Stuck: err.Error()}
	}
	if limited.Err() != nil && ctx.Err() == nil && b.holds(b.lastPage(before)) {
		late, cancel := context.WithTimeout(ctx, lateRead)
		defer cancel()
		shown, _ = evaluate[string](late, b.t, pageNow) // a page that never comes to rest, as one that polls
	}
	way := b.seenSince(ctx, before, err)
	if shown != "" && !way.NoResponse() && !way.Login && way.Leads == "" {
		way.Shows = []byte(shown)
	}
	return way
}

// settle waits until a navigation that began after the first n hops has come to
// its end, and returns the page as it then is, where it is HTML: a script that
// leaves the page, or asks for more, has not come to its end.
func (b *ApplicationBrowser) settle(ctx context.Context, n int) (shown string, err error) {
	for {
		if err := b.p.await(ctx, func() bool { return b.settled(n) }); err != nil {
			return "", err
		}
		last := b.lastPage(n)
		if !b.shows(last) {
			return "", nil
		}
		shown, err = evaluate[string](ctx, b.t, shownPage)
		switch {
		case isGone(err) || ctx.Err() != nil:
			return shown, err
		case err == nil && b.settled(n):
			return shown, nil
		}
	}
}

// shows reports whether a page of the application is HTML.
func (b *ApplicationBrowser) shows(page *hop) bool {
	return page.Failed == "" && strings.Contains(strings.ToLower(page.header().Get("Content-Type")), "html") && !sameOrigin(page.URL, b.site.Provider)
}

// holds reports whether the tab holds the page, HTML that has come whole.
func (b *ApplicationBrowser) holds(page *hop) bool {
	if page == nil || !page.Done || !b.shows(page) {
		return false
	}
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	return b.t.loader == page.Loader
}

// lastPage is the page that the tab asked for last since the first n hops; nil:
// none.
func (b *ApplicationBrowser) lastPage(n int) *hop {
	return lastDocument(b.p.log.since(n), b.t.ident())
}

// settled reports whether a navigation that began after the first n hops has
// come to its end. A page that scripts leave at once has not.
func (b *ApplicationBrowser) settled(n int) bool {
	hops := b.p.log.since(n)
	last := lastDocument(hops, b.t.ident())
	if last == nil {
		return false
	}
	for _, h := range hops {
		// What a page that is gone has asked for may never be told to have ended.
		if !h.Done && h.Loader == last.Loader && awaited(h.Kind) {
			return false
		}
	}
	if last.Failed != "" {
		return true
	}
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	return b.t.loaded && b.t.loader == last.Loader
}

// awaited reports whether a page shows what it is meant to show only when such a
// request has ended. Images have no part in it, nor has the page's icon.
func awaited(kind network.ResourceType) bool {
	switch kind {
	case network.ResourceTypeDocument, network.ResourceTypeScript, network.ResourceTypeFetch, network.ResourceTypeXHR:
		return true
	}
	return false
}

// seenSince is the way that the browser has gone since the first n hops. What its
// scripts asked for comes before the page that it ended in, which decides.
func (b *ApplicationBrowser) seenSince(ctx context.Context, n int, failed error) *application.Way {
	way := &application.Way{URL: b.address()}
	hops := b.p.log.since(n)
	last := lastDocument(hops, b.t.ident())
	if last == nil {
		way.Stuck = "the browser went nowhere"
		if failed != nil {
			way.Stuck += ": " + failed.Error()
		}
		return way
	}
	var page *exchange.Exchange
	for _, h := range hops {
		document := h.document() && strings.HasPrefix(h.URL, "http")
		asked := h.Kind == network.ResourceTypeFetch || h.Kind == network.ResourceTypeXHR
		switch {
		case !document && !asked || sameOrigin(h.URL, b.site.Provider):
			continue
		case document && (b.away(h.URL) || len(way.Steps) > 0 && b.elsewhere(h)):
			way.Leads, way.URL = h.URL, lastURL(way)
			continue
		}
		if h.Loader == last.Loader && h.Done && (h.Status < 300 || h.Status >= 400) && !h.long() {
			h.Content = b.t.body(ctx, h.ID)
		}
		e := b.exchangeOf(h, failed)
		switch {
		case asked && !h.Done:
			way.Open = append(way.Open, e)
			continue
		case document:
			page = e
		}
		way.Steps = append(way.Steps, e)
		if document && h.stays() {
			way.Leads, way.URL = e.Header().Get("Location"), lastURL(way)
		}
	}
	atProvider := sameOrigin(last.URL, b.site.Provider)
	way.Login = atProvider && last.Status == http.StatusOK && strings.HasPrefix(last.URL, b.site.Authorize)
	if !atProvider && page != nil {
		way.Steps = append(without(way.Steps, page), page)
	}
	if way.NoResponse() {
		way.Stuck = "no answer: " + way.Last().Reason()
	}
	return way
}

// elsewhere reports whether a page is a front end's that does not run: it gives
// no answer, and is at an origin by which the application is not known.
func (b *ApplicationBrowser) elsewhere(h *hop) bool {
	u, err := url.Parse(h.URL)
	return err == nil && h.Failed != "" && h.Status == 0 && !b.site.Own(u)
}

func lastURL(way *application.Way) string {
	if last := way.Last(); last != nil {
		return last.Request.URL
	}
	return way.URL
}

func without(steps []*exchange.Exchange, one *exchange.Exchange) (out []*exchange.Exchange) {
	for _, e := range steps {
		if e != one {
			out = append(out, e)
		}
	}
	return out
}

// stays reports whether the hop is a redirect that the browser does not follow:
// it takes none to a script or a file, and no more than twenty.
func (h *hop) stays() bool { return h.Failed != "" && h.Status >= 300 && h.Status < 400 }

// longestBody is how many octets a response has, as it is sent, that is kept.
const longestBody = 8 << 20

// long reports whether the response is longer than one that is kept. What of it
// a page shows may be little: browsers leave out octets that are zero.
func (h *hop) long() bool { return h.Bytes > longestBody }

// exchangeOf is a hop as an exchange; one that has not ended was not answered in
// time, and a redirect that the browser does not follow was answered.
func (b *ApplicationBrowser) exchangeOf(h *hop, failed error) *exchange.Exchange {
	e := h.exchange()
	switch {
	case h.stays():
		e.Err, e.Response = nil, &exchange.Response{Status: h.Status, Header: h.header()}
	case !h.Done && failed != nil && e.Response == nil:
		e.Err = &exchange.Failure{Kind: exchange.FailedTimeout, Text: "no complete answer came to the browser within " + b.timeout.String()}
	}
	if e.Response != nil {
		e.Response.Truncated = h.long()
	}
	return e
}
