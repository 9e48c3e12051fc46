package suites

import (
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The redirect URIs that are registered beside the one that every login uses.

var AUTHZ34 = judge.Check{
	ID: "AUTHZ-34", Title: "each registered redirect_uri is accepted, and redirected to with its query",
	Problem: "a registered redirect_uri is refused, or not redirected to as it is registered", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "3.1.2"), judge.RFC("6749", "3.1.2.3")},
	Expect: "A request with any of the registered redirect URIs is served, and the redirect leads to that URI, its query kept, with the response's parameters added.",
	Why:    "A relying party with several callbacks, or with a parameter in one, is locked out, or receives a login that it cannot place.",
	Remedy: "Accept every registered redirect_uri, and append the response's parameters with & where it has a query.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"the request", "the redirect"},
	Covers: []string{"oidcc-redirect-uri-query-OK"},
}

var _ = ginkgo.It("AUTHZ-34 each registered redirect_uri is accepted, and redirected to with its query", check(AUTHZ34, func(s *Session) {
	s.NeedsAuthorization()
	further := slices.DeleteFunc(slices.Clone(s.Config.First.Callbacks()), func(uri string) bool { return uri == s.Config.First.RedirectURI })
	if len(further) == 0 {
		s.NotApplicable("no further redirect URI is configured (--redirect-uris)")
	}
	s.Case("the request", func() {
		for _, uri := range further {
			response := s.Authorize(With("redirect_uri", uri))
			if response.Untold != "" {
				s.SkipFor(run.WantEvidence, "the page that answers cannot be told from an error page: %s", response.Saw())
			}
			s.leadsOn(response)
		}
	})
	s.Case("the redirect", func() {
		judged := 0
		for _, uri := range further {
			// An error takes no login, and is redirected in the same way.
			responses := []*AuthorizationResponse{s.Authorize(With("redirect_uri", uri), Without("code_challenge"))}
			if s.Driver.Name() == config.LoginDirect && !s.sparing() {
				responses = append(responses, s.LogIn(With("redirect_uri", uri)).AuthorizationResponse)
			}
			for _, l := range responses {
				if l.Kind != login.ResponseCallback && l.Kind != login.ResponseElsewhere {
					continue
				}
				judged++
				kept := login.IsCallback(l.Location, []string{uri})
				s.Require(kept, "a redirect to the request's redirect_uri, with its query", l.Saw(), l.Evidence)
				s.observeSpelling(l.Location, []string{uri})
			}
		}
		if judged == 0 {
			s.SkipFor(run.WantEvidence, "no error is reported on a redirect, and nobody was asked to log in for each redirect URI")
		}
	})
}))

// withQuery is a registered redirect URI that has a query, beside the one that
// every login uses; empty: there is none.
func withQuery(r config.Registration) string {
	for _, uri := range r.Callbacks() {
		if uri != r.RedirectURI && strings.Contains(uri, "?") {
			return uri
		}
	}
	return ""
}

// observeSpelling notes that the query of a redirect URI came back with the same values,
// and not character for character.
func (s *Session) observeSpelling(location string, registered []string) {
	if login.Respelled(location, registered) {
		s.Observe("the query of the redirect URI comes back in another spelling of the same values")
	}
}
