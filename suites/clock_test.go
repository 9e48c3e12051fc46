package suites

import (
	"testing"

	"sgidcheck/internal/run"
)

// Where a run is resumed at the checks that wait, what follows takes a token
// that was issued after the time has passed.
func TestTokensAreNewAfterTimeHasPassed(t *testing.T) {
	w := newWorld(t)
	w.advance = w.provider.Advance
	w.worked = map[string]bool{"AUTHZ-01": true, "TOKEN-01": true, "IDT-01": true}
	for id, got := range w.judge(t, "TOKEN-25", "UINFO-14", "UINFO-03", "CRYPT-06") {
		if got.Verdict != run.Pass {
			t.Errorf("%s: %s: %s", id, got.Verdict, got.Reason)
		}
	}
}
