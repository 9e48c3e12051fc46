package suites

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// Where the right redemption never gets a response, the code is spent all the
// same: what is told is that no response came, not how the second one, on a spent
// code, is refused.
func TestARedemptionWithoutAResponse(t *testing.T) {
	w := newWorld(t)
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		got := httptest.NewRecorder()
		w.provider.Handler().ServeHTTP(got, r)
		if got.Code == http.StatusOK {
			hangUp(rw)
			return true
		}
		rw.Header().Set("Content-Type", got.Header().Get("Content-Type"))
		rw.WriteHeader(got.Code)
		rw.Write(got.Body.Bytes())
		return true
	}
	verdicts := w.judge(t, "DISC-05", "TOKEN-01", "IDT-01")
	if c := verdicts["TOKEN-01"]; c.Verdict != run.Fail || !strings.Contains(c.Observed, "no answer") {
		t.Errorf("TOKEN-01: %s: %s%s", c.Verdict, c.Observed, c.Reason)
	}
	for _, id := range []string{"DISC-05", "IDT-01"} {
		if c := verdicts[id]; c.Verdict != run.Blocked || c.BlockedBy != "TOKEN-01" || !strings.Contains(c.Reason, "no answer") {
			t.Errorf("%s: %s by %s: %s%s", id, c.Verdict, c.BlockedBy, c.Observed, c.Reason)
		}
	}
}

// A key set that takes too long is JWKS-01's, and blocks what needs it.
func TestAKeySetThatTakesTooLong(t *testing.T) {
	w := newWorld(t)
	w.limits = func(c *config.Config) { c.Timeout = 3 * time.Second }
	w.on = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/jwks.json") {
			return false
		}
		<-r.Context().Done()
		return true
	}
	verdicts := w.judge(t, "JWKS-01", "JWKS-02", "DISC-05")
	if c := verdicts["JWKS-01"]; c.Verdict != run.Fail || !strings.Contains(c.Observed, "no complete response") {
		t.Errorf("JWKS-01: %s: %s%s", c.Verdict, c.Observed, c.Reason)
	}
	for _, id := range []string{"JWKS-02", "DISC-05"} {
		if c := verdicts[id]; c.Verdict != run.Blocked || c.BlockedBy != "JWKS-01" {
			t.Errorf("%s: %s by %s: %s%s", id, c.Verdict, c.BlockedBy, c.Observed, c.Reason)
		}
	}
}
