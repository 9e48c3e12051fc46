package suites

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
)

// A provider may have its login and its error pages at another site than its
// authorization endpoint. Nothing is sent there: what a redirect to it is, is told
// by where the redirect of an ordinary request leads.

// loginPlace is a place at another site that a request is redirected to.
type loginPlace struct {
	host, path string // with the scheme; without what is another for each login
	parameters url.Values
	fails      bool // the address itself speaks of an error
}

// errorPath is a part of a path that names an error page.
var errorPath = regexp.MustCompile(`(?i)(?:^|[/#_-])err(?:or)?s?(?:[/._-]|$)`)

var errorParameters = []string{"error", "error_code", "errorCode", "error_description", "error_hint", "errors", "err"}

// placeOf reads where a redirect leads; nil: it is no address of a site. What a
// script reads from the fragment counts as path and query, too.
func placeOf(location string) *loginPlace {
	u, err := url.Parse(login.AsBrowsersWriteIt(location))
	if err != nil || u.Host == "" {
		return nil
	}
	p := &loginPlace{host: u.Scheme + "://" + u.Host, parameters: u.Query()}
	within, query, _ := strings.Cut(u.Fragment, "?")
	if strings.Contains(within, "=") {
		within, query = "", within
	}
	more, _ := url.ParseQuery(query)
	for name, values := range more {
		p.parameters[name] = append(p.parameters[name], values...)
	}
	path := u.Path + "#" + within
	p.path = login.PathShape(path)
	p.fails = errorPath.MatchString(path) || slices.ContainsFunc(errorParameters, func(name string) bool { return p.parameters.Get(name) != "" })
	return p
}

// gives reports whether a code or a token goes to the place.
func (p *loginPlace) gives() bool {
	return login.LooksIssued(p.parameters.Get("code")) || p.parameters.Has("access_token") || p.parameters.Has("id_token")
}

// likes reports whether the place is the login of another request: the same path,
// with every parameter that leads to the login.
func (p *loginPlace) likes(site *loginPlace) bool {
	for name := range site.parameters {
		if !p.parameters.Has(name) {
			return false
		}
	}
	return p.path == site.path
}

// tellPlace sorts a redirect to another site: one to the place that an ordinary
// request leads to is a login page, one to an error page of that site a refusal.
// What goes to a redirect URI, asked for or registered, or carries a code, stays what
// it is.
func (s *Session) tellPlace(l *AuthorizationResponse, r *request) {
	if l.Kind != login.ResponseElsewhere {
		return
	}
	p := placeOf(l.Location)
	if p == nil || p.gives() || s.ofRelyingParty(p, r) {
		return
	}
	if r.ordinary() && s.site == nil && !p.fails {
		s.site = p
	}
	if s.site == nil && !r.ordinary() {
		s.goodPage()
	}
	if s.site == nil || s.site.host != p.host {
		return
	}
	sort := login.ResponseElsewhere
	switch same := p.likes(s.site); {
	case p.fails && same && len(s.site.parameters) > 0:
		l.Untold = "it has all that leads to the login, and an error beside it"
	case p.fails:
		sort = login.ResponseRefusal
	case same:
		sort = login.ResponsePage
	default:
		l.Untold = "it is at the site of the login, and names no error"
	}
	told := *l.Response
	told.Kind = sort
	l.Response = &told
}

// ofRelyingParty reports whether a place is at the site of a redirect URI, of the
// request's own or of one that is registered.
func (s *Session) ofRelyingParty(p *loginPlace, r *request) bool {
	uris := slices.Clone(r.params["redirect_uri"])
	for _, of := range []*config.Registration{&s.Config.First, s.Config.Second} {
		if of != nil {
			uris = append(uris, of.Callbacks()...)
		}
	}
	return slices.ContainsFunc(uris, func(uri string) bool {
		at := placeOf(uri)
		return at != nil && at.host == p.host
	})
}

// redirected reports a response that is told by the place it redirects to.
func (l *AuthorizationResponse) redirected() bool {
	return l.Status >= 300 && l.Status <= 399 && l.Location != ""
}

// place is where the redirect leads, without its query, which may carry a code.
func (l *AuthorizationResponse) place() string {
	place, _, _ := strings.Cut(l.Location, "?")
	return shorten(place)
}
