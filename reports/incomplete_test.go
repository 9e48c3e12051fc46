package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// caseOf is what became of a test case of a record's JUnit, and what it says.
func caseOf(t *testing.T, r *run.Record, name string) (outcome, text string) {
	t.Helper()
	for _, s := range junitOf(t, r).Children {
		for _, k := range s.Children {
			if k.XMLName.Local != "testcase" || k.attr("name") != name {
				continue
			}
			for _, o := range k.Children {
				if n := o.XMLName.Local; n != "properties" && n != "system-out" {
					outcome = n
				}
				text += o.attr("message") + o.Text
			}
			return outcome, text
		}
	}
	return "absent", ""
}

// What exits with 3 is not all green for a CI system, and nothing is counted twice.
func TestWhatIsIncompleteIsNoSuccess(t *testing.T) {
	unsent := func() *run.Load {
		return &run.Load{Check: "full", Planned: 3000, Requests: 150, Answers: 150, RateAchieved: 5}
	}
	crossed, void := unsent(), decryptRecord().Decrypt
	crossed.Thresholds = []run.Threshold{{Expression: "token.p99<1ms", Value: 5}}
	void.Void, void.Cells = []run.Void{{What: "go", Reason: "busy"}}, nil
	excused := &run.Load{Check: "full", Requests: 10, Answers: 10, RateAchieved: 5, Harness: run.Harness{Limited: true}, Thresholds: []run.Threshold{{Expression: "token.p99<1ms", Value: 5}}}
	notJudged := &run.Coverage{NotJudged: []run.Unjudged{{ID: "TOKEN-05", Gap: run.WantLogins}}}
	for _, tt := range []struct {
		name       string
		r          *run.Record
		verdict    string
		outcome    string // of the test case "the run is complete"
		says       string
		errors     string
		successful bool // in SARIF
	}{
		{"requests not sent", &run.Record{Complete: true, Load: unsent()}, run.RunIncomplete, "error", "2850 of 3000 planned requests were not made", "1", false},
		{"requests not sent, and a failure", &run.Record{Complete: true, Load: crossed}, run.RunFail, "error", "2850 of 3000 planned requests were not made", "1", false},
		{"a measurement of decryption void", &run.Record{Complete: true, Decrypt: void}, run.RunIncomplete, "error", "void", "1", false},
		{"every check skipped", &run.Record{Complete: true, Checks: of("MUST", run.Skip)}, run.RunIncomplete, "error", "every check was skipped", "1", false},
		{"interrupted", &run.Record{Stopped: "interrupted", Checks: of("MUST", run.Pass)}, run.RunIncomplete, "error", "incomplete: interrupted", "1", false},
		{"a threshold of the harness's own limit", &run.Record{Complete: true, Load: excused}, run.RunIncomplete, "", "", "1", false},
		{"a check blocked", &run.Record{Complete: true, Checks: of("MUST", run.Pass, run.Blocked)}, run.RunIncomplete, "", "", "1", false},
		{"not all that is required", &run.Record{Complete: true, Checks: of("MUST", run.Pass), Coverage: notJudged, Require: run.RequireComplete}, run.RunIncomplete, "", "", "1", false},
		{"a check blocked and requests not sent", &run.Record{Complete: true, Checks: of("MUST", run.Pass, run.Blocked), Load: unsent()}, run.RunIncomplete, "error", "2850 of 3000", "2", false},
		{"a failure alone", &run.Record{Complete: true, Checks: of("MUST", run.Fail)}, run.RunFail, "", "", "0", true},
		{"all holds", &run.Record{Complete: true, Checks: of("MUST", run.Pass)}, run.RunPass, "", "", "0", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Count()
			outcome, text := caseOf(t, tt.r, "the run is complete")
			if errors := junitOf(t, tt.r).attr("errors"); tt.r.Verdict != tt.verdict || outcome != tt.outcome || !strings.Contains(text, tt.says) || errors != tt.errors {
				t.Errorf("verdict %s, outcome %q, %s errors, %s", tt.r.Verdict, outcome, errors, text)
			}
			var log struct {
				Runs []struct {
					Invocations []struct {
						ExecutionSuccessful bool `json:"executionSuccessful"`
					} `json:"invocations"`
				} `json:"runs"`
			}
			if err := json.Unmarshal(sarifOf(t, tt.r), &log); err != nil {
				t.Fatal(err)
			}
			if got := log.Runs[0].Invocations[0].ExecutionSuccessful; got != tt.successful {
				t.Errorf("SARIF: executionSuccessful is %t", got)
			}
		})
	}
}

// What is uploaded under one id takes the place of what was there.
func TestSARIFOfAnotherApplicationHasAnotherID(t *testing.T) {
	ids := map[string]bool{}
	for _, application := range []string{"http://localhost:3000/login", "http://localhost:4000/login"} {
		var log struct {
			Runs []struct {
				AutomationDetails struct {
					ID string `json:"id"`
				} `json:"automationDetails"`
			} `json:"runs"`
		}
		if err := json.Unmarshal(sarifOf(t, &run.Record{Target: run.Target{Issuer: "http://127.0.0.1:5156/v2", Application: application}}), &log); err != nil {
			t.Fatal(err)
		}
		ids[log.Runs[0].AutomationDetails.ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("%v", ids)
	}
}

func TestAnswersThatNobodyJudgedAreNotRight(t *testing.T) {
	wrong := map[string]int{run.WrongPerson: 1}
	for _, tt := range []struct {
		name    string
		load    run.Load
		outcome string
		says    string
	}{
		{"checking off", run.Load{Check: "none", Requests: 10, Answers: 10}, "skipped", "were not checked (--check none)"},
		{"checking off in an old record of several processes", run.Load{Plan: &run.LoadPlan{Parts: 1, Check: "none"}, Requests: 10, Answers: 10}, "skipped", "were not checked (--check none)"},
		{"no answer", run.Load{Check: "full", Requests: 10, Errors: map[string]int{"timeout": 10}}, "skipped", "no answer under load to judge"},
		{"an old record", run.Load{Requests: 10}, "", "0 wrong answers"},
		{"all right", run.Load{Check: "full", Requests: 10, Answers: 10}, "", "0 wrong answers"},
		{"wrong before the load", run.Load{Check: "full", Aside: wrong}, "failure", "another person's data"},
	} {
		r := &run.Record{Complete: true, Load: &tt.load}
		r.Count()
		if outcome, text := caseOf(t, r, "no answer under load is wrong"); outcome != tt.outcome || !strings.Contains(text, tt.says) {
			t.Errorf("%s: outcome %q, %s", tt.name, outcome, text)
		}
	}
}
