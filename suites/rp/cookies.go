package rp

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/cookie"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Cookies and what they are worth.

// cookiesSet are the cookies that the application set in the login, those that
// it took away aside.
func (l *Login) cookiesSet() []cookie.Cookie { return cookiesOf(l.ways...) }

// cookiesOf are the cookies that the application set in navigations; nil ones were
// not made.
func cookiesOf(ways ...*application.Way) (out []cookie.Cookie) {
	for _, way := range ways {
		if way == nil {
			continue
		}
		for _, e := range way.Steps {
			for _, field := range e.Header().Values("Set-Cookie") {
				if c, ok := cookie.Parse(field); ok && c.Value != "" && (!c.HasMaxAge || c.MaxAge > 0) {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

var RP68 = judge.Check{
	ID: "RP-68", Title: "cookies are kept from scripts and from other sites",
	Problem: "a cookie is not kept from scripts or from other sites", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.ASVS("3.4")},
	Expect: "Cookies on which a login or a session hangs are HttpOnly, say SameSite=Lax or Strict, and are Secure where the application is on https.",
	Why:    "A script that runs by mistake reads what is not HttpOnly; a browser that does not take Lax for granted sends the rest with other sites' requests.",
	Remedy: "cookie: { httpOnly: true, sameSite: 'lax', secure: true }.",
}

var _ = ginkgo.It("RP-68 cookies are kept from scripts and from other sites", check(RP68, func(s *Session) {
	l := s.Clean()
	set := l.cookiesSet()
	if len(set) == 0 {
		s.NotApplicable("the application sets no cookie")
	}
	seen, hangs := map[string]bool{}, map[string]bool{}
	var found []judge.Finding
	for _, c := range set {
		for _, problem := range cookieProblems(c, strings.HasPrefix(s.Site.Protected, "https://")) {
			text := fmt.Sprintf("the cookie %s %s", brief(lasting(c.Name, set, s.baseline.cookiesSet())), problem)
			if _, tried := hangs[c.Name]; !tried {
				hangs[c.Name] = s.hangsOn(l, c)
			}
			if !seen[text] && hangs[c.Name] {
				found = append(found, judge.Finding{Observed: text, Evidence: l.AtCallback()})
			}
			seen[text] = true
		}
	}
	l.AssertNone("", found)
}))

// hangsOn reports whether a login or a session hangs on a cookie: without it, or by
// it alone, the protected page shows another than it does, or the callback is
// refused. Of others, which hold a language or guard a form, nothing is asked.
// Where it cannot be told, it hangs on it.
func (s *Session) hangsOn(l *Login, c cookie.Cookie) bool {
	first, name := l, c.Name
	in := func(cookies []cookie.Cookie) bool { return s.seenWith(l, cookies, "", "").Look.In }
	held := l.Browser.Cookies(s.Site.Protected)
	if !in(held) { // a later login of the same person may have ended the session
		l = s.Clean()
		held = l.Browser.Cookies(s.Site.Protected)
		name = counterpart(c.Name, first.cookiesSet(), l.cookiesSet())
	}
	others, own := parted(held, name)
	if len(own) > 0 && (!in(held) || !in(others) || in(own)) {
		return true
	}
	begun := s.Begun(s.Browser(), provider.Conduct{})
	before := begun.Browser.Cookies(s.Site.RedirectURI)
	name = counterpart(c.Name, cookiesOf(first.Start), cookiesOf(begun.Start))
	if others, own = parted(before, name); len(own) == 0 {
		return s.elsewhere(c)
	}
	without := s.answered(func() *Login {
		b := s.browserWith(s.Site.RedirectURI, others)
		again := s.loginIn(b, begun.Attempt)
		again.Return()
		again.See()
		return again
	})
	return !without.Look.In
}

// counterpart is the name that a cookie of one login has among those of another: its
// own, or, where names hold something of their login's, as one for each state does, the
// one most like it of those that the first login does not have.
func counterpart(name string, mine, theirs []cookie.Cookie) string {
	has := func(all []cookie.Cookie, name string) bool {
		return slices.ContainsFunc(all, func(c cookie.Cookie) bool { return c.Name == name })
	}
	best, most := name, -1
	if has(theirs, name) || !has(mine, name) {
		return name
	}
	for _, c := range theirs {
		alike := common(name, c.Name) + common(reversed(name), reversed(c.Name))
		if !has(mine, c.Name) && alike > most {
			best, most = c.Name, alike
		}
	}
	return best
}

// lasting is the part of a cookie's name that is the same in another login.
func lasting(name string, mine, theirs []cookie.Cookie) string {
	other := counterpart(name, mine, theirs)
	if n := common(name, other); other != name && n > 0 {
		return name[:n] + "…"
	}
	return name
}

// elsewhere reports whether a cookie goes to other addresses alone than the protected
// page and the redirect URI, as one that renews a session does.
func (s *Session) elsewhere(c cookie.Cookie) bool {
	for _, address := range []string{s.Site.Protected, s.Site.RedirectURI} {
		if u, err := url.Parse(address); err != nil || c.GoesTo(u.Path) {
			return false
		}
	}
	return true
}

// parted are the cookies of a name, and the others.
func parted(all []cookie.Cookie, name string) (others, own []cookie.Cookie) {
	for _, c := range all {
		if c.Name == name {
			own = append(own, c)
			continue
		}
		others = append(others, c)
	}
	return others, own
}

// browserWith is a browser without scripts that holds cookies of an address.
func (s *Session) browserWith(address string, cookies []cookie.Cookie) *application.HTTP {
	b := &application.HTTP{Site: s.Site, Client: s.Client, KeepStrict: s.keepStrict}
	putCookies(b, address, cookies)
	return b
}

// putCookies gives a browser cookies of an address.
func putCookies(b *application.HTTP, address string, cookies []cookie.Cookie) {
	for _, c := range cookies {
		field := c.Name + "=" + c.Value + "; Path=/"
		if c.Secure {
			field += "; Secure"
		}
		b.PutCookie(address, field)
	}
}

func cookieProblems(c cookie.Cookie, https bool) (problems []string) {
	if !c.HTTPOnly {
		problems = append(problems, "is not HttpOnly")
	}
	switch strings.ToLower(c.SameSite) {
	case "lax", "strict":
	case "":
		problems = append(problems, "does not say SameSite")
	default:
		problems = append(problems, "says SameSite="+brief(c.SameSite))
	}
	if https && !c.Secure {
		problems = append(problems, "is not Secure")
	}
	return problems
}

var RP70 = judge.Check{
	ID: "RP-70", Title: "after the logout the old cookies are worth nothing",
	Problem: "after the logout the old cookies still open the protected page", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.ASVS("3.3.1")},
	Expect: "Cookies that were kept from before the logout do not open the protected page after it.",
	Why:    "A copied cookie keeps working for anyone who has it, although the person has logged out.",
	Remedy: "End the session on the server at the logout: req.session.destroy(…). A session that is a signed cookie alone needs a list of those that were ended.",
	Needs:  []judge.Need{judge.Logout},
}

var _ = ginkgo.It("RP-70 after the logout the old cookies are worth nothing", check(RP70, func(s *Session) {
	if alone := s.answered(s.copied); !alone.Look.In {
		s.cameToRest(alone)
		s.Skip("the cookies of a login show nobody in another browser: its session hangs on something else, too, such as what a script keeps, of which no copy is tried")
	}
	var after application.Look
	l := s.answered(func() *Login {
		l := s.Clean()
		kept := l.Browser.Saved()
		after = l.logOut()
		l.Browser.SetCookies(kept)
		l.See()
		return l
	})
	l.Require(!after.In, "nobody logged in after the logout", "the same browser is still logged in", l.Evidence())
	s.cameToRest(l)
	l.Require(!l.Look.In, "", "the cookies of before the logout open it: "+l.Look.Shows(), l.Evidence())
}))

// copied is another browser that has the cookies of a login, and nothing else of it.
func (s *Session) copied() *Login {
	of := s.Clean()
	b := s.Browser()
	b.SetCookies(of.Browser.Saved())
	l := s.loginIn(b, of.Attempt)
	l.See()
	return l
}

// logOut opens the address that logs out, and looks. Where somebody is still logged
// in and the logout takes a form, of that page or of the protected one, the form is
// sent; where GET will not do, an empty one.
func (l *Login) logOut() application.Look {
	shown := l.Look.Way
	out := l.Open(l.s.Site.Logout)
	if after := l.See(); !after.In {
		return after
	}
	page := out
	form := l.s.Site.LogoutForm(out)
	if form == nil {
		page, form = shown, l.s.Site.LogoutForm(shown)
	}
	if form == nil && out.Status() == http.StatusMethodNotAllowed {
		form = &exchange.Request{Method: http.MethodPost, URL: l.s.Site.Logout}
	}
	if form != nil {
		out = l.Submit(*form, page.URL)
	}
	if out.Status() >= 400 {
		l.Keep()
		l.s.Block("RP-70", "--logout %s: it answers %d; name the address that logs out, by GET or by a form on it or on the protected page", l.s.Site.Logout, out.Status())
	}
	return l.See()
}
