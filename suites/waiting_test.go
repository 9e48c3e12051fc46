package suites

import (
	"testing"
	"testing/synctest"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// A check may take two minutes, and still waits for a token that lives for ten; for one
// that lives for years it does not.
func TestWhatIsWaitedDoesNotCount(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		want run.Verdict
	}{{11 * time.Minute, run.Pass}, {patience, run.Pass}, {patience + time.Second, run.Skip}} {
		synctest.Test(t, func(t *testing.T) {
			limited, cancel := judge.WithLimit(t.Context(), 2*time.Minute)
			defer cancel()
			began := time.Now()
			out := judge.Judge(limited, judge.Check{ID: "UINFO-14", Level: judge.MUST}, func(j *judge.T) {
				s := &Session{T: j, Campaign: &Campaign{}}
				s.LetPass(tt.wait)
				s.Assert(s.Context.Err() == nil, "time left", "no time left", nil)
			})
			waited := time.Since(began)
			if out.Verdict != tt.want || (out.Gap == run.WantTime) != (tt.want == run.Skip) || (waited == tt.wait) != (tt.want == run.Pass) {
				t.Errorf("%s: %s (%s) after %s: %s", tt.wait, out.Verdict, out.Gap, waited, out.Reason)
			}
		})
	}
}
