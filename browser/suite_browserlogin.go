package browser

import (
	"io"
	"log"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/cookie"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// quiet takes what servers say of connections that browsers open and drop.
var quiet = log.New(io.Discard, "", 0)

// browserLogin is one tab in which an authorization request is under way, step by
// step, for the check to look at between the steps.
type browserLogin struct {
	*errand
	session *Session
	request *request
	tab     *tab
	page    *login.Response // where the request led first
	opened  time.Time
	alone   bool // the profile is this browser login's own
	film    bool // take pictures
	times   times
	closed  bool
	beacon  beacon // of the script that is put in
}

// times is what a person waits for, and what the page weighs.
type times struct {
	usable, callback time.Duration
	bytes            int64
}

// cookieSeen is a cookie that the provider set, as it stood in the browser.
type cookieSeen struct {
	Name                      string
	HTTPOnly, Secure, Session bool
	SameSite                  string
}

// startLogin opens a profile and, in it, the request. Listen has the redirect URI
// answered by a listener of ours where that can be; otherwise the callback is
// caught in the browser.
func (s *Session) startLogin(r *request, listen bool, configure ...func(*browserLogin)) *browserLogin {
	one := s.browserLogin(r, listen)
	one.alone = true
	for _, f := range configure {
		f(one)
	}
	p, t, err := s.Chrome.newProfile(s.Context, one.configure)
	s.must(err)
	one.profile, one.tab = p, t
	s.browserLogins = append(s.browserLogins, one)
	return one
}

func (s *Session) browserLogin(r *request, listen bool) *browserLogin {
	a := s.authorization(r)
	a.PageOnly = !listen
	one := &browserLogin{errand: s.Driver.errand(a), session: s, request: r}
	one.took = func(step string, t *tab) {
		if one.film && step != "submitted" {
			s.picture(step, t, step != "login page")
		}
	}
	return one
}

// beside opens a second tab in the profile of another browser login.
func (s *Session) beside(first *browserLogin, r *request) *browserLogin {
	one := s.browserLogin(r, false)
	one.profile = first.profile
	first.only = first.tab
	both := first.profile.passing()
	first.profile.mu.Lock()
	first.profile.gate = func(t *tab, paused *fetch.EventRequestPaused) verdict {
		if t != first.tab {
			return one.decide(t, paused)
		}
		return both(t, paused)
	}
	first.profile.mu.Unlock()
	t, err := first.profile.newTab(s.Context)
	s.must(err)
	one.tab, one.only = t, t
	s.browserLogins = append(s.browserLogins, one)
	return one
}

// show opens the request and stops at its login page. Where the target shows
// none, the check is skipped; where the page cannot be had, BROW-01 owns it.
func (one *browserLogin) show() *login.Response {
	s := one.session
	one.auth.PageOnly = true
	one.opened = time.Now()
	l, err := one.run(s.Context, one.tab)
	s.must(err)
	for _, e := range l.Exchanges {
		s.keep(e)
	}
	one.page = l
	if l.Kind == login.ResponseCallback {
		s.NotApplicable("the target shows no login page: it redirects immediately")
	}
	if l.Kind != login.ResponsePage {
		s.unusable(l)
	}
	one.times.usable = one.interactive()
	return l
}

// interactive is how long the page took from the request until its document
// could be used, as the page itself measured it.
func (one *browserLogin) interactive() time.Duration {
	ctx, cancel := one.session.limited()
	defer cancel()
	const script = `(() => { const n = performance.getEntriesByType('navigation')[0]; return n ? n.domContentLoadedEventEnd || n.domInteractive : 0 })()`
	if ms, err := evaluate[float64](ctx, one.tab, script); err == nil && ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	return time.Since(one.opened)
}

// usable ends the check where the driver did not know what to do on the page:
// that says nothing of the page.
func (one *browserLogin) usable(l *login.Response) {
	if one.helpless {
		one.session.Block("login driver", "the login driver cannot use the page: %s", l.FormError)
	}
}

// unusable ends the check: the request did not lead where it had to.
func (s *Session) unusable(l *login.Response) {
	what := "the login in the browser led to " + saw(l)
	if l.Kind == login.ResponseNone {
		s.Block("target", "%s", what)
	}
	if s.Check.ID == "BROW-01" {
		s.Fail("", what, s.evidenceOf(l.Final))
	}
	s.Block("BROW-01", "%s", what)
}

// finish uses the login page that show stopped at, and follows the request to
// its end.
func (one *browserLogin) finish() *login.Response {
	s := one.session
	one.auth.PageOnly = false
	begun := time.Now()
	ctx, cancel := s.limited()
	defer cancel()
	l, err := one.follow(ctx, s.Context, one.tab)
	s.must(err)
	one.times.callback = time.Since(begun)
	for _, e := range l.Exchanges {
		if !slices.ContainsFunc(one.page.Exchanges, func(shown *exchange.Exchange) bool { return shown.Started.Equal(e.Started) }) {
			s.keep(e)
		}
	}
	return l
}

// login shows the page, logs in, and returns the login; anything else than a
// code ends the check.
func (one *browserLogin) login() *authorized {
	one.show()
	return one.completed(one.finish())
}

func (one *browserLogin) completed(l *login.Response) *authorized {
	s := one.session
	out := &authorized{request: one.request, response: l, code: l.Code()}
	if out.code == "" {
		one.usable(l)
		s.unusable(l)
	}
	if sent, got := one.request.params.Get("state"), l.Params.Get("state"); sent != got {
		what := "the state came back changed"
		if got == "" {
			what = "no state came back"
		}
		if s.Check.ID != "BROW-01" && s.Check.ID != "BROW-07" {
			s.Block("AUTHZ-02", "%s", what)
		}
	}
	out.hops, out.said = one.profile.log.all(), one.profile.console()
	for _, h := range out.hops {
		one.times.bytes += h.Bytes
	}
	out.times = one.times
	return out
}

// jar is the cookies that the profile holds now, without the harness's own.
func (one *browserLogin) jar() []cookieSeen {
	s := one.session
	ctx, cancel := s.limited()
	defer cancel()
	id := one.profile.id
	op, stop := contextOf(ctx, one.tab)
	defer stop()
	res, err := chromedp.CallBrowser(op, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: id})
	s.must(one.profile.explain(ctx, err))
	var out []cookieSeen
	for _, c := range res.Cookies {
		s.Redactor.Learn(redact.KindCookie, c.Value)
		out = append(out, cookieSeen{Name: c.Name, HTTPOnly: c.HTTPOnly, Secure: c.Secure, Session: c.Session, SameSite: string(c.SameSite)})
	}
	return out
}

// setCookies is the cookies that answers of the provider set, as they were sent.
func setCookies(hops []*hop) []cookieSeen {
	var out []cookieSeen
	for _, h := range hops {
		for _, field := range h.header().Values("Set-Cookie") {
			c, ok := cookie.Parse(field)
			if !ok || c.HasMaxAge && c.MaxAge == 0 || c.Value == "" {
				continue // it is taken away
			}
			same := map[string]string{"lax": "Lax", "strict": "Strict", "none": "None"}[strings.ToLower(c.SameSite)]
			out = append(out, cookieSeen{Name: c.Name, HTTPOnly: c.HTTPOnly, Secure: c.Secure, SameSite: same})
		}
	}
	return out
}

// roam lets the browser login's tab go to other sites, too.
func (one *browserLogin) roam() {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.anywhere = true
}

func (one *browserLogin) close() {
	if one.closed {
		return
	}
	one.closed = true
	one.end()
	if one.alone && one.profile != nil {
		one.session.evidence.keep(one.session.Check.ID, one.profile.log.all())
		one.profile.close()
	}
}

// resource reports whether the hop is of a kind that a page loads for itself.
func (h *hop) resource() bool {
	return h.Kind != network.ResourceTypeDocument && h.Kind != network.ResourceTypePreflight && strings.HasPrefix(h.URL, "http")
}
