package proof_test

import (
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// crossing makes the cookies that are set at a path SameSite=None, and not Secure.
func crossing(path string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path {
				w = &changed{w, func(h http.Header) {
					for i, field := range h.Values("Set-Cookie") {
						h["Set-Cookie"][i] = strings.Replace(field, "SameSite=Lax", "SameSite=None", 1)
					}
				}}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// A login that hangs on a cookie that browsers do not take works for nobody, and
// RP-18 says why.
func TestCookiesThatBrowsersDoNotTake(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"set when the login begins": demoapp.PathLogin, "set when it ends": "/callback"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			campaign := behind(t, trials, crossing(path))
			got := judged(t.Context(), t, campaign, "RP-18")
			if got.Verdict != run.Fail || !strings.Contains(got.Observed, "says SameSite=None and is not Secure") {
				t.Errorf("%s: %s%s", got.Verdict, got.Observed, got.Reason)
			}
			if got = judged(t.Context(), t, campaign, "RP-75"); got.Verdict != run.Blocked || got.BlockedBy != "RP-18" {
				t.Errorf("RP-75: %s by %s", got.Verdict, got.BlockedBy)
			}
		})
	}
}
