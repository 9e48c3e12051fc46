package rp

import (
	"encoding/base64"
	"encoding/hex"
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
func (l *Login) cookiesSet() (out []cookie.Cookie) {
	for _, way := range l.ways {
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
	seen := map[string]bool{}
	var found []judge.Finding
	for _, c := range set {
		for _, problem := range cookieProblems(c, strings.HasPrefix(s.Site.Protected, "https://")) {
			text := fmt.Sprintf("the cookie %s %s", brief(c.Name), problem)
			if !seen[text] && s.hangsOn(l, c.Name) {
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
func (s *Session) hangsOn(l *Login, name string) bool {
	held := l.Browser.Cookies(s.Site.Protected)
	in := func(cookies []cookie.Cookie) bool { return s.seenWith(l, cookies, "", "").Look.In }
	if others, own := parted(held, name); len(own) > 0 && (!in(held) || !in(others) || in(own)) {
		return true
	}
	begun := s.Begun(s.Browser(), provider.Conduct{})
	before := begun.Browser.Cookies(s.Site.RedirectURI)
	others, own := parted(before, name)
	if len(own) == 0 {
		return false
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
	b := &application.HTTP{Site: s.Site, Client: s.Client}
	for _, c := range cookies {
		field := c.Name + "=" + c.Value + "; Path=/"
		if c.Secure {
			field += "; Secure"
		}
		b.PutCookie(address, field)
	}
	return b
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

var RP74 = judge.Check{
	ID: "RP-74", Title: "who is logged in does not stand in a cookie that can be rewritten",
	Problem: "a cookie that can be rewritten says who is logged in", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.ASVS("3.5"), judge.ASVS("4.1")},
	Expect: "A cookie that holds one person's identifier, rewritten to another's, does not show that person.",
	Why:    "Whoever knows another's identifier is logged in as them by changing a cookie.",
	Remedy: "Sign or encrypt what a cookie says (iron-session, a signed session of the framework), or keep it on the server under a random identifier.",
}

var _ = ginkgo.It("RP-74 who is logged in does not stand in a cookie that can be rewritten", check(RP74, func(s *Session) {
	l := s.Clean()
	all := provider.People()
	cookies := l.Browser.Cookies(s.Site.Protected)
	tried, found := 0, []judge.Finding{}
	for _, c := range cookies {
		for _, rewritten := range s.rewritten(c.Value, &all[0], &all[1]) {
			if tried == 0 && !s.seenWith(l, cookies, c.Name, c.Value).Shows(all[0].ID) {
				s.Skip("the protected page does not show who is logged in to a browser that runs no script")
			}
			tried++
			if forged := s.seenWith(l, cookies, c.Name, rewritten); forged.Shows(all[1].ID) {
				forged.Keep()
				found = append(found, judge.Finding{Observed: fmt.Sprintf("the cookie %s, rewritten, shows the other person", brief(c.Name)), Evidence: forged.Evidence()})
			}
		}
	}
	s.AssertNone("", found)
	if tried == 0 {
		s.Observe("no cookie holds what is known of the person")
	}
}))

// seenWith opens the protected page with a login's cookies, of which one has that
// value.
func (s *Session) seenWith(of *Login, cookies []cookie.Cookie, name, value string) *Login {
	return s.answered(func() *Login {
		held := slices.Clone(cookies)
		for i := range held {
			if held[i].Name == name {
				held[i].Value = value
			}
		}
		l := s.loginIn(s.browserWith(s.Site.Protected, held), of.Attempt)
		l.See()
		return l
	})
}

// rewritten are the values of a cookie with one person's sub or NRIC put in the
// place of another's, however it is written there.
func (s *Session) rewritten(value string, from, to *provider.Persona) (out []string) {
	pairs := [][2]string{
		{s.Front.Sub(from), s.Front.Sub(to)},
		{from.Data["myinfo.nric_number"], to.Data["myinfo.nric_number"]},
	}
	for _, p := range pairs {
		for _, write := range []func(string) string{
			func(t string) string { return t }, url.QueryEscape,
			func(t string) string { return hex.EncodeToString([]byte(t)) },
		} {
			if old := write(p[0]); strings.Contains(value, old) {
				out = append(out, strings.ReplaceAll(value, old, write(p[1])))
			}
		}
		for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			plain, err := encoding.DecodeString(value)
			if unescaped, failed := url.QueryUnescape(value); err != nil && failed == nil {
				plain, err = encoding.DecodeString(unescaped)
			}
			if err == nil && strings.Contains(string(plain), p[0]) {
				out = append(out, encoding.EncodeToString([]byte(strings.ReplaceAll(string(plain), p[0], p[1]))))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
