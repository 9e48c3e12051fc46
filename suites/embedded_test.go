package suites_test

import (
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"
	"sgidcheck/suites"
)

// TestEmbeddedProvider runs the very specs that the program runs, against the
// embedded provider; `ginkgo ./suites` does the same.
func TestEmbeddedProvider(t *testing.T) {
	p, err := provider.Start(t.Context(), provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	config := &target.Config{
		Issuer: p.Issuer(), EndpointsMode: target.EndpointsDiscovery, Login: target.LoginDirect, Crypto: sgid.EngineAuto,
		Timeout: 10 * time.Second, ClockSkew: time.Minute,
	}
	var parties []target.Party
	for _, c := range p.Clients() {
		key, err := sgid.ParsePrivateKey([]byte(c.PrivateKey))
		if err != nil {
			t.Fatal(err)
		}
		parties = append(parties, target.Party{ClientID: c.ID, ClientSecret: c.Secret, RedirectURI: c.RedirectURIs[0], RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, Key: key})
	}
	config.First, config.Second = parties[0], &parties[1]
	redactor := target.NewRedactor()
	config.Teach(redactor)
	client, err := target.NewClient(config.ClientOptions("test", redactor))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	direct := target.NewDirect(client, "", "")
	if err := suites.Open(suites.Options{Config: config, Client: client, Redactor: redactor, Driver: direct, Direct: direct, Advance: p.Advance}); err != nil {
		t.Fatal(err)
	}
	judged := 0
	campaign := &judge.Campaign{
		Plan:     judge.Plan(judge.Choice{Missing: map[judge.Need]string{judge.HTTPS: "the target is plain http"}}),
		Between:  suites.Between,
		Reporter: t,
		After: func(c run.Check) {
			switch c.Verdict {
			case run.Pass, run.Info:
				judged++
			case run.Skip:
			default:
				t.Errorf("%s: %s: %s%s", c.ID, c.Verdict, c.Observed, c.Reason)
			}
		},
	}
	unreached, err := campaign.Run(t.Context(), "the embedded provider")
	if err != nil || unreached > 0 {
		t.Errorf("%d checks were not reached: %v", unreached, err)
	}
	if judged < 100 {
		t.Errorf("only %d checks were judged", judged)
	}
}
