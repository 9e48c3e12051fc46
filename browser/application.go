package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/config"
	"sgidcheck/internal/sgid"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// ApplicationBrowser drives an application in a profile of its own: what `rp`
// takes for applications that need script.
type ApplicationBrowser struct {
	site    *application.Site
	manner  application.Manner
	p       *profile
	t       *tab
	timeout time.Duration // for one navigation
	close   func()
}

var _ application.Browser = (*ApplicationBrowser)(nil)

// openApplicationBrowser opens a profile without cookies, which serves a site
// once serve has said which. It returns an error where the browser does not start.
func openApplicationBrowser(ctx context.Context, c *Chrome) (*ApplicationBrowser, error) {
	b := &ApplicationBrowser{}
	p, t, err := c.loginProfile(ctx, func(p *profile) { p.gate, p.scripted = b.decide, true })
	if err != nil {
		return nil, err
	}
	b.p, b.t = p, t
	return b, nil
}

// serve says which application the browser drives, before its first page.
func (b *ApplicationBrowser) serve(site *application.Site, manner application.Manner) {
	b.site, b.manner, b.timeout = site, manner, manner.Timeout
	if b.timeout <= 0 {
		b.timeout = 10 * time.Second
	}
}

// Close gives the profile up; it does not wait until it is gone.
func (b *ApplicationBrowser) Close() { b.close() }

// decide stops a navigation that leaves for a host that is neither the
// application's nor this machine: hostile addresses lead nowhere.
func (b *ApplicationBrowser) decide(t *tab, paused *fetch.EventRequestPaused) verdict {
	return verdict{abort: string(paused.FrameID) == t.ident() && b.away(paused.Request.URL)}
}

// away reports whether an address is another site's, which is not opened.
func (b *ApplicationBrowser) away(address string) bool {
	u, err := url.Parse(address)
	return err == nil && !b.site.Ours(u)
}

// Open opens an address as one that was typed in, and asks the application for it
// whatever the browser keeps of it: what it once answered is nothing to judge.
func (b *ApplicationBrowser) Open(ctx context.Context, address string) *application.Way {
	return b.walk(ctx, func(ctx context.Context) error {
		if err := b.passCache(ctx, true); err != nil {
			return err
		}
		return b.t.navigate(ctx, address)
	})
}

// passCache has the pages to come pass the browser's cache by, or not.
func (b *ApplicationBrowser) passCache(ctx context.Context, pass bool) error {
	_, err := call(ctx, b.t, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: pass})
	return err
}

// Return goes from the provider's page to an address, as its script does. The
// application is asked for it, as by Open.
func (b *ApplicationBrowser) Return(ctx context.Context, to string) *application.Way {
	if b.manner.KeepStrict { // as where the address is typed in
		return b.Open(ctx, to)
	}
	if !sameOrigin(b.address(), b.site.Provider) {
		b.walk(ctx, func(ctx context.Context) error { return b.t.navigate(ctx, b.site.Provider+sgid.IssuerPath+"/return") })
	}
	return b.walk(ctx, func(ctx context.Context) error {
		if err := b.passCache(ctx, true); err != nil {
			return err
		}
		return b.goTo(ctx, to)
	})
}

// goTo has the page that is shown go to an address.
func (b *ApplicationBrowser) goTo(ctx context.Context, to string) error {
	_, err := evaluate[chromedp.Void](ctx, b.t, "setTimeout(() => { location.href = "+quote(to)+" }, 0); undefined")
	return err
}

// sendForm has the page that is shown send its form that leads to an address, as
// where its first button is pressed.
func (b *ApplicationBrowser) sendForm(ctx context.Context, to string) error {
	found, err := evaluate[bool](ctx, b.t, `(() => {
	for (const form of document.forms) {
		const button = [...form.elements].find(e => e.type === 'submit' && !e.disabled);
		const action = button?.hasAttribute('formaction') ? button.getAttribute('formaction') : form.getAttribute('action');
		let leads = document.URL.split('#')[0];
		try { if (action?.trim()) leads = new URL(action, document.baseURI).href } catch { continue }
		if (leads !== new URL(`+quote(to)+`).href) continue;
		form.noValidate = true;
		for (const e of [form, button]) ['target', 'formtarget'].forEach(name => e?.removeAttribute(name));
		setTimeout(() => HTMLFormElement.prototype.requestSubmit.call(form, button), 0);
		return true;
	}
	return false;
})()`)
	if err == nil && !found {
		err = errors.New("the start page begins the login by a form, which is not there any longer; name what sends it in --start-click")
	}
	return err
}

// Begin opens the start page, presses what begins the login there, and goes on
// to the provider. What the browser keeps of these pages counts, as it does for people.
func (b *ApplicationBrowser) Begin(ctx context.Context, mark string) *application.Way {
	name, value, _ := strings.Cut(mark, "=")
	if _, err := call(ctx, b.t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.site.Provider + "/"}); err != nil {
		return &application.Way{Stuck: "the browser takes no cookie: " + err.Error()}
	}
	defer func() {
		_, _ = call(ctx, b.t, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: b.site.Provider + "/"})
	}()
	way := b.walk(ctx, func(ctx context.Context) error {
		if err := b.passCache(ctx, false); err != nil {
			return err
		}
		return b.t.navigate(ctx, b.site.Start)
	})
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
		if next.Method == http.MethodPost {
			onward = func(ctx context.Context) error { return b.sendForm(ctx, next.URL) }
		}
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
