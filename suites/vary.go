package suites

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/sgid"
)

// request is an authorization request being put together.
type request struct {
	method string
	params url.Values
	pkce   sgid.PKCE
	nonce  string // that it has where it is not varied
	second bool   // by the second client
	person int    // 0 the first, 1 the second
	cancel bool
	extra  url.Values // of the token request that redeems its code
	varied []string   // in what it differs from an ordinary login
}

// Vary changes an authorization request.
type Vary func(*request)

// With sets a parameter of the authorization request; no value leaves it out,
// several values send it several times.
func With(name string, values ...string) Vary {
	return func(r *request) {
		if len(values) == 0 {
			r.params.Del(name)
			r.varied = append(r.varied, "without "+name)
			return
		}
		r.params[name] = values
		r.varied = append(r.varied, "with its own "+name)
	}
}

// Without leaves a parameter out.
func Without(name string) Vary { return With(name) }

// ByPOST sends the authorization request as a form.
func ByPOST() Vary {
	return func(r *request) { r.method = http.MethodPost; r.varied = append(r.varied, "by POST") }
}

// BySecondClient makes it the second client's request.
func BySecondClient() Vary { return func(r *request) { r.second = true } }

// BySecondPerson has another person log in.
func BySecondPerson() Vary { return func(r *request) { r.person = 1 } }

// Cancelled gives up on the login page instead of logging in.
func Cancelled() Vary { return func(r *request) { r.cancel = true } }

// WithVerifier uses this code verifier, and its S256 challenge.
func WithVerifier(verifier string) Vary {
	return func(r *request) {
		r.pkce = sgid.PKCE{Verifier: verifier, Challenge: sgid.ChallengeS256(verifier)}
		r.params.Set("code_challenge", r.pkce.Challenge)
		r.varied = append(r.varied, fmt.Sprintf("with a verifier of %d characters", len(verifier)))
	}
}

// rightVerifier is what a provider has to take for the request's code; empty: nothing, as its
// challenge is none of a proper verifier.
func (r *request) rightVerifier() string {
	if n := len(r.pkce.Verifier); n < 43 || n > 128 || r.params.Get("code_challenge") != sgid.ChallengeS256(r.pkce.Verifier) {
		return ""
	}
	return r.pkce.Verifier
}

// RedeemedWith adds a parameter to the token request that redeems the code.
func RedeemedWith(name, value string) Vary {
	return func(r *request) { r.extra = url.Values{name: {value}} }
}

// WithScopes asks for these scopes instead of all that the client has.
func WithScopes(scopes ...string) Vary { return With("scope", strings.Join(scopes, " ")) }
