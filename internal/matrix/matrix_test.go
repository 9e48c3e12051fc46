package matrix

import (
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestJudge(t *testing.T) {
	want := Expectation{Name: "pkce-not-enforced", Checks: []string{"PKCE-08"}, Collateral: map[string]string{"PKCE-10": "same defect"}}
	record := func(verdicts map[string]run.Verdict) *run.Record {
		r := &run.Record{}
		for id, v := range verdicts {
			r.Checks = append(r.Checks, run.Check{ID: id, Verdict: v})
		}
		return r
	}
	tests := []struct {
		name string
		want Expectation
		got  *run.Record
		out  Outcome
	}{
		{"caught by its check", want, record(map[string]run.Verdict{"PKCE-08": run.Fail, "PKCE-01": run.Pass}), Caught},
		{"caught with declared side effects", want, record(map[string]run.Verdict{"PKCE-08": run.Warn, "PKCE-10": run.Fail}), Caught},
		{"missed although another fails", want, record(map[string]run.Verdict{"PKCE-08": run.Pass, "PKCE-10": run.Fail}), Missed},
		{"missed where its check was blocked", want, record(map[string]run.Verdict{"PKCE-08": run.Blocked}), Missed},
		{"undeclared failure", want, record(map[string]run.Verdict{"PKCE-08": run.Fail, "TOKEN-01": run.Fail}), Collateral},
		{"an empty run", want, record(nil), Broken},
		{"a run that ended early", want, &run.Record{Stopped: "interrupted", Checks: []run.Check{{ID: "PKCE-08", Verdict: run.Fail}}}, Broken},
		{"a clean control", Expectation{}, record(map[string]run.Verdict{"PKCE-08": run.Pass, "DATA-90": run.Info}), Caught},
		{"a control that warns", Expectation{}, record(map[string]run.Verdict{"PKCE-08": run.Warn}), Collateral},
		{"a control that is blocked", Expectation{}, record(map[string]run.Verdict{"PKCE-08": run.Blocked}), Broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(tt.want, tt.got); got.Outcome != tt.out {
				t.Errorf("%s, want %s (%+v)", got.Outcome, tt.out, got)
			}
		})
	}
}

func TestOneMissSpoilsTheReport(t *testing.T) {
	r := &Report{Control: Result{Outcome: Caught}, Results: []Result{{Outcome: Caught}, {Expectation: Expectation{Name: "<x>", Checks: []string{"TOKEN-05"}}, Outcome: Missed, Missed: []string{"TOKEN-05"}}}}
	if r.OK() {
		t.Error("a missed fault is no success")
	}
	var text, html strings.Builder
	if err := r.Table(&text, 0, false); err != nil {
		t.Fatal(err)
	}
	if err := r.HTML(&html); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "missed by TOKEN-05") || !strings.Contains(text.String(), "1 of 2 faults caught") {
		t.Errorf("the table hides the miss:\n%s", text.String())
	}
	if strings.Contains(html.String(), "<x>") || !strings.Contains(html.String(), "missed by TOKEN-05") {
		t.Error("the page does not show the miss, or is not escaped")
	}
	r.Results = r.Results[:1]
	if !r.OK() {
		t.Error("one fault, caught, and a clean control are a success")
	}
}
