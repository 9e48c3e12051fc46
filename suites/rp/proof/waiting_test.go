package proof_test

import (
	"testing"
	"time"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// A key set that never answers is judged, too, of an application that does not look
// again while others log in, where it can be started anew.
func TestKeySetThatHangsForWhoHasLooked(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		theirs  bool // the user's to start
		timeout time.Duration
		want    run.Verdict
	}{
		{"right", false, 0, run.Pass},
		{"no timeout", false, time.Hour, run.Warn},
		{"the user's to start", true, 0, run.Skip},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			campaign := learnt(t, trials, demoapp.Options{Variants: []string{"key-set-pause-of-a-minute"}, Timeout: tt.timeout})
			if tt.theirs {
				campaign.Process, campaign.Advance = nil, nil
			}
			got := judged(t.Context(), t, campaign, "RP-51")
			judgedKeySet := 0
			for _, c := range got.Cases {
				if c.Name == "key set" {
					judgedKeySet++
					if c.Verdict != tt.want {
						t.Errorf("%s %s, want %s", c.Verdict, c.Observed, tt.want)
					}
				}
			}
			if judgedKeySet != 1 {
				t.Errorf("%s %s%s: the key set is judged %d times", got.Verdict, got.Observed, got.Reason, judgedKeySet)
			}
		})
	}
}
