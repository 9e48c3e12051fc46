package proof_test

import (
	"flag"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/suites/rp/proof"
)

// TestControl: on the demo application that is right nothing fails or warns.
func TestControl(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	if got := trials.Flaw(t.Context(), demoapp.Flaw{}); got.Outcome != matrix.Caught {
		t.Errorf("%s: failed %v, blocked %v, skipped %v %s", got.Outcome, got.Failed, got.Blocked, got.Skipped, got.Problem)
	}
}

// TestEveryFlaw proves a flaw of every tenth check; sgidcheck selftest rp proves
// them all, and go test ./suites/rp/proof -run EveryFlaw/NAME one.
func TestEveryFlaw(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Contains(flag.Lookup("test.run").Value.String(), "EveryFlaw")
	tried := map[string]bool{}
	for _, f := range demoapp.Flaws() {
		tens := f.Checks[0][:len(f.Checks[0])-1]
		if tried[tens] && !asked {
			continue
		}
		tried[tens] = true
		known := true
		for _, id := range f.Checks {
			_, there := judge.Lookup(id)
			known = known && there
		}
		if !known {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if got := trials.Flaw(t.Context(), f); got.Outcome != matrix.Caught {
				t.Errorf("%s: want %v, failed %v, missed %v, not listed %v, blocked %v %s", got.Outcome, f.Checks, got.Failed, got.Missed, got.Unlisted, got.Blocked, got.Problem)
			}
		})
	}
}
