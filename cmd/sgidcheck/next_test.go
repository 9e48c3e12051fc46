package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

func TestEachStepNamesTheNext(t *testing.T) {
	whole := func(change func(*run.Record)) *run.Record {
		r := &run.Record{Complete: true, Coverage: &run.Coverage{}, Checks: []run.Check{{ID: "DISC-01"}}}
		change(r)
		return r
	}
	finding := func(s doctor.Status) []doctor.Finding {
		return []doctor.Finding{{Status: doctor.StatusOK}, {Status: s}}
	}
	leaving := func(login string, ids ...string) string {
		return afterRun(whole(func(r *run.Record) {
			r.Target.Login = login
			for _, id := range ids {
				r.Coverage.NotJudged = append(r.Coverage.NotJudged, run.Unjudged{ID: id, Gap: run.WantPerson})
			}
		}), "out", "sgidcheck run").String()
	}
	for _, tt := range []struct{ name, next, want string }{
		{"init for staging", afterInit(config.TemplateStaging, "sgidcheck.yaml").String(), "sgidcheck doctor"},
		{"init of another file", afterInit(config.TemplateMockPass, "a file.yaml").String(), "sgidcheck doctor --config 'a file.yaml'"},
		{"init for the embedded provider", afterInit(config.TemplateEmbedded, "sgidcheck.yaml").String(), "sgidcheck run"},
		{"doctor with a problem", afterDoctor(finding(doctor.StatusProblem), "").String(), "run doctor again"},
		{"doctor with a warning", afterDoctor(finding(doctor.StatusWarning), "").String(), "read the warnings"},
		{"doctor with nothing to say", afterDoctor(finding(doctor.StatusOK), "").String(), "sgidcheck run --dry-run"},
		{"doctor of another file", afterDoctor(finding(doctor.StatusOK), " --config='a file.yaml'").String(), "sgidcheck run --dry-run --config='a file.yaml'\n  sgidcheck run --config='a file.yaml'"},
		{"a run that ended early", afterRun(whole(func(r *run.Record) { r.Complete = false }), "out", "sgidcheck run").String(), "--resume 'out'"},
		{"a run that fails", afterRun(whole(func(r *run.Record) { r.Summary.Fail = 1 }), "out", "sgidcheck run").String(), "sgidcheck report diff 'out/run.json'"},
		{"a run that left something out", afterRun(whole(func(r *run.Record) { r.Coverage.NotJudged = []run.Unjudged{{ID: "TOKEN-16", Gap: run.WantEvidence}} }), "out", "sgidcheck run").String(), "run again"},
		{"a run without a second client", afterRun(whole(func(r *run.Record) { r.Coverage.NotJudged = []run.Unjudged{{ID: "TOKEN-16", Gap: run.WantClient}} }), "out", "sgidcheck run").String(), "supply that, and resume\n  sgidcheck run --resume 'out'"},
		{"a person's run that left out what it can judge", leaving("interactive", "IDT-14"), "supply that, and resume\n  sgidcheck run --resume 'out'"},
		{"a person's run that left out what it cannot judge", leaving("interactive", "TOKEN-07", "BROW-02", "AUTHZ-30"),
			"out/report.html is for your security reviewer; no run in which a person logs in can judge TOKEN-07, BROW-02, AUTHZ-30: "},
		{"a person's run that left out both", leaving("interactive", "IDT-14", "BROW-02"),
			"supply that, and resume; no run in which a person logs in can judge BROW-02: "},
		{"a program's run that left the same out", leaving("direct", "TOKEN-07", "BROW-02"), "supply that, and run again"},
		{"a run of an application that left something out", afterRun(whole(func(r *run.Record) {
			r.Target.Application, r.Coverage.NotJudged = "http://localhost:3000/login", []run.Unjudged{{ID: "RP-59", Gap: run.WantTime}}
		}), "out", "sgidcheck run").String(), "supply that, and run again"},
		{"a run of an application that left nothing out", afterRun(whole(func(r *run.Record) { r.Target.Application = "http://localhost:3000/login" }), "out", "sgidcheck run").String(), "out/report.html is for your security reviewer"},
		{"a run that is blocked", afterRun(whole(func(r *run.Record) { r.Summary.Blocked = 1 }), "out", "sgidcheck run").String(), "supply that, and resume\n  sgidcheck run --resume 'out'"},
		{"a run whose logins were spent", afterRun(whole(func(r *run.Record) { r.Checks[0] = run.Check{ID: "DISC-01", Verdict: run.Skip, Gap: run.WantLogins} }), "out", "sgidcheck run").String(), "and resume\n"},
		{"a run that logged in as often as it liked", afterRun(whole(func(r *run.Record) {
			r.Settings = []run.Setting{{Name: "login-budget", Value: "0"}}
			r.Checks[0] = run.Check{ID: "DISC-01", Verdict: run.Skip, Gap: run.WantLogins}
		}), "out", "sgidcheck run").String(), "report.html is for your security reviewer"},
		{"a run on which everything holds", afterRun(whole(func(*run.Record) {}), "out", "sgidcheck run").String(), "out/report.html is for your security reviewer"},
	} {
		if !strings.Contains(tt.next, tt.want) {
			t.Errorf("%s: %q does not say %q", tt.name, tt.next, tt.want)
		}
	}
	for _, next := range []string{leaving("interactive", "TOKEN-07"), leaving("interactive", "IDT-14"), leaving("direct", "TOKEN-07")} {
		if supplied, beyond := strings.Contains(next, "supply that"), strings.Contains(next, "a person logs in"); supplied == beyond {
			t.Errorf("%q", next)
		}
	}
	for _, complete := range []bool{true, false} {
		if next := afterRun(&run.Record{Complete: complete}, "out", "sgidcheck run"); next.says != "" {
			t.Errorf("after a load alone, complete %v: %q", complete, next)
		}
	}
}

// A command that is copied is put to the same target, and not to the embedded provider
// that a run without a configuration has.
func TestTheNextCommandIsOfTheSameConfiguration(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a staging.yaml")
	if err := os.WriteFile(file, []byte("issuer: http://127.0.0.1:1/v2\nclient-id: one\nredirect-uri: http://127.0.0.1:2/callback\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "report")
	said := program{env: invented(), args: []string{"run", "--config", file, "--out", out, "--select=DISC-01", "--skip=BROW", "--load=false", "--progress=none"}}.run(t).err
	for _, want := range []string{"sgidcheck run --config=" + redact.Quote(file), " --select='DISC-01' --skip='BROW' --load='false'", " --resume " + redact.Quote(out)} {
		if !strings.Contains(said, want) {
			t.Errorf("%s\ndoes not say %s", said, want)
		}
	}
	if strings.Contains(said, "--out") {
		t.Errorf("--resume is its own --out:\n%s", said)
	}
}

// A case that takes more logins than a run without a budget has asked for is beyond a person.
func TestACaseThatTakesMoreLoginsThanAPersonMakes(t *testing.T) {
	for budget, want := range map[string]int{"0": 1, "12": 0} {
		r := &run.Record{Target: run.Target{Login: config.LoginInteractive}, Settings: []run.Setting{{Name: "login-budget", Value: budget}},
			Coverage: &run.Coverage{NotJudged: []run.Unjudged{{ID: "TOKEN-26", Gap: run.WantLogins, Cases: []string{"entropy"}}}}}
		if left, beyond := unjudged(r); left != 1 || len(beyond) != want {
			t.Errorf("budget %s: %d left, %v beyond", budget, left, beyond)
		}
	}
}

// A command of several lines is the same to a shell.
func TestACommandGoesOnInFurtherLines(t *testing.T) {
	command := "sgidcheck run --config='an agency'\\''s --file.yaml' --issuer='https://api-stg.id.gov.sg/v2' --select='DISC,JWKS' --resume 'report'"
	lines := continued(command, 60)
	if want := []string{
		`  sgidcheck run --config='an agency'\''s --file.yaml' \`,
		`    --issuer='https://api-stg.id.gov.sg/v2' \`,
		`    --select='DISC,JWKS' --resume 'report'`,
	}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if one := continued(command, 0); len(one) != 1 || strings.TrimSpace(one[0]) != command {
		t.Errorf("%q", one)
	}
}
