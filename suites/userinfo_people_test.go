package suites

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// Where a consent is remembered, a later login is led over fewer pages than the first,
// and still waits at its last one while another is made.
func TestLoginsCrossAtTheLastPageThatThereIs(t *testing.T) {
	const name = "login pages open at the same time"
	w := newWorld(t)
	w.faults = []string{"person-of-login-meanwhile"}
	w.restart(t)
	c := w.judge(t, "UINFO-15")["UINFO-15"]
	for _, one := range c.Cases {
		if want := map[bool]run.Verdict{true: run.Fail, false: run.Pass}[one.Name == name]; one.Verdict != want {
			t.Errorf("%s: %s (%s)", one.Name, one.Verdict, one.Observed)
		}
	}
	if c.Verdict != run.Fail || !strings.Contains(c.Observed, "another sub") {
		t.Errorf("%s: %s%s", c.Verdict, c.Reason, c.Observed)
	}
}

// What TOKEN-04 takes for a number, UINFO-14 waits for.
func TestTheLifetimeIsReadAsJSONWritesNumbers(t *testing.T) {
	for written, tt := range map[string]struct {
		want    run.Verdict
		by, why string
		advance time.Duration
	}{
		`60`:    {run.Pass, "", "", 2 * time.Minute},
		`60.0`:  {run.Pass, "", "", 2 * time.Minute},
		`6e1`:   {run.Pass, "", "", 2 * time.Minute},
		`59.5`:  {run.Pass, "", "", 2 * time.Minute},
		`"60"`:  {run.Blocked, "TOKEN-04", "not a positive number", 0},
		`0`:     {run.Blocked, "TOKEN-04", "not a positive number", 0},
		`-60`:   {run.Blocked, "TOKEN-04", "not a positive number", 0},
		`1e300`: {run.Skip, "", "longer than", 0},
		"":      {run.Pass, "", "", 24*time.Hour + time.Minute},
	} {
		w := newWorld(t)
		w.rewriting("/oauth/token", func(answer map[string]any) map[string]any {
			if delete(answer, "expires_in"); written != "" {
				answer["expires_in"] = json.RawMessage(written)
			}
			return answer
		})
		var passed time.Duration
		w.advance = func(d time.Duration) {
			passed += d
			w.provider.Advance(d + 24*time.Hour) // past the provider's own lifetime, which it says nothing of
		}
		c := w.judge(t, "UINFO-14")["UINFO-14"]
		if c.Verdict != tt.want || c.BlockedBy != tt.by || !strings.Contains(c.Reason, tt.why) || passed != tt.advance {
			t.Errorf("%q: %s by %q after %s: %s%s", written, c.Verdict, c.BlockedBy, passed, c.Reason, c.Observed)
		}
	}
}
