package browser

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"
)

// trial is the embedded provider as the target of the browser checks.
type trial struct {
	provider *provider.Provider
	config   *target.Config
	plan     []judge.Planned
}

var credentials *provider.Credentials

// against opens the browser checks against the embedded provider.
func against(t *testing.T, c *Chrome, out string, o provider.Options) *trial {
	t.Helper()
	if credentials == nil {
		made, err := provider.NewCredentials()
		if err != nil {
			t.Fatal(err)
		}
		credentials = made
	}
	o.Credentials = credentials
	p, err := provider.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	client := p.Clients()[0]
	key, err := sgid.ParsePrivateKey([]byte(client.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	config := &target.Config{
		Issuer: p.Issuer(), EndpointsMode: target.EndpointsDiscovery, Timeout: 5 * time.Second, Crypto: "go",
		First: target.Party{ClientID: client.ID, ClientSecret: client.Secret, RedirectURI: client.RedirectURIs[0], RedirectURIs: client.RedirectURIs, Scopes: client.Scopes, Key: key},
	}
	redactor := target.NewRedactor()
	config.Teach(redactor)
	http, err := target.NewClient(target.ClientOptions{Timeout: config.Timeout, NoProxy: true, Redactor: redactor})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.Close)
	if err := Open(Options{Chrome: c, Config: config, Client: http, Redactor: redactor, Embedded: true, Out: out}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Driver.Close(); Close() })
	return &trial{provider: p, config: config, plan: judge.Plan(judge.Choice{Areas: []string{"BROW"}, Missing: map[judge.Need]string{judge.HTTPS: "the target is plain http"}})}
}

// judged runs the planned checks without Ginkgo, which runs once a process.
func judged(ctx context.Context, plan []judge.Planned) []run.Check {
	var out []run.Check
	for _, p := range plan {
		body := bodies[p.Check.ID]
		if p.Skip != "" {
			body = func(t *judge.T) { t.Skip("%s", p.Skip) }
		}
		out = append(out, judge.Judge(ctx, p.Check, body))
	}
	return out
}

func TestEveryCheckPassesOnTheEmbeddedProvider(t *testing.T) {
	out := t.TempDir()
	tr := against(t, chromium, out, provider.Options{})
	if only := os.Getenv("ONLY"); only != "" {
		tr.plan = judge.Plan(judge.Choice{Select: strings.Split(only, ",")})
	}
	started := time.Now()
	for _, c := range judged(context.Background(), tr.plan) {
		t.Logf("%-8s %-5s %5.0f ms  %s %s", c.ID, c.Verdict, c.DurationMS, c.Observed, c.Reason)
		for _, one := range c.Cases {
			if one.Verdict != run.Pass {
				t.Logf("         %s: %s %s", one.Name, one.Verdict, one.Observed)
			}
		}
		want := run.Pass
		switch c.ID {
		case "BROW-10":
			want = run.Skip
		case "BROW-13":
			want = run.Info
		}
		if c.Verdict != want {
			t.Errorf("%s is %s, want %s: %s %s", c.ID, c.Verdict, want, c.Observed, c.Reason)
		}
	}
	t.Logf("in %s", time.Since(started).Round(time.Millisecond))
}
