package main

import (
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// What an earlier part found against a check that is judged again stays in the record until
// its cases have been tried again.
func TestResumeKeepsWhatWasFound(t *testing.T) {
	is := func(name string, v run.Verdict) run.Case {
		c := run.Case{Name: name, Verdict: v}
		if v == run.Skip {
			c.Gap = run.WantLogins
		}
		return c
	}
	of := func(v run.Verdict, cases ...run.Case) run.Check {
		c := run.Check{ID: "PKCE-08", Level: "MUST", Verdict: v, Cases: cases}
		if v == run.Waived {
			c.Waiver = &run.Waiver{Check: c.ID, Case: "x", Reason: "known", Until: "2999-01-01", Covers: run.Fail}
		}
		return c
	}
	target := run.Target{Kind: "embedded"}
	waivers := []run.Waiver{{Check: "PKCE-08", Case: "x", Reason: "known", Until: "2999-01-01"}}
	readIn := func(t *testing.T, c run.Check, waivers []run.Waiver) *earlierRun {
		out := t.TempDir()
		record := &run.Record{Schema: run.Schema, Target: target, Checks: []run.Check{{ID: "JWKS-01", Level: "MUST", Verdict: run.Pass}, c}}
		for i := range record.Checks {
			record.Checks[i].Basis, record.Checks[i].Exchanges = []run.Basis{}, []run.Exchange{}
		}
		record.Count()
		writeRecord(t, out, record)
		e, err := readEarlier(out, target, nil, nil, waivers, nil)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, tt := range []struct {
		name    string
		then    run.Check
		waivers []run.Waiver
		stopped run.Verdict // in the record of a run that ends before the check; empty: it is not there
	}{
		{"waived", of(run.Waived, is("x", run.Fail), is("y", run.Pass), is("z", run.Skip)), waivers, run.Waived},
		{"waived then, and not now", of(run.Waived, is("x", run.Fail), is("y", run.Pass), is("z", run.Skip)), nil, run.Fail},
		{"a warning", of(run.Warn, is("x", run.Warn), is("y", run.Pass), is("z", run.Skip)), nil, run.Warn},
		{"blocked beside a failure", of(run.Blocked, is("x", run.Fail), is("z", run.Blocked)), nil, run.Blocked},
		{"blocked", of(run.Blocked, is("y", run.Pass), is("z", run.Blocked)), nil, ""},
		{"it holds", of(run.Pass, is("y", run.Pass), is("z", run.Skip)), nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := readIn(t, tt.then, tt.waivers)
			var head run.Record
			e.into(&head)
			if i := slices.IndexFunc(head.Checks, func(c run.Check) bool { return c.ID == tt.then.ID }); tt.stopped == "" && i >= 0 || tt.stopped != "" && (i < 0 || head.Checks[i].Verdict != tt.stopped) {
				t.Errorf("before it is judged again the record holds %+v, want %q", head.Checks, tt.stopped)
			}
			if len(head.Checks) == 0 || head.Checks[0].ID != "JWKS-01" {
				t.Errorf("what was judged to its end is not in the record: %+v", head.Checks)
			}
			if again := e.goesOn(judge.Choice{}); slices.Contains(again.Judged, tt.then.ID) {
				t.Error("it is not judged again")
			}
		})
	}
	e := readIn(t, of(run.Waived, is("x", run.Fail), is("y", run.Pass), is("z", run.Skip)), waivers)
	for _, tt := range []struct {
		name string
		now  run.Check
		want string // verdict and cases in the record
	}{
		{"skipped", of(run.Skip), "waived x=fail y=pass z=skip"},
		{"blocked", of(run.Blocked, is("x", run.Blocked), is("y", run.Pass)), "waived x=fail y=pass z=skip"},
		{"without the case that failed", of(run.Pass, is("x", run.Skip), is("y", run.Pass), is("z", run.Pass)), "waived x=fail y=pass z=skip"},
		{"another case fails", of(run.Fail, is("x", run.Skip), is("y", run.Pass), is("z", run.Fail)), "fail x=fail y=pass z=fail"},
		{"it fails again", of(run.Fail, is("x", run.Fail), is("y", run.Pass), is("z", run.Pass)), "fail x=fail y=pass z=pass"},
		{"it holds now", of(run.Pass, is("x", run.Pass), is("y", run.Pass), is("z", run.Skip)), "pass x=pass y=pass z=skip"},
	} {
		got := e.with(tt.now)
		text := []string{string(got.Verdict)}
		for _, c := range got.Cases {
			text = append(text, c.Name+"="+string(c.Verdict))
		}
		if joined := strings.Join(text, " "); joined != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, joined, tt.want)
		}
	}
	var none *earlierRun
	if other := (run.Check{ID: "PKCE-09", Verdict: run.Skip}); e.with(other).Verdict != run.Skip || none.with(other).Verdict != run.Skip {
		t.Error("a check of which nothing was found is not as it was judged")
	}
}

// A check that is skipped when the run goes on leaves what was found in the record.
func TestResumeThatSkipsKeepsWhatWasFound(t *testing.T) {
	out := t.TempDir()
	args := []string{"conformance", "--select", "JWKS-01,PKCE-08", "--login-budget", "1", "--progress", "none"}
	sgidcheck(t, append(args, "--out", out)...)
	record := recordOf(t, out)
	i := slices.IndexFunc(record.Checks, func(c run.Check) bool { return c.ID == "PKCE-08" })
	if i < 0 || record.Checks[i].Verdict != run.Skip || record.Checks[i].Gap != run.WantLogins {
		t.Fatalf("PKCE-08 is not skipped for want of logins: %+v", record.Summary)
	}
	c := &record.Checks[i]
	c.Verdict, c.Gap, c.Observed = run.Warn, "", "found before"
	c.Cases = []run.Case{{Name: "another verifier", Verdict: run.Warn}, {Name: "other case", Verdict: run.Skip, Gap: run.WantLogins}}
	writeRecord(t, out, record)
	got := sgidcheck(t, append(args, "--resume", out)...)
	if now := verdicts(recordOf(t, out))["PKCE-08"]; now.Verdict != run.Warn || now.Observed != "found before" {
		t.Errorf("%s (%s)\n%s%s", now.Verdict, now.Reason, got.out, got.err)
	}
}
