package suites

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The redirect back to the relying party: its status, where the code stands
// in it, the codes themselves, and errors.

var AUTHZ26 = judge.Check{
	ID: "AUTHZ-26", Title: "the redirect with the code is a 302 or 303",
	Problem: "the redirect with the code is neither a 302 nor a 303", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.12")},
	Expect: "The redirect that carries the code has status 302 or 303, never 307 or 308; a script on the page may navigate there instead.",
	Why:    "On a 307 or 308 the browser resends the login form, including what the citizen entered, to the relying party.",
	Remedy: "Redirect with 303 after the login form.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("AUTHZ-26 the redirect with the code is a 302 or 303", check(AUTHZ26, func(s *Session) {
	login := s.SharedLogin()
	status := login.Status
	byScript := status < 300 || status > 399
	switch {
	case !byScript:
	case s.Driver.Name() == "direct", status >= 200 && status < 300:
		s.Observe("a script on the page navigates to the redirect URI")
	default:
		s.SkipFor(run.WantBrowser, "the %s login does not see the redirect itself", s.Driver.Name())
	}
	s.Require(byScript || status == http.StatusFound || status == http.StatusSeeOther,
		"status 302 or 303", fmt.Sprintf("a redirect with status %d", status), login.Evidence)
}))

var AUTHZ27 = judge.Check{
	ID: "AUTHZ-27", Title: "the code is in the query, never in a fragment",
	Problem: "the code is returned outside of the query", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.2.5"), judge.RFC("6749", "4.1.2")},
	Expect: "The code, and no token, is in the query of the redirect, even if response_mode=fragment is requested from a provider that does not advertise it.",
	Why:    "A code in a fragment never reaches the relying party's server, and any script on its page can read it.",
	Remedy: "Put code and state into the query, and ignore or refuse a response_mode that is not advertised.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"ordinary", "no token beside it", "response_mode=fragment"},
	Wants:  []judge.Want{{Case: "response_mode=fragment", Varies: []string{"response_mode"}, Code: judge.Unused}},
	Covers: []string{"oidcc RejectAuthCodeInUrlFragment", "HasFragmentTest"},
}

var _ = ginkgo.It("AUTHZ-27 the code is in the query, never in a fragment", check(AUTHZ27, func(s *Session) {
	s.Case("ordinary", func() {
		login := s.SharedLogin()
		s.codeInQuery(login.AuthorizationResponse)
	})
	s.Case("no token beside it", func() {
		to := s.SharedLogin().AuthorizationResponse
		for _, token := range []string{"id_token", "access_token"} {
			s.Require(to.Returned(token) == "" && to.InFragment().Get(token) == "", "the code alone", token+" on the redirect to the relying party", to.Evidence)
		}
	})
	s.Case("response_mode=fragment", func() {
		if e := s.Discovery(); strings.Contains(string(e.Body()), `"response_modes_supported"`) && slices.Contains(s.Metadata().ResponseModesSupported, "fragment") {
			s.NotApplicable("the metadata advertises response_mode=fragment")
		}
		_, response := s.TryLogIn(With("response_mode", "fragment"))
		s.untold(response)
		neither := []login.ResponseKind{login.ResponsePage, login.ResponseServerError, login.ResponseNone, login.ResponseOther}
		s.Require(!slices.Contains(neither, response.Kind), "the code in the query, or a refusal", response.Saw(), response.Evidence)
		s.codeInQuery(response)
	})
}))

func (s *Session) codeInQuery(l *AuthorizationResponse) {
	inFragment := l.InFragment().Has("code") || strings.Contains(l.Fragment, "code=")
	s.Require(!inFragment, "the code in the query", "the code is in the fragment", l.Evidence)
}

var AUTHZ28 = judge.Check{
	ID: "AUTHZ-28", Title: "iss on the redirect names the issuer",
	Problem: "iss on the redirect is missing or names another issuer", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9207", "2")},
	Expect: "iss on the redirect, if present, equals the issuer; if the metadata advertises it, it is present.",
	Why:    "Relying parties that use several providers learn from iss which one issued the code; a wrong value locks people out, a missing one allows mix-up attacks.",
	Remedy: "Put the issuer, character for character, into iss on every redirect, with a code or an error.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"with a code", "with an error"},
	Covers: []string{"oidcc ValidateIssIfPresentInAuthorizationResponse"},
}

var _ = ginkgo.It("AUTHZ-28 iss on the redirect names the issuer", check(AUTHZ28, func(s *Session) {
	s.Case("with a code", func() { s.namesIssuer(s.SharedLogin().AuthorizationResponse) })
	s.Case("with an error", func() {
		response := s.Authorize(Without("code_challenge"))
		if response.Kind != login.ResponseCallback || !response.Response.Params.Has("error") {
			s.NotApplicable("this mistake is not reported as an error on a redirect")
		}
		s.namesIssuer(response)
	})
}))

func (s *Session) namesIssuer(l *AuthorizationResponse) {
	got := l.Response.Params["iss"]
	if len(got) == 0 {
		advertised := s.Metadata().AuthorizationResponseIssParameterSupported
		s.Require(advertised == nil || !*advertised, "iss, which the metadata advertises", "no iss", l.Evidence)
		return
	}
	issuer := s.Issuer()
	s.Require(len(got) == 1 && got[0] == issuer, fmt.Sprintf("iss=%q", issuer), fmt.Sprintf("iss=%q", shorten(strings.Join(got, " "))), l.Evidence)
}

// Issuer is the metadata's issuer. DISC-02 owns its being the one that was asked.
func (s *Session) Issuer() string {
	m := s.Metadata()
	if m.Issuer != s.Config.Issuer {
		s.owned("DISC-02", s.discovery, "the metadata's issuer %q is not the configured issuer %q", shorten(m.Issuer), s.Config.Issuer)
	}
	return m.Issuer
}

var AUTHZ29 = judge.Check{
	ID: "AUTHZ-29", Title: "codes cannot be guessed",
	Problem: "codes repeat, or can be guessed", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("6749", "10.10")},
	Expect: "The codes of many logins do not repeat, share no long prefix, are not sequential, and are long enough for 128 bits of entropy.",
	Why:    "Anyone who guesses a code before it is redeemed can take over the login.",
	Remedy: "Generate codes with at least 128 bits from a cryptographic random source.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"AuthorizationCodeEntropyMinReqTest"},
}

var _ = ginkgo.It("AUTHZ-29 codes cannot be guessed", check(AUTHZ29, func(s *Session) {
	last := s.SharedLogin()
	for len(s.Seen.Codes) < enoughValues && !s.sparing() {
		last = s.LogIn()
	}
	if len(s.Seen.Codes) < enoughValues/2 {
		s.SkipFor(run.WantLogins, "only %d codes were seen, too few to judge", len(s.Seen.Codes))
	}
	s.Observe("%d codes seen", len(s.Seen.Codes))
	problem := guessable(s.Seen.Codes)
	s.Require(problem == "", "", problem, last.Evidence)
}))

var AUTHZ30 = judge.Check{
	ID: "AUTHZ-30", Title: "an error redirect is well-formed",
	Problem: "an error redirect is malformed", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1"), judge.OIDCCORE("3.1.2.6")},
	Expect: "Every error on a redirect is a registered one, its description has only allowed characters, and it comes with the request's state and without a code.",
	Why:    "A relying party that cannot read the error, or cannot match it to its request, leaves the citizen on a blank page.",
	Remedy: "Redirect with one registered error and the request's state, both percent-encoded, in the query.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"with a state", "without a state", "given up", "over the run"},
	Covers: []string{"oidcc EnsureErrorFromAuthorizationEndpointResponse", "oidcc CheckStateInAuthorizationResponse", "oidcc CheckErrorDescriptionFromAuthorizationEndpointResponseErrorContainsCRLFTAB", "oidcc ValidateErrorDescriptionFromAuthorizationEndpointResponseError", "oidcc ValidateErrorUriFromAuthorizationEndpointResponseError", "oidcc RejectAuthCodeInAuthorizationEndpointResponse"},
}

var _ = ginkgo.It("AUTHZ-30 an error redirect is well-formed", check(AUTHZ30, func(s *Session) {
	s.GoodRequest()
	mistakes := []Vary{Without("code_challenge"), With("response_type", "sgidcheck"), With("scope", "sgidcheck"), With("prompt", "none")}
	provoke := func(name string, state Vary) {
		s.Case(name, func() {
			before := len(s.Seen.ErrorReturns)
			for _, mistake := range mistakes {
				s.Authorize(mistake, state)
			}
			if len(s.Seen.ErrorReturns) == before {
				s.NotApplicable("none of these mistakes was reported as an error on a redirect")
			}
			s.wellFormed(s.Seen.ErrorReturns[before:])
		})
	}
	state := printable()
	if s.isRoot(AUTHZ02.ID) {
		state = random(16)
	}
	provoke("with a state", With("state", state))
	provoke("without a state", Without("state"))
	s.Case("given up", func() {
		if s.Driver.Name() == "interactive" {
			s.SkipFor(run.WantPerson, "it needs a program that cancels on the login page (--login browser, --login direct)")
		}
		response := s.authorize(s.Driver, s.request(Cancelled()), false)
		if response.Kind != login.ResponseCallback || response.Granted() {
			s.SkipFor(run.WantPerson, "the page offers no cancel button or link that a program can use")
		}
		s.wellFormed([]*AuthorizationResponse{response})
	})
	s.Case("over the run", func() {
		if len(s.Seen.ErrorReturns) == 0 {
			s.NotApplicable("no error was reported on a redirect in this run")
		}
		s.wellFormed(s.Seen.ErrorReturns)
	})
}))

// wellFormed judges error redirects, each problem once.
func (s *Session) wellFormed(returns []*AuthorizationResponse) {
	problems := map[string]bool{}
	for _, l := range returns {
		problem := l.malformedError()
		if s.isRoot(AUTHZ02.ID) && (l.Granted() || problem == l.wrongState(l.errorParams()["state"])) {
			problem = "" // AUTHZ-02 fails for it
		}
		kind, _, _ := strings.Cut(problem, `"`)
		s.Assert(problem == "" || problems[kind], "an error redirect as in RFC 6749 section 4.1.2.1", problem, l.Evidence)
		problems[kind] = true
	}
}
