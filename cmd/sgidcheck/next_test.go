package main

import (
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
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
	for _, tt := range []struct{ name, next, want string }{
		{"init for staging", afterInit(config.TemplateStaging, "sgidcheck.yaml").String(), "sgidcheck doctor"},
		{"init of another file", afterInit(config.TemplateMockPass, "a file.yaml").String(), "sgidcheck doctor --config 'a file.yaml'"},
		{"init for the embedded provider", afterInit(config.TemplateEmbedded, "sgidcheck.yaml").String(), "sgidcheck run"},
		{"doctor with a problem", afterDoctor(finding(doctor.StatusProblem)).String(), "run doctor again"},
		{"doctor with a warning", afterDoctor(finding(doctor.StatusWarning)).String(), "read the warnings"},
		{"doctor with nothing to say", afterDoctor(finding(doctor.StatusOK)).String(), "sgidcheck run --dry-run"},
		{"a run that ended early", afterRun(whole(func(r *run.Record) { r.Complete = false }), "out").String(), "--resume 'out'"},
		{"a run that fails", afterRun(whole(func(r *run.Record) { r.Summary.Fail = 1 }), "out").String(), "sgidcheck report diff 'out/run.json'"},
		{"a run that left something out", afterRun(whole(func(r *run.Record) { r.Coverage.NotJudged = []run.Unjudged{{ID: "TOKEN-16"}} }), "out").String(), "run again"},
		{"a run that is blocked", afterRun(whole(func(r *run.Record) { r.Summary.Blocked = 1 }), "out").String(), "run again"},
		{"a run on which everything holds", afterRun(whole(func(*run.Record) {}), "out").String(), "out/report.html is for your security reviewer"},
	} {
		if !strings.Contains(tt.next, tt.want) {
			t.Errorf("%s: %q does not say %q", tt.name, tt.next, tt.want)
		}
	}
	if next := afterRun(&run.Record{Complete: true}, "out"); next.says != "" {
		t.Errorf("after a load alone: %q", next)
	}
}
