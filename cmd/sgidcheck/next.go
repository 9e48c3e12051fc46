package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

// The step that follows each of init, doctor and run, on the way to go-live.

// afterInit says what to do with the file that init wrote.
func afterInit(purpose, file string) string {
	named := ""
	if file != config.DefaultFile {
		named = " --config " + redact.Quote(file)
	}
	if purpose == config.TemplateEmbedded {
		return "sgidcheck run" + named
	}
	if purpose == config.TemplateStaging {
		return fmt.Sprintf("put what the developer portal gives where the head of %s says, then: sgidcheck doctor%s", file, named)
	}
	return fmt.Sprintf("start MockPass as the head of %s says, then: sgidcheck doctor%s", file, named)
}

// afterDoctor says what to do about what doctor found.
func afterDoctor(findings []doctor.Finding) string {
	has := func(s doctor.Status) bool {
		return slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Status == s })
	}
	switch {
	case has(doctor.StatusProblem):
		return "mend what is called a problem, and run doctor again"
	case has(doctor.StatusWarning):
		return "read the warnings, then: sgidcheck run --dry-run, which says what it will ask of whom, and sgidcheck run"
	}
	return "sgidcheck run --dry-run, which says what it will ask of whom, then sgidcheck run"
}

// afterRun says what to do with the record of a run; empty: nothing follows.
func afterRun(r *run.Record, out string) string {
	report := filepath.Join(out, "report.html")
	left := 0
	if r.Coverage != nil {
		left = len(r.Coverage.NotJudged)
	}
	switch {
	case r.Target.Application != "":
		return afterRP(r, report)
	case !r.Complete:
		return "sgidcheck run --resume " + redact.Quote(out) + " goes on with it"
	case len(r.Checks) == 0:
		return ""
	case r.Summary.Fail > 0:
		return fmt.Sprintf("%s shows whoever runs the provider what fails, with a line to repeat it; after the repair, run again with another --out, and compare: sgidcheck report diff %s NEW/run.json", report, redact.Quote(recordIn(out)))
	case r.Summary.Blocked > 0 || left > 0:
		return "what could not be judged stands in " + report + " with what it needs; supply that, and run again"
	}
	return report + " is for your security reviewer"
}

// afterRP is afterRun for a run that has judged a relying party.
func afterRP(r *run.Record, report string) string {
	switch {
	case r.Summary.Fail > 0:
		return report + " shows the application's developers what fails, with both sides of the login and the line to change; then run again"
	case r.Summary.Blocked > 0:
		return "what could not be judged stands in " + report + " with its cause; mend that, and run again"
	case r.Summary.Warn > 0:
		return report + " holds the warnings, each with what to change; --strict counts them as failures"
	}
	return report + " is for your security reviewer"
}
