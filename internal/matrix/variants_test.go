package matrix

import (
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestJudgeVariant(t *testing.T) {
	want := Tolerance{Variant: "error-page-200", Warns: map[string]string{"AUTHZ-32": "its status"}, Skips: map[string]string{"IDT-14": "one person"}}
	record := func(pairs ...string) *run.Record {
		r := &run.Record{}
		for i := 0; i < len(pairs); i += 2 {
			r.Checks = append(r.Checks, run.Check{ID: pairs[i], Verdict: run.Verdict(pairs[i+1])})
		}
		return r
	}
	for _, tt := range []struct {
		name string
		got  *run.Record
		out  Outcome
	}{
		{"every check holds", record("AUTHZ-01", "pass", "DATA-90", "info"), Held},
		{"a listed warning", record("AUTHZ-01", "pass", "AUTHZ-32", "warn"), Held},
		{"a listed warning that fails", record("AUTHZ-32", "fail"), Blamed},
		{"an unlisted warning", record("AUTHZ-19", "warn"), Blamed},
		{"a failure and a block", record("AUTHZ-04", "fail", "AUTHZ-05", "blocked"), Blamed},
		{"a block", record("AUTHZ-04", "blocked", "AUTHZ-01", "pass"), Unsure},
		{"a listed skip, and one of the control", record("AUTHZ-01", "pass", "IDT-14", "skip", "JWKS-07", "skip"), Held},
		{"another skip", record("AUTHZ-01", "pass", "UINFO-03", "skip"), Unsure},
		{"an empty run", record(), Broken},
		{"a run that ended early", &run.Record{Stopped: "interrupted", Checks: []run.Check{{ID: "AUTHZ-01", Verdict: run.Pass}}}, Broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := JudgeVariant(want, tt.got, []string{"JWKS-07"}); got.Outcome != tt.out {
				t.Errorf("%s, want %s (%+v)", got.Outcome, tt.out, got)
			}
		})
	}
}

func TestOneBlameSpoilsTheReport(t *testing.T) {
	r := &Report{Control: Result{Outcome: Caught}, Variants: []VariantResult{
		{Tolerance: Tolerance{Variant: "one"}, Outcome: Held},
		{Tolerance: Tolerance{Variant: "<x>"}, Outcome: Blamed, Blamed: []string{"AUTHZ-05"}},
	}}
	if r.OK() {
		t.Error("a variant that is blamed is no success")
	}
	var text, html strings.Builder
	if err := r.Table(&text, 0, false); err != nil {
		t.Fatal(err)
	}
	if err := r.HTML(&html); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "blamed by AUTHZ-05") || !strings.Contains(text.String(), "every check holds on 1 of 2 variants") {
		t.Errorf("the table hides the blame:\n%s", text.String())
	}
	if strings.Contains(html.String(), "<x>") || !strings.Contains(html.String(), "blamed by AUTHZ-05") {
		t.Error("the page does not show the blame, or is not escaped")
	}
	r.Variants = r.Variants[:1]
	if !r.OK() {
		t.Error("one variant on which all holds is a success")
	}
}
