package loadtest

import (
	"encoding/json"
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

// What a login was given on its way to a page that shows it again stands in no
// example of a login that failed.
func TestTheSecretsOfALoginThatFailedAreNotShown(t *testing.T) {
	var under atomic.Bool
	secrets := []string{"COOKIESECRET12345", "SESSIONSECRET98765", "CODESECRET1234567"}
	o := liveThrough(t, func(provider http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !under.Load():
				provider.ServeHTTP(w, r)
			case r.URL.Query().Get("client_id") != "":
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: secrets[0]})
				http.Redirect(w, r, "/welcome?session="+secrets[1]+"&code="+secrets[2], http.StatusFound)
			default:
				_, _ = w.Write([]byte("welcome " + strings.Join(secrets, " ")))
			}
		})
	})
	o.Rate, o.Duration = 10, time.Second
	l, err := Run(t.Context(), o, func(p Progress) {
		if p.Phase == "sending" {
			under.Store(true)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(l.Examples)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Examples) != 1 || l.Examples[0].Kind != kindNoCode || !strings.Contains(string(shown), "welcome [redacted") {
		t.Errorf("examples: %s", shown)
	}
	for _, s := range secrets {
		if strings.Contains(string(shown), s) {
			t.Errorf("an example shows %s: %s", s, shown)
		}
	}
}
