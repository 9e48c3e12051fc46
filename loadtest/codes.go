package loadtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/cookie"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
)

// Code is an authorization code with all that is needed to redeem it.
type Code struct {
	Value    string
	Verifier string // PKCE code verifier
	Nonce    string
	MintedAt time.Time
	Lifetime time.Duration // 0: not known

	front front    // of the login that it comes from
	login []secret // of the login that it comes from, until they are remembered
}

// Minter makes authorization codes, each with a verifier and a nonce of its
// own. It must be safe for concurrent use. An error means that no more codes
// can be had.
type Minter interface {
	Mint(ctx context.Context) (*Code, error)
}

// newCode makes everything about a code but the code.
func newCode(lifetime time.Duration) (*Code, sgid.PKCE) {
	pkce := sgid.NewPKCE()
	return &Code{Verifier: pkce.Verifier, Nonce: rand.Text(), Lifetime: lifetime}, pkce
}

// MintFunc makes an authorization code for a code challenge and a nonce without
// a login, as the embedded provider can.
type MintFunc func(challenge, nonce string) (code string, err error)

// NewFuncMinter mints by calling f. lifetime is how long a code may be
// redeemed, 0 when that is not known.
func NewFuncMinter(f MintFunc, lifetime time.Duration) Minter {
	return &funcMinter{f, lifetime}
}

type funcMinter struct {
	mint     MintFunc
	lifetime time.Duration
}

func (m *funcMinter) Mint(context.Context) (*Code, error) {
	code, pkce := newCode(m.lifetime)
	code.MintedAt = time.Now()
	var err error
	code.Value, err = m.mint(pkce.Challenge, code.Nonce)
	return code, err
}

// NewLoginMinter mints by logging in: the driver goes through the authorize
// endpoint, for request with a state, nonce and code challenge of its own each
// time. lifetime is how long a code may be redeemed, 0 when that is not known.
//
// The driver's client should keep no record of its exchanges: there may be very
// many.
func NewLoginMinter(driver login.Driver, endpoint string, request sgid.AuthorizeRequest, lifetime time.Duration) Minter {
	return &loginMinter{driver, endpoint, request, lifetime}
}

type loginMinter struct {
	driver   login.Driver
	endpoint string
	request  sgid.AuthorizeRequest
	lifetime time.Duration
}

func (m *loginMinter) Mint(ctx context.Context) (*Code, error) {
	code, pkce := newCode(m.lifetime)
	r := m.request
	r.CodeChallenge, r.Nonce = pkce.Challenge, code.Nonce
	r.State = rand.Text()
	code.MintedAt = time.Now() // at the latest: it can only be younger
	response, err := m.driver.Authorize(ctx, login.Authorization{
		Method:       "GET",
		Endpoint:     m.endpoint,
		Params:       r.Values(),
		RedirectURIs: []string{r.RedirectURI},
	})
	if err != nil {
		return nil, err
	}
	code.front, code.login = frontOf(response), cookiesOf(response)
	if err := m.take(code, response, r.State); err != nil {
		return nil, &loginError{err, code.front, append(code.login, secret{redact.KindCode, response.Params.Get("code")})}
	}
	return code, nil
}

// cookiesOf is the cookies that the exchanges of a login have set.
func cookiesOf(response *login.Response) (set []secret) {
	for _, e := range response.Exchanges {
		for _, field := range e.Header().Values("Set-Cookie") {
			if c, ok := cookie.Parse(field); ok {
				set = append(set, secret{redact.KindCookie, c.Value})
			}
		}
	}
	return set
}

// take takes the code from where a login ended.
func (m *loginMinter) take(code *Code, response *login.Response, state string) error {
	switch {
	case response.Kind == login.ResponseNone && response.Final != nil && response.Final.Err != nil:
		return fmt.Errorf("the login got no answer: %w", response.Final.Err)
	case response.Kind != login.ResponseCallback:
		return errors.New(strings.TrimSpace(fmt.Sprintf("the login did not come back to the redirect URI: it ended with %s (status %d) %s%s", response.Kind, response.Status, response.FormError, response.Differs)))
	case response.Params.Get("error") != "":
		return fmt.Errorf("the login came back with error=%s", response.Params.Get("error"))
	case response.Params.Get("state") != state:
		return errors.New("the login came back with another state")
	}
	if code.Value = response.Params.Get("code"); code.Value == "" {
		return errors.New("the login came back without a code")
	}
	return nil
}
