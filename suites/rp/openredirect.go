package rp

import (
	"net/url"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// evil is the beginning of the name of a host that belongs to nobody.
const evil = "zq-evil"

// places are where an open redirect would lead, as an attacker writes it.
var places = []place{
	{"https://evil", "https://" + evil + ".example/"},
	{"//evil", "//" + evil + ".example/"},
	{`/\evil`, `/\` + evil + ".example/"},
	{".evil", "." + evil + ".example/"},
	{"@evil", "@" + evil + ".example/"},
	{"javascript:", "javascript:alert('" + evil + "')"},
}

// pageParameters are the usual names of a parameter that says where to go on.
var pageParameters = []string{"next", "redirect", "redirect_to", "redirect_uri", "redirect_url", "return", "return_to", "returnTo", "returnUrl", "url", "target", "continue", "callbackUrl", "dest"}

type place struct{ name, value string }

var RP30 = judge.Check{
	ID: "RP-30", Title: "the browser is never sent where a parameter says",
	Problem: "the browser is sent where a parameter says", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.ASVS("5.1.5"), judge.RFC("9700", "4.11")},
	Expect: "Neither a parameter of the start page nor the state of a callback sends the browser to a host of the attacker's.",
	Why:    "A link to the trusted service that ends on the attacker's page, after a real login, is what phishing is made of.",
	Remedy: "Take a path alone, and compare the origin of what comes out: const to = new URL(next, origin); if (to.origin !== origin) use '/'.",
	Cases:  judge.Names(places, func(p place) string { return p.name }),
}

var _ = ginkgo.It("RP-30 the browser is never sent where a parameter says", check(RP30, func(s *Session) {
	for _, p := range places {
		s.Case(p.name, func() {
			l := s.answered(func() *Login {
				return s.from(s.startWith(p.value), provider.Conduct{Wrong: "the start page is asked for with " + p.value})
			})
			s.staysHere(l)
			l = s.answered(func() *Login {
				return s.whole(provider.Conduct{Wrong: "state is " + p.value, Callback: func(q url.Values) { q.Set("state", p.value) }})
			})
			s.staysHere(l)
		})
	}
}))

// startWith is the site with a start page to which the value is given under all
// the usual names.
func (s *Session) startWith(value string) *application.Site {
	site := *s.Site
	u, err := url.Parse(site.Start)
	if err != nil {
		s.Block("harness", "%v", err)
	}
	q := u.Query()
	for _, name := range pageParameters {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	site.Start = u.String()
	return &site
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

// staysHere judges that no answer of the login sends the browser to the attacker.
func (s *Session) staysHere(l *Login) {
	to, evidence := "", judge.Recorded(nil)
	for _, way := range l.ways {
		for _, e := range way.Steps {
			if to == "" && leadsAway(e) {
				to, evidence = e.Header().Get("Location")+e.Header().Get("Refresh"), l.step(e)
			}
		}
		if to == "" && leadsTo(way.Leads) {
			to, evidence = way.Leads, l.Evidence()
		}
	}
	l.Assert(to == "", "", "the browser is sent to "+brief(to), evidence)
}

// leadsAway reports whether an answer sends the browser to the attacker's host.
func leadsAway(e *exchange.Exchange) bool {
	if leadsTo(e.Header().Get("Location")) {
		return true
	}
	_, refresh, _ := strings.Cut(strings.ToLower(e.Header().Get("Refresh")), "url=")
	return leadsTo(strings.Trim(refresh, `"' `))
}

// leadsTo reports whether browsers, which read a backslash as a slash and drop
// control characters, go from an address to the attacker's host, or run script.
func leadsTo(address string) bool {
	address = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r <= ' ':
			return -1
		}
		return r
	}, address)
	scheme, rest, absolute := strings.Cut(address, ":")
	if strings.EqualFold(scheme, "javascript") {
		return true
	}
	switch {
	case strings.HasPrefix(address, "//"):
		rest = address
	case !absolute || strings.ContainsAny(scheme, "/?#"):
		return false
	}
	host := strings.TrimLeft(rest, "/")
	host = host[:strings.IndexAny(host+"/", "/?#")]
	return strings.Contains(strings.ToLower(host), evil)
}
