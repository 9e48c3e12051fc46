package suites_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/suites"
)

// Where a phone logs in, a program sees what is refused, without a login.
func TestRefusalsOfAPageThatNobodyCanSubmit(t *testing.T) {
	ids := []string{"AUTHZ-01", "AUTHZ-04", "AUTHZ-07", "AUTHZ-08", "PKCE-03", "PKCE-05"}
	credentials, err := provider.NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    provider.Options
		look bool                   // there is a browser
		want map[string]run.Verdict // where it is not pass
	}{
		{"error pages as documented", provider.Options{LoginPage: provider.LoginPageQR}, false, map[string]run.Verdict{"AUTHZ-01": run.Blocked}},
		{"error pages with 400", provider.Options{LoginPage: provider.LoginPageQR, Variants: []string{"error-page-400"}}, false, map[string]run.Verdict{"AUTHZ-01": run.Blocked}},
		{"a redirect URI that is not refused", provider.Options{LoginPage: provider.LoginPageQR, Faults: []string{"redirect-unchecked"}}, false,
			map[string]run.Verdict{"AUTHZ-01": run.Blocked, "AUTHZ-08": run.Fail}},
		{"one page for everything", provider.Options{LoginPage: provider.LoginPageApp}, true, map[string]run.Verdict{"AUTHZ-01": run.Blocked}},
		{"one page for everything, and a redirect URI that is not refused", provider.Options{LoginPage: provider.LoginPageApp, Faults: []string{"redirect-unchecked"}}, true,
			map[string]run.Verdict{"AUTHZ-01": run.Blocked, "AUTHZ-08": run.Fail}},
		{"one page for everything, and no browser", provider.Options{LoginPage: provider.LoginPageApp}, false,
			map[string]run.Verdict{"AUTHZ-01": run.Blocked, "AUTHZ-04": run.Blocked, "AUTHZ-07": run.Blocked, "AUTHZ-08": run.Blocked, "PKCE-03": run.Blocked, "PKCE-05": run.Blocked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Credentials = credentials
			config, err := config.Resolve(nil, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			config.Select = ids
			r, err := rig.Open(t.Context(), config, rig.Options{Provider: tt.o, Suites: []rig.Opener{withLook(tt.look)}})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			want, got := map[string]run.Verdict{}, map[string]run.Verdict{}
			for _, id := range ids {
				want[id] = run.Pass
			}
			maps.Copy(want, tt.want)
			for _, c := range r.Judge(t.Context()).Checks {
				got[c.ID] = c.Verdict
			}
			if !maps.Equal(got, want) {
				t.Errorf("verdicts %v, want %v", got, want)
			}
		})
	}
}

// withLook opens the suites, with what stands for a browser at the page whose
// script asks what to show.
func withLook(look bool) rig.Opener {
	return func(r *rig.Rig) (rig.Suite, error) {
		o := suites.Options{Config: r.Config, Client: r.Client, Redactor: r.Redactor, Driver: r.Driver, Direct: r.Direct}
		if look {
			o.Look = func(ctx context.Context, a login.Authorization) (*login.Response, error) {
				e := r.Client.Do(ctx, exchange.Request{Method: http.MethodPost, URL: r.Config.Issuer + "/login/start?" + a.Params.Encode()})
				var shown struct{ Error, Transaction string }
				if err := json.Unmarshal(e.Body(), &shown); err != nil {
					return nil, err
				}
				screen := &login.Screen{HTML: []byte("<h1>Scan</h1><canvas></canvas>"), QR: true}
				if shown.Transaction == "" {
					screen = &login.Screen{HTML: []byte("<h1>Error</h1><p>" + shown.Error + "</p>")}
				}
				return &login.Response{Kind: login.ResponsePage, Screen: screen, Final: e}, nil
			}
		}
		c, err := suites.Open(o)
		if err != nil {
			return rig.Suite{}, err
		}
		return rig.Suite{Body: c.Body, Between: c.Between}, nil
	}
}
