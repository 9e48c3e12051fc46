package browser

import (
	"io"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rp"
)

// A person scans the QR code off the terminal, which the page's script has drawn
// in a browser that nobody sees.
func TestInteractiveAtAPageThatScriptDraws(t *testing.T) {
	credentials, err := provider.NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	credentials.Clients[0].RedirectURIs = []string{freeRedirect(t)}
	for _, form := range []string{provider.LoginPageQR, provider.LoginPageApp} {
		t.Run(form, func(t *testing.T) {
			p, err := provider.Start(t.Context(), provider.Options{LoginPage: form, Credentials: credentials})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			client, err := client.New(client.Options{NoProxy: true})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			in, keyboard := io.Pipe()
			defer keyboard.Close()
			out := newScreen()
			d, err := NewInteractive(InteractiveOptions{Chrome: chromium, Client: client, In: in, Out: out})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			agency := config.Registration{ClientID: credentials.Clients[0].ID, RedirectURI: credentials.Clients[0].RedirectURIs[0], Scopes: []string{"openid"}}
			login := rp.RelyingParty{Registration: agency, Client: client}.NewLogin()
			done := make(chan sat, 1)
			ctx := within(t, 3*time.Minute)
			go func() {
				l, err := d.Authorize(ctx, login.Authorization(p.Issuer()+"/oauth/authorize"))
				done <- sat{l, err, d}
			}()
			out.await(t, "is valid for")
			codes := out.codes(t)
			if len(codes) != 1 {
				t.Fatalf("the terminal shows %q", codes)
			}
			if err := p.Scan(codes[0], 0); err != nil {
				t.Fatal(err)
			}
			if got := <-done; got.err != nil || got.response.Code() == "" || got.response.Params.Get("state") != login.Request.State {
				t.Fatalf("landed on %+v, %v", got.response, got.err)
			}
		})
	}
}
