package proof_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
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

// unsettled is a browser in which a request of each page's scripts stays open
// while it is to.
type unsettled struct {
	application.Browser
	open func() bool
}

func (b *unsettled) Open(ctx context.Context, address string) *application.Way {
	way := b.Browser.Open(ctx, address)
	if b.open() {
		way.Open = append(way.Open, &exchange.Exchange{Request: exchange.Request{URL: address + "?data"}})
	}
	return way
}

// Whom a page would have shown whose scripts still wait is not known, unless the
// page of nobody has them wait, too.
func TestPageThatNeverComesToRest(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, always := range []bool{false, true} {
		open := always
		trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
			return &unsettled{byItself(t, site, manner), func() bool { return open }}, nil
		}
		campaign := behind(t, trials, nil)
		open = true
		want := map[bool]run.Verdict{false: run.Blocked, true: run.Pass}[always]
		for _, id := range []string{"RP-19", "RP-22", "RP-31", "RP-33", "RP-55", "RP-70"} {
			if got := judged(t.Context(), t, campaign, id); got.Verdict != want {
				t.Errorf("%s, scripts that always wait %v: %s %s%s, want %s", id, always, got.Verdict, got.Observed, got.Reason, want)
			}
		}
	}
}

// What a browser that failed never brought to the application was not refused by
// it, and does not keep it from logging people in.
func TestBrowserThatFails(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var fails func() bool
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &failing{byItself(t, site, manner), func() bool { return fails() }}, nil
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

// late is a browser that opens the page behind a callback that was long in coming
// only once another browser has opened a page.
type late struct {
	application.Browser
	opened *pages
	behind int64 // pages had been opened when the slow callback came; -1: it was not slow
}

// pages counts those that were opened.
type pages struct {
	mu      sync.Mutex
	n       int64
	changed chan struct{}
}

func (p *pages) count() (int64, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n, p.changed
}

func (p *pages) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	close(p.changed)
	p.changed = make(chan struct{})
}

func (b *late) Return(ctx context.Context, to string) *application.Way {
	began := time.Now()
	way := b.Browser.Return(ctx, to)
	if time.Since(began) > time.Second { // the provider does not answer it
		b.behind, _ = b.opened.count()
	}
	return way
}

func (b *late) Open(ctx context.Context, address string) *application.Way {
	for b.behind >= 0 {
		n, changed := b.opened.count()
		if n > b.behind {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			b.behind = -1
		}
	}
	b.behind = -1
	defer b.opened.add()
	return b.Browser.Open(ctx, address)
}

// byItself is a browser with connections of its own: none is left to an application that
// has been started again since.
func byItself(t *testing.T, site *application.Site, manner application.Manner) application.Browser {
	c, err := client.New(client.Options{Timeout: 6 * time.Second, Secrets: redact.New(), NoProxy: true})
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(c.Close)
	return &application.HTTP{Site: site, Client: c, KeepStrict: manner.KeepStrict}
}

// An application that serves one login at a time is found out, though the pages of
// those that it kept waiting are opened after the others were served.
func TestOneLoginAtATimeWhosePagesComeLate(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	opened := &pages{changed: make(chan struct{})}
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &late{Browser: byItself(t, site, manner), opened: opened, behind: -1}, nil
	}
	if got := judged(t.Context(), t, behind(t, trials, nil, "one-login-at-a-time"), "RP-51"); got.Verdict != run.Fail {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// slow is a browser that shows a page only once every callback under way is answered.
type slow struct {
	application.Browser
	mu       *sync.Mutex
	answered *sync.Cond
	underWay *int
}

func (b *slow) Return(ctx context.Context, to string) *application.Way {
	b.add(1)
	defer b.add(-1)
	return b.Browser.Return(ctx, to)
}

func (b *slow) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.underWay += n
	b.answered.Broadcast()
}

func (b *slow) Open(ctx context.Context, address string) *application.Way {
	b.mu.Lock()
	for *b.underWay > 0 {
		b.answered.Wait()
	}
	b.mu.Unlock()
	return b.Browser.Open(ctx, address)
}

// How long a browser takes to show pages is not the application's doing.
func TestASlowBrowserHoldsNobodyUp(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	answered, underWay := sync.NewCond(&mu), 0
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &slow{byItself(t, site, manner), &mu, answered, &underWay}, nil
	}
	for flaw, want := range map[string]run.Verdict{"": run.Pass, "one-login-at-a-time": run.Fail} {
		var flaws []string
		if flaw != "" {
			flaws = []string{flaw}
		}
		if got := judged(t.Context(), t, behind(t, trials, nil, flaws...), "RP-51"); got.Verdict != want {
			t.Errorf("%q: %s %s%s", flaw, got.Verdict, got.Observed, got.Reason)
		}
	}
}
