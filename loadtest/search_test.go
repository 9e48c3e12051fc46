package loadtest

import (
	"context"
	"errors"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// search runs a search on a target that holds rates up to limit.
func search(t *testing.T, first, limit float64, s Search, confirmed func(rate float64, tries int) bool) (*searcher, *run.Load) {
	t.Helper()
	o := &Options{Rate: first, Duration: 30 * time.Second}
	if err := s.complete(o); err != nil {
		t.Fatal(err)
	}
	tries := 0
	x := &searcher{s: &s, full: o.Duration}
	x.ready = func(float64) error { return nil }
	x.try = func(rate float64, d time.Duration) (*trial, error) {
		ok := rate <= limit
		if d == o.Duration {
			tries++
			ok = ok && (confirmed == nil || confirmed(rate, tries))
		}
		l := &run.Load{RateAsked: rate, Thresholds: []run.Threshold{{Expression: "userinfo.p99<300ms", OK: ok}}, Requests: 1, RateSent: rate, RateAchieved: rate}
		return &trial{Load: l, completed: rate}, nil
	}
	found, err := x.search(first)
	if err != nil {
		t.Fatal(err)
	}
	return x, found.Load
}

func TestSearchForTheHighestRate(t *testing.T) {
	for name, c := range map[string]struct {
		first, limit, least, most float64
	}{
		"between two powers":     {50, 730, 695, 730},
		"the first is too high":  {1000, 90, 85, 90},
		"nothing stops it":       {100, 1e9, 5000, 5000},
		"exactly a rate tried":   {100, 400, 380, 400},
		"no rate holds whatever": {64, 0, 0.1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			x, l := search(t, c.first, c.limit, Search{Max: 5000}, nil)
			if l.RateAsked < c.least || l.RateAsked > c.most {
				t.Errorf("found %g, want %g to %g; %v", l.RateAsked, c.least, c.most, x.steps)
			}
			last := x.steps[len(x.steps)-1]
			if last.OK != (c.limit > 0) || math.Abs(last.Rate-l.RateAsked) > 0.001 {
				t.Errorf("the last step %+v does not confirm %g", last, l.RateAsked)
			}
			if len(x.steps) > 25 {
				t.Errorf("%d steps", len(x.steps))
			}
		})
	}
}

func TestSearchBacksOffWhatIsNotConfirmed(t *testing.T) {
	x, l := search(t, 100, 400, Search{}, func(_ float64, tries int) bool { return tries > 2 })
	if l.RateAsked < 300 || l.RateAsked > 330 {
		t.Errorf("confirmed %g, want 0.81 of about 400; %v", l.RateAsked, x.steps)
	}
}

func TestWhatHolds(t *testing.T) {
	slow := run.Harness{Limited: true, Reasons: []string{"busy"}}
	bounded := func(ok bool) []run.Threshold { return []run.Threshold{{Expression: "errors<5%", Value: 10, OK: ok}} }
	for says, l := range map[string]*run.Load{
		"":                          {Requests: 1000, RateSent: 100, RateAchieved: 99, Errors: map[string]int{"timeout": 9}, Harness: slow},
		"20 of 1000 failed":         {Requests: 1000, RateSent: 100, RateAchieved: 99, Errors: map[string]int{"timeout": 20}},
		"50/s were completed":       {Requests: 1000, RateSent: 100, RateAchieved: 50},
		"51/s were completed":       {Requests: 1000, RateSent: 100, RateAchieved: 51, Thresholds: bounded(true)},
		"the harness was the limit": {Requests: 1000, RateSent: 90, RateAchieved: 90, Harness: slow},
		"90/s were sent":            {Requests: 1000, RateSent: 90, RateAchieved: 90, Harness: slow},
		"went down":                 {Requests: 1000, RateSent: 100, RateAchieved: 99, Stopped: "the target went down"},
		"went down, 1 s":            {Requests: 1000, RateSent: 100, RateAchieved: 40, Stopped: "the target went down, 1 s", Thresholds: bounded(false)},
		"errors were 10 %":          {Requests: 1000, RateSent: 100, RateAchieved: 90, Thresholds: bounded(false)},
		"nothing was answered":      {},
		"token.p99 was 2000 ms":     {Requests: 1000, RateSent: 100, RateAchieved: 99, Thresholds: []run.Threshold{{Expression: "token.p99<1s", Value: 2000}}},
	} {
		if ok, reason := holds(100, &trial{Load: l, completed: l.RateAchieved}); ok != (says == "") || !strings.Contains(reason, says) {
			t.Errorf("%t, %q; want %q", ok, reason, says)
		}
	}
}

// A target that goes down at a rate did not hold it; what holds below is found all the same.
func TestASearchGoesOnBelowWhatTookTheTargetDown(t *testing.T) {
	const limit, deadly = 350, 380
	for name, c := range map[string]struct {
		first float64
		gone  bool // it does not come back
	}{"above rates that held": {100, false}, "at the first rate": {1000, false}, "for good": {100, true}} {
		t.Run(name, func(t *testing.T) {
			s := Search{Max: 1e6}
			if err := s.complete(&Options{Rate: c.first, Duration: 30 * time.Second}); err != nil {
				t.Fatal(err)
			}
			down := false
			x := &searcher{s: &s, full: 30 * time.Second}
			x.ready = func(float64) error {
				if c.gone {
					return errors.New("it stays away")
				}
				down = false
				return nil
			}
			x.try = func(rate float64, _ time.Duration) (*trial, error) {
				if down {
					t.Errorf("%g/s was tried while the target was down", rate)
				}
				l := &run.Load{RateAsked: rate, RateSent: rate, Requests: 1, Harness: run.Harness{Limited: true}}
				if down = rate >= deadly; down {
					l.Stopped = run.WentDown + ": refused"
				}
				return &trial{Load: l, completed: min(rate, limit), down: down}, nil
			}
			found, err := x.search(c.first)
			if c.gone {
				if n := len(x.steps); err == nil || n != 3 || !x.steps[1].OK || x.steps[2].OK {
					t.Errorf("%v, steps %+v", err, x.steps)
				}
				return
			}
			if err != nil || found.RateAsked < 340 || found.RateAsked > limit/keptShare || found.Stopped != "" {
				t.Fatalf("%v, %+v, steps %+v", err, found, x.steps)
			}
			l := &run.Load{Search: x.steps}
			if got := l.Found(); !strings.Contains(got, "highest rate that held: 3") || !strings.HasSuffix(got, "0/s the target went down") {
				t.Error(got)
			}
			for _, step := range x.steps {
				if step.Rate >= deadly && (step.OK || step.Limited || !strings.HasPrefix(step.Reason, run.WentDown)) {
					t.Errorf("%+v", step)
				}
			}
		})
	}
}

// What a search has found out is not lost with a step that cannot be taken, and no
// rate passes for one that was confirmed.
func TestASearchThatCannotGoOnKeepsItsSteps(t *testing.T) {
	o := embedded(t, Token, false)
	enough := o.Minter
	var minted atomic.Int64
	o.Minter = minterFunc(func(ctx context.Context) (*Code, error) {
		if minted.Add(1) > referenceLogins+40 { // of the first step alone
			return nil, errors.New("no more logins today")
		}
		return enough.Mint(ctx)
	})
	o.Rate, o.Duration, o.FindMax = 20, time.Second, &Search{Step: 2 * time.Second, Max: 1000}
	l, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.Search); n != 2 || l.Search[1].OK || l.Requests != 40 {
		t.Errorf("%d requests, steps %+v", l.Requests, l.Search)
	}
	if !strings.Contains(l.Stopped, "no more logins today") || !l.Judge().Undecided() {
		t.Errorf("stopped %q, %+v, %s", l.Stopped, l.Judge(), l.Found())
	}
}

func TestFindMaxOnATarget(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration = 20, 200*time.Millisecond
	o.FindMax = &Search{Step: 100 * time.Millisecond, Max: 40}
	var phases []string
	var kept []run.SearchStep // by the last checkpoint
	o.Checkpoint = func(l *run.Load) time.Duration {
		kept = l.Search
		return time.Hour // one for each rate
	}
	l, err := Run(t.Context(), o, func(p Progress) { phases = append(phases, p.Phase) })
	if err != nil {
		t.Fatal(err)
	}
	if before := l.Search[:len(l.Search)-1]; !slices.Equal(kept, before) {
		t.Errorf("while the last rate was tried, %+v was kept of %+v", kept, before)
	}
	// Whether a rate holds depends on the machine; what was tried does not.
	if n := len(l.Search); n < 2 || l.Search[0].Rate != 20 || l.Search[n-1].Rate != l.RateAsked || l.RateAsked > 40 {
		t.Errorf("steps %+v, %g/s", l.Search, l.RateAsked)
	}
	if l.Requests == 0 || len(l.Errors) != 0 || !strings.Contains(strings.Join(phases, ","), "sending at 20/s") {
		t.Errorf("%d requests, errors %v, phases %v", l.Requests, l.Errors, phases)
	}
	checkRecord(t, l)
}
