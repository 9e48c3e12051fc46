package browser

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// The relying party's side of the browser checks: what is done with a code.

// exchange is one request and its response, as evidence of a check.
type recorded struct {
	*exchange.Exchange
	redactor *redact.Redactor
}

// Record returns the exchange redacted, as the run record holds it.
func (e *recorded) Record() run.Exchange { return e.redactor.Exchange(e.Exchange) }

func (s *Session) evidenceOf(e *exchange.Exchange) judge.Recorded {
	if e == nil {
		return nil
	}
	return &recorded{e, s.Redactor}
}

func (s *Session) keep(e *exchange.Exchange) {
	if e != nil {
		s.Keep(&recorded{e, s.Redactor})
	}
}

// send sends a request of the relying party. No response is never judged here:
// what keeps it away has its own checks.
func (s *Session) send(r exchange.Request) *exchange.Exchange {
	e := s.Client.Do(s.Context, r)
	s.keep(e)
	if e.NoResponse() {
		if s.Context.Err() != nil {
			s.Block("harness", "the run was interrupted, or the check exceeded its time limit")
		}
		s.Block("target", "the target does not answer: %s", e.Reason())
	}
	return e
}

// places returns the endpoints in use: the documented ones, or those that the
// metadata gives. Metadata that cannot be read blocks by DISC-01.
func (s *Session) places() sgid.Endpoints {
	if s.endpoints != nil {
		return *s.endpoints
	}
	documented, err := sgid.DocumentedEndpoints(s.Config.Issuer)
	if err != nil {
		s.Block("configuration", "the documented endpoints cannot be derived: %v", err)
	}
	if s.Config.EndpointsMode == config.EndpointsDocumented {
		s.endpoints = &documented
		return documented
	}
	address, err := sgid.DiscoveryURL(s.Config.Issuer)
	if err != nil {
		s.Block("configuration", "the discovery endpoint cannot be derived: %v", err)
	}
	e := s.send(exchange.Request{URL: address})
	m, err := sgid.ParseMetadata(e.Body())
	if e.Status() != http.StatusOK || m == nil {
		s.Block("DISC-01", "the metadata cannot be read: status %d, %v", e.Status(), err)
	}
	found := sgid.Endpoints{
		Authorization: m.AuthorizationEndpoint, Token: m.TokenEndpoint,
		UserInfo: m.UserInfoEndpoint, JWKS: m.JWKSURI, Discovery: address,
	}
	for name, value := range map[string]string{"authorization_endpoint": found.Authorization, "token_endpoint": found.Token, "userinfo_endpoint": found.UserInfo} {
		if value == "" {
			s.Block("DISC-03", "the metadata has no %s", name)
		}
	}
	s.endpoints = &found
	return found
}

// redeem sends a code to the token endpoint.
func (s *Session) redeem(l *authorized) (*exchange.Exchange, *sgid.TokenResponse) {
	values := sgid.TokenRequest{
		ClientID: l.client.ClientID, ClientSecret: l.client.ClientSecret, Code: l.code,
		RedirectURI: l.params.Get("redirect_uri"), CodeVerifier: l.pkce.Verifier,
	}.Values()
	e := s.send(exchange.Request{
		Method: http.MethodPost, URL: s.places().Token, Body: []byte(values.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
	})
	answer, err := sgid.ParseTokenResponse(e.Body())
	if err != nil || e.Status() != http.StatusOK || answer.AccessToken == "" || answer.IDToken == "" {
		return e, nil
	}
	s.Redactor.Learn(redact.KindAccessToken, answer.AccessToken)
	s.Redactor.Learn("id_token", answer.IDToken)
	return e, answer
}

// credentialsBlamed says whether the client's credentials are what an exchange
// is refused for.
func (s *Session) credentialsBlamed(e *exchange.Exchange) string {
	if blame := s.Config.BlameCredentials(&s.Config.First, e.Body()); blame != "" {
		return "; " + blame
	}
	return ""
}

// tokens redeems a login's code, which must succeed. What is wrong with a
// token response belongs to TOKEN-01.
func (s *Session) tokens(l *authorized) *sgid.TokenResponse {
	if l.tokens != nil {
		return l.tokens
	}
	e, answer := s.redeem(l)
	if answer == nil {
		s.Block("TOKEN-01", "the code of the login in the browser is not redeemed: status %d%s", e.Status(), s.credentialsBlamed(e))
	}
	l.tokens = answer
	return answer
}

// subject is the person of a login, as the ID token names them.
func (s *Session) subject(l *authorized) *sgid.IDToken {
	t, err := sgid.ParseIDToken(s.tokens(l).IDToken)
	if err != nil {
		s.Block("IDT-01", "the ID token cannot be read: %v", err)
	}
	return t
}

// data asks for a login's data and opens it.
func (s *Session) data(l *authorized) map[string]string {
	e := s.send(exchange.Request{
		URL:    s.places().UserInfo,
		Header: http.Header{"Authorization": {"Bearer " + s.tokens(l).AccessToken}, "Accept": {"application/json"}},
	})
	info, err := sgid.ParseUserInfo(e.Body())
	if e.Status() != http.StatusOK || err != nil {
		s.Block("UINFO-01", "the data of the login in the browser is not returned: status %d", e.Status())
	}
	if len(info.Data) == 0 {
		return nil
	}
	if l.client.Key == nil {
		s.Block("configuration", "no private key is configured for the client %s", l.client.ClientID)
	}
	d, err := sgid.NewDecrypter(l.client.Key, s.Config.Crypto)
	if err != nil {
		s.Block("configuration", "the private key cannot be used: %v", err)
	}
	plain, err := d.Decrypt(info)
	if err != nil {
		s.Block("CRYPT-05", "the data of the login in the browser does not decrypt: %v", err)
	}
	for _, value := range plain {
		s.Redactor.Learn("personal", value)
	}
	return plain
}

// request is an ordinary authorization request with fresh state, nonce and
// PKCE pair.
type request struct {
	client *config.Registration
	params url.Values
	pkce   sgid.PKCE
	person int
	cancel bool
}

func (s *Session) request() *request {
	pkce := sgid.NewPKCE()
	client := &s.Config.First
	return &request{client: client, pkce: pkce, params: sgid.AuthorizeRequest{
		ClientID: client.ClientID, RedirectURI: client.RedirectURI, Scopes: client.Scopes,
		State: random(), Nonce: random(), CodeChallenge: pkce.Challenge,
	}.Values()}
}

// authorization is the request as the login drivers take it.
func (s *Session) authorization(r *request) login.Authorization {
	return login.Authorization{
		Endpoint: s.places().Authorization, Params: r.params, RedirectURIs: r.client.Callbacks(),
		Person: r.person, Cancel: r.cancel,
	}
}

func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// login is an authorization request that led back with a code.
type authorized struct {
	*request
	response *login.Response
	code     string
	tokens   *sgid.TokenResponse
	// byPerson is where a person's login stands; nil: a program made it.
	byPerson *browserLogin
	hops     []*hop
	said     []message
	times    times
}

// saw says in a few words where a request led.
func saw(l *login.Response) string {
	switch l.Kind {
	case login.ResponseCallback:
		if e := l.Params.Get("error"); e != "" {
			return fmt.Sprintf("the redirect URI, with error %q", e)
		}
		return "the redirect URI"
	case login.ResponsePage:
		text := "a page"
		if l.Status > 0 {
			text += fmt.Sprintf(" with status %d", l.Status)
		}
		if l.FormError != "" {
			text += ": " + l.FormError
		}
		return text
	case login.ResponseElsewhere:
		text := "another place, " + originOf(l.Location)
		if l.Differs != "" {
			text += ": " + l.Differs
		}
		return text
	case login.ResponseNone:
		return "no answer: " + l.Final.Reason()
	}
	return fmt.Sprintf("status %d", l.Status)
}
