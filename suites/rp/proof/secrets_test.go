package proof_test

import (
	"encoding/json"
	"fmt"
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

// What is found encoded is recorded in no encoding from which it can be had.
func TestEncodedSecretsAreNotRecorded(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ flaw, check, pattern string }{
		{"verifier-in-state-compressed", "RP-10", `[?&]state=([\w-]{60,})`},
		{"verifier-in-state-compressed", "RP-19", `[?&]state=([\w-]{60,})`},
		{"token-in-page-compressed", "RP-65", `<dd>([\w-]{40,})</dd>`},
		{"secret-in-address-of-refusal", "RP-77", `code_verifier%3D([\w-]{20,})`},
	} {
		t.Run(tt.flaw+" "+tt.check, func(t *testing.T) {
			t.Parallel()
			flaws := []string{tt.flaw}
			if tt.check == "RP-19" {
				flaws = append(flaws, "state-unchecked") // for evidence of another check's
			}
			secrets := heard{values: map[string]bool{}}
			campaign := behind(t, trials, secrets.listen(regexp.MustCompile(tt.pattern)), flaws...)
			if tt.check == "RP-77" {
				judged(t.Context(), t, campaign, "RP-56")
			}
			got := judged(t.Context(), t, campaign, tt.check)
			if got.Verdict != run.Fail {
				t.Fatalf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
			secrets.shownIn(t, got)
		})
	}
}

// A script of which not all came is looked into as far as it came, and is not
// judged where that holds nothing.
func TestScriptThatDoesNotComeWhole(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("function nothing() { return 0 }\n", 17<<20/32)
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter, secret string)
		want   run.Verdict
		says   string
	}{
		{"it is not there", func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNotFound) }, run.Skip, "/app.js (it is answered 404)"},
		{"it is not there, and tells", func(w http.ResponseWriter, secret string) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(secret))
		}, run.Fail, "/app.js"},
		{"it is too long", func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte(long)) }, run.Skip, "longer than 16 MiB"},
		{"it is too long, and tells", func(w http.ResponseWriter, secret string) { _, _ = w.Write([]byte(secret + long)) }, run.Fail, "/app.js"},
		{"it breaks off", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("half of it"))
			panic(http.ErrAbortHandler)
		}, run.Skip, "/app.js ("},
		{"it breaks off, and tells", func(w http.ResponseWriter, secret string) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(secret))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, run.Fail, "/app.js"},
		{"it is compressed as nobody has asked", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("x"))
		}, run.Skip, "encoded as br"},
		{"it comes whole, 3 MiB of it", func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte(long[:3<<20])) }, run.Pass, ""},
		{"it holds the secret in hexadecimal", func(w http.ResponseWriter, secret string) { fmt.Fprintf(w, "key = '%x'", secret) }, run.Fail, "/app.js"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			secret := ""
			campaign := behind(t, trials, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/app.js" {
						tt.answer(w, secret)
						return
					}
					next.ServeHTTP(w, r)
					if r.URL.Path == "/me" {
						_, _ = w.Write([]byte(`<script src="/app.js"></script>`))
					}
				})
			})
			secret = campaign.Front.Client().Secret
			got := judged(t.Context(), t, campaign, "RP-65")
			last := got.Cases[len(got.Cases)-1]
			if last.Name != "script of a page" || last.Verdict != tt.want || !strings.Contains(last.Observed, tt.says) {
				t.Errorf("%s: %s %q, want %s and %q", last.Name, last.Verdict, last.Observed, tt.want, tt.says)
			}
			if want := map[bool]run.Verdict{false: run.Pass, true: run.Fail}[tt.want == run.Fail]; got.Verdict != want {
				t.Errorf("RP-65: %s %s%s, want %s", got.Verdict, got.Observed, got.Reason, want)
			}
			text, err := json.Marshal(got)
			if err != nil || strings.Contains(string(text), secret) {
				t.Errorf("the record holds the secret (%v)", err)
			}
		})
	}
}
