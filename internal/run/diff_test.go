package run

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestDiffSortsChanges(t *testing.T) {
	for name, c := range map[string]struct {
		old, now  Verdict
		list      func(*Comparison) []Change
		regressed bool
	}{
		"broken":                {Pass, Fail, func(c *Comparison) []Change { return c.Regressions }, true},
		"warned of now":         {Pass, Warn, func(c *Comparison) []Change { return c.Regressions }, true},
		"no longer to judge":    {Pass, Blocked, func(c *Comparison) []Change { return c.Regressions }, true},
		"skipped, broken now":   {Skip, Fail, func(c *Comparison) []Change { return c.Regressions }, true},
		"waived, not any more":  {Waived, Fail, func(c *Comparison) []Change { return c.Regressions }, true},
		"mended":                {Fail, Pass, func(c *Comparison) []Change { return c.Repairs }, false},
		"blocked, judged now":   {Blocked, Pass, func(c *Comparison) []Change { return c.Repairs }, false},
		"not judged any more":   {Pass, Skip, func(c *Comparison) []Change { return c.NotJudged }, false},
		"failed, blocked now":   {Fail, Blocked, func(c *Comparison) []Change { return c.NotJudged }, false},
		"failed, skipped now":   {Fail, Skip, func(c *Comparison) []Change { return c.NotJudged }, false},
		"blocked, skipped now":  {Blocked, Skip, func(c *Comparison) []Change { return c.NotJudged }, false},
		"blocked, broken now":   {Blocked, Fail, func(c *Comparison) []Change { return c.Regressions }, true},
		"warned of, blocked":    {Warn, Blocked, func(c *Comparison) []Change { return c.Regressions }, true},
		"skipped, blocked now":  {Skip, Blocked, func(c *Comparison) []Change { return c.Other }, false},
		"skipped, warned of":    {Skip, Warn, func(c *Comparison) []Change { return c.Other }, false},
		"failed, waived now":    {Fail, Waived, func(c *Comparison) []Change { return c.NewlyWaived }, false},
		"failed, warned of now": {Fail, Warn, func(c *Comparison) []Change { return c.Repairs }, false},
		"skipped, judged now":   {Skip, Pass, func(c *Comparison) []Change { return c.Other }, false},
		"same rank, other word": {Pass, StaleWaiver, func(c *Comparison) []Change { return c.Other }, false},
		"vanished":              {Pass, "", func(c *Comparison) []Change { return c.Vanished }, false},
		"new":                   {"", Fail, func(c *Comparison) []Change { return c.Added }, false},
	} {
		t.Run(name, func(t *testing.T) {
			one := func(v Verdict) *Record {
				if v == "" {
					return &Record{}
				}
				return &Record{Checks: []Check{{ID: "A-01", Verdict: v}}}
			}
			d := Diff(one(c.old), one(c.now))
			if got := c.list(d); len(got) != 1 || got[0].ID != "A-01" {
				t.Errorf("not in its list: %+v", d)
			}
			newlyWaived := 0
			if c.old != Pass { // what held and is waived now is a regression, too
				newlyWaived = len(d.NewlyWaived)
			}
			if total := newlyWaived + len(d.Regressions) + len(d.Repairs) + len(d.NotJudged) + len(d.Other) + len(d.Added) + len(d.Vanished); total != 1 {
				t.Errorf("in %d lists", total)
			}
			if d.Regressed() != c.regressed {
				t.Errorf("regressed: %v", d.Regressed())
			}
		})
	}
}

func TestDiffIsSilentOfWhatStaysTheSame(t *testing.T) {
	for _, v := range Verdicts() {
		one := func() *Record { return &Record{Checks: []Check{{ID: "A-01", Verdict: v}}} }
		d := Diff(one(), one())
		if total := len(d.Regressions) + len(d.Repairs) + len(d.NotJudged) + len(d.Other) + len(d.Added) + len(d.Vanished); total != 0 || d.Regressed() {
			t.Errorf("%s twice: %+v", v, d)
		}
	}
}

func TestDiffOfAnotherTarget(t *testing.T) {
	of := func(issuer string) *Record { return &Record{Target: Target{Issuer: issuer}} }
	if d := Diff(of("https://a.example/v2"), of("https://a.example/v2")); d.OtherTargets {
		t.Error("the same issuer is called another target")
	}
	if d := Diff(of("https://a.example/v2"), of("https://b.example/v2")); !d.OtherTargets {
		t.Error("another issuer is called the same target")
	}
	with := func(application string) *Record {
		return &Record{Target: Target{Issuer: "http://127.0.0.1:5156/v2", Application: application}}
	}
	if d := Diff(with("http://localhost:3000/login"), with("http://localhost:4000/login")); !d.OtherTargets {
		t.Error("another application is called the same target")
	}
	if d := Diff(with("http://localhost:3000/login"), with("http://localhost:3000/login")); d.OtherTargets {
		t.Error("the same application is called another target")
	}
}

func TestDiffSaysWhy(t *testing.T) {
	old := &Record{Checks: []Check{{ID: "A-01", Verdict: Pass}}}
	for v, want := range map[Verdict]string{Skip: "reason", Blocked: "reason", Fail: "observed", Warn: "observed"} {
		d := Diff(old, &Record{Checks: []Check{{ID: "A-01", Verdict: v, Reason: "reason", Observed: "observed"}}})
		if all := slices.Concat(d.Regressions, d.NotJudged); len(all) != 1 || all[0].Note != want {
			t.Errorf("%s: %+v, want %q", v, all, want)
		}
	}
}

// What is newly waived is listed by itself, and is no repair.
func TestDiffOfWaivers(t *testing.T) {
	for name, c := range map[string]struct {
		old, now                    Verdict
		waived, repaired, regressed bool
	}{
		"failed, waived now":    {Fail, Waived, true, false, false},
		"warned, waived now":    {Warn, Waived, true, false, false},
		"held, waived now":      {Pass, Waived, true, false, true},
		"blocked, waived now":   {Blocked, Waived, true, false, false},
		"skipped, waived now":   {Skip, Waived, true, false, false},
		"new, and waived":       {"", Waived, true, false, false},
		"waived before and now": {Waived, Waived, false, false, false},
		"waived, mended now":    {Waived, Pass, false, true, false},
		"failed, mended now":    {Fail, Pass, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			old := &Record{}
			if c.old != "" {
				old.Checks = []Check{{ID: "A-01", Verdict: c.old}}
			}
			w := &Waiver{Approver: "Tan", Reason: "a mock", Until: "2027-01-31"}
			d := Diff(old, &Record{Checks: []Check{{ID: "A-01", Verdict: c.now, Waiver: w}}})
			if (len(d.NewlyWaived) > 0) != c.waived || (len(d.Repairs) > 0) != c.repaired || d.Regressed() != c.regressed {
				t.Errorf("%+v", d)
			}
			if c.waived && d.NewlyWaived[0].Note != "accepted by Tan until 2027-01-31: a mock" {
				t.Errorf("note %q", d.NewlyWaived[0].Note)
			}
		})
	}
	cases := func(second Verdict) *Record {
		return &Record{Checks: []Check{{ID: "A-01", Verdict: Waived, Cases: []Case{{Name: "one", Verdict: Fail}, {Name: "two", Verdict: second}}}}}
	}
	if d := Diff(cases(Pass), cases(Fail)); len(d.NewlyWaived) != 1 || !slices.Equal(d.NewlyWaived[0].Cases, []string{"two"}) {
		t.Errorf("another case is waived: %+v", d.NewlyWaived)
	}
}

// A waiver changes who answers for what a check came to, and not how bad that is.
func TestDiffRanksWhatAWaiverAcceptsByWhatItIs(t *testing.T) {
	of := func(v, covers Verdict) Check {
		c := Check{ID: "A-01", Level: "MUST", Verdict: v}
		if covers != "" {
			c.Waiver = &Waiver{Covers: covers}
		}
		return c
	}
	failure, warning, warned := of(Waived, Fail), of(Waived, Warn), of(Warn, "")
	for name, c := range map[string]struct {
		old, now                    Check
		regressed, repaired, waived bool
		turn                        Turn
	}{
		"a waived failure warns now":            {failure, warned, false, true, false, TurnOther},
		"what warned is a waived failure":       {warned, failure, true, false, true, TurnWaived},
		"a waived warning warns now":            {warning, warned, true, false, false, TurnNew},
		"a warning is waived":                   {warned, warning, false, false, true, TurnWaived},
		"a waived warning is a waived failure":  {warning, failure, true, false, true, TurnWaived},
		"a waived failure is a waived warning":  {failure, warning, false, false, false, TurnOther},
		"a waived failure fails":                {failure, of(Fail, ""), true, false, false, TurnNew},
		"a failure is waived":                   {of(Fail, ""), failure, false, false, true, TurnWaived},
		"a waived failure cannot be judged now": {failure, of(Blocked, ""), true, false, false, TurnUntested},
		"the same failure is waived":            {failure, failure, false, false, false, TurnNone},
	} {
		d := Diff(&Record{Checks: []Check{c.old}}, &Record{Checks: []Check{c.now}})
		if d.Regressed() != c.regressed || (len(d.Repairs) > 0) != c.repaired || (len(d.NewlyWaived) > 0) != c.waived || d.Changes[0].Turn != c.turn {
			t.Errorf("%s: regressed %v, repairs %v, newly waived %v, %s", name, d.Regressed(), d.Repairs, d.NewlyWaived, d.Changes[0].Turn)
		}
	}
}

func TestDiffSeesANewBrokenCaseInACheckThatFailedBefore(t *testing.T) {
	record := func(second Verdict) *Record {
		return &Record{Checks: []Check{{ID: "A-01", Verdict: Fail, Cases: []Case{{Name: "one", Verdict: Fail}, {Name: "two", Verdict: second}}}}}
	}
	if d := Diff(record(Fail), record(Fail)); d.Regressed() {
		t.Errorf("nothing changed: %+v", d.Regressions)
	}
	d := Diff(record(Pass), record(Fail))
	if !d.Regressed() || !slices.Equal(d.Regressions[0].Cases, []string{"two"}) {
		t.Errorf("got %+v", d.Regressions)
	}
}

func TestBrokenCases(t *testing.T) {
	verdicts := []Verdict{Pass, Skip, Blocked, Warn, Fail}
	bad := map[Verdict]bool{Warn: true, Fail: true}
	for _, old := range append([]Verdict{""}, verdicts...) {
		for _, now := range verdicts {
			before := &Check{}
			if old != "" {
				before.Cases = []Case{{Name: "one", Verdict: old}}
			}
			got := brokenCases(before, &Check{Cases: []Case{{Name: "one", Verdict: now}}})
			if want := old != "" && !bad[old] && bad[now] || old == Warn && now == Fail; (len(got) == 1) != want {
				t.Errorf("from %q to %q: %v", old, now, got)
			}
		}
	}
}

func TestDiffOfThresholds(t *testing.T) {
	with := func(ok bool) *Record {
		return &Record{Load: &Load{Thresholds: []Threshold{{Expression: "errors<1%", OK: ok}}}}
	}
	for _, tt := range []struct {
		name     string
		old, now *Record
		crossed  int
	}{
		{"kept", with(true), with(true), 0},
		{"crossed now", with(true), with(false), 1},
		{"crossed before, too", with(false), with(false), 0},
		{"kept again", with(false), with(true), 0},
		{"no load test before", &Record{}, with(false), 1},
		{"no load test now", with(true), &Record{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := Diff(tt.old, tt.now); len(d.Thresholds) != tt.crossed || d.Regressed() != (tt.crossed > 0) {
				t.Errorf("%+v, regressed %v", d.Thresholds, d.Regressed())
			}
		})
	}
}

func TestFiguresOfBothRuns(t *testing.T) {
	at := func(v float64) *float64 { return &v }
	load := func(rate float64, failed int, p50 float64) *Load {
		return &Load{RateAchieved: rate, Errors: map[string]int{"timeout": failed, "reset": 1}, Parts: map[string]Part{"token": {Latency: Latency{P50: p50, P99: p50 + 1, Max: p50 + 2}}}}
	}
	old := &Record{Load: load(10, 2, 5), Decrypt: &Decrypt{Cells: []Cell{{Engine: "go", RSABits: 2048, Alg: "RSA-OAEP", Fields: 2, FieldBytes: 24, Cores: 1, AnswersPerS: 700}}}}
	now := &Record{Load: load(20, 4, 6)}
	want := []Figure{
		{"load: rate achieved", "/s", at(10), at(20), true},
		{"load: errors", "", at(3), at(5), false},
		{"load: wrong answers", "", at(0), at(0), false},
		{"token: p50", "ms", at(5), at(6), false},
		{"token: p99", "ms", at(6), at(7), false},
		{"token: max", "ms", at(7), at(8), false},
		{"decrypt: go, RSA-2048, RSA-OAEP, 2 × 24 B, cores: 1", "answers/s", at(700), nil, true},
	}
	if got := Diff(old, now).Figures; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPercent(t *testing.T) {
	at := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name     string
		old, new *float64
		want     float64
		ok       bool
	}{
		{"grown", at(80), at(100), 25, true},
		{"shrunk", at(80), at(20), -75, true},
		{"from nothing", at(0), at(20), 0, false},
		{"absent before", nil, at(20), 0, false},
		{"absent now", at(20), nil, 0, false},
	} {
		if got, ok := (Figure{Old: tt.old, New: tt.new}).Percent(); ok != tt.ok || math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, %v", tt.name, got, ok)
		}
	}
}

func TestNewBrokenCasesCountWhereTheCheckFails(t *testing.T) {
	for _, v := range Verdicts() {
		record := func(c Verdict) *Record {
			return &Record{Checks: []Check{{ID: "A-01", Verdict: v, Cases: []Case{{Name: "one", Verdict: c}}}}}
		}
		if d := Diff(record(Pass), record(Fail)); d.Regressed() != (v == Fail || v == Warn) {
			t.Errorf("%s: regressed %v", v, d.Regressed())
		}
	}
}

func TestDiffOfFigures(t *testing.T) {
	load := func(p99 float64, ok bool) *Record {
		return &Record{Load: &Load{Parts: map[string]Part{"token": {Latency: Latency{P99: p99}}}, Thresholds: []Threshold{{Expression: "token.p99<100ms", Value: p99, OK: ok}}}}
	}
	d := Diff(load(80, true), load(120, false))
	if !d.Regressed() || len(d.Thresholds) != 1 {
		t.Errorf("the crossed threshold is missing: %+v", d.Thresholds)
	}
	for _, f := range d.Figures {
		if f.Name == "token: p99" {
			if percent, ok := f.Percent(); !ok || math.Abs(percent-50) > 1e-9 {
				t.Errorf("p99 from 80 to 120 is %v %%", percent)
			}
			return
		}
	}
	t.Errorf("no p99 among %+v", d.Figures)
}
