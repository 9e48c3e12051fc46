package suites

import (
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The redirect URI: what is not registered, character for character, is
// refused without a redirect (RFC 9700 section 2.1).

// sampleURI is what the names of the cases are taken from.
const sampleURI = "http://127.0.0.1:8085/callback"

// refuseEach judges that every trick on the first client's redirect URI is
// refused without a redirect.
func (s *Session) refuseEach(tricks cases[string]) {
	s.GoodRequest()
	registered := s.Config.First.Callbacks()
	for _, t := range tricks {
		s.Case(t.name, func() {
			for _, uri := range registered {
				if t.input == uri {
					s.NotApplicable("this URI is registered")
				}
			}
			switch {
			case t.input != "":
			case t.name == anothersCallback && s.Config.Second == nil:
				s.SkipFor(run.WantClient, "no second client is configured")
			default:
				s.NotApplicable("this variant does not exist for the registered redirect URI")
			}
			if t.name == anothersCallback {
				s.secondServed(With("redirect_uri", t.input))
			}
			response := s.Authorize(With("redirect_uri", t.input))
			if slices.ContainsFunc(registered, func(uri string) bool { return differsInPort(t.input, uri) }) {
				s.shouldBeRefused(response)
				return
			}
			s.Expect(response).To(BeRefusedWithoutRedirect())
		})
	}
}

// shouldBeRefused judges, as a SHOULD, that a request is refused without a redirect whose
// redirect URI has another port on this machine than the registered one: a provider that
// serves native apps has to take any.
func (s *Session) shouldBeRefused(response *AuthorizationResponse) {
	refused := &refusal{noRedirect: true}
	if matches, _ := refused.Match(response); !matches && refused.owner == "" {
		s.AssertAt(judge.SHOULD, false, refused.expected, refused.observed+"; on a loopback address providers may ignore the port (RFC 8252 section 7.3)", response.Evidence)
		return
	}
	s.Expect(response).To(refused)
}

var AUTHZ08 = judge.Check{
	ID: "AUTHZ-08", Title: "a redirect_uri that is not registered is refused without a redirect",
	Problem: "a redirect_uri that is not registered is redirected to, or not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.1.2.4")},
	Expect: "A redirect_uri that is not registered is refused with a page, never with a redirect.",
	Why:    "An attacker who chooses where the code goes logs in as the citizen.",
	Remedy: "Compare redirect_uri character for character with the client's registered ones and show an error page if none matches.",
	Needs:  []judge.Need{judge.Login}, Cases: slices.Concat(notRegistered(sampleURI, "").names(), furtherMistakes.names(), []string{"another host, by POST"}),
	Covers: []string{"oidcc-ensure-registered-redirect-uri", "InvalidRedirectTest"},
}

var _ = ginkgo.It("AUTHZ-08 a redirect_uri that is not registered is refused without a redirect", check(AUTHZ08, func(s *Session) {
	anothers := ""
	if s.Config.Second != nil {
		anothers = s.anothersURI()
	}
	s.refuseEach(notRegistered(s.Config.First.RedirectURI, anothers))
	elsewhere := With("redirect_uri", anotherHost)
	furtherMistakes.each(s, func(mistake Vary) { s.Expect(s.Authorize(elsewhere, mistake)).To(BeRefusedWithoutRedirect()) })
	s.Case("another host, by POST", func() {
		s.needsPOST()
		s.Expect(s.Authorize(elsewhere, ByPOST())).To(BeRefusedWithoutRedirect())
	})
}))

const anotherHost = "https://sgidcheck.example/callback"

// furtherMistakes come with a redirect URI at another host: a provider that looks
// at them first reports them there.
var furtherMistakes = cases[Vary]{
	{"another host, without response_type", Without("response_type")},
	{"another host, with an unknown response_type", With("response_type", "sgidcheck")},
	{"another host, without scope", Without("scope")},
	{"another host, with an unknown scope", With("scope", "sgidcheck")},
	{"another host, without code_challenge", Without("code_challenge")},
	{"another host, with the method plain", With("code_challenge_method", "plain")},
	{"another host, with a prompt", With("prompt", "none")},
	{"another host, with a request object", With("request", "sgidcheck")},
	{"another host, with state twice", With("state", "sgidcheck", "sgidcheck-other")},
}

// notRegistered are redirect URIs that are plainly not the registered one;
// anothers is one of another client, empty where there is none.
func notRegistered(registered, anothers string) cases[string] {
	return cases[string]{
		{"another host", anotherHost},
		{"another path", cut(registered).onPath("/sgidcheck-not-registered")},
		{anothersCallback, anothers},
	}
}

const anothersCallback = "another client's"

// anothersURI is a redirect URI of the second client, one that differs from
// the first's in its path where there is such: hosts and ports are AUTHZ-13's.
func (s *Session) anothersURI() string {
	for _, uri := range s.Config.Second.Callbacks() {
		if !slices.ContainsFunc(s.Config.First.Callbacks(), func(own string) bool { return cut(own).path == cut(uri).path }) {
			return uri
		}
	}
	return s.Config.Second.RedirectURI
}

var AUTHZ09 = judge.Check{
	ID: "AUTHZ-09", Title: "a missing redirect_uri is refused without a redirect",
	Problem: "a request without redirect_uri is redirected, or not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.2.1"), judge.SGIDAPI(apiPage)},
	Expect: "A request without redirect_uri is refused with a page, never with a redirect.",
	Why:    "A provider that guesses where to send the code may guess wrong, and the token request's redirect_uri has nothing to be compared with.",
	Remedy: "Show an error page if redirect_uri is missing.",
	Needs:  []judge.Need{judge.Login}, Cases: withoutRedirectURI.names(),
	Covers: []string{"oidcc-ensure-redirect-uri-in-authorization-request", "RedirectUriRequiredTest"},
}

var withoutRedirectURI = missingOrEmpty("redirect_uri")

var _ = ginkgo.It("AUTHZ-09 a missing redirect_uri is refused without a redirect", check(AUTHZ09, func(s *Session) {
	s.GoodRequest()
	withoutRedirectURI.each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefusedWithoutRedirect()) })
}))

var AUTHZ10 = judge.Check{
	ID: "AUTHZ-10", Title: "a redirect_uri with something appended to its path is refused",
	Problem: "a redirect_uri with something appended to its path is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "2.1")},
	Expect: "A registered redirect URI with anything appended to its path is refused without a redirect.",
	Why:    "Another page of the same site may be an open redirector or belong to somebody else, and would receive the code.",
	Remedy: "Compare redirect_uri character for character, not by prefix.",
	Needs:  []judge.Need{judge.Login}, Cases: append(appendedToPath(sampleURI).names(), secondClients), Covers: []string{"RedirectUriPathMatchedTest"},
}

var _ = ginkgo.It("AUTHZ-10 a redirect_uri with something appended to its path is refused", check(AUTHZ10, func(s *Session) {
	s.refuseEach(appendedToPath(s.Config.First.RedirectURI))
	s.Case(secondClients, func() {
		s.secondServed()
		s.Expect(s.Authorize(BySecondClient(), With("redirect_uri", s.Config.Second.RedirectURI+"/sgidcheck"))).To(BeRefusedWithoutRedirect())
	})
}))

const secondClients = "the second client's"

// secondServed makes sure that a valid request of the second client is served,
// without which a refusal of it, or of what belongs to it, says nothing. It ends the
// case where there is no second client.
func (s *Session) secondServed(vary ...Vary) {
	if s.Config.Second == nil {
		s.SkipFor(run.WantClient, "no second client is configured")
	}
	control := s.Authorize(append(vary, BySecondClient())...)
	// A page that nobody can tell is one of a login here: a refusal that looks like it proves nothing, either.
	if control.Granted() || control.Kind == login.ResponsePage {
		return
	}
	if !s.maybeMisconfigured(control) {
		s.stillServed()
		s.Block("an authorization request", "a valid request of the second client leads to %s", control.Saw())
	}
	s.Block("configuration", "a valid request of the second client leads to %s: check its client ID and redirect URI", control.Saw())
}

// maybeMisconfigured reports a response to the second client that it may get for how it
// is configured here: a refusal, where no exchange was granted to it before.
func (s *Session) maybeMisconfigured(l *AuthorizationResponse) bool {
	known := s.secondKnown() || s.exchanged[ofClient(true)] > 0
	return !known && l.Kind != login.ResponseServerError && l.Kind != login.ResponseNone
}

var AUTHZ11 = judge.Check{
	ID: "AUTHZ-11", Title: "a redirect_uri with another query is refused",
	Problem: "a redirect_uri with another query is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "2.1")},
	Expect: "A registered redirect URI with a query added or changed is refused without a redirect.",
	Why:    "Parameters chosen by an attacker control the relying party's callback and may override code and state.",
	Remedy: "Compare redirect_uri character for character, including its query.",
	Needs:  []judge.Need{judge.Login}, Cases: append(queryChanged(sampleURI).names(), registeredQueryChanged(sampleURI+"?a=1").names()...),
	Covers: []string{"oidcc-redirect-uri-query-added", "oidcc-redirect-uri-query-mismatch", "RedirectUriFullyMatchedTest"},
}

var _ = ginkgo.It("AUTHZ-11 a redirect_uri with another query is refused", check(AUTHZ11, func(s *Session) {
	s.refuseEach(append(queryChanged(s.Config.First.RedirectURI), registeredQueryChanged(withQuery(s.Config.First))...))
}))

var AUTHZ12 = judge.Check{
	ID: "AUTHZ-12", Title: "a redirect_uri that matches only after normalisation is refused",
	Problem: "a redirect_uri that matches only after normalisation is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9700", "2.1")},
	Expect: "Dot segments, backslashes, double slashes, percent-encoding and different letter case in the path are refused without a redirect.",
	Why:    "Providers and browsers normalise differently: what the provider takes for the registered page is another page for the browser.",
	Remedy: "Compare redirect_uri character for character, without normalisation.",
	Needs:  []judge.Need{judge.Login}, Cases: reached(sampleURI).names(), Covers: []string{"RedirectUriConfusionTest"},
}

var _ = ginkgo.It("AUTHZ-12 a redirect_uri that matches only after normalisation is refused", check(AUTHZ12, func(s *Session) { s.refuseEach(reached(s.Config.First.RedirectURI)) }))

var AUTHZ13 = judge.Check{
	ID: "AUTHZ-13", Title: "a redirect_uri whose host only looks registered is refused",
	Problem: "a redirect_uri whose host only looks registered is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis: []run.Basis{judge.RFC("9700", "2.1"), judge.RFC("8252", "7.3")},
	Expect: "A redirect URI with another host, port or scheme that looks like the registered one is refused without a redirect. " +
		"Another port is a warning where http on a loopback address is all that is registered: for native apps a provider may ignore it there.",
	Why:    "The code goes to the attacker's host.",
	Remedy: "Compare redirect_uri character for character, not by what it contains, begins or ends with.",
	Needs:  []judge.Need{judge.Login}, Cases: otherHosts(sampleURI).names(), Covers: []string{"RedirectUriConfusionTest"},
}

var _ = ginkgo.It("AUTHZ-13 a redirect_uri whose host only looks registered is refused", check(AUTHZ13, func(s *Session) { s.refuseEach(hostTricks(s.Config.First)) }))

// fragments are what may be appended to a redirect URI as its fragment; text is in most
// of them.
func fragments(text string) cases[string] {
	return cases[string]{{"fragment", "#" + text}, {"empty fragment", "#"}, {"parameters in the fragment", "#code=" + text + "&state=" + text}, {"encoded fragment", "%23" + text}}
}

var AUTHZ14 = judge.Check{
	ID: "AUTHZ-14", Title: "a redirect_uri with a fragment is refused, or its fragment is dropped",
	Problem: "a redirect_uri with a fragment is not refused, and its fragment is not dropped", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.1.2")},
	Expect: "A registered redirect URI with a fragment is refused, or the fragment does not appear in the redirect.",
	Why:    "After a fragment, the code stays in the browser, where any script of the page can read it, and never reaches the relying party's server.",
	Remedy: "Refuse a redirect_uri that has a fragment.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Perhaps: true}}, Cases: fragments("").names(), Covers: []string{"oidcc-redirect-uri-regfrag", "FragmentFixTest"},
}

var _ = ginkgo.It("AUTHZ-14 a redirect_uri with a fragment is refused, or its fragment is dropped", check(AUTHZ14, func(s *Session) {
	s.NeedsAuthorization()
	text := "sgidcheck" + random(9) // no redirect URI has it of its own
	for _, f := range fragments(text) {
		s.Case(f.name, func() {
			uri := With("redirect_uri", s.Config.First.RedirectURI+f.input)
			response := s.Authorize(uri)
			if response.Kind == login.ResponsePage {
				_, response = s.TryLogIn(uri)
			}
			if !response.Granted() {
				s.Expect(response).To(BeRefused())
				return
			}
			_, fragment, has := strings.Cut(response.Location, "#")
			kept := has && "#"+fragment == f.input || strings.Contains(response.Location, text) || strings.Contains(fragment, "code=") || strings.Contains(fragment, "state=")
			s.Require(!kept, "a redirect without the fragment", "the redirect carries the fragment of the request's redirect_uri", response.Evidence)
		})
	}
}))

func plainly(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
