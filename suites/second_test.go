package suites

import (
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// A second client that the target does not know is refused whatever it asks for, and
// nothing that belongs to it is registered: that is no refusal to be judged by.
func TestASecondClientThatIsUnknownProvesNoRefusal(t *testing.T) {
	for id, name := range map[string]string{"PKCE-01": secondClients, "AUTHZ-10": secondClients, "AUTHZ-08": anothersCallback, "TOKEN-11": anothersSecret} {
		for _, known := range []bool{true, false} {
			w := newWorld(t)
			w.limits = func(c *config.Config) {
				if !known {
					c.Second.ClientID = "SGIDCHECK-UNKNOWN"
				}
			}
			c := w.judge(t, id)[id]
			want := map[bool]run.Verdict{true: run.Pass, false: run.Blocked}[known]
			if c.Verdict != want || !known && (c.BlockedBy != "configuration" || !strings.Contains(c.Reason, "second client")) {
				t.Errorf("%s, the second client known %t: %s by %q: %s%s", id, known, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
			}
			for _, one := range c.Cases {
				if want := map[bool]run.Verdict{true: want, false: run.Pass}[one.Name == name]; one.Verdict != want && one.Verdict != run.Skip {
					t.Errorf("%s %s, the second client known %t: %s (%s)", id, one.Name, known, one.Verdict, one.Observed)
				}
			}
		}
	}
}

// Two tokens for one code are of one login, which has one sub: that compares nothing.
func TestASubIsComparedWithThatOfAnotherLogin(t *testing.T) {
	w := newWorld(t)
	w.faults = []string{"sub-new-each-login", "code-reusable"}
	w.restart(t)
	if c := w.judge(t, "TOKEN-32", "IDT-18")["IDT-18"]; c.Verdict != run.Fail {
		t.Errorf("%s: %s%s", c.Verdict, c.Reason, c.Observed)
	}
}
