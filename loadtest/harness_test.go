package loadtest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// lagging is an attack of 50 requests at 5/s, some of them sent late, whose
// answers each took 1 ms from when they were sent.
func lagging(t *testing.T, late int, by time.Duration, thresholds ...string) (*attack, *run.Load) {
	t.Helper()
	list, err := ParseThresholds(thresholds)
	if err != nil {
		t.Fatal(err)
	}
	plan := newSchedule(5, 5, 0, 10*time.Second, 0)
	a := &attack{o: &Options{Scenario: Userinfo, Workers: 10, Thresholds: list, usage: processUsage, limitCores: cpuLimit}, wire: &wire{}, plan: plan, acc: newAccounting(plan, partUserinfo)}
	for seq := range uint64(50) {
		lag := time.Duration(0)
		if seq >= uint64(50-late) {
			lag = by
		}
		a.acc.recordSent(seq, lag)
		o := outcome{seq: seq, answered: true, late: lateBy(lag)}
		at, _ := plan.offset(seq)
		o.take(partUserinfo, lag+time.Millisecond)
		o.end = at + lag + time.Millisecond
		a.acc.recordDone(&o)
	}
	l := a.acc.load(Userinfo, 10*time.Second)
	a.limited(l, false)
	return a, l
}

func TestOneLateRequestDoesNotMakeTheHarnessTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		late      int
		threshold string
		says      string
	}{
		"one of fifty":                              {1, "userinfo.p50<100ms", ""},
		"four of fifty":                             {4, "userinfo.p50<100ms", ""},
		"five of fifty":                             {5, "userinfo.p50<100ms", "one request in a hundred was sent more than"},
		"one that crosses a threshold":              {1, "userinfo.p99<100ms", "userinfo.p99<100ms may be crossed because requests were sent late, by 300 ms at most"},
		"one beside a threshold on errors":          {1, "errors<1%", ""},
		"one, and the mean is crossed by it":        {1, "userinfo.mean<5ms", "may be crossed"},
		"one, and the target would cross it anyhow": {1, "userinfo.p50<0.5ms", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, l := lagging(t, c.late, 300*time.Millisecond, c.threshold)
			a.evaluate(l)
			got := strings.Join(l.Harness.Reasons, "; ")
			if l.Harness.Limited != (c.says != "") || !strings.Contains(got, c.says) {
				t.Errorf("limited %t: %q, want %q", l.Harness.Limited, got, c.says)
			}
			if l.Harness.Machine == nil || l.Harness.Machine.Cores < 1 || l.Harness.Machine.Versions["go"] == "" {
				t.Errorf("machine %+v", l.Harness.Machine)
			}
		})
	}
}

func TestTheSeriesSaysWhenRequestsWentAndAnswersCame(t *testing.T) {
	_, l := lagging(t, 6, 1500*time.Millisecond)
	var left, came, sent []uint64
	for _, s := range l.Series {
		left, came, sent = append(left, s.Left), append(came, s.Came), append(sent, s.Sent)
	}
	// The last six of each second's five were due at 8.8 s and in second 9, and went 1.5 s later.
	for second, want := range map[int]uint64{7: 5, 8: 4, 9: 0, 10: 3 + 1, 11: 2} {
		if second >= len(left) || left[second] != want || came[second] != want {
			t.Errorf("second %d: left %v, came %v, want %d", second, left, came, want)
		}
	}
	if sent[9] != 5 {
		t.Errorf("by when they were due: %v", sent)
	}
}

// Go runs threads on two processors at least, whatever the limit of its control group.
func TestAHarnessThatUsesAllThatItsControlGroupAllowsIsTheLimit(t *testing.T) {
	all := float64(min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	for name, c := range map[string]struct {
		limit, used float64 // processors
		says        string
	}{
		"nearly all of a limit":     {0.75 * all, 0.74 * all, fmt.Sprintf("used 99 %% of its %.3g processors", 0.75*all)},
		"half of a limit":           {0.75 * all, 0.38 * all, ""},
		"all processors":            {0, all, fmt.Sprintf("used 100 %% of its %.3g processors", all)},
		"a limit above all":         {4 * all, all, fmt.Sprintf("used 100 %% of its %.3g processors", all)},
		"half of all, and no limit": {0, 0.5 * all, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, l := lagging(t, 0, 0)
			a.o.limitCores = func() float64 { return c.limit }
			reasons := strings.Join(a.limits(l, seconds(10*c.used), 10*time.Second, false), "; ")
			if (reasons == "") != (c.says == "") || !strings.Contains(reasons, c.says) {
				t.Errorf("%q, want %q", reasons, c.says)
			}
		})
	}
}
