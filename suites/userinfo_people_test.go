package suites

import (
	"strings"
	"testing"

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
