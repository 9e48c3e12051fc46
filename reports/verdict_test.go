package reports

import (
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// judgedBy is a failed check whose judged exchange had this status; 0 is no answer.
func judgedBy(id string, status int) run.Check {
	e := run.Exchange{Judged: true}
	if status > 0 {
		e.Response = &run.Response{Status: status}
	}
	return run.Check{ID: id, Area: strings.Split(id, "-")[0], Level: "MUST", Verdict: run.Fail, Exchanges: []run.Exchange{e}}
}

func TestVerdictSentence(t *testing.T) {
	of := func(verdicts ...run.Verdict) (checks []run.Check) {
		for _, v := range verdicts {
			checks = append(checks, run.Check{ID: "DISC-01", Level: "MUST", Verdict: v})
		}
		return checks
	}
	for _, c := range []struct {
		want string
		r    run.Record
	}{
		{"Not ready: 3 MUST checks fail; the worst lets a stolen code be used.",
			run.Record{Complete: true, Checks: []run.Check{judgedBy("DISC-04", 200), judgedBy("TOKEN-05", 200), judgedBy("TOKEN-14", 200)}}},
		{"Not ready: 1 MUST check fails; it lets a code be used twice.", run.Record{Checks: []run.Check{judgedBy("TOKEN-05", 200)}}},
		{"Not ready: 1 MUST check fails; it lets a single request take the service down.", run.Record{Complete: true, Checks: []run.Check{judgedBy("UINFO-04", 0)}}},
		{"Not ready: 1 MUST check fails.", run.Record{Complete: true, Checks: []run.Check{judgedBy("TOKEN-08", 500)}}},
		{"Not ready: 1 MUST check fails.", run.Record{Complete: true, Checks: []run.Check{judgedBy("DISC-01", 200)}}},
		{"Not ready: 1 threshold is crossed: p99<1ms.", run.Record{Complete: true, Checks: of(run.Pass), Load: &run.Load{Thresholds: []run.Threshold{{Expression: "p99<1ms"}}}}},
		{"Not ready: 1 answer under load was wrong: another person's data (1); 1 threshold is crossed: p99<1ms.",
			run.Record{Complete: true, Checks: of(run.Pass), Load: &run.Load{Requests: 100, Errors: map[string]int{run.WrongPerson: 1}, Thresholds: []run.Threshold{{Expression: "p99<1ms"}}}}},
		{"Not decided: 1 threshold was not measured: verify.p99<1ms.",
			run.Record{Complete: true, Load: &run.Load{Requests: 100, Thresholds: []run.Threshold{{Expression: "verify.p99<1ms", Unmeasured: true}}}}},
		{"Not ready: 2 warnings count as failure under --strict.", run.Record{Complete: true, Strict: true, Checks: of(run.Warn, run.StaleWaiver)}},
		{"Not decided: 1 check could not be judged, and the run ended early (interrupted).", run.Record{Stopped: "interrupted", Checks: of(run.Pass, run.Blocked)}},
		{"Not decided: the run did not come to its end.", run.Record{Checks: of(run.Pass)}},
		{"Not decided: every check was skipped.", run.Record{Complete: true, Checks: of(run.Skip)}},
		{"Not decided: the record holds no check and no figure.", run.Record{Complete: true}},
		{"Not decided: the harness, not the target, kept 1 threshold from being met.",
			run.Record{Complete: true, Checks: of(run.Pass), Load: &run.Load{Thresholds: []run.Threshold{{Expression: "p99<1ms"}}, Harness: run.Harness{Limited: true}}}},
		{"Ready: no MUST check fails, 4 judged; 1 warning; 1 accepted deviation; 1 not tested.", run.Record{Complete: true, Checks: of(run.Pass, run.Info, run.Warn, run.Waived, run.Skip)}},
		{"Measured: 99.5 of 100 token requests a second achieved, 2 errors; the harness was the limit, not the target.",
			run.Record{Complete: true, Load: &run.Load{Scenario: "token", RateAsked: 100, RateAchieved: 99.5, Errors: map[string]int{"timeout": 2}, Harness: run.Harness{Limited: true}}}},
		{"Measured: up to 4,000 answers a second decrypted, by engine openssl on 2 cores.",
			run.Record{Complete: true, Decrypt: &run.Decrypt{Cells: []run.Cell{{Engine: "go", Cores: 1, AnswersPerS: 800}, {Engine: "openssl", Cores: 2, AnswersPerS: 4000}}}}},
	} {
		c.r.Count()
		if got := Verdict(&c.r); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestDoors(t *testing.T) {
	check := func(id string, v run.Verdict) run.Check { return run.Check{ID: id, Level: "MUST", Verdict: v} }
	all := func(v run.Verdict, but ...run.Check) (out []run.Check) {
		for _, id := range []string{"TOKEN-05", "TOKEN-06", "TOKEN-07", "TOKEN-25", "BROW-08"} {
			c := check(id, v)
			for _, b := range but {
				if b.ID == id {
					c = b
				}
			}
			out = append(out, c)
		}
		return out
	}
	for _, c := range []struct {
		name   string
		checks []run.Check
		want   doorState
	}{
		{"a code was taken twice", all(run.Pass, judgedBy("TOKEN-05", 200)), doorOpen},
		{"redirected all the same", all(run.Pass, judgedBy("TOKEN-05", 302)), doorOpen},
		{"a failure without a judged exchange", all(run.Pass, check("TOKEN-05", run.Fail)), doorOpen},
		{"refused with the wrong code", all(run.Pass, judgedBy("TOKEN-05", 400)), doorAjar},
		{"refused by falling over", all(run.Pass, judgedBy("TOKEN-05", 500)), doorAjar},
		{"no answer", all(run.Pass, judgedBy("TOKEN-05", 0)), doorAjar},
		{"a SHOULD does not hold", all(run.Pass, check("TOKEN-06", run.Warn)), doorAjar},
		{"waived", all(run.Pass, check("TOKEN-05", run.Waived)), doorAccepted},
		{"one guard skipped", all(run.Pass, check("TOKEN-25", run.Skip)), doorPartly},
		{"one guard blocked", all(run.Pass, check("TOKEN-05", run.Blocked)), doorPartly},
		{"all guards hold", all(run.Pass), doorGuarded},
		{"all guards blocked", all(run.Blocked), doorUntested},
		{"no guard in the run", []run.Check{check("DISC-01", run.Pass)}, doorUntested},
	} {
		for _, d := range doors(&run.Record{Checks: c.checks}) {
			if d.Name == "Code replayed" && d.State != c.want {
				t.Errorf("%s: %s, want %s", c.name, d.State, c.want)
			}
		}
	}
}

func TestDoorsOfSilenceAndContent(t *testing.T) {
	state := func(name string, checks ...run.Check) doorState {
		for _, d := range doors(&run.Record{Checks: checks}) {
			if d.Name == name {
				return d.State
			}
		}
		t.Fatalf("no door %q", name)
		return ""
	}
	if got := state("Service taken down", judgedBy("UINFO-09", 0)); got != doorOpen {
		t.Errorf("any request without an answer opens it: %s", got)
	}
	if got := state("Service taken down", judgedBy("TOKEN-22", 500)); got != doorAjar {
		t.Errorf("a 500 does not: %s", got)
	}
	if got := state("Internals disclosed", judgedBy("TOKEN-23", 500)); got != doorOpen {
		t.Errorf("a stack trace in a 500 is one: %s", got)
	}
	if got := state("Script in the login page", judgedBy("AUTHZ-23", 400)); got != doorOpen {
		t.Errorf("script in an error page runs, too: %s", got)
	}
}

func TestThreatsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, th := range threats {
		if th.Name == "" || th.Lets == "" || th.Story == "" || len(th.Refs) == 0 || len(th.Guards) == 0 {
			t.Errorf("%s lacks something", th.Name)
		}
		if seen[th.Name] {
			t.Errorf("%s twice", th.Name)
		}
		seen[th.Name] = true
		for _, r := range th.Refs {
			if link(r.Basis()) == "" {
				t.Errorf("%s: no link for %v", th.Name, r)
			}
		}
		sorted := slices.Compact(slices.Sorted(slices.Values(th.Guards)))
		if len(sorted) != len(th.Guards) {
			t.Errorf("%s: a guard twice", th.Name)
		}
	}
	// The catalogue's IDs are a contract; the example has all of them.
	known := map[string]bool{}
	for _, c := range example(t).Checks {
		known[c.ID] = true
	}
	for _, th := range threats {
		for _, id := range th.Guards {
			if !known[id] {
				t.Errorf("%s is guarded by %s, which is no check", th.Name, id)
			}
		}
	}
}

func TestFailingPutsTheWorstFirst(t *testing.T) {
	r := &run.Record{Checks: []run.Check{judgedBy("DISC-01", 200), judgedBy("TOKEN-05", 200), judgedBy("TOKEN-08", 500), judgedBy("TOKEN-14", 200)}}
	var got []string
	for _, c := range failing(r) {
		got = append(got, c.ID)
	}
	if want := []string{"TOKEN-14", "TOKEN-05", "DISC-01", "TOKEN-08"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
