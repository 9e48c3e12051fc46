package browser

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/network"
	"github.com/onsi/ginkgo/v2"
)

// The login as a person goes through it.

var BROW01 = judge.Check{
	ID: "BROW-01", Title: "the whole login works in the browser",
	Problem: "the login does not work in a real browser", Level: judge.MUST,
	Basis:  []run.Basis{judge.SGIDAPI("API Documentation")},
	Expect: "A person who logs in on the page is redirected back with a code and the state, the code is redeemed, and the data decrypts.",
	Why:    "A login that works for a program but not in a browser works for no citizen.",
	Remedy: "Follow the screenshots and the HAR file to the step that fails; a content security policy whose form-action omits the redirect URI, or a failing script, is the usual cause.",
	Logins: 1,
}

var _ = ginkgo.It("BROW-01 the whole login works in the browser", check(BROW01, func(s *Session) {
	l := s.sharedLogin()
	got := l.response.Params.Get("state")
	s.Require(got == l.params.Get("state"), "the state that was sent", fmt.Sprintf("the login returns a different state, of %d characters", len(got)), s.evidenceOf(l.response.Final))
	var e *exchange.Exchange
	answer := l.tokens // of a person's login: the other suites have redeemed it
	if answer == nil {
		e, answer = s.redeem(l)
	}
	if answer == nil && l.byPerson != nil {
		s.Block("TOKEN-01", "the code is not redeemed: status %d%s", e.Status(), s.credentialsBlamed(e))
	}
	if answer == nil {
		if problem := s.withoutBrowser(); problem != "" {
			s.Block("TOKEN-01", "the code is not redeemed (status %d), and neither is that of a login without a browser: %s%s", e.Status(), problem, s.credentialsBlamed(e))
		}
		s.Fail("tokens for the code", fmt.Sprintf("the code of the login in the browser is not redeemed: status %d; that of a login without a browser is", e.Status()), s.evidenceOf(e))
	}
	l.tokens = answer
	plain := s.data(l)
	if l.response.Persona != "" && s.Embedded {
		s.Observe("logged in as %s", l.response.Persona)
	}
	s.Observe("code, state and tokens arrived, and %d data fields decrypted", len(plain))
}))

// withoutBrowser makes an ordinary login by plain requests and says why its
// code is not redeemed; empty: it is.
func (s *Session) withoutBrowser() string {
	r := s.request()
	response, err := login.NewDirect(s.Client, s.Config.Persona, s.Config.SecondPersona).Authorize(s.Context, s.authorization(r))
	if err != nil {
		return err.Error()
	}
	if response.Code() == "" {
		return "it led to " + saw(response)
	}
	if e, answer := s.redeem(&authorized{request: r, response: response, code: response.Code()}); answer == nil {
		return fmt.Sprintf("status %d", e.Status())
	}
	return ""
}

// sharedLogin is the login that several checks judge, made by the first of
// them. One that failed is not tried again: it blocks all but BROW-01.
func (s *Session) sharedLogin() *authorized {
	switch {
	case s.shared != nil:
		for _, e := range s.shared.response.Exchanges {
			s.keep(e)
		}
		return s.shared
	default:
		s.loginWorks()
	}
	s.why = &sharedProblem{by: "BROW-01", reason: "the login in the browser failed before"}
	if s.Person != nil {
		l := s.personsLogin()
		s.evidence.time("usable page", float64(l.times.usable.Microseconds())/1000, "ms")
		s.evidence.time("loaded", float64(l.times.bytes), "bytes")
		s.shared, s.why = l, nil
		return l
	}
	one := s.startLogin(s.request(), true, func(one *browserLogin) { one.film = true })
	l := one.login()
	one.arrivedPage()
	l.hops, l.said = one.profile.log.all(), one.profile.console()
	s.picture("callback", one.tab, true)
	s.evidence.time("usable page", float64(l.times.usable.Microseconds())/1000, "ms")
	s.evidence.time("callback", float64(l.times.callback.Microseconds())/1000, "ms")
	s.evidence.time("loaded", float64(l.times.bytes), "bytes")
	s.shared, s.why = l, nil
	return l
}

// loginWorks ends the check, blocked, where the shared login failed before: one of
// the check's own would fail alike, after as long a wait.
func (s *Session) loginWorks() {
	if s.shared == nil && s.why != nil && s.Check.ID != s.why.by {
		s.Block(s.why.by, "%s", s.why.reason)
	}
}

// arrivedPage waits until the browser shows the page at the redirect URI, so
// that a picture of it can be taken.
func (one *browserLogin) arrivedPage() {
	ctx, cancel := one.session.limited()
	defer cancel()
	one.session.must(one.profile.await(ctx, func() bool {
		one.tab.mu.Lock()
		defer one.tab.mu.Unlock()
		return one.tab.ready && login.IsCallback(one.tab.address, one.redirects)
	}))
}

var BROW02 = judge.Check{
	ID: "BROW-02", Title: "cancelling on the login page returns access_denied",
	Problem: "cancelling on the login page does not return access_denied", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "Where the login page offers to cancel, doing so redirects to the redirect URI with error=access_denied and the state, and without a code.",
	Why:    "Otherwise the service keeps waiting for a citizen who has already cancelled, or mistakes the cancellation for a login.",
	Remedy: "When the person cancels, redirect to the redirect URI with error=access_denied and the request's state.",
	Needs:  []judge.Need{judge.Cancellation, judge.LoginForm}, Logins: 1,
}

var _ = ginkgo.It("BROW-02 cancelling on the login page returns access_denied", check(BROW02, func(s *Session) {
	r := s.request()
	r.cancel = true
	one := s.startLogin(r, false, func(one *browserLogin) { one.film = true })
	one.show()
	l := one.finish()
	if l.NoCancel {
		s.NotApplicable("the page offers no way to cancel")
	}
	if l.Kind != login.ResponseCallback {
		one.usable(l)
	}
	s.Require(l.Kind == login.ResponseCallback, "the redirect URI with access_denied", "cancelling led to "+saw(l), s.evidenceOf(l.Final))
	s.judgeReturn(l, r.params.Get("state"))
}))

// judgeReturn judges what came back for a login that was given up.
func (s *Session) judgeReturn(l *login.Response, state string) {
	evidence := s.evidenceOf(l.Final)
	e := l.Params.Get("error")
	s.Assert(!l.Params.Has("code"), "no code", "cancelling returned a code", evidence)
	s.Assert(e == "access_denied", "error=access_denied", fmt.Sprintf("error is %q", e), evidence)
	s.Assert(l.Params.Get("state") == state, "the state that was sent", "the state did not come back as it was sent", evidence)
}

var BROW03 = judge.Check{
	ID: "BROW-03", Title: "no console errors and no failed requests during the login",
	Problem: "the login has console errors or failed requests", Level: judge.SHOULD,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "From the authorization request to the redirect URI, no request fails, no script throws, and the console shows no errors.",
	Why:    "What fails silently here may be a broken page in the next browser, and hides the errors that matter.",
	Remedy: "Serve everything that the pages refer to, and fix the scripts and the content security policy that the console mentions.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("BROW-03 no console errors and no failed requests during the login", check(BROW03, func(s *Session) {
	l := s.sharedLogin()
	for _, h := range l.hops {
		s.unhindered(h)
	}
	for _, m := range l.said {
		bad := m.Bad && !aboutIcon(m.URL, l.hops) && !login.IsCallback(login.AsBrowsersWriteIt(m.URL), l.client.Callbacks())
		s.Assert(!bad, "", "the console says: "+s.Redactor.Text(shorten(m.Text)), nil)
	}
	for _, h := range l.hops {
		if login.IsCallback(h.URL, l.client.Callbacks()) || !strings.HasPrefix(h.URL, "http") || aboutIcon(h.URL, l.hops) {
			continue
		}
		address := s.Redactor.Text(bare(h.URL))
		failed := h.Failed != "" && !h.Canceled && !strings.Contains(h.Failed, "ERR_ABORTED")
		if s.Assert(h.Status < 400, "", fmt.Sprintf("%s answers %d", address, h.Status), s.evidenceOf(h.exchange())) {
			s.Assert(!failed, "", fmt.Sprintf("%s is not loaded: %s", address, strings.TrimSpace(h.Failed+" "+h.Blocked)), s.evidenceOf(h.exchange()))
		}
	}
}))

// aboutIcon reports whether an address is the icon that browsers ask for by
// themselves and no page named.
func aboutIcon(address string, hops []*hop) bool {
	if !strings.HasSuffix(bare(address), "/favicon.ico") {
		return false
	}
	return !slices.ContainsFunc(hops, func(h *hop) bool { return h.document() && strings.Contains(string(h.Content), "favicon.ico") })
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

var BROW13 = judge.Check{
	ID: "BROW-13", Title: "waiting time of a person", Level: judge.INFO,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "An observation: the time to a usable page, the time from the decision to the redirect URI, and the bytes loaded.",
	Why:    "A slow or heavy login page loses citizens on slow phones and networks.",
	Remedy: "Keep the page small, and load nothing that the login does not need.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("BROW-13 waiting time of a person", check(BROW13, func(s *Session) {
	l := s.sharedLogin()
	requests, kinds := 0, map[network.ResourceType]int{}
	for _, h := range l.hops {
		if strings.HasPrefix(h.URL, "http") && !login.IsCallback(h.URL, l.client.Callbacks()) {
			requests++
			kinds[h.Kind]++
		}
	}
	if l.byPerson != nil {
		s.Observe("usable page after %d ms, %d bytes in %d requests (%d of them scripts); how long the phone takes is the person's",
			l.times.usable.Milliseconds(), l.times.bytes, requests, kinds[network.ResourceTypeScript])
		return
	}
	s.Observe("usable page after %d ms, redirect URI %d ms after the decision, %d bytes in %d requests (%d of them scripts)",
		l.times.usable.Milliseconds(), l.times.callback.Milliseconds(), l.times.bytes, requests, kinds[network.ResourceTypeScript])
}))
