package config

import (
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestLoadWaivers(t *testing.T) {
	known := func(id string) ([]string, bool, string) {
		switch id {
		case "TOKEN-08":
			return []string{"tampered"}, true, id
		case "TOKEN-14":
			return []string{"first", "second"}, true, id
		}
		return nil, strings.HasPrefix(id, "TOKEN-"), "TOKEN-05"
	}
	for _, tt := range []struct {
		name, file string
		want       []run.Waiver
		problems   []string
	}{
		{name: "one whole, one case", file: "- check: TOKEN-05\n  reason: a mock\n  until: 2026-12-31\n- check: TOKEN-08\n  case: tampered\n  reason: a mock\n  until: '2027-01-31'\n  issue: https://x.example/1\n",
			want: []run.Waiver{{Check: "TOKEN-05", Reason: "a mock", Until: "2026-12-31"}, {Check: "TOKEN-08", Case: "tampered", Reason: "a mock", Until: "2027-01-31", Issue: "https://x.example/1"}}},
		{name: "empty", file: "# none\n"},
		{name: "everything wrong", file: "- chek: TOKEN-05\n  reason: r\n  until: 2026-13-01\n- check: TOKE-05\n  reason:\n  until: 2026-01-01\n- TOKEN-05\n",
			problems: []string{`line 1: a waiver has no "chek": did you mean check?`, "line 1: the waiver names no check", "line 1: the waiver for  has no end", "line 4: unknown check TOKE-05: did you mean TOKEN-05?", "line 4: the waiver for TOKE-05 has no reason", "line 7: a waiver is a mapping"}},
		{name: "twice", file: "- {check: TOKEN-05, reason: r, until: 2026-01-01}\n- {check: TOKEN-05, reason: s, until: 2026-01-01}\n", problems: []string{"line 2: TOKEN-05 is waived twice"}},
		{name: "member twice", file: "- {check: TOKEN-05, check: TOKEN-06, reason: r, until: 2026-01-01}\n", problems: []string{"has check twice"}},
		{name: "not a list", file: "check: TOKEN-05\n", problems: []string{"not a list"}},
		{name: "not YAML", file: "- [\n", problems: []string{"not YAML"}},
		{name: "nested value", file: "- {check: TOKEN-05, reason: [a], until: 2026-01-01}\n", problems: []string{"no scalar value"}},
		{name: "approver", file: "- {check: TOKEN-05, reason: a mock, approver: Tan of Security, until: 2026-12-31}\n- {check: TOKEN-06, reason: a mock, accepted_by: Lim, until: 2026-12-31}\n",
			want: []run.Waiver{{Check: "TOKEN-05", Reason: "a mock", Approver: "Tan of Security", Until: "2026-12-31"}, {Check: "TOKEN-06", Reason: "a mock", Approver: "Lim", Until: "2026-12-31"}}},
		{name: "two approvers", file: "- {check: TOKEN-05, reason: a mock, approver: Tan, accepted_by: Lim, until: 2026-12-31}\n", problems: []string{"has accepted_by twice"}},
		{name: "reason never written", file: "- {check: TOKEN-05, reason: 'TO BE WRITTEN: why is this accepted, and by whom?', until: 2026-12-31}\n",
			problems: []string{"line 1: the reason of the waiver for TOKEN-05 was never written"}},
		{name: "reason of blanks", file: "- {check: TOKEN-05, reason: '  ', until: 2026-12-31}\n", problems: []string{"line 1: the waiver for TOKEN-05 has no reason"}},
		{name: "approver never written", file: "- {check: TOKEN-05, reason: a mock, approver: TODO, until: 2026-12-31}\n", problems: []string{"line 1: the approver of the waiver for TOKEN-05 was never written"}},
		{name: "case without a name", file: "- check: TOKEN-14\n  case:\n  reason: a mock\n  until: 2026-12-31\n",
			problems: []string{"w.yaml line 2: case is empty: name it, or leave the line out to waive the whole check"}},
		{name: "case that is an empty text", file: "- {check: TOKEN-14, reason: a mock, until: 2026-12-31, case: ''}\n", problems: []string{"line 1: case is empty"}},
		{name: "case that is nothing", file: "- {check: TOKEN-14, reason: a mock, until: 2026-12-31, case: ~}\n", problems: []string{"line 1: case is empty"}},
		{name: "case that is null", file: "- {check: TOKEN-14, reason: a mock, until: 2026-12-31, case: null}\n", problems: []string{"line 1: case is empty"}},
		{name: "case of blanks", file: "- {check: TOKEN-14, reason: a mock, until: 2026-12-31, case: '  '}\n", problems: []string{"line 1: case is empty"}},
		{name: "approver and issue without a name", file: "- check: TOKEN-14\n  reason: a mock\n  approver:\n  until: 2026-12-31\n  issue: ''\n",
			problems: []string{"line 3: approver is empty: name who accepts the deviation, or leave the line out", "line 5: issue is empty: name it, or leave the line out"}},
		{name: "case that the check does not have", file: "- {check: TOKEN-14, case: secnod, reason: a mock, until: 2026-12-31}\n", problems: []string{`line 1: TOKEN-14 has no case "secnod": did you mean "second"?`}},
		{name: "case that is like none", file: "- {check: TOKEN-14, case: emptiness, reason: a mock, until: 2026-12-31}\n", problems: []string{`TOKEN-14 has no case "emptiness": it has first, second, outside the cases`}},
		{name: "case of a check without any", file: "- {check: TOKEN-05, case: first, reason: a mock, until: 2026-12-31}\n",
			problems: []string{`TOKEN-05 has no case "first", nor any other: leave the line out to waive the check`}},
		{name: "outside the cases", file: "- {check: TOKEN-14, case: outside the cases, reason: a mock, until: 2026-12-31}\n",
			want: []run.Waiver{{Check: "TOKEN-14", Case: run.OutsideCases, Reason: "a mock", Until: "2026-12-31"}}},
		{name: "accepted_by without a name", file: "- {check: TOKEN-14, reason: a mock, accepted_by: , until: 2026-12-31}\n", problems: []string{"line 1: accepted_by is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := LoadWaivers(write(t, "w.yaml", tt.file), known)
			if len(tt.problems) == 0 && (err != nil || !slices.Equal(got, tt.want)) {
				t.Fatalf("%+v, %v", got, err)
			}
			for _, want := range tt.problems {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
	if _, err := LoadWaivers("/no/such.yaml", nil); err == nil || !strings.Contains(err.Error(), "/no/such.yaml cannot be read") {
		t.Errorf("%v", err)
	}
}
