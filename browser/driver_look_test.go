package browser

import (
	"io"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rp"
)

// requestOf is an authorization request of the provider's first client, with
// changes: name, value, name, value.
func requestOf(p *provider.Provider, changes ...string) login.Authorization {
	c := p.Clients()[0]
	login := rp.RelyingParty{Registration: config.Registration{ClientID: c.ID, RedirectURI: c.RedirectURIs[0], Scopes: []string{"openid"}}, Client: noClient}.NewLogin()
	a := login.Authorization(p.Issuer() + "/oauth/authorize")
	for i := 0; i+1 < len(changes); i += 2 {
		a.Params[changes[i]] = []string{changes[i+1]}
	}
	return a
}

var noClient = func() *client.Client {
	c, err := client.New(client.Options{NoProxy: true})
	if err != nil {
		panic(err)
	}
	return c
}()

func providerWith(t *testing.T, o provider.Options) *provider.Provider {
	t.Helper()
	p, err := provider.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestLookSeesWhatTheScriptShows(t *testing.T) {
	p := providerWith(t, provider.Options{LoginPage: provider.LoginPageApp})
	d, err := NewDriver(chromium, DriverOptions{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	good, err := d.Look(within(t, 2*time.Minute), requestOf(p))
	if err != nil || good.Kind != login.ResponsePage || good.Screen == nil || !good.Screen.QR {
		t.Fatalf("a good request: %+v, %v", good, err)
	}
	bad, err := d.Look(within(t, 2*time.Minute), requestOf(p, "response_type", "token"))
	if err != nil || bad.Kind != login.ResponsePage || bad.Screen == nil || bad.Screen.QR || !strings.Contains(string(bad.Screen.HTML), "unsupported_response_type") {
		t.Fatalf("a bad request: %+v, %v", bad, err)
	}
	if sort, why := login.TellScreen(bad.Screen, good.Screen); sort != login.PageError {
		t.Errorf("the page of a bad request is told for %s %s", sort, why)
	}
}

// Nobody is asked to scan a code that never comes.
func TestInteractiveEndsWhereTheRequestIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		chrome *Chrome
		o      provider.Options
		kind   login.ResponseKind
	}{
		"a page with 200":              {chromium, provider.Options{LoginPage: provider.LoginPageQR}, login.ResponsePage},
		"a page with 400":              {chromium, provider.Options{LoginPage: provider.LoginPageQR, Variants: []string{"error-page-400"}}, login.ResponseRefusal},
		"by script":                    {chromium, provider.Options{LoginPage: provider.LoginPageApp}, login.ResponsePage},
		"a page with 200, no browser":  {nil, provider.Options{LoginPage: provider.LoginPageQR}, login.ResponsePage},
		"a page with 400, no browser":  {nil, provider.Options{LoginPage: provider.LoginPageQR, Variants: []string{"error-page-400"}}, login.ResponseRefusal},
		"on the redirect, and no page": {nil, provider.Options{}, login.ResponseCallback},
	} {
		t.Run(name, func(t *testing.T) {
			p := providerWith(t, tt.o)
			in, keyboard := io.Pipe()
			defer keyboard.Close()
			d, err := NewInteractive(InteractiveOptions{Chrome: tt.chrome, Client: noClient, In: in, Out: io.Discard})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			a := requestOf(p, "response_type", "token", "redirect_uri", p.Clients()[0].RedirectURIs[0])
			response, err := d.Authorize(within(t, 3*time.Minute), a)
			if err != nil || response.Kind != tt.kind || response.Code() != "" {
				t.Errorf("landed on %+v, %v; want %s", response, err, tt.kind)
			}
		})
	}
}
