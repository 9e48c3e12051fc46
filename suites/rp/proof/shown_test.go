package proof_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// refusing answers what the callback refuses in another way.
func refusing(answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := httptest.NewRecorder()
			if next.ServeHTTP(seen, r); r.URL.Path == "/callback" && !strings.HasSuffix(seen.Header().Get("Location"), demoapp.PathMe) {
				answer(w, r)
				return
			}
			for name, values := range seen.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(seen.Code)
			_, _ = seen.Body.WriteTo(w)
		})
	}
}

// dataAs answers the protected page of who is logged in with what write makes of
// their data.
func dataAs(write func(w http.ResponseWriter, fields map[string]string)) func(http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, status int, body string) {
		if status != http.StatusOK {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		write(w, fieldsOf(body))
	})
}

// What becomes of markup in a page that was not opened, or that a script writes, is
// not known to a browser that runs none.
func TestMarkupInPagesThatAreNotSeen(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	leads := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusSeeOther) }
	}
	asJSON := func(w http.ResponseWriter, fields map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(fields)
	}
	const loads = `<!doctype html><main></main><script src="/app.js"></script>`
	for _, tt := range []struct {
		name, id string
		wrap     func(http.Handler) http.Handler
		want     run.Verdict
		says     string
	}{
		{"a front end elsewhere", "RP-24", refusing(leads("https://front.example/?error=login")), run.Skip, "--login browser"},
		{"a page that loads a script", "RP-24", refusing(page(loads)), run.Skip, "--login browser"},
		{"such a page at an address without the markup", "RP-24", refusing(leads("/")), run.Pass, ""},
		{"such a page, which shows it as text", "RP-24", refusing(func(w http.ResponseWriter, r *http.Request) {
			page(loads+strings.ReplaceAll(r.URL.RawQuery, "&", " "))(w, r)
		}), run.Pass, ""},
		{"a page without script", "RP-24", refusing(page("<p>It failed.</p>")), run.Pass, ""},
		{"plain text", "RP-24", refusing(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "failed", http.StatusBadRequest) }), run.Pass, ""},
		{"data in JSON", "RP-64", dataAs(asJSON), run.Skip, "--protected"},
		{"data that a script may show", "RP-64", dataAs(func(w http.ResponseWriter, fields map[string]string) {
			page(loads+fields["Identifier"])(w, nil)
		}), run.Skip, "--login browser"},
		{"a page that shows none", "RP-64", dataAs(func(w http.ResponseWriter, fields map[string]string) { page(fields["Identifier"])(w, nil) }), run.Pass, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := judged(t.Context(), t, behind(t, trials, tt.wrap), tt.id)
			if said := got.Observed + got.Reason; got.Verdict != tt.want || !strings.Contains(said, tt.says) {
				t.Errorf("%s %s, want %s", got.Verdict, said, tt.want)
			}
		})
	}
}
