package suites

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// lockingOut is a token endpoint that refuses whatever a client sends after so many
// wrong secrets, in words that say no more than a wrong secret gets.
func lockingOut(w *world, after int) func(int, http.ResponseWriter, *http.Request) bool {
	right, wrong := map[string]string{}, map[string]int{}
	for _, c := range w.provider.Clients() {
		right[c.ID] = c.Secret
	}
	return editingForms(w, func(form url.Values) *httptest.ResponseRecorder {
		id := form.Get("client_id")
		secret, sent := right[id], form.Get("client_secret")
		if sent != "" && sent != secret {
			wrong[id]++
		}
		if secret != "" && wrong[id] >= after {
			answer := refusedWith(`{"error":"invalid_client"}`)
			answer.Code = http.StatusUnauthorized
			return answer
		}
		return nil
	})
}

// What a client that is locked out is refused proves nothing: not in the check that
// locks it out, and not in those after it.
func TestWhatALockedOutClientIsRefusedIsNotJudged(t *testing.T) {
	locking := []string{"TOKEN-11", "TOKEN-12", "TOKEN-13", "TOKEN-18"}
	for _, few := range []bool{false, true} {
		w := newWorld(t)
		w.few = few
		w.limits = func(c *config.Config) { c.Second = nil }
		w.on = lockingOut(w, 3)
		got := w.judge(t, locking...)
		for _, id := range locking {
			c := got[id]
			if c.Verdict != run.Blocked || c.BlockedBy != "target" && c.BlockedBy != "TOKEN-01" {
				t.Errorf("few logins: %t: %s: %s by %q: %s%s", few, id, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
			}
			for _, one := range c.Cases {
				if one.Verdict == run.Pass {
					t.Errorf("few logins: %t: %s: %s passes", few, id, one.Name)
				}
			}
		}
	}
}

// Where nobody is locked out and every refusal uses the code up, a login more shows it.
func TestUsedUpCodesAreJudgedAllTheSame(t *testing.T) {
	for _, few := range []bool{false, true} {
		w := newWorld(t)
		w.few = few
		w.on = usedUpByRefusals(w, func(url.Values) {})
		for id, c := range w.judge(t, "TOKEN-12", "TOKEN-15", "PKCE-07") {
			if c.Verdict != run.Pass {
				t.Errorf("few logins: %t: %s: %s %s%s", few, id, c.Verdict, c.Reason, c.Observed)
			}
		}
	}
}

// lockedOutAfterOne is a token endpoint that serves one request of a client and answers
// whatever it sends from then on with refusal.
func lockedOutAfterOne(w *world, second bool, refusal func() *httptest.ResponseRecorder) func(int, http.ResponseWriter, *http.Request) bool {
	of, served := w.provider.Clients()[ofClient(second)], false
	return func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		id := peek(r).Get("client_id")
		if by, _, basic := r.BasicAuth(); basic {
			id = by
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if id != of.ID {
			return false
		}
		if served {
			answerAs(rw, refusal())
		}
		out := served
		served = true
		return out
	}
}

// What is tried on codes that no right request fits is refused to a client that is
// locked out, too, and so is what is tried with another client's code.
func TestWhatNoRightRequestFollowsIsNotJudgedOfALockedOutClient(t *testing.T) {
	badGrant := func() *httptest.ResponseRecorder { return refusedWith(`{"error":"invalid_grant"}`) }
	badClient := func() *httptest.ResponseRecorder {
		answer := refusedWith(`{"error":"invalid_client"}`)
		answer.Code = http.StatusUnauthorized
		answer.Header().Set("WWW-Authenticate", "Basic")
		return answer
	}
	for _, tt := range []struct {
		id      string
		second  bool
		refusal func() *httptest.ResponseRecorder
	}{
		{"PKCE-08", false, badGrant}, {"PKCE-10", false, badGrant}, {"PKCE-11", false, badClient}, {"PKCE-12", false, badClient},
		{"TOKEN-08", false, badGrant}, {"TOKEN-16", true, badClient}, {"TOKEN-24", false, badClient},
	} {
		for _, few := range []bool{false, true} {
			w := newWorld(t)
			w.few = few
			w.on = lockedOutAfterOne(w, tt.second, tt.refusal)
			checks := []string{tt.id}
			if tt.second {
				checks = append(checks, "IDT-12") // whose login is granted
			}
			c := w.judge(t, checks...)[tt.id]
			if c.Verdict != run.Blocked || !slices.Contains([]string{"target", "TOKEN-01", "a token request", "configuration"}, c.BlockedBy) {
				t.Errorf("few logins: %t: %s: %s by %q: %s%s", few, tt.id, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
			}
			for _, one := range c.Cases {
				if one.Verdict == run.Pass && one.Name != "challenge with more behind" { // refused before anybody logs in
					t.Errorf("few logins: %t: %s: %s passes", few, tt.id, one.Name)
				}
			}
		}
	}
}
