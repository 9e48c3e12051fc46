package reports

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// everyForm is the record in each form that a person or a program reads, as plain text.
func everyForm(t *testing.T, r *run.Record) map[string]string {
	t.Helper()
	writers := map[string]func(io.Writer) error{
		"short":    func(w io.Writer) error { return writeShort(w, r, shortRooms[0]) },
		"summary":  func(w io.Writer) error { return Terminal(w, r, Options{Width: 200, Lines: 50}) },
		"terminal": func(w io.Writer) error { return Terminal(w, r, Options{Verbose: true, Width: 400}) },
		"diff":     func(w io.Writer) error { return DiffHTML(w, run.Diff(r, r)) },
	}
	for _, f := range forms {
		if f.Name != "terminal" && f.Name != "json" {
			writers[f.Name] = func(w io.Writer) error { return f.Write(w, r) }
		}
	}
	gaps := regexp.MustCompile(`\s+`)
	out := map[string]string{}
	for name, write := range writers {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		out[name] = gaps.ReplaceAllString(strings.NewReplacer(`\`, "").Replace(b.String()), " ")
	}
	return out
}

// A rate that the harness could not exceed is not read as the target's.
func TestWhereTheHarnessWasTheLimitEveryFormSaysSo(t *testing.T) {
	load := func() *run.Load {
		return &run.Load{Scenario: "login", RateAsked: 50, RateAchieved: 12.7, Planned: 100, Requests: 100, Answers: 100, DurationS: 2, Errors: map[string]int{},
			Harness: run.Harness{Limited: true, Reasons: []string{"sending was late"}}}
	}
	for name, r := range map[string]*run.Record{
		"load alone":  {Complete: true, Target: run.Target{Issuer: "https://idp.example/v2"}, Load: load()},
		"with checks": {Complete: true, Target: run.Target{Issuer: "https://idp.example/v2"}, Load: load(), Checks: of("MUST", run.Pass), Coverage: &run.Coverage{}},
		"that fail":   {Complete: true, Target: run.Target{Issuer: "https://idp.example/v2"}, Load: load(), Checks: of("MUST", run.Fail), Coverage: &run.Coverage{}},
	} {
		r.Count()
		for form, text := range everyForm(t, r) {
			if strings.Contains(text, "12.7") && !regexp.MustCompile(`(?i)the harness was the limit`).MatchString(text) {
				t.Errorf("%s: %s has the rate, and not what limited it", name, form)
			}
		}
		if name != "that fail" && !strings.Contains(Verdict(r), "the harness was the limit") {
			t.Errorf("%s: %s", name, Verdict(r))
		}
		if v := newShortView(r, shortRooms[0]); !strings.HasPrefix(v.Measured, "12.7 of 50 login requests a second achieved, 0 errors; the harness was the limit") {
			t.Errorf("%s: %s", name, v.Measured)
		}
	}
}

// Nought errors among answers that nobody looked at is no finding, and a note stands
// where the verdict stands.
func TestEveryFormSaysWhatWasNotLookedAtAndWhatIsToNote(t *testing.T) {
	const note, unchecked = "Another part was made by: sgidcheck loadtest", "the answers under load were not checked (--check none)"
	load := func() *run.Load {
		return &run.Load{Scenario: "login", Check: run.CheckedNone, RateAsked: 50, RateAchieved: 50, Planned: 100, Requests: 100, Answers: 100, DurationS: 2, Errors: map[string]int{}}
	}
	crossed := load()
	crossed.Thresholds = []run.Threshold{{Expression: "login.p99<1ms", Value: 2}}
	for name, r := range map[string]*run.Record{
		"load alone":          {Complete: true, Load: load()},
		"with checks":         {Complete: true, Load: load(), Checks: of("MUST", run.Pass), Coverage: &run.Coverage{}},
		"a threshold crossed": {Complete: true, Load: crossed},
		"incomplete":          {Load: load(), Stopped: "interrupted"},
	} {
		r.Target.Issuer, r.Notes = "https://idp.example/v2", []string{note}
		r.Count()
		if !strings.Contains(Verdict(r), unchecked) {
			t.Errorf("%s: %s", name, Verdict(r))
		}
		for form, text := range everyForm(t, r) {
			if !strings.Contains(text, unchecked) {
				t.Errorf("%s: %s does not say that the answers were not checked", name, form)
			}
			if form != "diff" && !strings.Contains(text, note) {
				t.Errorf("%s: %s lacks the note", name, form)
			}
		}
	}
}
