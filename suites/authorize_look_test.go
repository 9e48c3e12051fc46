package suites_test

import (
	"maps"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/suites"
)

// Where a phone logs in, a program sees what is refused, without a login.
func TestRefusalsOfAPageThatNobodyCanSubmit(t *testing.T) {
	ids := []string{"AUTHZ-01", "AUTHZ-04", "AUTHZ-07", "AUTHZ-08", "PKCE-03"}
	credentials, err := provider.NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    provider.Options
		want map[string]run.Verdict // where it is not pass
	}{
		{"error pages as documented", provider.Options{LoginPage: provider.LoginPageQR}, map[string]run.Verdict{"AUTHZ-01": run.Blocked}},
		{"error pages with 400", provider.Options{LoginPage: provider.LoginPageQR, Variants: []string{"error-page-400"}}, map[string]run.Verdict{"AUTHZ-01": run.Blocked}},
		{"a redirect URI that is not refused", provider.Options{LoginPage: provider.LoginPageQR, Faults: []string{"redirect-unchecked"}},
			map[string]run.Verdict{"AUTHZ-01": run.Blocked, "AUTHZ-08": run.Fail}},
		{"one page for everything, and no browser", provider.Options{LoginPage: provider.LoginPageApp},
			map[string]run.Verdict{"AUTHZ-01": run.Blocked, "AUTHZ-04": run.Blocked, "AUTHZ-07": run.Blocked, "AUTHZ-08": run.Blocked, "PKCE-03": run.Blocked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Credentials = credentials
			config, err := config.Resolve(nil, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			config.Select = ids
			r, err := rig.Open(t.Context(), config, rig.Options{Provider: tt.o, Suites: []rig.Opener{suites.On}})
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
