package run

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// judgedCheck is a check of two cases, x and y, with what was observed where they do not hold.
func judgedCheck(v, x, y Verdict, says string, w *Waiver) Check {
	c := Check{ID: "A-01", Level: "MUST", Verdict: v, Observed: says, Waiver: w, Cases: []Case{{Name: "x", Verdict: x}, {Name: "y", Verdict: y}}}
	for i := range c.Cases {
		if c.Cases[i].Verdict == Skip {
			c.Cases[i].Gap = WantLogins
		}
	}
	if w != nil {
		c.Reason = w.Reason
	}
	c.Exchanges = []Exchange{{Case: says, Judged: true}, {Case: "beside " + says}}
	return c
}

// Where two parts saw different cases fail, the record says that both do.
func TestMergeLosesNothingThatFailed(t *testing.T) {
	onCase := func(name string, covers Verdict) *Waiver {
		return &Waiver{Case: name, Reason: "reason of " + name, Approver: "ann", Until: map[string]string{"x": "2027-01-01", "y": "2026-12-31"}[name], Covers: covers}
	}
	whole := &Waiver{Reason: "all of it", Approver: "ben", Until: "2026-12-01", Covers: Fail}
	for name, c := range map[string]struct {
		a, b    Check
		verdict Verdict
		x, y    Verdict
		reason  []string // parts of it
		waives  string   // the case that the waiver names, or "none"
		until   string
	}{
		"two failures": {judgedCheck(Fail, Fail, Pass, "x: 200", nil), judgedCheck(Fail, Pass, Fail, "y: 200", nil), Fail, Fail, Fail, nil, "none", ""},
		"two warnings": {judgedCheck(Warn, Warn, Pass, "x: 200", nil), judgedCheck(Warn, Pass, Warn, "y: 200", nil), Warn, Warn, Warn, nil, "none", ""},
		"a failure and a warning": {
			judgedCheck(Fail, Fail, Pass, "x: 200", nil), judgedCheck(Warn, Warn, Warn, "y: 200", nil), Fail, Fail, Warn, nil, "none", ""},
		"what was left out there": {
			judgedCheck(Fail, Fail, Skip, "x: 200", nil), judgedCheck(Warn, Blocked, Pass, "y: 200", nil), Fail, Fail, Pass, nil, "none", ""},
		"two waivers": {
			judgedCheck(Waived, Fail, Pass, "x: 200", onCase("x", Fail)), judgedCheck(Waived, Pass, Fail, "y: 200", onCase("y", Fail)),
			Waived, Fail, Fail, []string{"reason of x", "reason of y"}, "xy", "2026-12-31"},
		"a waiver of all, and one of a case": {
			judgedCheck(Waived, Fail, Pass, "x: 200", whole), judgedCheck(Waived, Pass, Fail, "y: 200", onCase("y", Fail)),
			Waived, Fail, Fail, []string{"all of it", "reason of y"}, "", "2026-12-01"},
		"a waived failure and one that is not": {
			judgedCheck(Fail, Fail, Pass, "x: 200", nil), judgedCheck(Waived, Pass, Fail, "y: 200", onCase("y", Fail)),
			Fail, Fail, Fail, []string{"a waiver covers some of its cases, but not all that fail"}, "none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][]Check{{c.a, c.b}, {c.b, c.a}} {
				var records []*Record
				for _, check := range pair {
					records = append(records, &Record{Complete: true, Target: Target{Issuer: "https://idp.example/v2", Kind: "external"}, Checks: []Check{check}})
				}
				m, err := Merge(records...)
				if err != nil {
					t.Fatal(err)
				}
				got := m.Checks[0]
				if got.Verdict != c.verdict || len(got.Cases) != 2 || got.Cases[0].Verdict != c.x || got.Cases[1].Verdict != c.y {
					t.Errorf("%s, %+v", got.Verdict, got.Cases)
				}
				if lines := strings.Split(got.Observed, "\n"); len(lines) != 2 || !slices.Contains(lines, "x: 200") || !slices.Contains(lines, "y: 200") {
					t.Errorf("observed %q", got.Observed)
				}
				shown := map[string]bool{}
				for _, e := range got.Exchanges {
					shown[e.Case] = true
				}
				if len(got.Exchanges) != 3 || !shown["x: 200"] || !shown["y: 200"] {
					t.Errorf("exchanges: %+v", got.Exchanges)
				}
				for _, part := range c.reason {
					if !strings.Contains(got.Reason, part) {
						t.Errorf("reason %q, want %q in it", got.Reason, part)
					}
				}
				switch w := got.Waiver; {
				case c.waives == "none" && w == nil:
				case c.waives == "none" || w == nil:
					t.Errorf("waiver %+v, want %q", w, c.waives)
				case len(strings.ReplaceAll(w.Case, "; ", "")) != len(c.waives) || strings.Trim(w.Case, c.waives+"; ") != "" || w.Until != c.until || w.Covers != Fail:
					t.Errorf("waiver %+v", w)
				}
			}
		})
	}
}

// What one part alone found against a check is not mixed with what held.
func TestMergeOfWhatHoldsElsewhereAddsNothing(t *testing.T) {
	bad := judgedCheck(Fail, Fail, Pass, "x: 200", nil)
	for _, v := range []Verdict{Pass, Blocked, Skip, StaleWaiver} {
		other := judgedCheck(v, Pass, Pass, "as expected", nil)
		for _, got := range []Check{MergeCheck(&bad, &other), MergeCheck(&other, &bad)} {
			if !reflect.DeepEqual(got, bad) {
				t.Errorf("%s beside it: %+v", v, got)
			}
		}
	}
}

// A waiver of a case that holds in one part, and fails in the other, is needed.
func TestMergeNamesTheWaiversThatAreNotNeeded(t *testing.T) {
	a := judgedCheck(Waived, Fail, Pass, "x: 200"+NoLongerNeeded+"y, z", &Waiver{Case: "x", Covers: Fail})
	b := judgedCheck(Waived, Pass, Fail, "y: 200"+NoLongerNeeded+"x, z", &Waiver{Case: "y", Covers: Fail})
	if got := MergeCheck(&a, &b).Observed; got != "x: 200\ny: 200" {
		t.Errorf("no case z: %q", got)
	}
	a.Cases, b.Cases = append(a.Cases, Case{Name: "z", Verdict: Pass}), append(b.Cases, Case{Name: "z", Verdict: Pass})
	if got := MergeCheck(&a, &b).Observed; got != "x: 200\ny: 200"+NoLongerNeeded+"z" {
		t.Errorf("z holds in both: %q", got)
	}
}

// A case that a waiver accepts, in a check whose other cases are open, is not lost beside a
// part in which the check holds; what was judged to the end replaces it.
func TestMergeKeepsTheWaivedCaseOfABlockedCheck(t *testing.T) {
	open := judgedCheck(Blocked, Fail, Blocked, "x: 200", nil)
	for _, c := range []struct {
		other Check
		want  Verdict
	}{
		{judgedCheck(Pass, Pass, Pass, "as expected", nil), Blocked},
		{judgedCheck(StaleWaiver, Pass, Pass, "as expected", &Waiver{Case: "x"}), Blocked},
		{judgedCheck(Waived, Fail, Pass, "x: 200", &Waiver{Case: "x", Covers: Fail}), Waived},
		{judgedCheck(Fail, Fail, Pass, "x: 200", nil), Fail},
	} {
		for _, got := range []Check{MergeCheck(&open, &c.other), MergeCheck(&c.other, &open)} {
			if got.Verdict != c.want || got.Cases[0].Verdict != Fail {
				t.Errorf("%s beside it: %s, %+v", c.other.Verdict, got.Verdict, got.Cases)
			}
		}
	}
}
