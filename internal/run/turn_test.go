package run

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryChangeHasOneTurn(t *testing.T) {
	for _, c := range []struct {
		old, now Verdict
		want     Turn
	}{
		{Pass, Fail, TurnNew}, {Pass, Warn, TurnNew}, {Skip, Fail, TurnNew}, {Skip, Warn, TurnNew}, {Blocked, Fail, TurnNew},
		{Waived, Fail, TurnNew}, {StaleWaiver, Fail, TurnNew}, {Info, Warn, TurnNew}, {Warn, Fail, TurnNew}, {"", Fail, TurnNew}, {"", Warn, TurnNew},
		{Fail, Pass, TurnFixed}, {Warn, Pass, TurnFixed}, {Waived, Pass, TurnFixed}, {Waived, StaleWaiver, TurnFixed}, {Fail, StaleWaiver, TurnFixed},
		{Fail, Waived, TurnWaived}, {Pass, Waived, TurnWaived}, {Skip, Waived, TurnWaived}, {"", Waived, TurnWaived},
		{Pass, Skip, TurnUntested}, {Pass, Blocked, TurnUntested}, {Fail, Skip, TurnUntested}, {Fail, Blocked, TurnUntested}, {Warn, Skip, TurnUntested},
		{Waived, Skip, TurnUntested}, {Info, Skip, TurnUntested}, {Pass, "", TurnUntested}, {Fail, "", TurnUntested}, {Waived, "", TurnUntested},
		{Skip, Pass, TurnTested}, {Blocked, Pass, TurnTested}, {Skip, Info, TurnTested}, {"", Pass, TurnTested}, {Blocked, StaleWaiver, TurnTested},
		{Fail, Warn, TurnOther}, {Pass, StaleWaiver, TurnOther}, {StaleWaiver, Pass, TurnOther}, {Skip, Blocked, TurnOther}, {Blocked, Skip, TurnOther},
		{"", Skip, TurnOther}, {Blocked, "", TurnOther},
	} {
		one := func(v Verdict) *Record {
			if v == "" {
				return &Record{}
			}
			return &Record{Checks: []Check{{ID: "A-01", Verdict: v}}}
		}
		d := Diff(one(c.old), one(c.now))
		if len(d.Changes) != 1 || d.Changes[0].Turn != c.want {
			t.Errorf("from %q to %q: %+v, want %q", c.old, c.now, d.Changes, c.want)
		}
		total := 0
		for _, turn := range Turns() {
			total += len(d.ByTurn(turn))
		}
		if total != 1 {
			t.Errorf("from %q to %q: told %d times", c.old, c.now, total)
		}
		if d.Regressed() && c.want != TurnNew && c.want != TurnUntested && c.want != TurnWaived {
			t.Errorf("from %q to %q: a regression that is told as %q", c.old, c.now, c.want)
		}
	}
	for _, v := range Verdicts() {
		d := Diff(&Record{Checks: []Check{{ID: "A-01", Verdict: v}}}, &Record{Checks: []Check{{ID: "A-01", Verdict: v}}})
		if d.Changes[0].Turn != TurnNone {
			t.Errorf("%s twice: %s", v, d.Changes[0].Turn)
		}
	}
}

func TestWhatAVerdictHides(t *testing.T) {
	cases := func(pairs ...string) []Case {
		var out []Case
		for _, p := range pairs {
			name, verdict, _ := strings.Cut(p, "=")
			out = append(out, Case{Name: name, Verdict: Verdict(verdict)})
		}
		return out
	}
	until := func(day string) *Waiver { return &Waiver{Reason: "a mock", Until: day} }
	for name, c := range map[string]struct {
		old, now Check
		want     Turn
		says     func(Change) bool
	}{
		"a case less is tried":      {Check{Verdict: Pass, Cases: cases("a=pass", "b=pass")}, Check{Verdict: Pass, Cases: cases("a=pass", "b=skip")}, TurnUntested, func(c Change) bool { return slices.Equal(c.Untried, []string{"b"}) }},
		"a case is gone":            {Check{Verdict: Pass, Cases: cases("a=pass", "b=pass")}, Check{Verdict: Pass, Cases: cases("a=pass")}, TurnUntested, func(c Change) bool { return slices.Equal(c.Untried, []string{"b"}) }},
		"a failing case is skipped": {Check{Verdict: Fail, Cases: cases("a=fail", "b=fail")}, Check{Verdict: Fail, Cases: cases("a=fail", "b=skip")}, TurnUntested, func(c Change) bool { return len(c.Mended) == 0 }},
		"another case fails": {Check{Verdict: Fail, Cases: cases("a=fail", "b=pass")}, Check{Verdict: Fail, Cases: cases("a=pass", "b=fail")}, TurnNew, func(c Change) bool {
			return slices.Equal(c.Cases, []string{"b"}) && slices.Equal(c.Mended, []string{"a"})
		}},
		"fixed in part":             {Check{Verdict: Fail, Cases: cases("a=fail", "b=fail")}, Check{Verdict: Fail, Cases: cases("a=fail", "b=pass")}, TurnOther, func(c Change) bool { return slices.Equal(c.Mended, []string{"b"}) }},
		"another case is waived":    {Check{Verdict: Waived, Cases: cases("a=fail", "b=pass")}, Check{Verdict: Waived, Cases: cases("a=fail", "b=fail")}, TurnWaived, func(c Change) bool { return slices.Equal(c.Cases, []string{"b"}) }},
		"a waiver goes on longer":   {Check{Verdict: Waived, Waiver: until("2027-01-31")}, Check{Verdict: Waived, Waiver: until("2028-01-31")}, TurnOther, func(c Change) bool { return c.Terms == "until: 2028-01-31 (was 2027-01-31)" }},
		"a level is lowered":        {Check{Level: "MUST", Verdict: Fail}, Check{Level: "INFO", Verdict: Info}, TurnOther, func(c Change) bool { return c.WasLevel == "MUST" }},
		"a level is lowered, holds": {Check{Level: "MUST", Verdict: Pass}, Check{Level: "SHOULD", Verdict: Pass}, TurnOther, func(c Change) bool { return c.WasLevel == "MUST" }},
		"fixed as far as it is tried": {Check{Verdict: Fail, Cases: cases("a=fail", "b=fail")}, Check{Verdict: Pass, Cases: cases("a=pass", "b=skip")}, TurnUntested, func(c Change) bool {
			return slices.Equal(c.Mended, []string{"a"}) && slices.Equal(c.Untried, []string{"b"})
		}},
		"a case that is new fails": {Check{Verdict: Fail, Cases: cases("a=fail")}, Check{Verdict: Fail, Cases: cases("a=fail", "b=fail")}, TurnNew, func(c Change) bool { return slices.Equal(c.Cases, []string{"b"}) }},
		"the outside fails, too":   {Check{Verdict: Fail, Cases: cases("a=fail")}, Check{Verdict: Fail, Cases: cases("a=fail", OutsideCases+"=fail")}, TurnNew, func(c Change) bool { return slices.Equal(c.Cases, []string{OutsideCases}) }},
		"the outside holds":        {Check{Verdict: Fail, Cases: cases("a=fail", OutsideCases+"=fail")}, Check{Verdict: Fail, Cases: cases("a=fail")}, TurnOther, func(c Change) bool { return slices.Equal(c.Mended, []string{OutsideCases}) && len(c.Untried) == 0 }},
		"all holds":                {Check{Verdict: Fail, Cases: cases("a=fail", OutsideCases+"=fail")}, Check{Verdict: Pass, Cases: cases("a=pass")}, TurnFixed, func(c Change) bool { return len(c.Untried) == 0 }},
		"the same cases":           {Check{Verdict: Fail, Cases: cases("a=fail", "b=skip")}, Check{Verdict: Fail, Cases: cases("a=fail", "b=skip")}, TurnNone, func(Change) bool { return true }},
	} {
		c.old.ID, c.now.ID = "A-01", "A-01"
		d := Diff(&Record{Checks: []Check{c.old}}, &Record{Checks: []Check{c.now}})
		if got := d.Changes[0]; got.Turn != c.want || !c.says(got) {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

// What fails beside the cases that failed before is a regression, also where it is
// outside of any.
func TestWhatFailsOutsideTheCasesIsARegression(t *testing.T) {
	old := Check{ID: "A-01", Verdict: Fail, Cases: []Case{{Name: "a", Verdict: Fail}}}
	now := Check{ID: "A-01", Verdict: Fail, Cases: []Case{{Name: "a", Verdict: Fail}, {Name: OutsideCases, Verdict: Fail}}}
	if !Diff(&Record{Checks: []Check{old}}, &Record{Checks: []Check{now}}).Regressed() {
		t.Error("it is none")
	}
}

func TestWhyACheckIsNotInTheNewRun(t *testing.T) {
	old := &Record{Checks: []Check{{ID: "A-01", Verdict: Fail, Observed: "200"}, {ID: "A-02", Verdict: Pass}}}
	d := Diff(old, &Record{Coverage: &Coverage{NotJudged: []Unjudged{{ID: "A-01", Gap: NotSelected, Reason: "not selected"}}}})
	got := d.ByTurn(TurnUntested)
	if len(got) != 2 || got[0].ID != "A-01" || got[0].Note != "not selected" || got[0].WasNote != "200" || got[1].Note == "" {
		t.Errorf("%+v", got)
	}
}

func TestThresholdsThatAreKeptOrGone(t *testing.T) {
	load := func(thresholds ...Threshold) *Record { return &Record{Load: &Load{Thresholds: thresholds}} }
	d := Diff(load(Threshold{Expression: "a"}, Threshold{Expression: "b", OK: true}, Threshold{Expression: "c"}), load(Threshold{Expression: "a", OK: true}, Threshold{Expression: "c"}))
	if len(d.Kept) != 1 || d.Kept[0].Expression != "a" || len(d.Gone) != 1 || d.Gone[0].Expression != "b" || len(d.Thresholds) != 0 {
		t.Errorf("kept %+v, gone %+v, crossed %+v", d.Kept, d.Gone, d.Thresholds)
	}
	if len(d.StillCrossed) != 1 || d.StillCrossed[0].Expression != "c" {
		t.Errorf("crossed as before: %+v", d.StillCrossed)
	}
	if d := Diff(load(Threshold{Expression: "a"}), &Record{}); len(d.Gone) != 1 {
		t.Errorf("a load test that is not made any more: %+v", d.Gone)
	}
}
