package application

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/cookie"
	"sgidcheck/internal/exchange"

	"golang.org/x/net/publicsuffix"
)

// Cookie is a cookie as a browser keeps it.
type Cookie = cookie.Cookie

// mostSteps is how many redirects a browser follows.
const mostSteps = 20

// HTTP is a browser that runs no script: it follows redirects, refreshes, links and forms,
// and keeps cookies as browsers do.
type HTTP struct {
	Site   *Site
	Client *client.Client
	// KeepStrict sends SameSite=Strict cookies also where another site began the
	// navigation, which no browser does.
	KeepStrict bool
	// Header is sent with every request to the application.
	Header http.Header
	// From is the page whose link, or First, leads to the start page. It has its whole
	// address told (Referrer-Policy: unsafe-url). Empty: the address was typed in.
	From string
	// First is sent in the place of the start page's address; nil: that is opened.
	First *exchange.Request

	jar cookie.Jar
}

var _ Browser = (*HTTP)(nil)

// Open opens an address as one that was typed in.
func (b *HTTP) Open(ctx context.Context, address string) *Way {
	return b.walk(ctx, exchange.Request{URL: address}, "")
}

// Return goes to an address from a page of the provider's.
func (b *HTTP) Return(ctx context.Context, to string) *Way {
	return b.walk(ctx, exchange.Request{URL: to}, b.Site.Provider)
}

// Submit sends a form of a page, named by its address.
func (b *HTTP) Submit(ctx context.Context, form exchange.Request, page string) *Way {
	return b.walk(ctx, form, page)
}

// Begin opens the start page and goes on to the provider.
func (b *HTTP) Begin(ctx context.Context, mark string) *Way {
	if provider, err := url.Parse(b.Site.Provider); err == nil {
		b.jar.Take(provider, []string{mark + "; Path=/; HttpOnly; Secure; SameSite=None"})
	}
	defer b.unmark(mark)
	first := exchange.Request{URL: b.Site.Start}
	if b.First != nil {
		first = *b.First
	}
	way := b.walk(ctx, first, b.From)
	if way.Login || way.NoResponse() || way.Leads != "" {
		return way
	}
	next, problem := b.Site.Onward(way)
	if problem != "" {
		way.Stuck = problem
		return way
	}
	rest := b.walk(ctx, next, way.URL)
	rest.Steps = append(way.Steps, rest.Steps...)
	if !rest.Login && rest.Leads == "" && !rest.NoResponse() {
		rest.Stuck = fmt.Sprintf("the start page leads to %s, and that does not lead to the provider's login", rest.URL)
	}
	return rest
}

// unmark forgets the mark: what comes to the provider later is not of this login.
func (b *HTTP) unmark(mark string) {
	name, _, _ := strings.Cut(mark, "=")
	if provider, err := url.Parse(b.Site.Provider); err == nil {
		b.jar.Take(provider, []string{name + "=; Path=/; Max-Age=0"})
	}
}

// walk sends a request and follows redirects and refreshes. From is the address
// of the page that began the navigation; empty: it was typed in.
func (b *HTTP) walk(ctx context.Context, r exchange.Request, from string) *Way {
	way, refreshes := &Way{}, 0
	for range mostSteps {
		u, err := url.Parse(r.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !b.Site.Ours(u) {
			way.Leads = r.URL
			return way
		}
		u.Fragment = ""
		e := b.send(ctx, u, r, from)
		way.URL = r.URL
		if atProvider := sameOrigin(r.URL, b.Site.Provider); atProvider {
			way.Login = e.Status() == http.StatusOK && strings.HasPrefix(r.URL, b.Site.Authorize)
		} else {
			way.Login = false
			way.Steps = append(way.Steps, e)
		}
		if e.NoResponse() && len(way.Steps) > 1 && !b.Site.Own(u) {
			way.Steps, way.Leads = way.Steps[:len(way.Steps)-1], r.URL // a front end elsewhere, which need not run
			return way
		}
		if e.NoResponse() {
			way.Stuck = "no answer: " + e.Reason()
			return way
		}
		location := e.Header().Get("Location")
		if e.Status() < 300 || e.Status() >= 400 || location == "" {
			to := refreshed(e, u)
			if to == "" || refreshes == mostRefreshes || sameOrigin(r.URL, b.Site.Provider) {
				return way
			}
			refreshes++
			r, from = exchange.Request{URL: to}, r.URL
			continue
		}
		to, err := u.Parse(location)
		if err != nil {
			way.Leads = location
			return way
		}
		r = redirected(r, e.Status(), to.String())
	}
	way.Stuck = fmt.Sprintf("more than %d redirects", mostSteps)
	return way
}

// redirected is the request that follows a redirect.
func redirected(r exchange.Request, status int, to string) exchange.Request {
	if status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect {
		r.URL = to
		return r
	}
	return exchange.Request{URL: to, MaxBody: r.MaxBody}
}

// send sends one request as a browser sends a navigation.
func (b *HTTP) send(ctx context.Context, u *url.URL, r exchange.Request, from string) *exchange.Exchange {
	header := http.Header{
		"User-Agent":                {"Mozilla/5.0 (compatible; sgidcheck)"},
		"Accept":                    {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"},
		"Accept-Language":           {"en-SG,en;q=0.9"},
		"Upgrade-Insecure-Requests": {"1"},
		"Sec-Fetch-Dest":            {"document"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-User": {"?1"},
	}
	safe := r.Method == "" || r.Method == http.MethodGet
	across := from != "" && !sameSite(from, u.String())
	header.Set("Sec-Fetch-Site", fetchSite(from, u.String()))
	if across && !b.KeepStrict {
		setUnlessEmpty(header, "Cookie", b.jar.Across(u, safe))
	} else {
		setUnlessEmpty(header, "Cookie", b.jar.Header(u))
	}
	if r.Method == http.MethodPost {
		header.Set("Content-Type", cmp.Or(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"))
		setUnlessEmpty(header, "Origin", originOf(from))
	}
	if !sameOrigin(from, b.Site.Provider) { // whose pages say no-referrer
		setUnlessEmpty(header, "Referer", referer(from, u.String()))
	}
	if from != "" && from == b.From {
		header.Set("Referer", from)
	}
	for name, values := range b.Header {
		if !sameOrigin(u.String(), b.Site.Provider) {
			header[name] = values
		}
	}
	e := b.Client.Do(ctx, exchange.Request{Method: r.Method, URL: u.String(), Header: header, Body: r.Body, MaxBody: r.MaxBody})
	b.jar.Take(u, e.Header().Values("Set-Cookie"))
	return e
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// fetchSite is the value of Sec-Fetch-Site.
func fetchSite(from, to string) string {
	switch {
	case from == "":
		return "none"
	case sameOrigin(from, to):
		return "same-origin"
	case sameSite(from, to):
		return "same-site"
	}
	return "cross-site"
}

func sameOrigin(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && strings.EqualFold(x.Host, y.Host)
}

// originOf is an address's origin, as the Origin header holds it; empty: it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// referer is the Referer of a navigation from a page, by the policy that browsers take
// for granted, strict-origin-when-cross-origin; empty: none is sent.
func referer(from, to string) string {
	u, err := url.Parse(from)
	switch {
	case err != nil || u.Host == "" || u.Scheme == "https" && !strings.HasPrefix(to, "https:"):
		return ""
	case !sameOrigin(from, to):
		return originOf(from) + "/"
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String()
}

// sameSite compares scheme and registrable domain; ports do not count.
func sameSite(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && site(x.Hostname()) == site(y.Hostname())
}

func site(host string) string {
	host = strings.ToLower(host)
	if net.ParseIP(host) != nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// Cookies are those that a request to the address carries.
func (b *HTTP) Cookies(address string) []Cookie {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	return b.jar.Cookies(u)
}

// Saved are all cookies.
func (b *HTTP) Saved() any { return b.jar.Clone() }

// SetCookies replaces all cookies by those that Saved returned.
func (b *HTTP) SetCookies(saved any) {
	if jar, ok := saved.(*cookie.Jar); ok {
		b.jar.Replace(jar)
	}
}

// PutCookie sets a cookie of the address's host as a response would.
func (b *HTTP) PutCookie(address, field string) {
	if u, err := url.Parse(address); err == nil {
		b.jar.Take(u, []string{field})
	}
}

// Close does nothing.
func (b *HTTP) Close() {}
