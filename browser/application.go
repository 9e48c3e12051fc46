package browser

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// ApplicationBrowser drives an application in a profile of its own: what `rp`
// takes for applications that need script.
type ApplicationBrowser struct {
	site    *application.Site
	p       *profile
	t       *tab
	timeout time.Duration // for one navigation
}

var _ application.Browser = (*ApplicationBrowser)(nil)

// NewApplicationBrowser opens a profile without cookies. It returns an error
// where the browser does not start.
func NewApplicationBrowser(ctx context.Context, c *Chrome, site *application.Site, timeout time.Duration) (*ApplicationBrowser, error) {
	p, t, err := c.newProfile(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &ApplicationBrowser{site: site, p: p, t: t, timeout: timeout}, nil
}

// Close gives the profile up.
func (b *ApplicationBrowser) Close() { b.p.close() }

// Open opens an address as one that was typed in.
func (b *ApplicationBrowser) Open(ctx context.Context, address string) *application.Way {
	return b.walk(ctx, func(ctx context.Context) error { return b.t.navigate(ctx, address) })
}

// Return goes from the provider's page to an address, as its script does.
func (b *ApplicationBrowser) Return(ctx context.Context, to string) *application.Way {
	if !sameOrigin(b.address(), b.site.Provider) {
		b.walk(ctx, func(ctx context.Context) error { return b.t.navigate(ctx, b.site.Provider+sgid.IssuerPath+"/return") })
	}
	return b.walk(ctx, func(ctx context.Context) error { return b.goTo(ctx, to) })
}

// goTo has the page that is shown go to an address.
func (b *ApplicationBrowser) goTo(ctx context.Context, to string) error {
	_, err := evaluate[chromedp.Void](ctx, b.t, "setTimeout(() => { location.href = "+quote(to)+" }, 0); undefined")
	return err
}

// Begin opens the start page, presses what begins the login there, and goes on
// to the provider.
func (b *ApplicationBrowser) Begin(ctx context.Context, mark string) *application.Way {
	name, value, _ := strings.Cut(mark, "=")
	if _, err := call(ctx, b.t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.site.Provider + "/"}); err != nil {
		return &application.Way{Stuck: "the browser takes no cookie: " + err.Error()}
	}
	defer func() {
		_, _ = call(ctx, b.t, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: b.site.Provider + "/"})
	}()
	way := b.Open(ctx, b.site.Start)
	if way.Login || way.NoResponse() || way.Leads != "" {
		return way
	}
	onward := func(ctx context.Context) error {
		return b.p.perform(ctx, config.Step{Action: "click", Target: b.site.Click}, "")
	}
	if b.site.Click == "" {
		next, problem := b.site.Onward(way)
		if problem != "" {
			way.Stuck = problem
			return way
		}
		onward = func(ctx context.Context) error { return b.goTo(ctx, next.URL) }
	}
	rest := b.walk(ctx, onward)
	rest.Steps = append(way.Steps, rest.Steps...)
	if !rest.Login && rest.Stuck == "" && rest.Leads == "" {
		rest.Stuck = fmt.Sprintf("the start page leads to %s, and not to the provider's login", rest.URL)
	}
	return rest
}

func (b *ApplicationBrowser) address() string {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	return b.t.address
}

// walk does what begins a navigation and waits until its page, and what its
// scripts ask for, is there.
func (b *ApplicationBrowser) walk(ctx context.Context, begin func(context.Context) error) *application.Way {
	way := &application.Way{}
	before := len(b.p.log.all())
	limited, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	err := begin(limited)
	if err == nil {
		err = b.p.await(limited, func() bool { return b.settled(before) })
	}
	if isGone(err) {
		way.Stuck = err.Error()
		return way
	}
	b.fill(ctx, way, before, err)
	return way
}

// settled reports whether a navigation that began after the first n hops has
// come to its end. A page that scripts leave at once has not.
func (b *ApplicationBrowser) settled(n int) bool {
	hops := b.p.log.all()[n:]
	var last *hop
	for _, h := range hops {
		if h.document() {
			last = h
		}
		if !h.Done && h.Kind != network.ResourceTypeWebSocket && h.Kind != network.ResourceTypeEventSource {
			return false
		}
	}
	if last == nil {
		return false
	}
	if last.Failed != "" {
		return true
	}
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	return b.t.loaded && b.t.loader == last.Loader
}

// fill puts what the browser has seen since the first n hops into the way.
func (b *ApplicationBrowser) fill(ctx context.Context, way *application.Way, n int, failed error) {
	hops := b.p.log.all()[n:]
	var last *hop
	for _, h := range hops {
		if h.document() && strings.HasPrefix(h.URL, "http") {
			last = h
		}
	}
	for _, h := range hops {
		page := h.document() && strings.HasPrefix(h.URL, "http")
		asked := h.Kind == network.ResourceTypeFetch || h.Kind == network.ResourceTypeXHR
		if !page && !asked || sameOrigin(h.URL, b.site.Provider) {
			continue
		}
		if h == last {
			b.t.read(ctx, h)
		}
		way.Steps = append(way.Steps, b.seen(h, failed))
	}
	if last == nil {
		way.Stuck = "the browser went nowhere"
		if failed != nil {
			way.Stuck += ": " + failed.Error()
		}
		return
	}
	way.URL = b.address()
	atProvider := sameOrigin(last.URL, b.site.Provider)
	way.Login = atProvider && last.Status == 200 && strings.HasPrefix(last.URL, b.site.Authorize)
	if atProvider {
		return
	}
	// The page decides, and stands last: what its scripts asked for comes before.
	for i, e := range way.Steps {
		if e.Request.URL == strings.SplitN(last.URL, "#", 2)[0] && i < len(way.Steps)-1 {
			way.Steps = append(append(way.Steps[:i:i], way.Steps[i+1:]...), e)
			break
		}
	}
	if strings.Contains(strings.ToLower(last.header().Get("Content-Type")), "html") && last.Failed == "" {
		if text, err := evaluate[string](ctx, b.t, "document.documentElement.outerHTML"); err == nil {
			way.Shows = []byte(text)
		}
	}
}

// seen is a hop as an exchange; one that has not ended was not answered in time.
func (b *ApplicationBrowser) seen(h *hop, failed error) *exchange.Exchange {
	e := h.exchange()
	if !h.Done && failed != nil && e.Response == nil {
		e.Err = &exchange.Failure{Kind: exchange.FailedTimeout, Text: "no complete answer came to the browser within " + b.timeout.String()}
	}
	return e
}

// Cookies are those that a request to the address carries.
func (b *ApplicationBrowser) Cookies(address string) (out []application.Cookie) {
	ctx, cancel := context.WithTimeout(b.p.proc.ctx, b.timeout)
	defer cancel()
	res, err := call(ctx, b.t, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		return nil
	}
	for _, c := range res.Cookies {
		out = append(out, application.Cookie{Name: c.Name, Value: c.Value, Path: c.Path, HTTPOnly: c.HTTPOnly, Secure: c.Secure, SameSite: string(c.SameSite)})
	}
	return out
}

// Saved are all cookies.
func (b *ApplicationBrowser) Saved() any {
	ctx, cancel := context.WithTimeout(b.p.proc.ctx, b.timeout)
	defer cancel()
	op, stop := contextOf(ctx, b.t)
	defer stop()
	res, err := chromedp.CallBrowser(op, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: b.p.id})
	if err != nil {
		return nil
	}
	return res.Cookies
}

// SetCookies replaces all cookies by those that Saved returned.
func (b *ApplicationBrowser) SetCookies(saved any) {
	cookies, _ := saved.([]*network.Cookie)
	ctx, cancel := context.WithTimeout(b.p.proc.ctx, b.timeout)
	defer cancel()
	op, stop := contextOf(ctx, b.t)
	defer stop()
	_, _ = chromedp.CallBrowser(op, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: b.p.id})
	var params []*network.CookieParam
	for _, c := range cookies {
		params = append(params, &network.CookieParam{
			Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, HTTPOnly: c.HTTPOnly, Secure: c.Secure, SameSite: c.SameSite,
		})
	}
	if len(params) > 0 {
		_, _ = chromedp.CallBrowser(op, storage.SetCookies, storage.SetCookiesParams{Cookies: params, BrowserContextID: b.p.id})
	}
}
