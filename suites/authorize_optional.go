package suites

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// What OpenID Connect has besides the parameters sgID documents: other
// methods, prompt, hints, request objects.

var AUTHZ19 = judge.Check{
	ID: "AUTHZ-19", Title: "a POST works like a GET",
	Problem: "an authorization request sent as a POST does not work", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.2.1"), judge.SGIDAPI(apiPage)},
	Expect: "The same parameters, sent as a POST form, result in a code, and in an ID token with the nonce. The sgID documentation describes only GET, so this is a recommendation.",
	Why:    "Long requests may exceed URL length limits, and OpenID Connect clients may use either method.",
	Remedy: "Also accept the parameters of the authorization request in the form body of a POST.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"the login", "the nonce"},
	Wants:  []judge.Want{{Varies: []string{judge.Method}, Code: judge.Redeemed}},
	Covers: []string{"oidcc-ensure-post-request-succeeds", "SupportsPostAuthorizationRequestsTest"},
}

var _ = ginkgo.It("AUTHZ-19 a POST works like a GET", check(AUTHZ19, func(s *Session) {
	s.NeedsAuthorization()
	var posted *Login
	s.Case("the login", func() {
		response := s.authorize(s.Direct, s.request(ByPOST()), true)
		if response.Kind == login.ResponsePage && s.Driver.Name() == config.LoginDirect {
			posted = s.LogIn(ByPOST())
			response = posted.AuthorizationResponse
		}
		if response.Untold != "" && s.Driver.Name() == config.LoginBrowser { // no browser sends it; its page may have a form all the same
			if filled := s.authorize(s.Direct, s.request(ByPOST()), false); filled.Granted() {
				response = filled
			}
		}
		s.leadsOn(response)
	})
	s.Case("the nonce", func() {
		if posted == nil {
			s.SkipFor(run.WantEvidence, "no login began with a POST, which the direct login alone sends")
		}
		s.nonceHolds()
		s.nonceIs(posted.Nonce, s.Tokens(posted))
	})
}))

// needsPOST ends the case where an ordinary request by POST is not served, or
// nobody can say: that another is refused there says nothing.
func (s *Session) needsPOST() {
	response := s.Authorize(ByPOST())
	if response.Untold != "" {
		s.SkipFor(run.WantEvidence, "an ordinary request sent as a POST leads to %s", response.Saw())
	}
	if response.Kind != login.ResponsePage && !response.Granted() {
		s.NotApplicable("the authorization endpoint does not serve a POST")
	}
}

// leadsOn judges that a request leads where a valid one does.
func (s *Session) leadsOn(response *AuthorizationResponse) {
	if !response.Granted() {
		s.untold(response)
		s.stillServed()
	}
	s.Require(response.Kind == login.ResponsePage || response.Granted(), "the login page, or a redirect with a code", response.Saw(), response.Evidence)
}

// promptErrors are the errors of OpenID Connect Core 3.1.2.6 for a login that
// cannot be done without asking the person.
var promptErrors = []string{"login_required", "interaction_required", "account_selection_required", "consent_required"}

var AUTHZ20 = judge.Check{
	ID: "AUTHZ-20", Title: "prompt=none without a session is answered with login_required",
	Problem: "prompt=none without a session is not answered with login_required", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.2.6")},
	Expect: "prompt=none without a session redirects back with login_required or a related error (interaction_required, consent_required, account_selection_required), and shows no page.",
	Why:    "Relying parties use this to find out whether somebody is logged in; a page shown in a hidden frame leaves them waiting.",
	Remedy: "Redirect with login_required if prompt is none and the person would have to interact.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-prompt-none-not-logged-in"},
}

var _ = ginkgo.It("AUTHZ-20 prompt=none without a session is answered with login_required", check(AUTHZ20, func(s *Session) {
	s.GoodRequest()
	response := s.Authorize(With("prompt", "none"))
	s.stillServed()
	refused := !response.Granted() && response.Kind == login.ResponseCallback && slices.Contains(promptErrors, response.Returned("error"))
	s.Require(refused, "a redirect with "+strings.Join(promptErrors, " or "), response.Saw(), response.Evidence)
	s.Expect(response).To(BeRefused())
}))

// hint is a parameter that must not disturb a login.
type hint struct{ name, parameter, value string }

func (h hint) caseName() string { return h.name }

var hints = []hint{
	{"display=page", "display", "page"}, {"display=popup", "display", "popup"},
	{"ui_locales", "ui_locales", "se en-SG"}, {"claims_locales", "claims_locales", "se en-SG"},
	{"acr_values", "acr_values", "1 2"}, {"login_hint", "login_hint", "sgidcheck"},
	{"max_age=1", "max_age", "1"}, {"max_age=10000", "max_age", "10000"}, {"prompt=login", "prompt", "login"},
}

var AUTHZ21 = judge.Check{
	ID: "AUTHZ-21", Title: "optional parameters of OpenID Connect cause no error",
	Problem: "an optional parameter of OpenID Connect makes the login fail", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("15.1")},
	Expect: "display, ui_locales, claims_locales, acr_values, login_hint, max_age and prompt=login lead to the login page or directly to a code.",
	Why:    "Generic OpenID Connect clients send them, and their users are locked out if the provider fails on one.",
	Remedy: "Ignore optional parameters that are not supported.",
	Needs:  []judge.Need{judge.Login}, Cases: judge.Names(hints, hint.caseName),
	Covers: []string{"oidcc-display-page", "oidcc-display-popup", "oidcc-ui-locales", "oidcc-claims-locales", "oidcc-login-hint", "oidcc-max-age-1", "oidcc-max-age-10000", "oidcc-prompt-login", "oidcc-ensure-request-with-acr-values-succeeds"},
}

var _ = ginkgo.It("AUTHZ-21 optional parameters of OpenID Connect cause no error", check(AUTHZ21, func(s *Session) {
	s.GoodRequest()
	for _, h := range hints {
		s.Case(h.name, func() {
			vary := With(h.parameter, h.value)
			response := s.Authorize(vary)
			if response.Untold != "" && s.Driver.Name() == config.LoginBrowser {
				_, response = s.TryLogIn(vary) // the browser sees what the script makes of the page
			}
			s.leadsOn(response)
		})
	}
}))

var AUTHZ22 = judge.Check{
	ID: "AUTHZ-22", Title: "request and request_uri are honoured or refused",
	Problem: "request or request_uri is neither honoured nor properly refused", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("6"), judge.OIDCCORE("3.1.2.6")},
	Expect: "A request object is honoured, or refused with request_not_supported or request_uri_not_supported; it is never used in part.",
	Why:    "When a relying party signs its request, the unsigned parameters must not be used instead.",
	Remedy: "Return request_not_supported and request_uri_not_supported if request objects are not supported.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Wants: []judge.Want{{Perhaps: true}}, Cases: []string{"request", "request_uri"},
	Covers: []string{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", "IsJarSupportedTest"},
}

var _ = ginkgo.It("AUTHZ-22 request and request_uri are honoured or refused", check(AUTHZ22, func(s *Session) {
	s.NeedsAuthorization()
	s.Case("request", func() {
		state, nonce := random(16), random(16)
		object := s.requestObject(state, nonce)
		s.honouredOrRefused(object, state, nonce, "request_not_supported", "invalid_request_object")
	})
	s.Case("request_uri", func() {
		uri := With("request_uri", "https://sgidcheck.example/request-object")
		response := s.Authorize(uri)
		if !response.Granted() && response.Kind != login.ResponsePage {
			s.refusedWith(response, "request_uri_not_supported", "invalid_request_uri")
			return
		}
		s.untold(response)
		s.Fail("request_uri_not_supported", response.Saw()+": request_uri is ignored, and the other parameters are used", response.Evidence)
	})
}))

// requestObject sends an unsigned request object whose state and nonce differ
// from those beside it.
func (s *Session) requestObject(state, nonce string) Vary {
	return func(r *request) {
		claims := map[string]any{"iss": r.params.Get("client_id"), "aud": s.Config.Issuer}
		for name := range r.params {
			if name != "request" {
				claims[name] = r.params.Get(name)
			}
		}
		claims["state"], claims["nonce"] = state, nonce
		payload, _ := json.Marshal(claims) // strings alone: cannot fail
		encode := base64.RawURLEncoding.EncodeToString
		r.params.Set("request", encode([]byte(`{"alg":"none"}`))+"."+encode(payload)+".")
		r.varied = append(r.varied, "with a request object")
	}
}

func (s *Session) refusedWith(response *AuthorizationResponse, errors ...string) {
	named := response.Kind != login.ResponseCallback || slices.Contains(errors, response.Returned("error"))
	s.Require(named, "a refusal with "+strings.Join(errors, " or "), response.Saw(), response.Evidence)
	s.Expect(response).To(BeRefused())
}

func (s *Session) honouredOrRefused(object Vary, state, nonce string, errors ...string) {
	response := s.Authorize(object)
	if !response.Granted() && response.Kind != login.ResponsePage {
		if response.Kind == login.ResponseCallback && response.Returned("state") == state {
			response.Sent["state"] = []string{state} // the object's state is the request's where the object is read
		}
		s.refusedWith(response, errors...)
		return
	}
	login, response := s.TryLogIn(object)
	if login == nil {
		s.refusedWith(response, errors...)
		return
	}
	login.Nonce = ""
	tokens := s.Tokens(login)
	id := s.IDToken(tokens)
	stateTaken := login.Returned("state") == state
	nonceTaken := id.Nonce != nil && *id.Nonce == nonce
	saw := fmt.Sprintf("the request object is used in part: its state %s, its nonce %s", taken(stateTaken), taken(nonceTaken))
	if !stateTaken && !nonceTaken {
		saw = "the request object is ignored, and the other parameters are used"
	}
	s.Require(stateTaken && nonceTaken, "the request object honoured, or "+errors[0], saw, login.Evidence)
}

func taken(yes bool) string {
	if yes {
		return "is used"
	}
	return "is not"
}

var otherMethods = []string{http.MethodPut, http.MethodDelete, http.MethodPatch}

var AUTHZ31 = judge.Check{
	ID: "AUTHZ-31", Title: "PUT, DELETE and PATCH are refused",
	Problem: "PUT, DELETE or PATCH is not refused", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9110", "15.5.6")},
	Expect: "PUT, DELETE and PATCH get a 4xx status.",
	Why:    "A server error here points to untested code that anyone can reach.",
	Remedy: "Return 405 for every method except GET, HEAD and POST.",
	Needs:  []judge.Need{judge.Login}, Cases: otherMethods,
}

var _ = ginkgo.It("AUTHZ-31 PUT, DELETE and PATCH are refused", check(AUTHZ31, func(s *Session) {
	s.GoodRequest()
	for _, method := range otherMethods {
		s.Case(method, func() {
			r := login.Authorization{Method: http.MethodGet, Endpoint: s.Endpoint(authorization), Params: s.request().params}.Request()
			r.Method = method
			e := s.Do(r)
			s.noteRefusal(e)
			s.Expect(e).To(BeAClientError())
		})
	}
}))
