package run

import (
	"math"
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
			if total := len(d.Regressions) + len(d.Repairs) + len(d.NotJudged) + len(d.Other) + len(d.Added) + len(d.Vanished); total != 1 {
				t.Errorf("in %d lists", total)
			}
			if d.Regressed() != c.regressed {
				t.Errorf("regressed: %v", d.Regressed())
			}
		})
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
