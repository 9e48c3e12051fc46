package suites

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The pages of the authorization endpoint: what they repeat, and who may show
// them where.

// reflected are the parameters that a probe is put into.
var reflected = []string{"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "login_hint", "ui_locales", "display", "max_age", "acr_values", "id_token_hint", "response_mode", "unknown parameter"}

var AUTHZ23 = judge.Check{
	ID: "AUTHZ-23", Title: "no part of the request is reflected unescaped",
	Problem: "part of the request is reflected unescaped", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "4"), judge.ASVS("5.3")},
	Expect: "Markup, script and line breaks in any parameter are escaped for their context in the response, or not reflected at all.",
	Why:    "An attacker who can inject into the login page can read what the citizen enters there, under the provider's own origin.",
	Remedy: "Escape for the context: HTML text, attribute, script, URL and header field each have their own rules.",
	Needs:  []judge.Need{judge.Login}, Logins: 2, Cases: append(slices.Clone(reflected), "state of an error", "state of a login", "login_hint on further pages"),
	Wants: []judge.Want{{Case: "state of a login", Varies: []string{"state"}, Code: judge.Unused}, {Case: "login_hint on further pages", Varies: []string{"login_hint"}, Perhaps: true}},
}

var _ = ginkgo.It("AUTHZ-23 no part of the request is reflected unescaped", check(AUTHZ23, func(s *Session) {
	s.GoodRequest()
	for _, name := range reflected {
		s.reflectsNot(name, func(look func(*AuthorizationResponse)) {
			parameter := name
			if name == "unknown parameter" {
				parameter = "sgidcheck_unknown"
			}
			for _, probe := range []string{markupProbe, headerProbe, encodedProbe, scriptProbe} {
				look(s.Authorize(With(parameter, probe)))
			}
			if name == "redirect_uri" {
				look(s.Authorize(With("redirect_uri", s.Config.First.RedirectURI+markupProbe)))
				return
			}
			look(s.Authorize(With("redirect_uri", anotherHost), With(parameter, markupProbe))) // the error page may show it
		})
	}
	s.reflectsNot("state of an error", func(look func(*AuthorizationResponse)) {
		for _, probe := range []string{markupProbe, headerProbe, encodedProbe} {
			look(s.Authorize(With("state", probe), Without("code_challenge")))
		}
	})
	s.reflectsNot("state of a login", func(look func(*AuthorizationResponse)) {
		_, response := s.TryLogIn(With("state", headerProbe))
		look(response)
	})
	s.reflectsNot("login_hint on further pages", func(look func(*AuthorizationResponse)) {
		s.furtherPages()
		_, response := s.TryLogIn(With("login_hint", markupProbe))
		look(response)
	})
}))

// reflectsNot judges in a case every response on the way of the authorization requests
// that it looks at. A server error that reflects nothing shows no escaping either.
func (s *Session) reflectsNot(name string, requests func(look func(*AuthorizationResponse))) {
	s.Case(name, func() {
		broken := ""
		requests(func(l *AuthorizationResponse) {
			for _, e := range l.Exchanges {
				seen := &Exchange{Exchange: e, redactor: s.Redactor}
				problem := reflection(seen)
				s.Require(problem == "", "the request's parameters escaped, or not reflected", "it comes back "+problem, seen)
			}
			s.Require(l.Kind != login.ResponseNone, "a page that escapes what it reflects, or a refusal", l.Saw(), l.Evidence)
			if l.Kind == login.ResponseServerError && broken == "" {
				broken = l.Saw()
				s.Keep(l.Evidence)
			}
		})
		if broken != "" {
			s.Block("target", "a request with markup or line breaks in it leads to %s, which does not show how they are escaped", broken)
		}
	})
}

// loginPage is the page that an ordinary request leads to. Where the target
// redirects at once there is none, and the check is skipped.
func (s *Session) loginPage() *Exchange {
	response := s.Authorize()
	if response.Kind == login.ResponseCallback {
		s.NotApplicable("the target shows no login page: it redirects immediately")
	}
	if response.Kind == login.ResponsePage && response.redirected() {
		s.Skip("the login page is at another site, to which nothing is sent: a valid request leads to %s", response.Saw())
	}
	if response.Page == nil || response.Kind != login.ResponsePage {
		s.owned("AUTHZ-01", response.Evidence, "a valid request leads to %s", response.Saw())
	}
	return &Exchange{Exchange: response.Page, redactor: s.Redactor}
}

var AUTHZ24 = judge.Check{
	ID: "AUTHZ-24", Title: "the login page cannot be framed",
	Problem: "the login page can be framed by other sites", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.16")},
	Expect: "Each page of the login is served with a CSP frame-ancestors directive, or X-Frame-Options, that prevents other sites from framing it.",
	Why:    "In an invisible frame, another site can hijack the click that logs the citizen in.",
	Remedy: "Send Content-Security-Policy: frame-ancestors 'none' and X-Frame-Options: DENY on every page.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{loginPageItself, pagesAfterIt}, Covers: []string{"HasContentSecurityPolicyTest", "HasFrameOptionsTest"},
}

const (
	loginPageItself = "the login page"
	pagesAfterIt    = "the pages after it"
)

var _ = ginkgo.It("AUTHZ-24 the login page cannot be framed", check(AUTHZ24, func(s *Session) {
	page := s.loginPage()
	s.Case(loginPageItself, func() { s.notFrameable(page) })
	s.Case(pagesAfterIt, func() { s.notFrameable(s.furtherPages()...) })
}))

func (s *Session) notFrameable(pages ...*Exchange) {
	for _, page := range pages {
		problem := frameable(page.Response.Header["Content-Security-Policy"], page.Response.Header["X-Frame-Options"])
		s.Require(problem == "", "", problem, page)
	}
}

// furtherPages are the pages that follow the login page, such as one that asks for
// consent: those of the login of this run that was led over most. Where there was
// none yet, one is made. It ends the case where no page follows, or nobody saw any.
func (s *Session) furtherPages() []*Exchange {
	interactive := s.Driver.Name() == config.LoginInteractive
	if len(s.Seen.Grants) == 0 && !interactive { // a person's login would show none
		s.SharedLogin()
	}
	var way []*Exchange
	for _, l := range s.Seen.Grants {
		if pages := s.pagesOnTheWay(l); len(pages) > len(way) {
			way = pages
		}
	}
	switch {
	case len(way) == 0 && interactive:
		s.SkipFor(run.WantPerson, "a person's browser is sent the pages after the first, and shows them to nobody else")
	case len(way) < 2:
		s.NotApplicable("no page follows the first")
	}
	return way[1:]
}

// frameable says why other sites may frame a page with these header fields;
// empty: they may not. Where a policy has frame-ancestors, browsers ignore
// X-Frame-Options; of several policies each must allow the frame.
func frameable(policies, options []string) string {
	open := ""
	for _, policy := range strings.Split(strings.Join(policies, ","), ",") {
		for _, directive := range strings.Split(policy, ";") {
			words := strings.Fields(strings.ToLower(directive))
			if len(words) == 0 || words[0] != "frame-ancestors" {
				continue
			}
			if !slices.ContainsFunc(words[1:], anySite) {
				return ""
			}
			open = "frame-ancestors lets every site frame the page: " + strings.TrimSpace(directive)
			break // of a directive given twice the first counts
		}
	}
	if open != "" {
		return open
	}
	values := strings.Split(strings.Join(options, ","), ",")
	for i, v := range values {
		values[i] = strings.ToUpper(strings.TrimSpace(v))
	}
	switch {
	case len(options) == 0:
		return "neither frame-ancestors nor X-Frame-Options"
	case slices.ContainsFunc(values, func(v string) bool { return v != "DENY" && v != "SAMEORIGIN" }):
		return fmt.Sprintf("X-Frame-Options that browsers ignore: %s", strings.Join(options, ", "))
	}
	return ""
}

// anySite reports a source of frame-ancestors that no site is kept out by.
func anySite(source string) bool {
	host := source[strings.Index(source, "//")+1:]
	host = strings.TrimPrefix(host, "/")
	return strings.HasPrefix(source, "*") && !strings.HasPrefix(source, "*.") || source == "https:" || source == "http:" || host == "*" || strings.HasPrefix(host, "*:")
}

// quietPolicies keep the query of a page's URL from other origins.
var quietPolicies = []string{"no-referrer", "same-origin", "origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin"}

var AUTHZ25 = judge.Check{
	ID: "AUTHZ-25", Title: "the login page does not leak its query and is not cached",
	Problem: "the login page leaks its query to other origins, or may be cached", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.2")},
	Expect: "The login page is served with a Referrer-Policy that does not send the query to other origins; it and the pages that follow it with Cache-Control: no-store.",
	Why:    "State, nonce and challenge in a Referer header or a shared cache help an attacker take over the login.",
	Remedy: "Send Referrer-Policy: no-referrer and Cache-Control: no-store with the login page.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"Referrer-Policy", "Cache-Control", cachingAfterIt}, Covers: []string{"ReferrerPolicyEnforcedTest"},
}

var _ = ginkgo.It("AUTHZ-25 the login page does not leak its query and is not cached", check(AUTHZ25, func(s *Session) {
	page := s.loginPage()
	s.Case("Referrer-Policy", func() {
		policy := referrerPolicy(page.Header("Referrer-Policy"))
		s.Require(policy != "", "a Referrer-Policy", "no value that browsers support", page)
		s.Require(slices.Contains(quietPolicies, policy), "a Referrer-Policy that does not send the query to other origins", "Referrer-Policy: "+policy, page)
	})
	s.Case("Cache-Control", func() { s.Expect(page).To(ForbidStoring()) })
	s.Case(cachingAfterIt, func() {
		for _, page := range s.furtherPages() {
			s.Expect(page).To(ForbidStoring())
		}
	})
}))

const cachingAfterIt = "Cache-Control of the pages after it"

// referrerPolicy is the policy that a browser takes from a header: the last
// of the list that it knows.
func referrerPolicy(header string) string {
	last := ""
	for _, policy := range strings.Split(strings.ToLower(header), ",") {
		policy = strings.TrimSpace(policy)
		if slices.Contains(quietPolicies, policy) || policy == "unsafe-url" || policy == "no-referrer-when-downgrade" {
			last = policy
		}
	}
	return last
}
