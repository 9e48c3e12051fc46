package loadtest

import (
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// embedded is a load on the embedded provider, with codes minted through its
// login page or without.
func embedded(t *testing.T, scenario Scenario, throughLogins bool) Options {
	t.Helper()
	p, err := provider.Start(t.Context(), provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	httpClient := p.Clients()[0]
	key, err := sgid.ParsePrivateKey([]byte(httpClient.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	endpoints, err := sgid.DocumentedEndpoints(p.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	guard, err := NewGuard(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Scenario: scenario, Issuer: p.Issuer(), Endpoints: endpoints,
		ClientID: httpClient.ID, ClientSecret: httpClient.Secret, RedirectURI: httpClient.RedirectURIs[0], Key: key,
		Rate: 50, Duration: time.Second, Tokens: 3, Guard: guard,
		Minter: NewFuncMinter(func(challenge, nonce string) (string, error) {
			return p.Mint(httpClient.ID, 0, httpClient.Scopes, challenge, nonce)
		}, provider.DefaultCodeLifetime),
	}
	if throughLogins {
		c, err := client.New(client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o.Minter = NewLoginMinter(login.NewDirect(c, "", ""), endpoints.Authorization, sgid.AuthorizeRequest{
			ClientID: httpClient.ID, RedirectURI: httpClient.RedirectURIs[0], Scopes: httpClient.Scopes,
		}, 0)
	}
	return o
}

func TestLoadOnTheEmbeddedProvider(t *testing.T) {
	for _, scenario := range []Scenario{Token, Userinfo, Login} {
		for name, throughLogins := range map[string]bool{"minted": false, "through logins": true} {
			t.Run(string(scenario)+" "+name, func(t *testing.T) {
				load, err := Run(t.Context(), embedded(t, scenario, throughLogins), nil)
				if err != nil {
					t.Fatal(err)
				}
				if load.Requests != 50 || len(load.Errors) != 0 {
					t.Errorf("%d requests, errors %v, examples %+v", load.Requests, load.Errors, load.Examples)
				}
			})
		}
	}
}
