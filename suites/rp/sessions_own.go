package rp

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/cookie"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Whose session it is: which sessions a login may leave alive, and who sees whom.

// Cases of RP-31.
const (
	sessionBefore  = "the session of before the callback"
	sessionOfFirst = "the session of the login before, in the same browser"
	sessionPlanted = "an invented session, planted before the login"
)

var RP31 = judge.Check{
	ID: "RP-31", Title: "a login begins a new session",
	Problem: "a login does not begin a new session", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.ASVS("3.2.1")},
	Expect: "The cookies that the browser had before the callback do not open the protected page after it; neither do invented ones that it brought along, and those of a login before do not show the next person.",
	Why:    "Session fixation: anyone who knows the session's cookie from before the login, because they planted it, is logged in with the victim.",
	Remedy: "Make the session's identifier anew when somebody logs in: req.session.regenerate(…) in Express, session.clear() and a new one elsewhere.",
	Cases:  []string{sessionBefore, sessionOfFirst, sessionPlanted},
}

var _ = ginkgo.It("RP-31 a login begins a new session", check(RP31, func(s *Session) {
	s.Case(sessionBefore, s.judgeSessionBefore)
	s.Case(sessionOfFirst, s.judgeSessionOfFirst)
	s.Case(sessionPlanted, s.judgeSessionPlanted)
}))

func (s *Session) judgeSessionBefore() {
	var moved []cookie.Cookie
	l := s.answered(func() *Login {
		l := s.Begun(s.Browser(), provider.Conduct{})
		before, known := l.Browser.Saved(), append(l.Browser.Cookies(s.Site.RedirectURI), l.Browser.Cookies(s.Site.Protected)...)
		l.Return()
		moved = movedOn(known, l.Browser.Cookies(s.Site.Protected))
		l.See()
		if !l.Look.In && l.unanswered() == nil {
			s.notLimited(l)
			s.Block("RP-18", "the login does not work")
		}
		old := s.Browser()
		old.SetCookies(before)
		l.Browser = old
		l.See()
		return l
	})
	s.cameToRest(l)
	l.Require(!l.Look.In, "", "the cookies of before the callback open it: "+l.Look.Shows(), l.Evidence())
	if len(moved) > 0 {
		again := s.seenWith(l, moved, "", "")
		again.Require(!again.Look.In, "", "the value of a cookie of before the callback opens it under another name: "+again.Look.Shows(), again.Evidence())
	}
}

// movedOn are the cookies whose value another had before.
func movedOn(before, after []cookie.Cookie) (moved []cookie.Cookie) {
	for _, c := range after {
		had := func(b cookie.Cookie) bool { return b.Value == c.Value && b.Name != c.Name }
		if len(c.Value) >= 8 && slices.ContainsFunc(before, had) {
			moved = append(moved, c)
		}
	}
	return moved
}

func (s *Session) judgeSessionOfFirst() {
	s.needsPerson()
	l := s.answered(func() *Login {
		first := s.CleanAs(victim)
		kept := first.Browser.Saved()
		next := s.Begin(first.Browser, provider.Conduct{Person: attacker})
		if next.Attempt.Back() == "" {
			s.notLimited(next)
			s.Skip("who is logged in already is not led to another login")
		}
		next.Return()
		if next.See(); !next.Shows(attacker) && next.unanswered() == nil {
			s.notLimited(next)
			s.Skip("a login does not replace the one before it in the same browser: %s", next.Look.Shows())
		}
		next.Browser = s.Browser()
		next.Browser.SetCookies(kept)
		next.See()
		return next
	})
	s.cameToRest(l)
	l.Require(!l.Shows(attacker), "", "the cookies of the login before show the next person", l.Evidence())
}

func (s *Session) judgeSessionPlanted() {
	planted := s.Clean().Browser.Cookies(s.Site.Protected)
	if len(planted) == 0 {
		s.Skip("a login leaves no cookie with which the protected page is asked for")
	}
	for i := range planted {
		planted[i].Value = strings.Repeat("5a", 16)
	}
	l := s.answered(func() *Login {
		l := s.Begin(s.planted(planted), provider.Conduct{})
		if l.Attempt.Back() != "" {
			l.Return()
			l.See()
		}
		if l.unanswered() != nil {
			return l
		}
		if !l.Look.In {
			s.notLimited(l)
			s.Skip("a browser that runs no script, in which cookies can be planted, does not log in with them: %s", l.whyNotThrough())
		}
		l.Browser = s.planted(planted)
		l.See()
		return l
	})
	l.Require(!l.Look.In, "", "the cookies that were planted open it: "+l.Look.Shows(), l.Evidence())
}

// planted is a browser without scripts that holds cookies of every host of the
// application's.
func (s *Session) planted(cookies []cookie.Cookie) *application.HTTP {
	b := s.browserWith(s.Site.Start, cookies)
	putCookies(b, s.Site.RedirectURI, cookies)
	putCookies(b, s.Site.Protected, cookies)
	return b
}

// Cases of RP-33.
const (
	inTurn         = "two logins that are begun before either ends"
	betweenAnswers = "a login between the token and the userinfo of another"
	neverLoggedIn  = "a browser that never logged in"
	inventedCookie = "a browser with invented cookies"
)

var RP33 = judge.Check{
	ID: "RP-33", Title: "each browser sees its own person",
	Problem: "a browser sees somebody else's login", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.ASVS("4.1")},
	Expect: "Of two people who log in at the same time in two browsers, each sees themselves; a browser that never logged in, or whose cookies are invented, sees nobody.",
	Why:    "Who is logged in, kept in a variable of the program, is the same for everybody: one person's data are shown to another.",
	Remedy: "Keep who is logged in in the session of the browser, never in a variable outside of the handler.",
	Cases:  []string{inTurn, betweenAnswers, neverLoggedIn, inventedCookie},
}

var _ = ginkgo.It("RP-33 each browser sees its own person", check(RP33, func(s *Session) {
	s.needsPerson()
	s.Case(inTurn, func() {
		s.eachTheirOwn(s.answered(func() *Login {
			one := s.Begun(s.Browser(), provider.Conduct{Person: victim})
			one.other = s.Begun(s.Browser(), provider.Conduct{Person: attacker})
			one.other.Return()
			one.Return()
			return s.seeBoth(one)
		}))
	})
	s.Case(betweenAnswers, func() { s.eachTheirOwn(s.answered(s.overtaken)) })
	s.Case(neverLoggedIn, func() { s.seesNobody(s.Browser(), s.baseline) })
	s.Case(inventedCookie, func() {
		l := s.Clean()
		held := l.Browser.Cookies(s.Site.Protected)
		if !s.seenWith(l, held, "", "").Look.In {
			s.Skip("the protected page does not show who is logged in to a browser that runs no script")
		}
		for i := range held {
			held[i].Value = strings.Repeat("5a", max(len(held[i].Value)/2, 1))
		}
		s.seesNobody(s.browserWith(s.Site.Protected, append(held, cookie.Cookie{Name: "sgidcheck", Value: "5a5a"})), l)
	})
}))

// seeBoth looks at the protected page in the browsers of two logins. It returns the
// one that was not answered, if any.
func (s *Session) seeBoth(one *Login) *Login {
	one.other.See()
	one.See()
	if one.other.unanswered() != nil {
		return one.other
	}
	return one
}

// eachTheirOwn judges that of two logins each shows its own person.
func (s *Session) eachTheirOwn(one *Login) {
	for _, l := range []*Login{one, one.other} {
		own := personOf(l.Attempt.Conduct)
		other := map[string]string{victim: attacker, attacker: victim}[own]
		if l.Assert(!l.Shows(other), "", "a browser shows the person who logged in in another", l.Evidence()) {
			s.sure(s.works(l))
			l.Assert(l.Shows(own), "", "a login does not work while another is under way in another browser: "+l.Look.Shows()+l.how(), l.AtCallback())
		}
	}
}

// seesNobody judges that a browser in which nobody logged in shows nobody.
func (s *Session) seesNobody(b application.Browser, of *Login) {
	stranger := s.answered(func() *Login {
		l := s.loginIn(b, of.Attempt)
		l.See()
		return l
	})
	s.cameToRest(stranger)
	stranger.Assert(len(stranger.Look.Persons) == 0, "", "a browser in which nobody logged in sees a person", stranger.Evidence())
}

// longestHold is how long userinfo is held back for another login: an application
// that serves one login at a time would wait for itself.
const longestHold = 2 * time.Second

// overtaken is a login whose userinfo comes when another, begun later, has ended.
func (s *Session) overtaken() *Login {
	asked, released, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	begins, ends := sync.OnceFunc(func() { close(asked) }), sync.OnceFunc(func() { close(released) })
	var heldUp atomic.Bool
	c := answeredBy(sgid.PathUserInfo, "userinfo comes after another's login", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		begins()
		defer ends()
		hold := time.NewTimer(longestHold)
		defer hold.Stop()
		select {
		case <-ended:
		case <-hold.C:
			heldUp.Store(true)
		case <-r.Context().Done(): // the application has given up on it
			heldUp.Store(true)
		}
		next.ServeHTTP(w, r)
	})
	c.Person = victim
	one := s.Begun(s.Browser(), c)
	one.other = s.Begun(s.Browser(), provider.Conduct{Person: attacker})
	to, returned := one.Attempt.Back(), make(chan struct{})
	go func() {
		defer close(returned)
		one.Callback = one.Browser.Return(s.Context, to)
	}()
	select {
	case <-asked:
	case <-returned:
	}
	one.other.Return()
	gaveUp := over(returned)
	close(ended)
	<-returned
	one.add(one.Callback)
	if one.unanswered() != nil || one.limited() != nil {
		return one
	}
	if !over(asked) {
		s.Skip("the application does not ask for userinfo before it answers the callback, and so no login can come between")
	}
	<-released
	if gaveUp || heldUp.Load() {
		s.Skip("the second login did not end while the first awaited userinfo; whether others are served meanwhile is RP-51's to tell")
	}
	return s.seeBoth(one)
}
