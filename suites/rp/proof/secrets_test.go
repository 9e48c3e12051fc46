package proof_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// heard is what an application's answers held that a pattern finds.
type heard struct {
	mu     sync.Mutex
	values map[string]bool
}

// listen keeps what the first group of the pattern finds in each answer.
func (h *heard) listen(pattern *regexp.Regexp) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			for name, values := range w.Header() {
				answer.Header()[name] = values
			}
			next.ServeHTTP(answer, r)
			h.mu.Lock()
			for _, m := range pattern.FindAllStringSubmatch(answer.Header().Get("Location")+"\n"+answer.Body.String(), -1) {
				h.values[m[1]] = true
			}
			h.mu.Unlock()
			for name, values := range answer.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(answer.Code)
			_, _ = answer.Body.WriteTo(w)
		})
	}
}

// shownIn fails the test where a record shows any of it, or where there is nothing.
func (h *heard) shownIn(t *testing.T, check run.Check) {
	t.Helper()
	text, err := json.Marshal(check)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.values) == 0 || len(check.Exchanges) == 0 {
		t.Fatalf("%s: %d secrets in the answers, %d exchanges in the record", check.ID, len(h.values), len(check.Exchanges))
	}
	for value := range h.values {
		if strings.Contains(string(text), value) {
			t.Errorf("the record of %s holds %s", check.ID, value)
		}
	}
}

// What RP-77 finds is in no record, however the application has written it.
func TestSecretsOfARefusalAreNotRecorded(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	secrets := heard{values: map[string]bool{}}
	campaign := behind(t, trials, secrets.listen(regexp.MustCompile(`(?:codeVerifier|accessToken): ([A-Za-z0-9_-]{20,})`)), "secrets-dumped-in-refusal")
	for _, id := range []string{"RP-18", "RP-56"} {
		judged(t.Context(), t, campaign, id)
	}
	got := judged(t.Context(), t, campaign, "RP-77")
	if got.Verdict != run.Fail {
		t.Fatalf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
	secrets.shownIn(t, got)
}
