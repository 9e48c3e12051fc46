package proof_test

import (
	"context"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// failing is a browser that fails behind the login page while it is to.
type failing struct {
	application.Browser
	fails func() bool
}

func (b *failing) Return(ctx context.Context, to string) *application.Way {
	if b.fails() {
		return &application.Way{Stuck: "the browser is gone"}
	}
	return b.Browser.Return(ctx, to)
}

func (b *failing) Open(ctx context.Context, address string) *application.Way {
	if b.fails() {
		return &application.Way{Stuck: "the browser is gone"}
	}
	return b.Browser.Open(ctx, address)
}

// What a browser that failed never brought to the application was not refused by
// it, and does not keep it from logging people in.
func TestBrowserThatFails(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var fails func() bool
	client := behind(t, trials, nil).Client
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &failing{&application.HTTP{Site: site, Client: client, KeepStrict: manner.KeepStrict}, func() bool { return fails() }}, nil
	}
	never := func() bool { return false }
	for _, id := range []string{"RP-18", "RP-19", "RP-21", "RP-30", "RP-33", "RP-35", "RP-51"} {
		fails = never
		campaign := behind(t, trials, nil)
		fails = func() bool { return true }
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked || got.BlockedBy != "harness" {
			t.Errorf("%s: %s by %q: %s%s", id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
		}
	}
	fails = never
	campaign := behind(t, trials, nil)
	var nth atomic.Int64
	fails = func() bool { return nth.Add(1) == 1 }
	if got := judged(t.Context(), t, campaign, "RP-19"); got.Verdict != run.Pass {
		t.Errorf("RP-19, with a browser that fails once: %s %s%s", got.Verdict, got.Observed, got.Reason)
	}

	for _, last := range []int64{0, 1, 5} { // of what the rest is judged by
		fails = func() bool { return true }
		if last > 0 {
			nth.Store(0)
			fails = func() bool { return nth.Add(1) > last }
		}
		campaign, end, err := trials.Open(t.Context(), demoapp.Options{}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := campaign.Learn(t.Context()); err != nil {
			t.Errorf("after %d: %v", last, err)
		}
		for _, id := range []string{"RP-01", "RP-18", "RP-71"} {
			if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked || got.BlockedBy != "harness" || got.Reason == "" || got.Observed != "" {
				t.Errorf("after %d, %s: %s by %q: %s%s", last, id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
			}
		}
		end()
	}
}
