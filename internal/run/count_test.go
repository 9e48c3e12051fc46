package run

import "testing"

func TestVerdictAndExitCode(t *testing.T) {
	checks := func(verdicts ...Verdict) (out []Check) {
		for _, v := range verdicts {
			out = append(out, Check{Verdict: v})
		}
		return out
	}
	crossed := &Load{Thresholds: []Threshold{{OK: true}, {OK: false}}}
	for name, c := range map[string]struct {
		r       Record
		verdict string
		exit    int
	}{
		"failed and interrupted":             {Record{Checks: checks(Fail, Blocked)}, RunFail, 1},
		"interrupted":                        {Record{Checks: checks(Pass)}, RunIncomplete, 3},
		"blocked":                            {Record{Complete: true, Checks: checks(Pass, Blocked)}, RunIncomplete, 3},
		"a check of which nothing is said":   {Record{Complete: true, Checks: checks(Pass, "")}, RunIncomplete, 3},
		"everything else is no failure":      {Record{Complete: true, Checks: checks(Pass, Warn, Info, Skip, Waived, StaleWaiver)}, RunPass, 0},
		"a warning under strict":             {Record{Complete: true, Strict: true, Checks: checks(Warn)}, RunFail, 1},
		"a stale waiver under strict":        {Record{Complete: true, Strict: true, Checks: checks(StaleWaiver)}, RunFail, 1},
		"a waived failure under strict":      {Record{Complete: true, Strict: true, Checks: checks(Waived)}, RunPass, 0},
		"a threshold crossed":                {Record{Complete: true, Load: crossed}, RunFail, 1},
		"crossed by the harness's own limit": {Record{Complete: true, Load: &Load{Thresholds: crossed.Thresholds, Harness: Harness{Limited: true}}}, RunIncomplete, 3},
		"a load test ended early":            {Record{Complete: true, Load: &Load{Stopped: "target down"}}, RunIncomplete, 3},
		"nothing judged":                     {Record{Complete: true}, RunIncomplete, 3},
		"everything skipped":                 {Record{Complete: true, Checks: checks(Skip, Skip)}, RunIncomplete, 3},
		"figures beside skipped checks":      {Record{Complete: true, Checks: checks(Skip), Coverage: &Coverage{}, Decrypt: &Decrypt{}}, RunIncomplete, 3},
		"figures beside a plan of no check":  {Record{Complete: true, Coverage: &Coverage{}, Decrypt: &Decrypt{}, Load: &Load{}}, RunIncomplete, 3},
		"nothing but figures":                {Record{Complete: true, Decrypt: &Decrypt{}}, RunPass, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c.r.Count()
			if c.r.Verdict != c.verdict || ExitCode(&c.r) != c.exit {
				t.Errorf("%s, %d; want %s, %d", c.r.Verdict, ExitCode(&c.r), c.verdict, c.exit)
			}
		})
	}
}

func TestSummaryCountsEveryVerdict(t *testing.T) {
	var r Record
	for i, v := range Verdicts() {
		for range i + 1 {
			r.Checks = append(r.Checks, Check{Verdict: v})
		}
	}
	r.Count()
	for i, v := range Verdicts() {
		if got := r.Summary.Of(v); got != i+1 {
			t.Errorf("%s: %d, want %d", v, got, i+1)
		}
	}
	if r.Summary.Total() != len(r.Checks) {
		t.Errorf("total %d of %d checks", r.Summary.Total(), len(r.Checks))
	}
}
