package suites

import (
	"net/http"
	"slices"
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

// What takes a second client is counted as not judged where there is none. Where both
// clients have one secret, there is no other's to try.
func TestWhatASecondClientIsWantedForIsCounted(t *testing.T) {
	needing := map[string]string{"PKCE-01": secondClients, "AUTHZ-10": secondClients, "AUTHZ-08": anothersCallback, "TOKEN-11": anothersSecret}
	w := newWorld(t)
	w.limits = func(c *config.Config) { c.Second = nil }
	record := &run.Record{Coverage: &run.Coverage{}}
	for _, c := range w.judge(t, "PKCE-01", "AUTHZ-10", "AUTHZ-08", "TOKEN-11") {
		record.Checks = append(record.Checks, c)
	}
	record.Count()
	for _, u := range record.Coverage.NotJudged {
		if u.Gap != run.WantClient || !slices.Equal(u.Cases, []string{needing[u.ID]}) {
			t.Errorf("%s: for want of %s, cases %q: %s", u.ID, u.Gap, u.Cases, u.Reason)
		}
		delete(needing, u.ID)
	}
	if len(needing) > 0 {
		t.Errorf("counted as judged in full without a second client: %v", needing)
	}
	w.limits = func(c *config.Config) { c.Second.ClientSecret = c.First.ClientSecret }
	for _, one := range w.judge(t, "TOKEN-11")["TOKEN-11"].Cases {
		if one.Name == anothersSecret && one.Gap != run.NotApplicable {
			t.Errorf("both secrets are equal: %s for want of %s", one.Verdict, one.Gap)
		}
	}
}

// What the target does to the second client's requests alone is its configuration's only
// where the target may refuse it for that.
func TestTheSecondClientIsNotBlamedForTheTarget(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		known  bool // an exchange of it was granted before
		want   string
	}{
		{"refused from the start", http.StatusBadRequest, false, "configuration"},
		{"refused later", http.StatusBadRequest, true, "an authorization request"},
		{"a server error", http.StatusInternalServerError, false, "an authorization request"},
	} {
		w := newWorld(t)
		second, granted := w.provider.Clients()[1].ID, false
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			if strings.HasSuffix(r.URL.Path, "/token") {
				granted = granted || peek(r).Get("client_id") == second
			}
			if !strings.HasSuffix(r.URL.Path, "/authorize") || r.URL.Query().Get("client_id") != second || tt.known && !granted {
				return false
			}
			rw.WriteHeader(tt.status)
			return true
		}
		checks := []string{"PKCE-01"}
		if tt.known {
			checks = append(checks, "IDT-12")
		}
		if c := w.judge(t, checks...)["PKCE-01"]; c.Verdict != run.Blocked || c.BlockedBy != tt.want {
			t.Errorf("%s: %s by %q: %s", tt.name, c.Verdict, c.BlockedBy, c.Reason)
		}
	}
}

// That the subs of two clients differ says nothing where each login has another, also
// where the second client's login comes before the first client's second.
func TestAnotherSubWithEachLoginIsNoPairwiseSub(t *testing.T) {
	w := newWorld(t)
	w.few, w.faults = true, []string{"sub-new-each-login"}
	w.restart(t)
	if c := w.judge(t, "IDT-11", "IDT-12")["IDT-12"]; c.Verdict != run.Blocked || c.BlockedBy != "IDT-11" {
		t.Errorf("%s by %q: %s%s", c.Verdict, c.BlockedBy, c.Reason, c.Observed)
	}
}
