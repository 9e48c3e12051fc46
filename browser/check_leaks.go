package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/onsi/ginkgo/v2"
)

// What leaves the provider's pages, or stays in the browser.

var BROW04 = judge.Check{
	ID: "BROW-04", Title: "no Referer sent to another origin has a query",
	Problem: "a Referer with a query is sent to another origin", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("9700", "4.2")},
	Expect: "No request from the provider's pages to another origin has a Referer with a query: on the redirect back, on a link to another site, and for everything that the pages load.",
	Why:    "The query contains state, nonce and code challenge, and sometimes a code: any site that the page refers to could read them.",
	Remedy: "Send Referrer-Policy: no-referrer (or strict-origin-when-cross-origin) on every page of the login.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"on the way back", "a link to another site", "what the pages load"},
}

var _ = ginkgo.It("BROW-04 no Referer sent to another origin has a query", check(BROW04, func(s *Session) {
	l := s.sharedLogin()
	home := originOf(s.places().Authorization)
	s.Case("on the way back", func() {
		found := false
		for _, h := range l.hops {
			if h.document() && login.IsCallback(h.URL, l.client.Callbacks()) {
				found = true
				s.Assert(!hasQuery(h.referer()), bareReferer, "the request to the redirect URI"+refererWithQuery, nil)
			}
		}
		if !found {
			s.Block("browser", "the request to the redirect URI is not in the network log")
		}
	})
	s.Case("a link to another site", func() {
		one := s.startLogin(s.request(), false)
		one.roam()
		one.show()
		path := "/left-" + random()
		away := s.harness.foreign(home) + path
		s.follow(one, away)
		ctx, cancel := s.limited()
		defer cancel()
		s.must(s.harness.await(ctx, path))
		s.Assert(!hasQuery(s.harness.visited(path)[0].Referer), bareReferer, "a link to another site"+refererWithQuery, nil)
	})
	s.Case("what the pages load", func() {
		var found []judge.Finding
		for _, h := range l.hops {
			if h.resource() && originOf(h.URL) != home && hasQuery(h.referer()) {
				found = append(found, judge.Finding{Observed: "the request for " + bare(h.URL) + refererWithQuery})
			}
		}
		s.AssertNone(bareReferer, found)
	})
}))

const (
	bareReferer      = "a Referer without a query, or none"
	refererWithQuery = " has a Referer with a query"
)

func hasQuery(referer string) bool {
	u, err := url.Parse(referer)
	return err != nil || u.RawQuery != ""
}

// follow clicks a link to another site that is put into the page.
func (s *Session) follow(one *browserLogin, address string) {
	ctx, cancel := s.limited()
	defer cancel()
	script := fmt.Sprintf(`(() => { const a = document.createElement('a'); a.href = %s; document.body.append(a); setTimeout(() => a.click(), 0) })()`, quote(address))
	_, err := evaluate[chromedp.Void](ctx, one.tab, script)
	s.must(err)
}

// await waits until something has reached a path of the harness.
func (h *harness) await(ctx context.Context, path string) error {
	for len(h.visited(path)) == 0 {
		select {
		case <-h.arrivals:
		case <-ctx.Done():
			return slow("the harness's page was not reached in time")
		}
	}
	return nil
}

var BROW09 = judge.Check{
	ID: "BROW-09", Title: "cookies are protected, and web storage contains no code or token",
	Problem: "cookies are not protected, or web storage contains a code or token", Level: judge.SHOULD,
	Basis:  []run.Basis{judge.ASVS("3.4")},
	Expect: "Every cookie of the login is HttpOnly, has SameSite=Lax or Strict, and is Secure on https; neither localStorage nor sessionStorage contains the code or a token.",
	Why:    "An injected script, or another site, must not be able to take over or misuse a login.",
	Remedy: "Set HttpOnly, SameSite=Lax or Strict and, on https, Secure; keep codes and tokens out of web storage.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"cookies", "web storage"},
}

var _ = ginkgo.It("BROW-09 cookies are protected, and web storage contains no code or token", check(BROW09, func(s *Session) {
	one, l, before := s.loginWithCookies()
	s.Case("cookies", func() {
		cookies := setCookies(one.profile.log.all())
		for _, c := range append(before, one.jar()...) {
			if !slices.ContainsFunc(cookies, func(sent cookieSeen) bool { return sent.Name == c.Name }) {
				cookies = append(cookies, c) // set by script
			}
		}
		s.judgeCookies(cookies)
	})
	s.Case("web storage", func() {
		secrets := map[string]string{"the authorization code": l.code}
		tokens := s.tokens(l)
		secrets["the access token"], secrets["the ID token"] = tokens.AccessToken, tokens.IDToken
		one.backHome()
		var found []judge.Finding
		for place, text := range one.storage() {
			for what, secret := range secrets {
				if strings.Contains(text, secret) {
					found = append(found, judge.Finding{Observed: fmt.Sprintf("%s contains %s", place, what)})
				}
			}
		}
		s.AssertNone("", found)
	})
}))

// loginWithCookies is a login, and the cookies that its page had set before it.
// Of a person's they are those that its responses set, and what is there after it.
func (s *Session) loginWithCookies() (*browserLogin, *authorized, []cookieSeen) {
	if s.Person != nil {
		l := s.sharedLogin()
		one := *l.byPerson
		one.session = s
		return &one, l, nil
	}
	s.loginWorks()
	one := s.startLogin(s.request(), false)
	one.show()
	before := one.jar()
	return one, one.completed(one.finish()), before
}

func (s *Session) judgeCookies(cookies []cookieSeen) {
	secure := strings.HasPrefix(s.Config.Issuer, "https://")
	told := map[string]bool{}
	var found []judge.Finding
	for _, c := range cookies {
		var lacks []string
		if !c.HTTPOnly {
			lacks = append(lacks, "HttpOnly")
		}
		if c.SameSite != "Lax" && c.SameSite != "Strict" {
			lacks = append(lacks, "SameSite=Lax or Strict")
		}
		if secure && !c.Secure {
			lacks = append(lacks, "Secure")
		}
		if len(lacks) > 0 && !told[c.Name] {
			told[c.Name] = true
			found = append(found, judge.Finding{Observed: fmt.Sprintf("the cookie %s lacks %s", s.Redactor.Text(c.Name), strings.Join(lacks, ", "))})
		}
	}
	if len(cookies) == 0 {
		s.Observe("the login sets no cookies")
	}
	s.AssertNone("", found)
}

// backHome opens a page of the provider in the browser login's tab, to look at what
// its scripts left in the browser.
func (one *browserLogin) backHome() {
	s := one.session
	one.roam()
	ctx, cancel := s.limited()
	defer cancel()
	s.must(s.load(ctx, one.tab, s.places().Authorization))
}

// storage is all that web storage holds for the page that is shown, by place.
func (one *browserLogin) storage() map[string]string {
	s := one.session
	ctx, cancel := s.limited()
	defer cancel()
	const script = `({localStorage: Object.entries(localStorage).flat().join('\n'), sessionStorage: Object.entries(sessionStorage).flat().join('\n')})`
	out, err := evaluate[map[string]string](ctx, one.tab, script)
	s.must(err)
	return out
}

// load opens an address and waits until it, and all that belongs to it, is
// loaded. A page that answers with an error is loaded, too; a response that
// shows nothing, such as a 204 or a download, leaves the tab as it was.
func (s *Session) load(ctx context.Context, t *tab, address string) error {
	t.mu.Lock()
	before := t.loader
	t.mu.Unlock()
	var previous network.RequestID
	if h := lastDocument(t.log.all(), t.ident()); h != nil {
		previous = h.ID
	}
	if err := t.navigate(ctx, address); err != nil {
		return err
	}
	err := t.await(ctx, func() bool {
		t.mu.Lock()
		shown, loaded := t.loader, t.loaded
		t.mu.Unlock()
		if shown != before && loaded {
			return true
		}
		h := lastDocument(t.log.all(), t.ident())
		return h != nil && h.ID != previous && h.Loader != shown && h.showsNothing()
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return slow("a page was not loaded in time: " + s.Redactor.Text(bare(address)))
	}
	return err
}

// showsNothing reports whether the response is no page: the browser stays where
// it is.
func (h *hop) showsNothing() bool {
	return h.Status == http.StatusNoContent || h.Status == http.StatusResetContent || h.Done && h.Failed != "" && h.Response != nil && h.Status < 300
}

var BROW10 = judge.Check{
	ID: "BROW-10", Title: "no mixed content",
	Problem: "a page of the https target uses plain http", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("9700", "2.6")},
	Expect: "The pages of an https target load nothing over plain http, and no form on them is submitted over plain http.",
	Why:    "A single script or image over plain http lets anyone on the network tamper with the login page.",
	Remedy: "Use https URLs or paths for everything, and send Content-Security-Policy: upgrade-insecure-requests.",
	Needs:  []judge.Need{judge.Login, judge.HTTPS},
}

var _ = ginkgo.It("BROW-10 no mixed content", check(BROW10, func(s *Session) {
	l := s.sharedLogin()
	for _, h := range l.hops {
		if login.IsCallback(h.URL, l.client.Callbacks()) {
			continue
		}
		mixed := strings.HasPrefix(h.URL, "http://") || h.Mixed != "" && h.Mixed != "none"
		s.Assert(!mixed, "", fmt.Sprintf("%s is loaded over plain http", s.Redactor.Text(bare(h.URL))), s.evidenceOf(h.exchange()))
	}
	for _, m := range l.said {
		mixed := strings.Contains(m.Text, "Mixed Content") && !strings.Contains(m.Text, bare(l.client.RedirectURI))
		s.Assert(!mixed, "", "the browser says: "+s.Redactor.Text(shorten(m.Text)), nil)
	}
}))
