package suites

import (
	"net/http"
	"testing"

	"sgidcheck/internal/run"
)

// A response_mode may be refused: by a page that nobody can tell from the login page it
// may be, and may not.
func TestAPageThatIsNotToldIsNoServedResponseMode(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		status int
		page   string
		want   run.Verdict
	}{
		"a page made by script": {http.StatusOK, `<!doctype html><title>sgID</title><div id="app"></div><script src="/app.js"></script>`, run.Blocked},
		"an error page":         {http.StatusBadRequest, `<!doctype html><title>Error</title><p>response_mode is not supported`, run.Pass},
		"a server error":        {http.StatusInternalServerError, `error`, run.Fail},
	} {
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("response_mode") == "" {
				return false
			}
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(tt.status)
			_, _ = rw.Write([]byte(tt.page))
			return true
		}
		for _, one := range w.judge(t, "AUTHZ-27")["AUTHZ-27"].Cases {
			if one.Name == "response_mode=fragment" && one.Verdict != tt.want {
				t.Errorf("%s: %s: %s", name, one.Verdict, one.Observed)
			}
		}
	}
}
