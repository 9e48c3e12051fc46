package suites

import (
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// The authorization endpoint: what a valid request leads to, and what each of
// its parameters must be.

const apiPage = "API Documentation"

var AUTHZ01 = judge.Check{
	ID: "AUTHZ-01", Title: "a valid request leads to the redirect URI with a code",
	Problem: "a valid request does not lead to the redirect URI with a code", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("6749", "4.1.2")},
	Expect: "A valid authorization request leads, through the login, to the registered redirect_uri with one non-empty code.",
	Why:    "Without a code no citizen can log in.",
	Remedy: "After the person has logged in, redirect to the registered redirect_uri with code.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-server"},
}

var _ = ginkgo.It("AUTHZ-01 a valid request leads to the redirect URI with a code", check(AUTHZ01, func(s *Session) {
	login := s.SharedLogin()
	s.Require(len(login.Response.Params["code"]) == 1, "one code", "several values of code on the redirect", login.Evidence)
	s.Require(!login.Response.Params.Has("error"), "a code and no error", "a code together with an error", login.Evidence)
	s.observeSpelling(login.Location, login.Client.Callbacks())
}))

// states are values of state that a careless provider changes on the way, the
// most telling first.
var states = cases[string]{
	{"every printable ASCII character", printable()},
	{"looks like more parameters", "a&code=x&error=access_denied#code=y?z=;"},
	{"escaped once already", escapedAlready},
	{"looks percent-encoded", "100%25 %41%2B%zz %u0041 a+b"},
	{"512 characters", random(384)},
	{"short", "007"}, // digits, for who makes a number of them
}

// escapedAlready is a value that stays legal, and changes, where it is decoded
// once too often: as percent-encoding, as a form, as HTML, or by trimming it or
// joining its spaces.
const escapedAlready = " a%2Bb%20%41%7E&amp;c+d  e "

// printable is every printable ASCII character, which is what RFC 6749
// appendix A.5 allows in a state.
func printable() string {
	var b strings.Builder
	for c := byte(0x20); c <= 0x7e; c++ {
		b.WriteByte(c)
	}
	return b.String()
}

var AUTHZ02 = judge.Check{
	ID: "AUTHZ-02", Title: "state comes back unchanged",
	Problem: "state comes back changed, or not at all", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2"), judge.RFC("6749", "A.5")},
	Expect: "The state on the redirect is, once decoded, exactly the state that was sent.",
	Why:    "If state changes, relying parties reject legitimate logins; if it spills into other parameters, an attacker can choose those.",
	Remedy: "Keep the state as an opaque string and percent-encode it once when building the redirect.",
	Needs:  []judge.Need{judge.Login}, Logins: len(states), Cases: states.names(), Covers: []string{"StatePresentTest"},
	Wants: caseWants(states.names(), judge.Unused, "state"),
}

var _ = ginkgo.It("AUTHZ-02 state comes back unchanged", check(AUTHZ02, func(s *Session) {
	for _, state := range states {
		s.Case(state.name, func() {
			login := s.LogIn(With("state", state.input))
			problem := login.wrongState(login.Response.Params["state"])
			within := len(login.Response.Params["code"]) == 1 && !login.Response.Params.Has("error")
			s.root(problem != "" || !within)
			s.Require(problem == "", "the state unchanged", problem, login.Evidence)
			s.Require(within, "the state within its own parameter", "parts of the state arrive as parameters of their own", login.Evidence)
		})
	}
}))

var AUTHZ03 = judge.Check{
	ID: "AUTHZ-03", Title: "no state sent, none returned",
	Problem: "a request without state fails, or a state is returned", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "A request without state results in a redirect without state.",
	Why:    "An invented state such as \"undefined\" fails the comparison in every careful relying party.",
	Remedy: "Add state to the redirect only if the request had one.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Varies: []string{"state"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("AUTHZ-03 no state sent, none returned", check(AUTHZ03, func(s *Session) {
	login := s.loginWithoutState()
	problem := login.wrongState(login.Response.Params["state"])
	s.Require(problem == "", "a redirect without state", problem, login.Evidence)
}))

// loginWithoutState is a login whose request has no state. Where a person brings
// its callback nothing tells it from any other address: the code must be
// redeemed with the verifier, and lead to the nonce, of this login.
func (s *Session) loginWithoutState() *Login {
	if s.Driver.Name() != config.LoginInteractive {
		return s.LogIn(Without("state"))
	}
	unbound := func(problem string, e *Exchange) {
		s.Keep(e)
		s.Block("login driver interactive", "nothing shows that the URL belongs to this login: %s", problem)
	}
	login, response := s.TryLogIn(Without("state"))
	if login == nil {
		unbound("it is "+response.Saw(), response.Evidence)
		return nil
	}
	reply := s.Redeem(login)
	if problem := reply.unsuccessful(); problem != "" {
		unbound("redeeming its code returns "+problem, reply.Exchange)
	}
	id, err := sgid.ParseIDToken(reply.Parsed.IDToken)
	if err != nil || id.Nonce == nil || *id.Nonce != login.Nonce {
		unbound("the ID token for its code has a different nonce", reply.Exchange)
	}
	return login
}

var AUTHZ04 = judge.Check{
	ID: "AUTHZ-04", Title: "a missing response_type is refused",
	Problem: "a request without response_type is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "A request without response_type is refused.",
	Why:    "A provider that guesses the response type may start a flow the relying party did not ask for.",
	Remedy: "Return invalid_request if response_type is missing.",
	Needs:  []judge.Need{judge.Login}, Cases: withoutResponseType.names(), Covers: []string{"oidcc-response-type-missing"},
}

var withoutResponseType = missingOrEmpty("response_type")

var _ = ginkgo.It("AUTHZ-04 a missing response_type is refused", check(AUTHZ04, func(s *Session) {
	s.GoodRequest()
	withoutResponseType.each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefused()) })
}))

var responseTypes = []string{"token", "id_token", "code token", "code id_token", "id_token token", "code id_token token", "none", "CODE", "sgidcheck", "%63ode"}

var AUTHZ05 = judge.Check{
	ID: "AUTHZ-05", Title: "every response_type except code is refused",
	Problem: "a response_type other than code is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.RFC("6749", "4.1.2.1")},
	Expect: "A request for any response type except code is refused.",
	Why:    "Tokens issued on the front channel end up in histories, logs and Referer headers.",
	Remedy: "Return unsupported_response_type for everything except code, compared exactly.",
	Needs:  []judge.Need{judge.Login}, Cases: responseTypes, Covers: []string{"IsResponseTypeCheckedTest"},
}

var _ = ginkgo.It("AUTHZ-05 every response_type except code is refused", check(AUTHZ05, func(s *Session) {
	s.GoodRequest()
	for _, value := range responseTypes {
		s.Case(value, func() { s.Expect(s.Authorize(With("response_type", value))).To(BeRefused()) })
	}
}))

var AUTHZ06 = judge.Check{
	ID: "AUTHZ-06", Title: "a missing client_id is refused without a redirect",
	Problem: "a request without client_id is redirected, or not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "A request without client_id is refused with a page, never with a redirect.",
	Why:    "Without a client there is no registered redirect URI: any redirect would make the provider an open redirector.",
	Remedy: "Show an error page if client_id is missing.",
	Needs:  []judge.Need{judge.Login}, Cases: withoutClient.names(),
}

var withoutClient = missingOrEmpty("client_id")

var _ = ginkgo.It("AUTHZ-06 a missing client_id is refused without a redirect", check(AUTHZ06, func(s *Session) {
	s.GoodRequest()
	withoutClient.each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefusedWithoutRedirect()) })
}))

var AUTHZ07 = judge.Check{
	ID: "AUTHZ-07", Title: "an unknown client_id is refused without a redirect",
	Problem: "a request with an unknown client_id is redirected, or not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "A request with a client_id that is not registered is refused with a page, never with a redirect.",
	Why:    "A provider that serves unknown clients serves anyone, under any name.",
	Remedy: "Compare client_id exactly with the registered ones and show an error page if none matches.",
	Needs:  []judge.Need{judge.Login}, Cases: wrongClients.names(),
}

var wrongClients = altered{
	{"unknown", func(string) string { return "sgidcheck-unknown-" + random(6) }},
	{"one character more", func(id string) string { return id + "x" }},
	{"one character less", func(id string) string { return id[:len(id)-1] }},
	{"other case", otherCase},
	{"a letter percent-encoded", escapedLetter},
}

var _ = ginkgo.It("AUTHZ-07 an unknown client_id is refused without a redirect", check(AUTHZ07, func(s *Session) {
	s.GoodRequest()
	id := s.Config.First.ClientID
	wrongClients.each(s, func(wrong func(string) string) {
		value := wrong(id)
		if value == id || value == "" || s.Config.Second != nil && value == s.Config.Second.ClientID {
			s.NotApplicable("this variant does not exist for this client ID")
		}
		s.Expect(s.Authorize(With("client_id", value))).To(BeRefusedWithoutRedirect())
	})
}))

// otherCase turns upper into lower case and the other way round.
func otherCase(text string) string { return strings.Map(swapCase, text) }

var AUTHZ15 = judge.Check{
	ID: "AUTHZ-15", Title: "a request without the scope openid is refused",
	Problem: "a request without the scope openid is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDSDK("authorizationUrl"), judge.OIDCCORE("3.1.2.1")},
	Expect: "A request without scope, or whose scope lacks openid, is refused.",
	Why:    "Without openid it is not an OpenID Connect request, and the response is not defined.",
	Remedy: "Return invalid_scope or invalid_request if scope is missing or lacks openid, compared as a whole word and case-sensitively.",
	Needs:  []judge.Need{judge.Login},
	Cases:  withoutOpenID.names(),
}

// withoutOpenID are scopes made from those of the data. A nonce alone shows some
// providers that OpenID Connect is meant; they serve the rest as plain OAuth.
var withoutOpenID = cases[func(data []string) []Vary]{
	{"missing", func([]string) []Vary { return []Vary{Without("scope")} }},
	{"empty", func([]string) []Vary { return []Vary{With("scope", "")} }},
	{"without openid", func(data []string) []Vary { return []Vary{WithScopes(data...)} }},
	{"openid in upper case", func(data []string) []Vary { return []Vary{WithScopes(append([]string{"OPENID"}, data...)...)} }},
	{"openid as part of a word", func(data []string) []Vary { return []Vary{WithScopes(append([]string{"openidx"}, data...)...)} }},
	{"a letter percent-encoded", func(data []string) []Vary {
		return []Vary{WithScopes(append([]string{escapedLetter(sgid.ScopeOpenID)}, data...)...)}
	}},
	{"joined by plus signs", func(data []string) []Vary {
		return []Vary{With("scope", strings.Join(append([]string{sgid.ScopeOpenID}, data...), "+"))}
	}},
	{"missing, no nonce", func([]string) []Vary { return []Vary{Without("scope"), Without("nonce")} }},
	{"without openid, no nonce", func(data []string) []Vary { return []Vary{WithScopes(data...), Without("nonce")} }},
}

var _ = ginkgo.It("AUTHZ-15 a request without the scope openid is refused", check(AUTHZ15, func(s *Session) {
	s.GoodRequest()
	data := slices.DeleteFunc(slices.Clone(s.Config.First.Scopes), func(scope string) bool { return scope == sgid.ScopeOpenID })
	if len(data) == 0 {
		data = []string{"myinfo.name"}
	}
	withoutOpenID.each(s, func(scope func([]string) []Vary) { s.Expect(s.Authorize(scope(data)...)).To(BeRefused()) })
}))

const unregisteredScope = "myinfo.sgidcheck_unregistered"

var AUTHZ16 = judge.Check{
	ID: "AUTHZ-16", Title: "a scope that is not registered is not granted",
	Problem: "a scope that is not registered is neither refused nor left out", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.3"), judge.SGIDINT("Register Your Application")},
	Expect: "A scope that the client is not registered for is refused, or left out of the data and of the token response's scope.",
	Why:    "A client that gets more than it was approved for sees personal data that it has no right to.",
	Remedy: "Check the requested scopes against the client's registration, and return invalid_scope or grant only what is registered.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"invented", "of the catalogue"}, Covers: []string{"AutomaticRedirectInvalidScopeTest"},
	Wants: []judge.Want{{Perhaps: true}, {Varies: []string{judge.Client}, Code: judge.Redeemed, Perhaps: true}},
}

var _ = ginkgo.It("AUTHZ-16 a scope that is not registered is not granted", check(AUTHZ16, func(s *Session) {
	s.NeedsAuthorization()
	s.Case("invented", func() { s.notGranted(unregisteredScope, false) })
	s.Case("of the catalogue", func() {
		if scope := missingScope(s.Config.First.Scopes); scope != "" {
			s.notGranted(scope, false)
			return
		}
		if s.Config.Second == nil {
			s.SkipFor(run.WantClient, "the client is registered for the whole catalogue, and no second client is configured")
		}
		scope := missingScope(s.Config.Second.Scopes)
		if scope == "" {
			s.NotApplicable("both clients are registered for the whole catalogue")
		}
		s.NeedsSecondLogin()
		s.notGranted(scope, true)
	})
}))

// missingScope is a scope of the catalogue that is not among the given ones;
// empty: all are.
func missingScope(scopes []string) string {
	for _, scope := range sgid.Scopes() {
		if !slices.Contains(scopes, scope.Name) {
			return scope.Name
		}
	}
	return ""
}

// notGranted asks for a scope beyond the client's and judges that it is not granted.
func (s *Session) notGranted(scope string, second bool) {
	vary := []Vary{WithScopes(append(slices.Clone(s.registration(second).Scopes), scope)...)}
	if second {
		vary = append(vary, BySecondClient())
	}
	response := s.Authorize(vary...)
	if response.Kind == "page" || response.Granted() {
		login, landed := s.TryLogIn(vary...)
		response = landed
		if login != nil {
			if t := s.TokensOrRefusal(login); t != nil {
				s.leftOut(t, scope)
			}
			return
		}
	}
	s.Expect(response).To(BeRefused())
}

func (s *Session) leftOut(t *Tokens, scope string) {
	named := t.Scope != nil && slices.Contains(strings.Fields(*t.Scope), scope)
	s.Require(!named, "the scope not granted", "the token response's scope names "+scope, t.Reply.Exchange)
	e := s.AskUserInfo("Bearer " + t.AccessToken)
	if status := e.Status(); status == http.StatusUnauthorized || status == http.StatusForbidden {
		s.SharedUserInfo() // where nobody's data are had, a refusal says nothing
		s.Expect(e).To(HoldNoData())
		return
	}
	answer := s.userInfo(t, e)
	_, there := answer.Data[scope]
	s.Require(!there, "the scope omitted from the data", "the data has a member "+scope, answer.Exchange)
	if t.Scope == nil {
		s.owned("TOKEN-04", t.Reply.Exchange, "the grant differs from what was requested, and the token response has no scope that reports it")
	}
}

var AUTHZ17 = judge.Check{
	ID: "AUTHZ-17", Title: "an unknown parameter is ignored",
	Problem: "a request with an unknown parameter does not lead to a code", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "3.1")},
	Expect: "A request with an unknown parameter still results in a code.",
	Why:    "Extensions and tracking parameters must not lock people out.",
	Remedy: "Ignore unknown parameters.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Varies: []string{"sgidcheck_unknown"}, Code: judge.Unused}},
	Covers: []string{"oidcc-ensure-request-with-unknown-parameter-succeeds", "UnrecognizedParameterAllowedTest"},
}

var _ = ginkgo.It("AUTHZ-17 an unknown parameter is ignored", check(AUTHZ17, func(s *Session) {
	s.NeedsAuthorization()
	s.Expect(s.LogIn(With("sgidcheck_unknown", "1")).Code).NotTo(BeEmpty())
}))

// repeated are the parameters of an authorization request, each with another
// value to send as well.
var repeated = []struct{ name, other string }{
	{"response_type", "token"}, {"client_id", "sgidcheck-other"}, {"redirect_uri", "https://sgidcheck.example/callback"},
	{"scope", "openid"}, {"state", "sgidcheck-other"}, {"nonce", "sgidcheck-other"},
	{"code_challenge", sgid.ChallengeS256("sgidcheck-another-verifier-of-enough-characters")}, {"code_challenge_method", "plain"},
}

var AUTHZ18 = judge.Check{
	ID: "AUTHZ-18", Title: "a parameter sent twice is refused",
	Problem: "a request with a parameter sent twice is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.1")},
	Expect: "A request in which any parameter appears twice, with the same or a different value, is refused.",
	Why:    "If two components read different values, an attacker can have one value checked and the other used.",
	Remedy: "Return invalid_request if a parameter is repeated, before using any of them.",
	Needs:  []judge.Need{judge.Login}, Cases: sentAgain().names(), Covers: []string{"SameParameterTwiceDisallowedTest"},
}

var _ = ginkgo.It("AUTHZ-18 a parameter sent twice is refused", check(AUTHZ18, func(s *Session) {
	s.GoodRequest()
	sentAgain().each(s, func(vary Vary) { s.Expect(s.Authorize(vary)).To(BeRefused()) })
}))

// sentAgain are authorization requests in which one parameter comes twice.
func sentAgain() cases[Vary] {
	var all cases[Vary]
	for _, p := range repeated {
		all = append(all, named[Vary]{p.name + " twice the same", again(p.name, "")}, named[Vary]{p.name + " with two values", again(p.name, p.other)})
	}
	return all
}

// again sends a parameter a second time, with another value or, where that is
// empty, the same.
func again(name, other string) Vary {
	return func(r *request) {
		if other == "" {
			other = r.params.Get(name)
		}
		r.params[name] = append(r.params[name], other)
		r.varied = append(r.varied, "with "+name+" twice")
	}
}
