package browser

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// trial is the embedded provider as the target of the browser checks.
type trial struct {
	config    *config.Config
	campaign  *Campaign
	provider  *provider.Provider
	plan      []judge.Planned
	onRequest atomic.Value // func(provider.Request), told of every request
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
	tr := &trial{}
	o.Log = func(r provider.Request) {
		if f, ok := tr.onRequest.Load().(func(provider.Request)); ok {
			f(r)
		}
	}
	p, err := provider.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	tr.provider = p
	httpClient := p.Clients()[0]
	key, err := sgid.ParsePrivateKey([]byte(httpClient.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	settings := &config.Config{
		Issuer: p.Issuer(), EndpointsMode: config.EndpointsDiscovery, Timeout: 5 * time.Second, Crypto: "go",
		First: config.Registration{ClientID: httpClient.ID, ClientSecret: httpClient.Secret, RedirectURI: httpClient.RedirectURIs[0], RedirectURIs: httpClient.RedirectURIs, Scopes: httpClient.Scopes, Key: key},
	}
	redactor := redact.New()
	settings.Teach(redactor)
	http, err := client.New(client.Options{Timeout: settings.Timeout, NoProxy: true, Secrets: redactor})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.Close)
	if tr.campaign, err = Open(Options{Chrome: c, Config: settings, Client: http, Redactor: redactor, Embedded: true, Out: out}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.campaign.Driver.Close(); tr.campaign.Close() })
	tr.config = settings
	tr.plan = judge.Plan(judge.Choice{Areas: []string{"BROW"}, Missing: map[judge.Need]string{judge.HTTPS: "the target is plain http"}})
	return tr
}

// judged runs the planned checks.
func (tr *trial) judged(plan []judge.Planned) []run.Check {
	var out []run.Check
	campaign := &judge.Campaign{Plan: plan, Body: tr.campaign.Body, After: func(c run.Check) { out = append(out, c) }}
	campaign.Run(context.Background())
	return out
}

func TestEveryCheckPassesOnTheEmbeddedProvider(t *testing.T) {
	out := t.TempDir()
	tr := against(t, chromium, out, provider.Options{})
	started := time.Now()
	for _, c := range tr.judged(tr.plan) {
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

// Killed at any moment, the browser leaves the check that it was needed for
// blocked: neither passed nor failed by what was not seen.
func TestKilledAtRandomMoments(t *testing.T) {
	c, dir := ownChrome(t)
	tr := against(t, c, "", provider.Options{})
	plan := slices.DeleteFunc(slices.Clone(tr.plan), func(p judge.Planned) bool { return p.Skip != "" })
	random := rand.New(rand.NewPCG(7, 11))
	for i := range 10 {
		// A moment is a request that the browser makes: it comes while the browser
		// is at work, however fast this machine is.
		chosen := plan[random.IntN(len(plan))]
		left := int64(random.IntN(2))
		var path atomic.Value
		var seen atomic.Int64
		tr.onRequest.Store(func(r provider.Request) {
			if !strings.HasSuffix(r.Path, "/authorize") && !strings.HasSuffix(r.Path, "/login") {
				return
			}
			if pid := c.PID(); seen.Add(1) == left+1 && pid > 0 {
				syscall.Kill(pid, syscall.SIGKILL)
				path.Store(r.Path)
			}
		})
		tr.campaign.shared, tr.campaign.why = nil, nil
		out := tr.judged([]judge.Planned{chosen})[0]
		killed, _ := path.Load().(string)
		t.Logf("%d: %s, killed at request %d (%s): %s %s %s", i, out.ID, left+1, killed, out.Verdict, out.Observed, out.Reason)
		switch {
		case killed == "":
			if out.Verdict != run.Pass && out.Verdict != run.Info {
				t.Errorf("not killed at all, %s is %s", out.ID, out.Verdict)
			}
		case out.Verdict == run.Fail || out.Verdict == run.Warn:
			t.Errorf("%s is %s although the browser was killed: %s", out.ID, out.Verdict, out.Observed)
		case strings.HasSuffix(killed, "/authorize") && out.Verdict != run.Blocked:
			// After the response to the login form the check may have seen all it needs;
			// after that to the authorization request it cannot.
			t.Errorf("%s is %s although the browser was killed while it opened the page", out.ID, out.Verdict)
		}
	}
	c.Close()
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Where the people are made up, the login page is photographed.
func TestEvidenceShowsTheLoginPage(t *testing.T) {
	tr := against(t, chromium, t.TempDir(), provider.Options{})
	tr.campaign.Embedded = true
	tr.plan = judge.Plan(judge.Choice{Select: []string{"BROW-01"}})
	tr.judged(tr.plan)
	seen := tr.campaign.Evidence()
	if len(seen.Steps) < 2 || seen.Steps[0].Screenshot == "" || !strings.HasPrefix(seen.Steps[0].Thumbnail, "data:image/jpeg;base64,") {
		t.Errorf("the login page was not photographed: %+v", seen.Steps)
	}
}

// A record shows neither secrets nor, where people are real, what a login page
// shows once somebody is on it.
func TestEvidenceHoldsNoSecret(t *testing.T) {
	out := t.TempDir()
	tr := against(t, chromium, out, provider.Options{})
	tr.campaign.Embedded = false // as if the people were real
	tr.plan = judge.Plan(judge.Choice{Select: []string{"BROW-01"}})
	got := tr.judged(tr.plan)[0]
	if got.Verdict != run.Pass {
		t.Fatalf("BROW-01 is %s: %s %s", got.Verdict, got.Observed, got.Reason)
	}
	code, tokens := tr.campaign.shared.code, tr.campaign.shared.tokens
	seen := tr.campaign.Evidence()
	text, err := json.Marshal([]any{seen, got})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(filepath.Join(out, seen.HAR))
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string]string{"the code": code, "the access token": tokens.AccessToken, "the client secret": tr.config.First.ClientSecret} {
		if strings.Contains(string(text), secret) || strings.Contains(string(archive), secret) {
			t.Errorf("%s stands in the evidence", what)
		}
	}
	if len(seen.Steps) < 2 {
		t.Fatalf("only %d steps were noted", len(seen.Steps))
	}
	// The embedded login page names its people, one of whom logged in.
	for _, step := range seen.Steps {
		if step.Screenshot != "" || step.Thumbnail != "" {
			t.Errorf("the step %q shows a person, and its picture was kept", step.Name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(out, "screenshots", "*")); len(left) > 0 {
		t.Errorf("pictures are left: %v", left)
	}
	if len(seen.Timings) != 3 || !strings.Contains(string(archive), `"version": "1.2"`) {
		t.Errorf("timings %v; archive of %d bytes", seen.Timings, len(archive))
	}
}
