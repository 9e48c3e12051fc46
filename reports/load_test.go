package reports

import (
	"bytes"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// Every form tells wrong responses, crossed thresholds, and those that the target
// did not cross.
func TestEveryFormTellsOfTheLoad(t *testing.T) {
	r := &run.Record{Schema: run.Schema, Complete: true, Target: run.Target{Issuer: "http://127.0.0.1/v2", Kind: "external"}, Load: &run.Load{
		Scenario: "login", Planned: 100, Requests: 100, Answers: 100, Errors: map[string]int{run.WrongPerson: 1, "status-503": 72},
		Thresholds: []run.Threshold{
			{Expression: "login.p99<1ms", Value: 2}, {Expression: "verify.p99<1ms", Unmeasured: true}, {Expression: "errors<1%", Value: 73}, {Expression: "requests>=1", Value: 100, OK: true},
		},
		Harness: run.Harness{Limited: true, Reasons: []string{"late"}},
	}}
	r.Count()
	if r.Verdict != run.RunFail {
		t.Fatalf("verdict %s", r.Verdict)
	}
	for form, says := range map[string][]string{
		"terminal": {"1 answer under load was wrong", "crossed errors<1% (measured 73 %)", "crossed by the harness's own limit login.p99<1ms (measured 2 ms)", "not measured verify.p99<1ms (measured nothing)", "kept requests>=1"},
		"markdown": {"1 answer under load was wrong", "✕ errors&lt;1%: measured 73 %\n", "? login.p99&lt;1ms: measured 2 ms, crossed by the harness's own limit", "? verify.p99&lt;1ms: measured nothing", "✓ requests&gt;=1"},
		"html":     {"1 answer under load was wrong", "v-fail\">✕ crossed<", "v-blocked\">? crossed by the harness&#39;s own limit<", "v-blocked\">? not measured<", "<td>nothing</td>", "✓ kept"},
		"junit": {`name="no answer under load is wrong"`, `tests="5" failures="2" errors="2"`, `<failure message="1 answer under load was wrong`, `<failure message="errors&lt;1% is crossed: measured 73 %"`,
			`<error message="not measured"`, `<error message="crossed by the harness&#39;s own limit"`},
	} {
		var b bytes.Buffer
		var err error
		if form == "terminal" {
			err = Terminal(&b, r, Options{Verbose: true, Width: 200})
		} else {
			err = Format(&b, form, r)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range says {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q", form, want)
			}
		}
		if t.Failed() {
			t.Log(b.String()[:min(b.Len(), 6000)])
		}
	}
}
