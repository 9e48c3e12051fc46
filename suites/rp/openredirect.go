package rp

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// evil is the beginning of the name of a host that belongs to nobody.
const evil = "zq-evil"

// places are where an open redirect would lead, as an attacker writes it.
var places = []place{
	{"https://evil", "https://" + evil + ".example/"},
	{"//evil", "//" + evil + ".example/"},
	{`/\evil`, `/\` + evil + ".example/"},
	{"/, a tab, /evil", "/\t/" + evil + ".example/"},
	{"/%2Fevil", "/%2F" + evil + ".example/"}, // for who decodes once more after the comparison
	{".evil", "." + evil + ".example/"},
	{"@evil", "@" + evil + ".example/"},
	{"the application's origin, @evil", "{origin}@" + evil + ".example/"},
	{"the application's host, .evil, and its host again", "https://{name}." + evil + ".example/?{host}"},
	{"javascript:", "javascript:alert('" + evil + "')"},
}

type place struct{ name, value string }

// at is the place's value for an application: some filters look for its origin
// or its host.
func (p place) at(site *application.Site) string {
	u, err := url.Parse(site.Start)
	if err != nil {
		return p.value
	}
	name := u.Hostname()
	if strings.Contains(name, ":") { // an address of IPv6 is no part of a name
		name = "localhost"
	}
	return strings.NewReplacer("{origin}", u.Scheme+"://"+u.Host, "{host}", u.Host, "{name}", name).Replace(p.value)
}

// pageParameters are the usual names of a parameter that says where to go on.
var pageParameters = []string{
	"next", "redirect", "redirect_to", "redirectTo", "redirect_uri", "redirect_url", "redirectUrl", "return", "return_to", "returnTo",
	"return_url", "returnUrl", "ReturnUrl", "return_path", "url", "target", "continue", "callbackUrl", "dest", "destination",
	"goto", "rd", "r", "forward", "back", "from", "to", "origin", "redirectUri", "return_uri", "callback_url", "next_url", "nextUrl",
	"success_url", "successUrl", "post_login_redirect_uri", "postLoginRedirectUri",
}

// Cases that are not of one place each.
const (
	atCallback = "a parameter of the callback"
	whileIn    = "a parameter of the start page, logged in"
	atLogout   = "a parameter of the logout"
	asReferer  = "Referer"
)

var RP30 = judge.Check{
	ID: "RP-30", Title: "the browser is never sent where a parameter says",
	Problem: "the browser is sent where a parameter says", Level: judge.MUST, Phase: judge.Refusing,
	Basis: []run.Basis{judge.ASVS("5.1.5"), judge.RFC("9700", "4.11")},
	Expect: "Neither a parameter of the start page, of the callback or of the logout, nor the state of a callback or data in it, nor the Referer leads the browser to a host of the attacker's: " +
		"not by a redirect, a refresh or a script. A link or a form that leads there, of which the page may warn, is a warning.",
	Why:    "A link to the trusted service that ends on the attacker's page, after a real login, is what phishing is made of.",
	Remedy: "Take a path alone, and compare the origin of what comes out: const to = new URL(next, origin); if (to.origin !== origin) use '/'.",
	Cases:  append(judge.Names(places, func(p place) string { return p.name }), atCallback, whileIn, atLogout, asReferer),
}

var _ = ginkgo.It("RP-30 the browser is never sent where a parameter says", check(RP30, func(s *Session) {
	taken := sync.OnceValue(s.takenAtStart)
	names := func() []string {
		if len(taken()) == 0 {
			s.Skip("the start page leads to no login where it is asked for with a parameter")
		}
		return taken()
	}
	for _, p := range places {
		s.Case(p.name, func() {
			value := p.at(s.Site)
			s.staysHere(s.LogIn(provider.Conduct{Wrong: "state is " + value, Callback: func(q url.Values) { q.Set("state", value) }}))
			if _, carries := stateLeadingTo(s.baseline.Attempt.Query().Get("state"), value); carries {
				s.staysHere(s.LogIn(provider.Conduct{Wrong: "the data in state lead to " + value, Callback: func(q url.Values) {
					if to, ok := stateLeadingTo(q.Get("state"), value); ok {
						q.Set("state", to)
					}
				}}))
			}
			for _, part := range s.inParts(value, names()) {
				s.staysWith(value, "the start page is asked for with its parameters", func(value string) *Login {
					return s.from(s.startWith(value, part...), provider.Conduct{Wrong: "the start page is asked for with " + value})
				})
			}
		})
	}
	var in *Login
	s.Case(atCallback, func() {
		l := s.staysWith(places[0].value, "the callback is asked for with more parameters", func(value string) *Login {
			return s.whole(provider.Conduct{Wrong: "the callback is asked for with " + value, Callback: func(q url.Values) { setAll(q, value, pageParameters) }})
		})
		if l.Look.In {
			in = l
		}
	})
	s.Case(whileIn, func() {
		for _, p := range places[:2] {
			s.staysWhileIn(p.value, func(value string) *Login {
				in = s.stillIn(in)
				b := s.browserAt(s.startWith(value, names()...), application.Manner{})
				b.SetCookies(in.Browser.Saved())
				return s.Begin(b, provider.Conduct{Wrong: "the start page is asked for with " + value + " while somebody is logged in"})
			})
		}
	})
	s.Case(atLogout, func() {
		if s.Site.Logout == "" {
			s.Skip("the address that logs out is not known (--logout)")
		}
		leave := func(value string) *Login {
			return s.answered(func() *Login { in = s.stillIn(in); return s.leaveWith(in, value) })
		}
		l := leave(places[0].value)
		if l.Look.In && !l.astray() && leave(harmless).Look.In {
			s.Skip("the address that logs out logs nobody out where it is asked for with parameters")
		}
		// A link back to where the visitor came from leads nobody astray.
		away, evidence := l.leadsAway()
		l.Assert(away.how == "" || away.pressed, "", away.how, evidence)
	})
	s.Case(asReferer, func() {
		s.staysWith(places[0].value, "no script runs", s.comingFrom)
		if s.onward() != nil {
			s.staysHere(s.answered(func() *Login { return s.begunAt(places[0].value, s.onward()) }))
		}
	})
}))

// harmless is a value that leads nowhere else.
const harmless = "/"

// staysWith judges that a login in which a value is given does not lead to the
// attacker. The case is left out where the application goes through with the login
// neither so nor with a harmless value: it then has made nothing of the value.
func (s *Session) staysWith(value, when string, login func(value string) *Login) *Login {
	l := s.answered(func() *Login { return login(value) })
	if !l.given(sgid.PathToken) && !l.astray() {
		if same := s.answered(func() *Login { return login(harmless) }); !same.given(sgid.PathToken) {
			s.Skip("no login works where %s: %s", when, same.whyNotThrough())
		}
	}
	s.staysHere(l)
	return l
}

// whyNotThrough says where a login ended that has come to no tokens.
func (l *Login) whyNotThrough() string {
	if l.Attempt.Back() == "" {
		return l.whyNoLogin()
	}
	return l.Look.Shows() + l.how()
}

// staysWhileIn judges that the start page, which who is logged in opens with a
// value, does not lead to the attacker. The case is left out where it is refused
// with a harmless value, too.
func (s *Session) staysWhileIn(value string, begin func(value string) *Login) {
	refused := func(l *Login) bool { return l.Attempt.Back() == "" && l.Start.Status() >= 400 }
	l := s.answered(func() *Login { return begin(value) })
	if refused(l) && !l.astray() {
		if same := s.answered(func() *Login { return begin(harmless) }); refused(same) {
			s.Skip("the start page, asked for with its parameters, answers %d to who is logged in", same.Start.Status())
		}
	}
	s.staysHere(l)
}

// stillIn is the login, where its browser still shows somebody, or a new one: what
// was done since may have ended its session.
func (s *Session) stillIn(l *Login) *Login {
	if l == nil || !l.See().In {
		return s.Clean()
	}
	return l
}

// takenAtStart are those of the usual names with which the start page, given a
// harmless value, leads to a login: all of them, or those that it takes alone.
func (s *Session) takenAtStart() []string {
	begins := func(names []string) bool {
		l := s.answered(func() *Login {
			return s.Begin(s.browserAt(s.startWith(harmless, names...), application.Manner{}), provider.Conduct{})
		})
		return l.Attempt.Back() != ""
	}
	if begins(pageParameters) {
		return pageParameters
	}
	taken := []string{}
	for _, name := range pageParameters {
		if begins([]string{name}) {
			taken = append(taken, name)
		}
	}
	return taken
}

// longestStart is how long the address of a start page may become: servers and
// proxies take little more.
const longestStart = 4096

// inParts are names in as few parts as give the start page, with the value under the
// names of one, an address that is not too long.
func (s *Session) inParts(value string, names []string) (parts [][]string) {
	for len(names) > 0 {
		n := len(names)
		for n > 1 && len(s.withAll(s.Site.Start, value, names[:n])) > longestStart {
			n--
		}
		parts, names = append(parts, names[:n]), names[n:]
	}
	return parts
}

// startWith is the site with a start page to which the value is given under those
// names; under all the usual ones where none is given.
func (s *Session) startWith(value string, names ...string) *application.Site {
	if len(names) == 0 {
		names = pageParameters
	}
	site := *s.Site
	site.Start = s.withAll(site.Start, value, names)
	return &site
}

// setAll gives a query the value under the names.
func setAll(q url.Values, value string, names []string) {
	for _, each := range names {
		q.Set(each, value)
	}
}

// withAll is an address whose query has the value under the names.
func (s *Session) withAll(address, value string, names []string) string {
	u, err := url.Parse(address)
	if err != nil {
		s.Block("harness", "%v", err)
	}
	q := u.Query()
	setAll(q, value, names)
	u.RawQuery = q.Encode()
	return u.String()
}

// leaveWith logs out who is logged in, with the value under all the usual names;
// where that takes a form, by the form.
func (s *Session) leaveWith(in *Login, value string) *Login {
	a, err := s.Front.Prepare(provider.Conduct{Wrong: "the logout is asked for with " + value})
	if err != nil {
		s.Block("harness", "%v", err)
	}
	l := s.loginIn(in.Browser, a)
	shown := l.See().Way
	to := func(address string) string {
		return with(s.withAll(address, value, pageParameters), "post_logout_redirect_uri", value)
	}
	out := l.Open(to(s.Site.Logout))
	if !l.See().In {
		return l
	}
	page, form := out, s.Site.LogoutForm(out)
	if form == nil {
		page, form = shown, s.Site.LogoutForm(shown)
	}
	if form == nil && out.Status() == http.StatusMethodNotAllowed {
		form = &exchange.Request{Method: http.MethodPost, URL: s.Site.Logout}
	}
	if form != nil {
		form.URL = to(form.URL)
		l.Submit(*form, page.URL)
	}
	return l
}

// comingFrom is a whole login that a link on another site's page begins, which
// says so; where the page is harmless, one on a page of the application's own.
func (s *Session) comingFrom(page string) *Login {
	if page == harmless {
		page = s.Site.Protected
	}
	return s.begunAt(page, nil)
}

// begunAt is a whole login that a page begins by a request of its own; nil: by a link
// to the start page. What follows is sent as browsers send it: from a page of the
// application's, the Referer is that page's.
func (s *Session) begunAt(page string, first *exchange.Request) *Login {
	b := &application.HTTP{Site: s.Site, Client: s.Client, KeepStrict: s.keepStrict, From: page, First: first}
	l := s.Begin(b, provider.Conduct{Wrong: "the start page is asked for with the Referer " + page})
	if l.Attempt.Back() != "" {
		l.Return()
		l.See()
	}
	return l
}

// onward is what the start page's own link or form sends to the application; nil: it
// leads to the provider without one. Another site's page may send the same, with what
// a form of somebody else's held, which is of no worth where the form is bound to the
// browser that it was shown to.
func (s *Session) onward() *exchange.Request {
	way := s.browserWith(s.Site.Start, nil).Open(s.Context, s.Site.Start)
	if way.Login || way.NoResponse() || way.Leads != "" {
		return nil
	}
	next, problem := s.Site.Onward(way)
	if problem != "" || strings.HasPrefix(next.URL, s.Site.Provider+"/") {
		return nil
	}
	return &next
}

// from is a whole login of a browser at another start page.
func (s *Session) from(site *application.Site, c provider.Conduct) *Login {
	l := s.Begin(s.browserAt(site, application.Manner{}), c)
	if l.Attempt.Back() != "" {
		l.Return()
		l.See()
	}
	return l
}

// staysHere judges that nothing of the login sends the browser to the attacker, and
// recommends that no page has a link or a form there: it may warn of where that leads
// (ASVS 5.1.5).
func (s *Session) staysHere(l *Login) {
	away, evidence := l.leadsAway()
	level := judge.MUST
	if away.pressed {
		level = judge.SHOULD
	}
	l.AssertAt(level, away.how == "", "", away.how, evidence)
}
