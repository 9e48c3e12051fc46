package proof_test

import (
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// TestVariants: applications that are right in other ways are blamed for nothing.
func TestVariants(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range demoapp.Variants() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			record, err := trials.Judge(t.Context(), demoapp.Options{Variants: []string{v.Name}})
			if err != nil {
				t.Fatal(err)
			}
			passed := 0
			for _, c := range record.Checks {
				switch {
				case c.Verdict == run.Pass:
					passed++
				case c.Verdict == run.Fail, c.Verdict == run.Blocked, c.Verdict == run.Warn && v.Warns[c.ID] == "":
					t.Fatalf("%s: %s %s%s", c.ID, c.Verdict, c.Observed, c.Reason)
				}
			}
			if passed < 60 {
				t.Errorf("%d passes", passed)
			}
		})
	}
}
