package rp

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"sgidcheck/internal/sgid"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
)

// RelyingParty is a party at work: it sends the requests that a client of sgID
// sends, through the recording client.
type RelyingParty struct {
	config.Registration
	Client *client.Client
}

// Login is one login on its way: what was asked, and where it landed.
type Login struct {
	Registration config.Registration
	Request      sgid.AuthorizeRequest
	Verifier     string
	Response     *login.Response // nil before Authorize
}

// Code is the authorization code the login ended with, or empty.
func (l *Login) Code() string { return l.Response.Code() }

// NewLogin prepares a login with a fresh PKCE pair, state and nonce. No scopes
// means the party's own.
func (p RelyingParty) NewLogin(scopes ...string) *Login {
	pair := sgid.NewPKCE()
	if len(scopes) == 0 {
		scopes = p.Scopes
	}
	p.Client.Secrets().Learn(redact.KindVerifier, pair.Verifier)
	return &Login{
		Registration: p.Registration,
		Verifier:     pair.Verifier,
		Request: sgid.AuthorizeRequest{
			ClientID: p.ClientID, RedirectURI: p.RedirectURI, Scopes: scopes,
			State: rand.Text(), Nonce: rand.Text(), CodeChallenge: pair.Challenge,
		},
	}
}

// Authorization is the login as a driver takes it.
func (l *Login) Authorization(endpoint string) login.Authorization {
	return login.Authorization{Endpoint: endpoint, Params: l.Request.Values(), RedirectURIs: l.Registration.Callbacks()}
}

// TokenForm is the token request that redeems the login's code
// (client_secret_post). A caller may change it before sending.
func (l *Login) TokenForm() url.Values {
	return sgid.TokenRequest{
		ClientID: l.Registration.ClientID, ClientSecret: l.Registration.ClientSecret, Code: l.Code(),
		RedirectURI: l.Request.RedirectURI, CodeVerifier: l.Verifier,
	}.Values()
}

// LogIn runs a whole login through the driver with the person of that number
// and returns it with its response. The error is the driver's.
func (p RelyingParty) LogIn(ctx context.Context, d login.Driver, endpoint string, person int, scopes ...string) (*Login, error) {
	l := p.NewLogin(scopes...)
	a := l.Authorization(endpoint)
	a.Person = person
	response, err := d.Authorize(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("login driver %s: %w", d.Name(), err)
	}
	l.Response = response
	return l, nil
}

// Redeem posts a form to the token endpoint.
func (p RelyingParty) Redeem(ctx context.Context, endpoint string, form url.Values) *exchange.Exchange {
	return p.Client.Do(ctx, exchange.Request{
		Method: http.MethodPost, URL: endpoint, Body: []byte(form.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
	})
}
