package judge

import (
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestWaive(t *testing.T) {
	today := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
	whole := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-03-01"}
	old := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-02-28"}
	oneCase := run.Waiver{Check: "TOKEN-05", Case: "first", Reason: "known", Until: "2026-12-31"}
	failing := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Pass}}
	both := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Fail}}
	tests := []struct {
		name    string
		verdict run.Verdict
		cases   []run.Case
		waivers []run.Waiver
		want    run.Verdict
	}{
		{"a failure is waived on the last day", run.Fail, nil, []run.Waiver{whole}, run.Waived},
		{"a waiver that ran out lets the failure stand", run.Fail, nil, []run.Waiver{old}, run.Fail},
		{"a warning is waived", run.Warn, nil, []run.Waiver{whole}, run.Waived},
		{"a waiver for one case covers that case", run.Fail, failing, []run.Waiver{oneCase}, run.Waived},
		{"a waiver for one case does not cover another", run.Fail, both, []run.Waiver{oneCase}, run.Fail},
		{"a waiver for one case does not cover a check without cases", run.Fail, nil, []run.Waiver{oneCase}, run.Fail},
		{"a waiver over a pass is stale", run.Pass, nil, []run.Waiver{whole}, run.StaleWaiver},
		{"an old waiver over a pass is stale", run.Pass, nil, []run.Waiver{old}, run.StaleWaiver},
		{"a skip stays a skip", run.Skip, nil, []run.Waiver{whole}, run.Skip},
		{"a block stays a block", run.Blocked, nil, []run.Waiver{whole}, run.Blocked},
		{"another check's waiver changes nothing", run.Fail, nil, []run.Waiver{{Check: "TOKEN-06", Until: "2030-01-01"}}, run.Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Waive(run.Check{ID: "TOKEN-05", Verdict: tt.verdict, Cases: tt.cases}, tt.waivers, today)
			if got.Verdict != tt.want {
				t.Errorf("%s, want %s", got.Verdict, tt.want)
			}
			if got.Verdict == run.Waived && (got.Waiver == nil || got.Waiver.Covers != tt.verdict) {
				t.Errorf("the record does not hold the waiver and what it covers: %+v", got.Waiver)
			}
			if got.Verdict == run.StaleWaiver && got.Waiver.Covers != run.Pass {
				t.Errorf("the record does not say what the waiver covers: %+v", got.Waiver)
			}
		})
	}
}

// A waiver for a case says nothing of those that could not be judged; one for the whole
// check accepts whatever it comes to.
func TestAWaiverForACaseBesideOneThatIsBlocked(t *testing.T) {
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	cases := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Blocked, Observed: "429"}}
	w := run.Waiver{Check: "TOKEN-05", Case: "first", Reason: "known", Until: "2026-12-31"}
	got := Waive(run.Check{ID: "TOKEN-05", Verdict: run.Fail, Cases: cases}, []run.Waiver{w}, today)
	if want := "what fails is waived, and its cases second (429) could not be judged"; got.Verdict != run.Blocked || got.Reason != want || got.Waiver != nil {
		t.Errorf("%s, %q, %+v", got.Verdict, got.Reason, got.Waiver)
	}
	w.Case = ""
	if got := Waive(run.Check{ID: "TOKEN-05", Verdict: run.Fail, Cases: cases}, []run.Waiver{w}, today); got.Verdict != run.Waived {
		t.Errorf("waived as a whole: %s", got.Verdict)
	}
}

func TestAWaiverForACaseThatHoldsIsTold(t *testing.T) {
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	cases := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Pass}}
	first := run.Waiver{Check: "TOKEN-05", Case: "first", Reason: "known", Until: "2026-12-31"}
	second := run.Waiver{Check: "TOKEN-05", Case: "second", Reason: "known", Until: "2026-12-31"}
	got := Waive(run.Check{ID: "TOKEN-05", Verdict: run.Fail, Observed: "200", Cases: cases}, []run.Waiver{first, second}, today)
	if want := "200\nno longer needed is the waiver of what holds: second"; got.Verdict != run.Waived || got.Observed != want {
		t.Errorf("%s, %q", got.Verdict, got.Observed)
	}
	if again := WaiveAnew(got, []run.Waiver{first, second}, today); again.Observed != got.Observed {
		t.Errorf("waived anew: %q", again.Observed)
	}
}

// What was waived earlier comes back as it was.
func TestAWaivedWarningIsAWarningAgain(t *testing.T) {
	for _, v := range []run.Verdict{run.Fail, run.Warn} {
		w := run.Waiver{Check: "RP-19", Reason: "known", Until: "2026-12-31"}
		today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		waived := Waive(run.Check{ID: "RP-19", Level: "MUST", Verdict: v}, []run.Waiver{w}, today)
		if got := WaiveAnew(waived, nil, today); waived.Verdict != run.Waived || got.Verdict != v {
			t.Errorf("%s: %s, and then %s", v, waived.Verdict, got.Verdict)
		}
	}
}

func TestReasonOfAWaiver(t *testing.T) {
	today := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
	whole := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-03-01"}
	old := run.Waiver{Check: "TOKEN-05", Reason: "forgotten", Until: "2026-02-28"}
	oldSecond := run.Waiver{Check: "TOKEN-05", Case: "second", Reason: "forgotten", Until: "2026-02-28"}
	first := run.Waiver{Check: "TOKEN-05", Case: "first", Reason: "one", Until: "2026-12-31"}
	second := run.Waiver{Check: "TOKEN-05", Case: "second", Reason: "two", Until: "2026-12-31"}
	both := run.Waiver{Check: "TOKEN-05", Case: "first; second", Reason: "one; two", Until: "2026-12-31"}
	bad := func(v run.Verdict) []run.Case {
		return []run.Case{{Name: "held", Verdict: run.Pass}, {Name: "first", Verdict: v}, {Name: "second", Verdict: v}}
	}
	leftOut := []run.Case{{Name: "first", Verdict: run.Pass}, {Name: "second", Verdict: run.Skip, Gap: run.WantLogins}}
	for _, tt := range []struct {
		name    string
		verdict run.Verdict
		cases   []run.Case
		waivers []run.Waiver
		want    run.Verdict
		reason  string
		waiver  *run.Waiver // in the record
	}{
		{"in force", run.Fail, nil, []run.Waiver{whole}, run.Waived, "known", &whole},
		{"run out beside one in force", run.Fail, nil, []run.Waiver{old, whole}, run.Waived, "known", &whole},
		{"run out", run.Fail, nil, []run.Waiver{old}, run.Fail, "a waiver for it expired on 2026-02-28", &old},
		{"run out beside one for another case", run.Fail, bad(run.Fail), []run.Waiver{old, first}, run.Fail, "a waiver for it expired on 2026-02-28", &old},
		{"run out after one for another case", run.Fail, bad(run.Fail), []run.Waiver{first, oldSecond}, run.Fail, "a waiver for it expired on 2026-02-28", &oldSecond},
		{"for another case", run.Fail, bad(run.Fail), []run.Waiver{first}, run.Fail, "a waiver covers some of its cases, but not all that fail", nil},
		{"for each case", run.Fail, bad(run.Fail), []run.Waiver{second, first}, run.Waived, "one; two", &both},
		{"for each case that warns", run.Warn, bad(run.Warn), []run.Waiver{first, second}, run.Waived, "one; two", &both},
		{"for one case that warns", run.Warn, bad(run.Warn), []run.Waiver{first}, run.Warn, "a waiver covers some of its cases, but not all that fail", nil},
		{"for a case and the whole", run.Fail, bad(run.Fail), []run.Waiver{first, whole}, run.Waived, "known", &whole},
		{"over a pass", run.Pass, nil, []run.Waiver{whole}, run.StaleWaiver, "it passes: the waiver is no longer needed", &whole},
		{"run out over a pass", run.Pass, nil, []run.Waiver{old}, run.StaleWaiver, "it passes, and the waiver expired on 2026-02-28", &old},
		{"run out after one in force, over a pass", run.Pass, nil, []run.Waiver{first, oldSecond}, run.StaleWaiver, "it passes, and the waiver expired on 2026-02-28", &oldSecond},
		{"over a pass that left its case out", run.Pass, leftOut, []run.Waiver{second}, run.Pass, "", nil},
		{"as a whole over a pass that left a case out", run.Pass, leftOut, []run.Waiver{whole}, run.Pass, "", nil},
		{"over a pass that left another case out", run.Pass, leftOut, []run.Waiver{second, first}, run.StaleWaiver, "it passes: the waiver is no longer needed", &first},
		{"run out over a pass that left its case out", run.Pass, leftOut, []run.Waiver{oldSecond}, run.StaleWaiver, "it passes, and the waiver expired on 2026-02-28", &oldSecond},
		{"none", run.Fail, nil, nil, run.Fail, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Waive(run.Check{ID: "TOKEN-05", Verdict: tt.verdict, Cases: tt.cases}, tt.waivers, today)
			if got.Waiver != nil && tt.want != run.Fail && tt.want != run.Warn {
				if got.Waiver.Covers != tt.verdict {
					t.Errorf("it covers %q, want %q", got.Waiver.Covers, tt.verdict)
				}
				got.Waiver.Covers = ""
			}
			if got.Verdict != tt.want || got.Reason != tt.reason || (got.Waiver == nil) != (tt.waiver == nil) || got.Waiver != nil && *got.Waiver != *tt.waiver {
				t.Errorf("%s, %q by %+v", got.Verdict, got.Reason, got.Waiver)
			}
		})
	}
}

func TestWaiveAnewForgetsTheOldWaivers(t *testing.T) {
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	w := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-12-31"}
	for _, tt := range []struct {
		name    string
		check   run.Check
		waivers []run.Waiver
		want    run.Verdict
		reason  string
	}{
		{"a waived MUST without its waiver", run.Check{Level: "MUST", Verdict: run.Waived, Waiver: &w, Reason: "known"}, nil, run.Fail, ""},
		{"a waived SHOULD without its waiver", run.Check{Level: "SHOULD", Verdict: run.Waived, Waiver: &w, Reason: "known"}, nil, run.Warn, ""},
		{"a waived MUST with its waiver", run.Check{Level: "MUST", Verdict: run.Waived, Waiver: &w, Reason: "known"}, []run.Waiver{w}, run.Waived, "known"},
		{"a stale waiver that is gone", run.Check{Level: "MUST", Verdict: run.StaleWaiver, Waiver: &w, Reason: "it passes"}, nil, run.Pass, ""},
		{"a failure that was never waived", run.Check{Level: "MUST", Verdict: run.Fail, Reason: "r"}, nil, run.Fail, "r"},
		{"a block", run.Check{Level: "MUST", Verdict: run.Blocked, Reason: "r"}, []run.Waiver{w}, run.Blocked, "r"},
	} {
		tt.check.ID = "TOKEN-05"
		got := WaiveAnew(tt.check, tt.waivers, today)
		if got.Verdict != tt.want || got.Reason != tt.reason || (got.Waiver != nil) != (tt.want == run.Waived) {
			t.Errorf("%s: %s, %q by %+v", tt.name, got.Verdict, got.Reason, got.Waiver)
		}
	}
}

// Where several waivers cover the cases of a check, all of them are in the record.
func TestWaiversOfCasesTogether(t *testing.T) {
	c := run.Check{ID: "TOKEN-05", Verdict: run.Fail, Cases: []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Fail}, {Name: "third", Verdict: run.Pass}}}
	waivers := []run.Waiver{
		{Check: "TOKEN-05", Case: "first", Reason: "a mock", Approver: "Tan", Until: "2026-12-31"},
		{Check: "TOKEN-05", Case: "second", Reason: "known", Approver: "Lim", Until: "2026-06-30", Issue: "A-1"},
	}
	got := Waive(c, waivers, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	want := run.Waiver{Check: "TOKEN-05", Case: "first; second", Reason: "a mock; known", Approver: "Tan; Lim", Until: "2026-06-30", Issue: "A-1", Covers: run.Fail}
	if got.Verdict != run.Waived || *got.Waiver != want || got.Reason != want.Reason {
		t.Errorf("%+v, want %+v", got.Waiver, want)
	}
	if waivers[0].Reason != "a mock" {
		t.Error("waiving changed the waivers")
	}
}
