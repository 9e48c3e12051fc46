package loadtest

import (
	"context"
	"math"
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	for name, c := range map[string]struct {
		plan     schedule
		planned  uint64
		warm     uint64
		at       map[uint64]time.Duration
		duration time.Duration
	}{
		"ramp up": {newSchedule(100, 300, 0, 10*time.Second, 0), 2000, 0,
			// 100 t + 10 t² = 750 at t = 5
			map[uint64]time.Duration{0: 0, 750: 5 * time.Second}, 10 * time.Second},
		"ramp down to nothing": {newSchedule(200, 0, 0, 10*time.Second, 0), 1000, 0, nil, 10 * time.Second},
		"constant": {newSchedule(200, 200, 0, 10*time.Second, 0), 2000, 0,
			map[uint64]time.Duration{0: 0, 1: 5 * time.Millisecond, 1999: 9995 * time.Millisecond}, 10 * time.Second},
		"a rate that no number of nanoseconds divides": {newSchedule(3, 3, 0, time.Second, 0), 3, 0,
			map[uint64]time.Duration{1: 333333333, 2: 666666667}, time.Second},
		"slower than one a second": {newSchedule(0.5, 0.5, 0, 10*time.Second, 0), 5, 0,
			map[uint64]time.Duration{4: 8 * time.Second}, 10 * time.Second},
		"warm-up at the first rate": {newSchedule(100, 300, 2*time.Second, 10*time.Second, 0), 2000, 200,
			map[uint64]time.Duration{199: 1990 * time.Millisecond, 200: 2 * time.Second, 950: 7 * time.Second}, 10 * time.Second},
		"cut by a number of requests": {newSchedule(100, 100, time.Second, 10*time.Second, 150), 50, 100, nil, 500 * time.Millisecond},
		"cut within the warm-up":      {newSchedule(100, 100, time.Second, 10*time.Second, 50), 0, 50, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.plan.planned(); got != c.planned || c.plan.warm != c.warm {
				t.Errorf("%d requests after %d of the warm-up, want %d after %d", got, c.plan.warm, c.planned, c.warm)
			}
			if c.plan.duration != c.duration {
				t.Errorf("it lasts %s, want %s", c.plan.duration, c.duration)
			}
			for seq, want := range c.at {
				if got := c.plan.at(seq); (got - want).Abs() > 2 {
					t.Errorf("request %d is due at %s, want %s", seq, got, want)
				}
			}
			last := time.Duration(-1)
			for seq := range c.plan.total {
				at := c.plan.at(seq)
				if at < last || at > c.plan.end() {
					t.Fatalf("request %d is due at %s, after one at %s, in a plan that ends at %s", seq, at, last, c.plan.end())
				}
				last = at
			}
			if due := c.plan.due(0, c.plan.duration); math.Abs(due-float64(c.planned)) > 1 {
				t.Errorf("%g requests are due in all, and %d are planned", due, c.planned)
			}
		})
	}
}

func TestPacerFollowsTheSchedule(t *testing.T) {
	p := newPacer(context.Background(), newSchedule(1000, 1000, 0, time.Second, 0), time.Second, time.Time{})
	for _, c := range []struct {
		elapsed time.Duration
		hits    uint64
		wait    time.Duration
		stop    bool
	}{
		{0, 0, 0, false},
		{100 * time.Microsecond, 1, 900 * time.Microsecond, false},
		{500 * time.Millisecond, 100, -400 * time.Millisecond, false}, // behind: at once
		{1500 * time.Millisecond, 999, -501 * time.Millisecond, false},
		{1500 * time.Millisecond, 1000, 0, true}, // the plan is at its end
		{2001 * time.Millisecond, 500, 0, true},  // too late for what is left
	} {
		wait, stop := p.Pace(c.elapsed, c.hits)
		if wait != c.wait || stop != c.stop {
			t.Errorf("Pace(%s, %d) = %s, %t, want %s, %t", c.elapsed, c.hits, wait, stop, c.wait, c.stop)
		}
	}
}

func TestPacerWaitsItselfWhenTheNextSendIsFarOff(t *testing.T) {
	plan := newSchedule(10, 10, 0, time.Second, 0)
	p := newPacer(context.Background(), plan, time.Second, time.Time{})
	if wait, stop := p.Pace(0, 1); stop || wait > aheadOfSleep {
		t.Errorf("it leaves vegeta to sleep %s, %t, without listening for a stop", wait, stop)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p = newPacer(ctx, newSchedule(1.0/3600, 1.0/3600, 0, 10*time.Hour, 0), time.Second, time.Time{})
	go func() { <-p.ready; cancel() }()
	if _, stop := p.Pace(0, 1); !stop {
		t.Error("a stop does not end the wait of an hour")
	}
}
