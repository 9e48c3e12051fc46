package loadtest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What the preparation had to try again is of the same budget: the logins that are
// lacking in the end are not the target's errors.
func TestALoginThatTheBudgetForbidsIsNoError(t *testing.T) {
	var refused atomic.Bool
	o := liveThrough(t, func(provider http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refused.CompareAndSwap(false, true) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			provider.ServeHTTP(w, r)
		})
	})
	o.Rate, o.Duration = 20, time.Second
	o.LoginBudget = 20 + referenceLogins
	l, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Errors) != 0 || l.Requests != 19 || l.Sent != 19 {
		t.Errorf("%d sent, %d logins, errors %v", l.Sent, l.Requests, l.Errors)
	}
	if reasons := strings.Join(l.Harness.Reasons, "; "); !l.Harness.Limited || !strings.Contains(reasons, "1 logins were not made: this process's share of --login-budget is spent") {
		t.Errorf("the harness was not the limit: %q", reasons)
	}
}
