package loadtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// fed is the figures of a share of a plan whose requests were answered as answer
// says, by their place in the whole plan.
func fed(o *Options, part int, answer func(number uint64) *outcome) *run.Record {
	one := *o
	one.Part = part
	plan := one.plan(one.Rate, one.RampTo, one.Duration)
	acc := newAccounting(plan, one.Scenario.main())
	acc.detailed = one.Shared
	a := &attack{o: &one, plan: plan, acc: acc, shard: &run.Shard{Part: part, Process: fmt.Sprint(part)}}
	for seq := range plan.count() {
		out := answer(plan.number(seq))
		out.seq = seq
		acc.recordSent(seq, 0)
		acc.recordDone(out)
	}
	end := one.StartAt.Add(time.Hour)
	return &run.Record{Complete: true, Finished: &end, Target: run.Target{Issuer: "i", Kind: "external"}, Load: a.mark(acc.load(one.Scenario, plan.duration))}
}

// What parts have measured gives, merged, what one process would have.
func TestMergedPartsAreOneRun(t *testing.T) {
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for name, o := range map[string]Options{
		"constant":             {Rate: 100, RampTo: 100, Duration: 10 * time.Second},
		"a rate of no round":   {Rate: 97.3, RampTo: 97.3, Duration: 7 * time.Second},
		"ramp up":              {Rate: 10, RampTo: 300, Duration: 10 * time.Second},
		"ramp down":            {Rate: 300, RampTo: 10, Duration: 10 * time.Second},
		"warm-up":              {Rate: 100, RampTo: 200, Duration: 5 * time.Second, Warmup: 1300 * time.Millisecond},
		"cut by max-requests":  {Rate: 100, RampTo: 200, Duration: 10 * time.Second, Warmup: time.Second, MaxRequests: 901},
		"long, seconds folded": {Rate: 2, RampTo: 3, Duration: 30 * time.Minute},
	} {
		for _, parts := range []int{3, 7} {
			t.Run(fmt.Sprintf("%s in %d", name, parts), func(t *testing.T) {
				o := o
				o.Scenario, o.StartAt = Userinfo, start
				answer := func(n uint64) *outcome {
					r := rand.New(rand.NewPCG(n, 1))
					out := &outcome{answered: true}
					took := time.Duration(math.Exp(r.NormFloat64()+10)) * time.Microsecond
					out.take(partUserinfo, took)
					switch {
					case n%17 == 0:
						out.fail(partUserinfo, "status-503")
					default:
						out.take(partDecrypt, time.Duration(300+r.IntN(50))*time.Microsecond)
						out.end = took
					}
					return out
				}
				o.Parts = 1
				one := fed(&o, 0, answer).Load
				o.Shared, o.Parts = true, parts
				var records []*run.Record
				for i := range parts {
					records = append(records, fed(&o, i, answer))
				}
				rand.Shuffle(parts, func(i, j int) { records[i], records[j] = records[j], records[i] })
				m, err := Merge(records...)
				if err != nil {
					t.Fatal(err)
				}
				sameLoad(t, m.Load, one)
			})
		}
	}
}

// sameLoad holds a merged load against that of one process: distributions and
// counts are equal, rates and means to the last digit but one that is written.
func sameLoad(t *testing.T, merged, one *run.Load) {
	t.Helper()
	near := func(what string, a, b, within float64) {
		if math.Abs(a-b) > within {
			t.Errorf("%s: %v, one process has %v", what, a, b)
		}
	}
	for name, want := range one.Parts {
		got := merged.Parts[name]
		if got.Histogram != want.Histogram || got.Count != want.Count || got.Errors != want.Errors {
			t.Errorf("%s: %d with %d errors, or another distribution than %d with %d", name, got.Count, got.Errors, want.Count, want.Errors)
		}
		near(name+" mean", got.Latency.Mean, want.Latency.Mean, 0.001)
		got.Latency.Mean = want.Latency.Mean
		if got.Latency != want.Latency {
			t.Errorf("%s: %+v, want %+v", name, got.Latency, want.Latency)
		}
	}
	if merged.Requests != one.Requests || merged.Planned != one.Planned || merged.Sent != one.Sent || merged.Answers != one.Answers || fmt.Sprint(merged.Errors) != fmt.Sprint(one.Errors) {
		t.Errorf("%d of %d, %d sent, %d answered, %v; want %d of %d, %d, %d, %v", merged.Requests, merged.Planned, merged.Sent, merged.Answers, merged.Errors,
			one.Requests, one.Planned, one.Sent, one.Answers, one.Errors)
	}
	near("asked", merged.RateAsked, one.RateAsked, 0.0002)
	near("sent", merged.RateSent, one.RateSent, 0.02)
	near("achieved", merged.RateAchieved, one.RateAchieved, 0.02)
	near("duration", merged.DurationS, one.DurationS, 0.0011)
	if len(merged.Series) != len(one.Series) {
		t.Fatalf("%d seconds, want %d", len(merged.Series), len(one.Series))
	}
	for i, want := range one.Series {
		got := merged.Series[i]
		near(fmt.Sprintf("second %d asked", want.Second), got.Asked, want.Asked, 0.002)
		got.Asked = want.Asked
		if got != want {
			t.Errorf("second %d: %+v, want %+v", want.Second, got, want)
		}
	}
}

func TestSendTimesOfAllPartsAreThePlans(t *testing.T) {
	for _, whole := range []schedule{
		newSchedule(100, 100, 0, 10*time.Second, 0),
		newSchedule(7, 311, 3*time.Second, 11*time.Second, 0),
		newSchedule(311, 7, time.Second, 11*time.Second, 1000),
		newSchedule(50, 50, time.Second, 5*time.Second, 3),
	} {
		for _, parts := range []uint64{1, 2, 3, 7, 64} {
			var times []time.Duration
			var planned uint64
			for part := range parts {
				s := whole.split(part, parts)
				for seq := range s.count() {
					times = append(times, s.at(seq))
					offset, ok := s.offset(seq)
					if ok != (s.number(seq) >= whole.warm) || ok && offset+whole.warmup != s.at(seq) {
						t.Errorf("request %d of part %d: offset %s, %t", seq, part, offset, ok)
					}
				}
				planned += s.planned()
			}
			slices.Sort(times)
			if uint64(len(times)) != whole.total || planned != whole.total-whole.warm {
				t.Fatalf("%d requests in %d parts, %d after the warm-up, want %d", len(times), parts, planned, whole.total)
			}
			for n, at := range times {
				if want := whole.at(uint64(n)); at != want {
					t.Fatalf("request %d of %d parts is due at %s, want %s", n, parts, at, want)
				}
			}
		}
	}
}

// threeParts is the records of a load of 300 requests in 10 s, userinfo in 10 ms.
func threeParts(thresholds []string, change func(part int, r *run.Record, o *outcome)) []*run.Record {
	o := Options{Scenario: Userinfo, Rate: 30, RampTo: 30, Duration: 10 * time.Second, Shared: true, Parts: 3, StartAt: time.Now()}
	o.Thresholds, _ = ParseThresholds(thresholds)
	var records []*run.Record
	for i := range 3 {
		r := fed(&o, i, func(uint64) *outcome {
			out := &outcome{answered: true, end: 9 * time.Second}
			out.take(partUserinfo, 10*time.Millisecond)
			change(i, nil, out)
			return out
		})
		change(i, r, nil)
		records = append(records, r)
	}
	return records
}

func TestThresholdsAreJudgedOnAllPartsTogether(t *testing.T) {
	limit := func(r *run.Record) {
		if r != nil {
			r.Load.Harness.Limited, r.Load.Harness.Reasons = true, []string{"it was slow"}
		}
	}
	slow := func(o *outcome) {
		if o != nil {
			o.took[partUserinfo] = time.Second
		}
	}
	lose := func(r *run.Record) { // all but the first second of it
		if r != nil {
			r.Finished, r.Complete = nil, false
			r.Load.Sent, r.Load.Requests, r.Load.DurationS, r.Load.LastRightS = 10, 10, 1, 1
		}
	}
	for name, c := range map[string]struct {
		threshold string
		change    func(part int, r *run.Record, o *outcome)
		verdict   string
		says      string // in what it failed by, or in doubts
	}{
		"a rate that only the whole reaches": {"rate_achieved>=25/s", func(int, *run.Record, *outcome) {}, run.RunPass, ""},
		"errors that only the whole has": {"errors<10", func(_ int, r *run.Record, _ *outcome) {
			if r != nil {
				r.Load.Errors = map[string]int{"status-503": 9}
			}
		}, run.RunFail, "errors<10"},
		"a part that sent late and slowly excuses itself": {"userinfo.p99<500ms", func(part int, r *run.Record, o *outcome) {
			if part == 1 {
				limit(r)
				slow(o)
			}
		}, run.RunIncomplete, "kept 1 threshold from being met"},
		"it does not excuse what the others measured": {"userinfo.p99<500ms", func(part int, r *run.Record, o *outcome) {
			slow(o)
			if part == 1 {
				limit(r)
			}
		}, run.RunFail, "userinfo.p99<500ms"},
		"a part that was lost excuses a rate": {"rate_achieved>=25/s", func(part int, r *run.Record, _ *outcome) {
			if part == 1 {
				lose(r)
			}
		}, run.RunIncomplete, "kept 1 threshold from being met"},
		"but no rate that it could not have brought": {"rate_achieved>=40/s", func(part int, r *run.Record, _ *outcome) {
			if part == 1 {
				lose(r)
			}
		}, run.RunFail, "rate_achieved>=40/s"},
		"nor a latency": {"userinfo.max<=9ms", func(part int, r *run.Record, _ *outcome) {
			if part == 1 {
				lose(r)
			}
		}, run.RunFail, "userinfo.max<=9ms"},
		"nor a most that was passed without it": {"requests<=250", func(part int, r *run.Record, _ *outcome) {
			if part == 1 {
				limit(r)
			}
		}, run.RunFail, "requests<=250"},
		"nor a count": {"requests>=400", func(part int, r *run.Record, _ *outcome) {
			if part == 1 {
				limit(r)
			}
		}, run.RunFail, "requests>=400"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Merge(threeParts([]string{c.threshold}, c.change)...)
			if err != nil {
				t.Fatal(err)
			}
			judged := m.Load.Judge()
			said := strings.Join(append(judged.Failures(), judged.Doubts()...), "; ")
			if m.Verdict != c.verdict || !strings.Contains(said, c.says) {
				t.Errorf("%s: %q, want %s with %q; %+v", m.Verdict, said, c.verdict, c.says, m.Load.Thresholds)
			}
		})
	}
}

func TestMergeRefusesAThresholdItDoesNotKnow(t *testing.T) {
	records := threeParts(nil, func(int, *run.Record, *outcome) {})
	for _, r := range records {
		r.Load.Plan.Thresholds = []string{"userinfo.p42<1s"}
	}
	if _, err := Merge(records...); err == nil || !strings.Contains(err.Error(), "p42") {
		t.Error(err)
	}
}

// A log may say anything, such as that a process was another part before.
func TestMergeTakesAProcessThatChangesItsPart(t *testing.T) {
	o := &Options{Scenario: Userinfo, Shared: true, Parts: 2, Rate: 10, RampTo: 10, Duration: time.Second, StartAt: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	right := func(uint64) *outcome { return &outcome{answered: true} }
	first, second, earlier := fed(o, 0, right), fed(o, 1, right), fed(o, 0, right)
	first.Load.Harness = run.Harness{Limited: true, Reasons: []string{"late"}}
	earlier.Finished, earlier.Load.Shard.Part = nil, 9
	whole, err := Merge(earlier, first, second)
	if err != nil || whole.Load.Requests != 10 {
		t.Errorf("%v, %+v", err, whole)
	}
}

// What is whole already was judged by who measured or merged it.
func TestMergeLeavesALoadThatIsWholeAsItIs(t *testing.T) {
	merged, err := Merge(threeParts([]string{"userinfo.p99<500ms"}, func(part int, r *run.Record, o *outcome) {
		if r != nil && part == 1 {
			r.Load.Harness.Limited, r.Load.Harness.Reasons = true, []string{"it was slow"}
		} else if o != nil {
			o.took[partUserinfo] = time.Second
		}
	})...)
	if err != nil || merged.Verdict != run.RunFail {
		t.Fatalf("%v, %+v", err, merged)
	}
	again, err := Merge(merged)
	if err != nil || again.Verdict != run.RunFail || !again.Load.Thresholds[0].Sure {
		t.Errorf("%v, %+v", err, again)
	}
	for name, shard := range map[string]*run.Shard{"whole": nil, "part": {Process: "a"}} {
		r := &run.Record{Complete: true, Load: &run.Load{Scenario: "token", Requests: 1, Shard: shard, Shards: []run.ShardResult{{State: run.ShardWhole}}}}
		if m, err := Merge(r); err != nil || m.Load.Requests != 1 || len(m.Load.Shards) != 1 {
			t.Errorf("%s without a plan: %v, %+v", name, err, m)
		}
	}
}

// A response may be slower than a histogram holds.
func TestMergeTakesLatenciesBeyondTheHistogram(t *testing.T) {
	o := Options{Scenario: Userinfo, Rate: 30, RampTo: 30, Duration: 10 * time.Second, Shared: true, Parts: 3, StartAt: time.Now()}
	answer := func(n uint64) *outcome {
		out := &outcome{answered: true, end: 9 * time.Second}
		out.take(partUserinfo, 10*time.Millisecond)
		if n == 4 {
			out.took[partUserinfo] = 15 * time.Minute
		}
		return out
	}
	for name, change := range map[string]func(*run.Part){"its unit said": func(*run.Part) {}, "of before units were said": func(p *run.Part) { p.UnitMS = 0 }} {
		t.Run(name, func(t *testing.T) {
			var records []*run.Record
			for i := range 3 {
				r := fed(&o, i, answer)
				part := r.Load.Parts["userinfo"]
				change(&part)
				r.Load.Parts["userinfo"] = part
				records = append(records, r)
			}
			m, err := Merge(records...)
			if err != nil {
				t.Fatal(err)
			}
			one := o
			one.Parts, one.Shared = 1, false
			sameLoad(t, m.Load, fed(&one, 0, answer).Load)
			if got := m.Load.Parts["userinfo"]; got.Latency.Max != 900_000 || got.UnitMS != 1e-3 {
				t.Errorf("%+v", got.Latency)
			}
		})
	}
}
