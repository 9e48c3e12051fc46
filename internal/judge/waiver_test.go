package judge

import (
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestWaive(t *testing.T) {
	today := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
	whole := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-03-01"}
	old := run.Waiver{Check: "TOKEN-05", Reason: "known", Until: "2026-02-28"}
	oneCase := run.Waiver{Check: "TOKEN-05", Case: "first", Reason: "known", Until: "2026-12-31"}
	failing := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Pass}}
	both := []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Fail}}
	tests := []struct {
		name    string
		verdict run.Verdict
		cases   []run.Case
		waivers []run.Waiver
		want    run.Verdict
	}{
		{"a failure is waived on the last day", run.Fail, nil, []run.Waiver{whole}, run.Waived},
		{"a waiver that ran out lets the failure stand", run.Fail, nil, []run.Waiver{old}, run.Fail},
		{"a warning is waived", run.Warn, nil, []run.Waiver{whole}, run.Waived},
		{"a waiver for one case covers that case", run.Fail, failing, []run.Waiver{oneCase}, run.Waived},
		{"a waiver for one case does not cover another", run.Fail, both, []run.Waiver{oneCase}, run.Fail},
		{"a waiver for one case does not cover a check without cases", run.Fail, nil, []run.Waiver{oneCase}, run.Fail},
		{"a waiver over a pass is stale", run.Pass, nil, []run.Waiver{whole}, run.StaleWaiver},
		{"an old waiver over a pass is stale", run.Pass, nil, []run.Waiver{old}, run.StaleWaiver},
		{"a skip stays a skip", run.Skip, nil, []run.Waiver{whole}, run.Skip},
		{"a block stays a block", run.Blocked, nil, []run.Waiver{whole}, run.Blocked},
		{"another check's waiver changes nothing", run.Fail, nil, []run.Waiver{{Check: "TOKEN-06", Until: "2030-01-01"}}, run.Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Waive(run.Check{ID: "TOKEN-05", Verdict: tt.verdict, Cases: tt.cases}, tt.waivers, today)
			if got.Verdict != tt.want {
				t.Errorf("%s, want %s", got.Verdict, tt.want)
			}
			if got.Verdict == run.Waived && got.Waiver == nil {
				t.Error("the waiver is not in the record")
			}
		})
	}
}
