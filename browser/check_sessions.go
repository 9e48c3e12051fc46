package browser

import (
	"context"
	"fmt"
	"maps"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/page"
	"github.com/onsi/ginkgo/v2"
)

// Several logins in one browser, and one login twice.

var BROW07 = judge.Check{
	ID: "BROW-07", Title: "two logins in two tabs do not mix",
	Problem: "two logins in two tabs disturb each other", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("6749", "10.12")},
	Expect: "With two logins of two people open at the same time in one browser, each returns its own state and a code that is redeemed with its own verifier for its own person.",
	Why:    "Otherwise a citizen with two tabs open may be logged in as somebody else, or share data with the wrong service.",
	Remedy: "Store everything that belongs to an authorization request with that request, not in a cookie or session that the next tab overwrites.",
	Needs:  []judge.Need{judge.Login, judge.LoginForm, judge.SecondPerson}, Logins: 2,
}

var _ = ginkgo.It("BROW-07 two logins in two tabs do not mix", check(BROW07, func(s *Session) {
	shared := s.subject(s.sharedLogin())
	ra, rb := s.request(), s.request()
	rb.person = 1
	a := s.startLogin(ra, false, func(one *browserLogin) { one.film = true })
	a.only = a.tab
	a.show()
	b := s.beside(a, rb)
	b.show()
	la := a.returned(a.finish(), b)
	lb := b.returned(b.finish(), a)
	ta, tb := s.separate(la, lb), s.separate(lb, la)
	if ta.Subject == tb.Subject && lb.response.Persona == la.response.Persona {
		s.SkipFor(run.WantPerson, "the page offers only one person, so it cannot be tested whether people are mixed up")
	}
	s.Require(ta.Subject != tb.Subject, "two people", "both tabs are logged in as the same person", s.evidenceOf(lb.response.Final))
	s.Require(shared.Subject == ta.Subject, "the person who logged in there", "the tab of the first person is logged in as somebody else", s.evidenceOf(la.response.Final))
	da, db := s.data(la), s.data(lb)
	s.Require(len(da) == 0 || !maps.Equal(da, db), "each person's own data", "both tabs receive the data of one of the two people", s.evidenceOf(lb.response.Final))
}))

// returned judges where one of two tabs was led back to. A login that does not
// get this far at all is not this check's to judge, unless the other tab is
// what keeps it from it.
func (one *browserLogin) returned(l *login.Response, other *browserLogin) *authorized {
	s := one.session
	evidence := s.evidenceOf(l.Final)
	if l.Kind == login.ResponseCallback {
		switch l.Params.Get("state") {
		case one.request.params.Get("state"):
		case other.request.params.Get("state"):
			s.Fail("the state of this tab's login", "a tab is redirected back with the state of the other tab's login", evidence)
		default:
			s.Block("AUTHZ-02", "the state came back changed")
		}
	}
	if l.Code() == "" {
		one.usable(l)
		s.Fail("a redirect with a code in both tabs", "with two tabs open, a login led to "+saw(l)+"; alone it returns a code", evidence)
	}
	return one.completed(l)
}

// identity is who an ID token speaks of.
type identity struct{ Subject string }

// separate redeems the code of one tab and judges that it is that tab's.
func (s *Session) separate(l, other *authorized) identity {
	e, answer := s.redeem(l)
	s.Require(answer != nil, "the code redeemed with this login's verifier",
		fmt.Sprintf("with two tabs open, the code of one is not redeemed with its own verifier: status %d", e.Status()), s.evidenceOf(e))
	l.tokens = answer
	token := s.subject(l)
	mixed := token.Nonce != nil && *token.Nonce == other.params.Get("nonce")
	s.Require(!mixed, "the nonce of this tab's login", "a tab's ID token has the nonce of the other tab's login", s.evidenceOf(e))
	return identity{token.Subject}
}

var BROW08 = judge.Check{
	ID: "BROW-08", Title: "back and reload do not redeem a code twice",
	Problem: "going back or reloading redeems a code twice", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "After reloading the callback, and after going back and logging in again on the page that is shown, the redeemed code is not redeemed again.",
	Why:    "The next user of a shared computer may simply press back or reload.",
	Remedy: "Refuse a redeemed code, and end the login page's transaction once it has been used.",
	Needs:  []judge.Need{judge.Login, judge.LoginForm}, Logins: 1, Cases: []string{"reload", "back"},
}

var _ = ginkgo.It("BROW-08 back and reload do not redeem a code twice", check(BROW08, func(s *Session) {
	s.loginWorks()
	one := s.startLogin(s.request(), false)
	l := one.login()
	one.arrivedPage()
	s.tokens(l)
	s.Case("reload", func() {
		one.forget()
		ctx, cancel := s.limited()
		defer cancel()
		_, err := call(ctx, one.tab, page.Reload, page.ReloadParams{})
		s.must(err)
		s.must(one.profile.await(ctx, one.over))
		s.spent(l, one.returnedCode(), "after a reload of the callback")
	})
	s.Case("back", func() {
		one.forget()
		ctx, cancel := s.limited()
		defer cancel()
		if !s.goBack(ctx, one) {
			s.Observe("the browser's history has nothing before the callback")
			s.spent(l, l.code, "later on")
			return
		}
		one.auth.PageOnly = false
		response, err := one.follow(ctx, s.Context, one.tab)
		s.must(err)
		s.keep(response.Final)
		if response.Kind == login.ResponseCallback && response.Code() != "" && response.Code() != l.code {
			s.Observe("going back and logging in again returns another code")
		} else {
			s.Observe("going back and logging in again leads to %s", saw(response))
		}
		s.spent(l, l.code, "after going back")
		if response.Code() == l.code {
			s.Observe("the same code was issued again")
		}
	})
}))

// forget makes the browser login wait for another callback.
func (e *errand) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.arrived, e.elsewhere, e.landed = "", "", make(chan struct{})
}

// returnedCode is the code that the last callback brought.
func (e *errand) returnedCode() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &login.Response{Kind: login.ResponseCallback}
	l.SetLocation(e.arrived)
	return l.Code()
}

// spent judges that a code which was redeemed is not redeemed again.
func (s *Session) spent(l *authorized, code, when string) {
	again := *l
	again.code, again.tokens = code, nil
	e, answer := s.redeem(&again)
	if answer == nil && e.Status() >= 500 {
		s.Block("TOKEN-05", "the second redemption gets status %d, which is not a refusal", e.Status())
	}
	s.Require(answer == nil, "a refusal", "the code is redeemed a second time "+when, s.evidenceOf(e))
}

// goBack goes one step back in the tab's history and waits for what is shown.
func (s *Session) goBack(ctx context.Context, one *browserLogin) bool {
	one.tab.mu.Lock()
	before := one.tab.loader
	one.tab.mu.Unlock()
	going, err := evaluate[bool](ctx, one.tab, `(() => { if (history.length < 3) return false; setTimeout(() => history.back(), 0); return true })()`)
	s.must(err)
	if !going { // the empty tab, and the callback in its place
		return false
	}
	s.must(one.profile.await(ctx, func() bool {
		one.tab.mu.Lock()
		defer one.tab.mu.Unlock()
		return one.tab.loader != before && one.tab.ready
	}))
	return true
}
