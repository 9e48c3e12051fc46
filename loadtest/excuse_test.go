package loadtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// sent is a load, or one part of it, of 100 requests a second for 20 s; request says by
// how much each went out late, and what came of it. Below 0 it did not go out at all.
func sent(t *testing.T, o Options, request func(number uint64, o *outcome) (lag time.Duration), thresholds ...string) (*attack, *run.Load) {
	t.Helper()
	o.Rate, o.RampTo, o.Duration, o.Workers, o.Parts = 100, 100, 20*time.Second, 10, max(1, o.Parts)
	o.usage, o.limitCores = processUsage, cpuLimit
	var err error
	if o.Thresholds, err = ParseThresholds(thresholds); err != nil {
		t.Fatal(err)
	}
	a := (&attack{o: &o, wire: &wire{}, shard: &run.Shard{Part: o.Part, Process: string(rune('a' + o.Part))}}).at(o.Rate, o.RampTo, o.Duration)
	for seq := range a.plan.count() {
		out := outcome{seq: seq, answered: true}
		lag := request(a.plan.number(seq), &out)
		if lag < 0 {
			continue
		}
		at, _ := a.plan.offset(seq)
		out.late = lateBy(lag)
		a.acc.recordSent(seq, lag)
		out.end = at + out.took[a.acc.main]
		a.acc.recordDone(&out)
	}
	l := a.mark(a.acc.load(o.Scenario, o.Duration))
	a.limited(l, false)
	return a, l
}

// A threshold is excused by the lateness of requests, however few, where nothing else
// crosses it, and by nothing less.
func TestLatenessExcusesWhatItAloneCrosses(t *testing.T) {
	const quick, lag = 20 * time.Millisecond, 300 * time.Millisecond
	late := func(which ...uint64) func(uint64) time.Duration {
		return func(n uint64) time.Duration {
			if slices.Contains(which, n) {
				return lag
			}
			return 0
		}
	}
	slow := func(n uint64) time.Duration { // the target's own
		if n%50 == 0 {
			return time.Second
		}
		return quick
	}
	for name, c := range map[string]struct {
		thresholds []string
		lag, took  func(uint64) time.Duration
		excused    []string // the others are the target's
	}{
		"one in two thousand, and the slowest": {[]string{"userinfo.max<100ms"}, late(7), nil, []string{"userinfo.max<100ms"}},
		"three, and one in a thousand":         {[]string{"userinfo.p99_9<100ms"}, late(7, 8, 9), nil, []string{"userinfo.p99_9<100ms"}},
		"the target is that slow, too":         {[]string{"userinfo.max<100ms", "userinfo.p99_9<100ms"}, late(7, 8, 9), slow, nil},
		"one of two":                           {[]string{"userinfo.max<1100ms", "userinfo.p99<900ms"}, late(0), slow, []string{"userinfo.max<1100ms"}},
		"late by no more than is no finding":   {[]string{"userinfo.max<30ms"}, func(uint64) time.Duration { return lateFloor }, nil, nil},
		"late by a little more":                {[]string{"userinfo.max<30ms"}, func(n uint64) time.Duration { return map[uint64]time.Duration{7: 11 * time.Millisecond}[n] }, nil, []string{"userinfo.max<30ms"}},
		"the last request, and rates":          {[]string{"rate_sent>=100/s", "rate_achieved>=99.8/s"}, late(1999), nil, []string{"rate_sent>=100/s", "rate_achieved>=99.8/s"}},
		"rates that were not planned":          {[]string{"rate_sent>=101/s", "rate_achieved>=101/s"}, late(1999), nil, nil},
		"answers that came late by themselves": {[]string{"rate_achieved>=99.8/s"}, late(5), func(n uint64) time.Duration {
			if n == 1999 {
				return time.Second
			}
			return quick
		}, nil},
		"one that was not sent": {[]string{"requests>=2000", "userinfo.count==2000", "rate_sent>=100/s", "rate_achieved>=100/s"}, func(n uint64) time.Duration {
			if n == 900 {
				return -1
			}
			return 0
		}, func(n uint64) time.Duration { return time.Millisecond }, []string{"requests>=2000", "userinfo.count==2000", "rate_sent>=100/s", "rate_achieved>=100/s"}},
		"more than were planned": {[]string{"requests>=2001", "requests<2000"}, late(), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			took := c.took
			if took == nil {
				took = func(uint64) time.Duration { return quick }
			}
			a, l := sent(t, Options{Scenario: Userinfo}, func(n uint64, o *outcome) time.Duration {
				lag := c.lag(n)
				o.take(partUserinfo, lag+took(n))
				return lag
			}, c.thresholds...)
			if l.Harness.Limited {
				t.Fatalf("limited before thresholds are judged: %q", l.Harness.Reasons)
			}
			a.evaluate(l)
			j := l.Judge()
			var excused []string
			for _, judged := range j.Excused {
				excused = append(excused, judged.Expression)
				if !strings.Contains(strings.Join(l.Harness.Reasons, "; "), judged.Expression+" may be crossed because ") {
					t.Errorf("no reason for %s: %q", judged.Expression, l.Harness.Reasons)
				}
			}
			if !slices.Equal(excused, c.excused) || len(j.Crossed) != len(c.thresholds)-len(c.excused) || l.Harness.Limited != (len(c.excused) > 0) {
				t.Errorf("excused %q, want %q; crossed %+v, limited %t", excused, c.excused, j.Crossed, l.Harness.Limited)
			}
		})
	}
}

// Lateness is in the part that a transaction begins with, and in the whole, and in no other.
func TestLatenessIsInTheFirstPart(t *testing.T) {
	for name, c := range map[string]struct {
		o           Options
		first, next int
	}{
		"a code minted ahead": {Options{Scenario: Login}, partToken, partUserinfo},
		"a whole login":       {Options{Scenario: Login, Live: true}, partAuthorize, partToken},
	} {
		for _, part := range []int{c.first, partLogin, c.next} {
			t.Run(name+", "+partNames[part], func(t *testing.T) {
				const lag = 150 * time.Millisecond // of the whole, no tenth
				a, l := sent(t, c.o, func(n uint64, o *outcome) time.Duration {
					o.take(c.first, lag+20*time.Millisecond)
					o.take(c.next, 2*time.Second)
					o.take(partLogin, lag+2020*time.Millisecond)
					return lag
				}, partNames[c.first]+".p99<100ms", partNames[c.next]+".p99<1900ms", "login.p99<2100ms")
				a.evaluate(l)
				index := map[int]int{c.first: 0, c.next: 1, partLogin: 2}[part]
				if judged := l.Thresholds[index]; judged.OK || judged.Sure != (part == c.next) || !l.Harness.Limited {
					t.Errorf("%+v, %q", judged, l.Harness.Reasons)
				}
			})
		}
	}
}

// Every scenario keeps, beside the latency that is published, that from when requests went out.
func TestLatencyCountsFromBothTimes(t *testing.T) {
	const lag = 5 * time.Minute
	for name, c := range map[string]struct {
		scenario    Scenario
		live        bool
		first, main int
	}{
		"token":      {Token, false, partToken, partToken},
		"userinfo":   {Userinfo, false, partUserinfo, partUserinfo},
		"login":      {Login, false, partToken, partLogin},
		"live login": {Login, true, partAuthorize, partLogin},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			refuse := func(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			s.start(refuse, refuse)
			o := s.options(t, c.scenario)
			o.Live = c.live
			a := byHand(t, &o)
			a.pace.began = a.pace.began.Add(-lag)
			if !o.Live && o.Scenario != Userinfo {
				a.codes = newCodeStore(t.Context(), minting{plan: a.plan})
				a.codes.ready <- &Code{Value: "code", MintedAt: time.Now(), Lifetime: time.Hour}
			}
			perform(t, a, 10, 10)
			for _, part := range []int{c.first, c.main} {
				p := a.acc.parts[part]
				if p == nil || p.latency.count != 1 || p.latency.min < lag-2*time.Second {
					t.Fatalf("%s: %+v", partNames[part], p)
				}
				if p.prompt == nil || p.prompt.count != 1 || p.prompt.max >= lag-2*time.Second {
					t.Errorf("%s: %+v", partNames[part], p.prompt)
				}
			}
			if a.acc.first != c.first || a.acc.main != c.main {
				t.Errorf("first %s, whole %s", partNames[a.acc.first], partNames[a.acc.main])
			}
		})
	}
}

// Thresholds are judged on all parts of a load together. One part that sent late says so
// only where that alone may cross one, and then excuses it.
func TestAPartSaysOfAThresholdThatItsLatenessMayCross(t *testing.T) {
	const long = 300 * time.Millisecond
	for name, c := range map[string]struct {
		threshold  string
		late, slow []uint64 // the requests that went out late, and that the target was slow to answer
		limited    int      // parts
		verdict    string
	}{
		"late":                                 {"userinfo.max<100ms", []uint64{1}, nil, 1, run.RunIncomplete},
		"slow":                                 {"userinfo.max<100ms", nil, []uint64{1}, 0, run.RunFail},
		"late, and another is slow":            {"userinfo.max<100ms", []uint64{1}, []uint64{2}, 1, run.RunFail},
		"late, and the threshold holds":        {"userinfo.max<400ms", []uint64{1}, nil, 0, run.RunPass},
		"the last is late, and rates":          {"rate_sent>=100/s", []uint64{1999}, nil, 1, run.RunIncomplete},
		"the last is slow, and rates":          {"rate_achieved>=99.5/s", nil, []uint64{1999}, 0, run.RunFail},
		"the last is late, and another slow":   {"rate_achieved>=99.5/s", []uint64{1999}, []uint64{1998}, 1, run.RunFail},
		"the last is late, and none slow":      {"rate_achieved>=99.5/s", []uint64{1999}, nil, 1, run.RunIncomplete},
		"late, and a rate that is not planned": {"rate_sent>=101/s", []uint64{1999}, nil, 0, run.RunFail},
	} {
		t.Run(name, func(t *testing.T) {
			start, limited := time.Now(), 0
			var records []*run.Record
			for part := range 4 {
				a, l := sent(t, Options{Scenario: Userinfo, Shared: true, Part: part, Parts: 4, StartAt: start}, func(n uint64, o *outcome) (lag time.Duration) {
					took := time.Millisecond
					if slices.Contains(c.late, n) {
						lag = long
					}
					if slices.Contains(c.slow, n) {
						took = long
					}
					o.take(partUserinfo, lag+took)
					return lag
				}, c.threshold)
				if a.evaluate(l); l.Harness.Limited {
					limited++
				}
				if l.Thresholds != nil {
					t.Errorf("a part judged %+v", l.Thresholds)
				}
				records = append(records, &run.Record{Complete: true, Finished: &start, Target: run.Target{Issuer: "i", Kind: "external"}, Load: l})
			}
			m, err := Merge(records...)
			if err != nil {
				t.Fatal(err)
			}
			if limited != c.limited || m.Verdict != c.verdict {
				t.Errorf("%d parts at their limit, want %d; %s, want %s: %+v, %q", limited, c.limited, m.Verdict, c.verdict, m.Load.Thresholds, m.Load.Harness.Reasons)
			}
		})
	}
}
