package browser_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"sgidcheck/browser"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/selftest"
)

// TestEveryFault proves the faults that only a browser sees, in the browser that
// Find returns; sgidcheck selftest prefers Chromium's headless shell. Where -run does not name it, it tries one fault a check:
// go test ./browser -run EveryFault/mixed-content.
func TestEveryFault(t *testing.T) {
	path, err := browser.Find("")
	if err != nil {
		t.Fatal(err)
	}
	trials, err := selftest.New(func(*rig.Rig) (rig.Suite, error) {
		return rig.Suite{Body: func(string) func(*judge.T) { return nil }}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	trials.Browser = browser.On(path, nil)
	asked := strings.Contains(flag.Lookup("test.run").Value.String(), "EveryFault")
	proven := map[string]bool{} // checks, by a fault that is tried
	for _, f := range provider.Faults() {
		if !selftest.NeedsBrowser(f) || !asked && !slices.ContainsFunc(f.Checks, func(id string) bool { return !proven[id] }) {
			continue
		}
		for _, id := range f.Checks {
			proven[id] = true
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			got := trials.Fault(t.Context(), f)
			if got.Outcome != matrix.Caught { // once more, as the selftest does: a busy machine can be too slow
				got = trials.Fault(t.Context(), f)
			}
			if got.Outcome != matrix.Caught {
				t.Errorf("%s: failed %v, missed %v, not listed %v %s", got.Outcome, got.Failed, got.Missed, got.Unlisted, got.Problem)
			}
		})
	}
}
