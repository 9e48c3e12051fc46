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
		{"init for staging", afterInit(config.TemplateStaging, "sgidcheck.yaml"), "sgidcheck doctor"},
		{"init of another file", afterInit(config.TemplateMockPass, "a file.yaml"), "sgidcheck doctor --config 'a file.yaml'"},
		{"init for the embedded provider", afterInit(config.TemplateEmbedded, "sgidcheck.yaml"), "sgidcheck run"},
		{"doctor with a problem", afterDoctor(finding(doctor.StatusProblem)), "run doctor again"},
		{"doctor with a warning", afterDoctor(finding(doctor.StatusWarning)), "read the warnings"},
		{"doctor with nothing to say", afterDoctor(finding(doctor.StatusOK)), "sgidcheck run --dry-run"},
		{"a run that ended early", afterRun(whole(func(r *run.Record) { r.Complete = false }), "out"), "--resume 'out'"},
		{"a run that fails", afterRun(whole(func(r *run.Record) { r.Summary.Fail = 1 }), "out"), "sgidcheck report diff 'out/run.json'"},
		{"a run that left something out", afterRun(whole(func(r *run.Record) { r.Coverage.NotJudged = []run.Unjudged{{ID: "TOKEN-16"}} }), "out"), "run again"},
		{"a run that is blocked", afterRun(whole(func(r *run.Record) { r.Summary.Blocked = 1 }), "out"), "run again"},
		{"a run on which everything holds", afterRun(whole(func(*run.Record) {}), "out"), "out/report.html is for your security reviewer"},
	} {
		if !strings.Contains(tt.next, tt.want) {
			t.Errorf("%s: %q does not say %q", tt.name, tt.next, tt.want)
		}
	}
	if next := afterRun(&run.Record{Complete: true}, "out"); next != "" {
		t.Errorf("after a load alone: %q", next)
	}
}
