package suites

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// Gomega's own matchers that the checks use.
var (
	Equal            = gomega.Equal
	BeEmpty          = gomega.BeEmpty
	BeTrue           = gomega.BeTrue
	BeFalse          = gomega.BeFalse
	ContainElement   = gomega.ContainElement
	ConsistOf        = gomega.ConsistOf
	HaveLen          = gomega.HaveLen
	BeNumerically    = gomega.BeNumerically
	ContainSubstring = gomega.ContainSubstring
	MatchRegexp      = gomega.MatchRegexp
	BeNil            = gomega.BeNil
)

// matcher is a Gomega matcher in the protocol's words: judge returns what was
// expected and, where the actual value does not match, what was seen instead.
type matcher struct {
	judge    func(actual any) (expected, observed string, evidence *Exchange)
	expected string
	observed string
	evidence *Exchange
}

// Match judges the actual value.
func (m *matcher) Match(actual any) (bool, error) {
	m.expected, m.observed, m.evidence = m.judge(actual)
	return m.observed == "", nil
}

// FailureMessage says what was expected and seen.
func (m *matcher) FailureMessage(any) string {
	return fmt.Sprintf("expected %s\nobserved %s", m.expected, m.observed)
}

// NegatedFailureMessage says that what was not expected holds.
func (m *matcher) NegatedFailureMessage(any) string { return "did not expect " + m.expected }

// Explain gives the parts of the failure to the record.
func (m *matcher) Explain() (expected, observed string, evidence judge.Recorded) {
	return m.expected, m.observed, m.evidence.recorded()
}

// exchangeOf returns the exchange an actual value stands for, and nil for others.
func exchangeOf(actual any) *Exchange {
	switch a := actual.(type) {
	case *Exchange:
		return a
	case *TokenReply:
		return a.Exchange
	case *UserInfoResponse:
		return a.Exchange
	case *AuthorizationResponse:
		return a.Evidence
	case *Login:
		return a.Evidence
	case *Visit:
		return a.Reply.Exchange
	case *Tokens:
		return a.Reply.Exchange
	}
	return nil
}

// matching is a matcher over values that stand for an exchange; saw returns
// what was seen instead, or nothing.
func matching(expected string, saw func(e *Exchange) string) types.GomegaMatcher {
	return &matcher{judge: func(actual any) (string, string, *Exchange) {
		e := exchangeOf(actual)
		if e == nil {
			return expected, fmt.Sprintf("a %T, which is not an exchange", actual), nil
		}
		if e.Response == nil {
			return expected, e.Saw(), e
		}
		return expected, saw(e), e
	}}
}

// Succeed matches a token reply that grants tokens.
func Succeed() types.GomegaMatcher {
	return &matcher{judge: func(actual any) (string, string, *Exchange) {
		reply := actual.(*TokenReply)
		return "200 with an access_token and an id_token", reply.unsuccessful(), reply.Exchange
	}}
}

// HaveStatus matches an exchange that was answered with one of the statuses.
func HaveStatus(statuses ...int) types.GomegaMatcher {
	words := strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
	return matching("status "+words, func(e *Exchange) string {
		if slices.Contains(statuses, e.Status()) {
			return ""
		}
		return e.Saw()
	})
}

// BeAClientError matches a response with a 4xx status.
func BeAClientError() types.GomegaMatcher {
	return matching("a 4xx status", func(e *Exchange) string {
		if e.Status() >= 400 && e.Status() < 500 {
			return ""
		}
		return e.Saw()
	})
}

// BeJSON matches a response that calls itself JSON.
func BeJSON() types.GomegaMatcher {
	return matching("application/json", func(e *Exchange) string {
		if e.IsJSON() {
			return ""
		}
		return e.Saw()
	})
}

// ForbidStoring matches a response with Cache-Control: no-store.
func ForbidStoring() types.GomegaMatcher {
	return matching("Cache-Control: no-store", func(e *Exchange) string {
		if e.NoStore() {
			return ""
		}
		if e.Header("Cache-Control") == "" {
			return "no Cache-Control"
		}
		return fmt.Sprintf("Cache-Control: %s", e.Header("Cache-Control"))
	})
}

// HoldNoToken matches a response that gives no token away.
func HoldNoToken() types.GomegaMatcher {
	return matching("no token in the response", func(e *Exchange) string {
		// What else is missing or wrong in the response takes nothing from its token.
		if a, _ := sgid.ParseTokenResponse(e.Body()); a != nil && (a.AccessToken != "" || a.IDToken != "") {
			return e.Saw() + " and a token"
		}
		return ""
	})
}

// tokenErrors are the error codes of RFC 6749 section 5.2.
var tokenErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// BeRefused matches a refusal: at the token endpoint a 400 or 401 with an
// error object and no token; at the authorization endpoint an error on the
// redirect, or an error page. A refusal whose form is broken cannot be trusted:
// it blocks by the check that judges the form.
func BeRefused() types.GomegaMatcher { return &refusal{} }

// BeRefusedWith matches a refusal at the token endpoint with one of the error codes.
func BeRefusedWith(codes ...string) types.GomegaMatcher { return &refusal{codes: codes} }

// BeRefusedWithoutRedirect matches a refusal at the authorization endpoint
// that sends nothing to any redirect URI.
func BeRefusedWithoutRedirect() types.GomegaMatcher { return &refusal{noRedirect: true} }

type refusal struct {
	codes      []string
	noRedirect bool
	owner      string // the check that judges what keeps this from being a refusal
	matcher
}

// Blocks names what must be judged first.
func (r *refusal) Blocks() (by, reason string) {
	if r.owner == "" {
		return "", ""
	}
	return r.owner, r.observed
}

// Match judges a token reply or an authorization response.
func (r *refusal) Match(actual any) (bool, error) {
	r.evidence = exchangeOf(actual)
	switch a := actual.(type) {
	case *TokenReply:
		r.token(a)
	case *AuthorizationResponse:
		r.response(a)
	default:
		return false, fmt.Errorf("a %T cannot be refused", actual)
	}
	return r.observed == "", nil
}

func (r *refusal) token(a *TokenReply) {
	r.expected = "a refusal: 400 or 401 with an error object, no token"
	if len(r.codes) > 0 {
		r.expected = "a refusal with " + strings.Join(r.codes, " or ")
	}
	switch {
	case a.grants():
		r.observed = fmt.Sprintf("status %d and a token", a.Status())
		return
	case a.Status() == http.StatusTooManyRequests:
		r.blocked("target", "the target limits the rate of requests (429), which is not a refusal of this request")
		return
	case !a.refuses():
		r.observed = a.Saw()
		return
	}
	e, err := sgid.ParseOAuthError(a.Body())
	if err != nil || !slices.Contains(tokenErrors, e.Code) || a.Status() != http.StatusBadRequest && a.Status() != http.StatusUnauthorized {
		r.blocked("TOKEN-17", "the refusal is not an error object of RFC 6749 section 5.2: "+a.Saw())
		return
	}
	if len(r.codes) > 0 && !slices.Contains(r.codes, e.Code) {
		r.observed = fmt.Sprintf("status %d with error %q", a.Status(), e.Code)
	}
}

func (r *refusal) response(l *AuthorizationResponse) {
	r.expected = "a refusal: an error on the redirect, or an error page"
	if r.noRedirect {
		r.expected = "a refusal without a redirect: an error page"
	}
	switch {
	case l.Status == http.StatusTooManyRequests:
		r.blocked("target", "the target limits the rate of requests (429), which is not a refusal of this request")
	case l.Kind == login.ResponseRefusal && l.strayCode():
		r.observed = fmt.Sprintf("a redirect with a code, to a URL that returns %d", l.Status)
	case l.Kind == login.ResponseRefusal:
	case l.Untold != "":
		r.blocked("the login page", "the response to an invalid request, "+l.Saw())
	case l.Kind == login.ResponseCallback && !r.noRedirect && !l.Granted() && (l.Response.Params.Has("error") || l.InFragment().Has("error")):
		if problem := l.malformedError(); problem != "" {
			r.blocked("AUTHZ-30", "the error redirect is not as in RFC 6749 section 4.1.2.1: "+problem)
		}
	default:
		r.observed = l.Saw()
	}
}

// blocked says that this is no refusal that can be judged, for a reason of
// which by is the owner: it sees it as it is, every other check is blocked.
func (r *refusal) blocked(by, problem string) { r.owner, r.observed = by, problem }

// BeUnauthorized matches a refusal of the userinfo endpoint: a 401 with a
// Bearer challenge that, where codes are given, carries one of them.
func BeUnauthorized(codes ...string) types.GomegaMatcher {
	expected := "401 with WWW-Authenticate: Bearer"
	if len(codes) > 0 {
		expected += ` error="` + strings.Join(codes, `" or "`) + `"`
	}
	return matching(expected, func(e *Exchange) string {
		header := e.Header("WWW-Authenticate")
		switch challenge := bearerChallenge(e); {
		case e.Status() != http.StatusUnauthorized:
			return e.Saw()
		case header == "":
			return "401 without WWW-Authenticate"
		case challenge == "":
			return "401 with WWW-Authenticate: " + clip(header)
		case len(codes) > 0 && !slices.ContainsFunc(codes, func(c string) bool { return challengeError(challenge) == c }):
			return "401 with WWW-Authenticate: " + clip(header)
		}
		return ""
	})
}

// bearerChallenge is the Bearer challenge of WWW-Authenticate with what
// follows it, empty where there is none (RFC 9110 section 11.6.1).
func bearerChallenge(e *Exchange) string {
	at := bearerScheme.FindStringIndex(e.Header("WWW-Authenticate"))
	if at == nil {
		return ""
	}
	return e.Header("WWW-Authenticate")[at[0]:]
}

// offersBasic reports whether one of the challenges of WWW-Authenticate is Basic,
// whatever stands before it, be it in the same field or in another.
func offersBasic(e *Exchange) bool {
	return basicScheme.MatchString(quotedString.ReplaceAllString(e.Header("WWW-Authenticate"), `""`))
}

// challengeError is the error of a challenge, empty where it has none.
func challengeError(challenge string) string {
	if found := errorParameter.FindStringSubmatch(challenge); found != nil {
		return found[1]
	}
	return ""
}

var (
	bearerScheme   = regexp.MustCompile(`(?i)(?:^|,\s*)bearer(?:\s|,|$)`)
	basicScheme    = regexp.MustCompile(`(?i)(?:^|,\s*)basic(?:\s|,|$)`)
	quotedString   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	errorParameter = regexp.MustCompile(`(?i)[\s,]error\s*=\s*"?([^",\s]+)`)
)

// BeValidAgainstTheSchema matches a response whose body is valid against the
// OpenAPI document's schema for the endpoint and the response's status.
func BeValidAgainstTheSchema(of *schemas, endpoint string) types.GomegaMatcher {
	return matching("a body valid against the schema of "+endpoint, func(e *Exchange) string {
		return of.problems(endpoint, e.Status(), e.Body())
	})
}
