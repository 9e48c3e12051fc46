package proof_test

import (
	"fmt"
	"net/http"
	"testing"

	"sgidcheck/browser"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// inTheBrowser are trials that the browser drives.
func inTheBrowser(t *testing.T) *proof.Trials {
	t.Helper()
	path, err := browser.Find("")
	if err != nil {
		t.Fatal(err)
	}
	chrome := browser.NewChrome(browser.ChromeOptions{Path: path})
	applications := browser.NewApplications(t.Context(), chrome)
	t.Cleanup(func() { applications.Close(); _ = chrome.Close() })
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	trials.Browser = applications.Open
	return trials
}

// shell shows the protected page by a script, as a front end does, which is
// written into the page with what write does with its text.
func shell(write, policy, dataPolicy string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != "/me":
				next.ServeHTTP(w, r)
			case r.URL.RawQuery == "data":
				next.ServeHTTP(&kept{w, dataPolicy}, r)
			default:
				w.Header().Set("Content-Type", "text/html")
				w.Header().Del("Content-Security-Policy")
				w.Header().Set("Cache-Control", policy)
				fmt.Fprintf(w, `<!doctype html><title>You</title><main></main><script>
fetch('/me?data').then(r => r.text()).then(page => {
	const text = new DOMParser().parseFromString(page, 'text/html').body.textContent
	document.querySelector('main').%s = text
})</script>`, write)
			}
		})
	}
}

// kept sends answers with a policy of its own.
type kept struct {
	http.ResponseWriter
	policy string
}

func (k *kept) WriteHeader(status int) {
	k.Header().Set("Cache-Control", k.policy)
	k.ResponseWriter.WriteHeader(status)
}

// What a front end's script makes of the data, and what the answers that it asks
// for say, is judged in the browser.
func TestFrontEndInTheBrowser(t *testing.T) {
	trials := inTheBrowser(t)
	for _, tt := range []struct {
		name, write, shell, data, check string
		want                            run.Verdict
	}{
		{"text", "textContent", "no-store", "no-store", "RP-64", run.Pass},
		{"markup", "innerHTML", "no-store", "no-store", "RP-64", run.Fail},
		{"a shell that is kept", "textContent", "max-age=300", "no-store", "RP-69", run.Pass},
		{"data that are kept", "textContent", "no-store", "max-age=300", "RP-69", run.Warn},
	} {
		t.Run(tt.name, func(t *testing.T) {
			campaign := behind(t, trials, shell(tt.write, tt.shell, tt.data))
			if got := judged(t.Context(), t, campaign, tt.check); got.Verdict != tt.want {
				t.Errorf("%s: %s %s%s, want %s", tt.check, got.Verdict, got.Observed, got.Reason, tt.want)
			}
		})
	}
}

// Flaws that a browser sees by other means than plain requests do;
// `sgidcheck selftest rp --login browser` tries them all.
func TestFlawsInTheBrowser(t *testing.T) {
	trials := inTheBrowser(t)
	trials.OwnChecks = true
	names := map[string]bool{"cookie-samesite-strict": true, "cookie-samesite-none": true, "cookie-for-other-sites": true, "next-anywhere": true, "error-shown": true, "session-kept": true, "dies-of-the-callback": true}
	for _, f := range demoapp.Flaws() {
		if !names[f.Name] {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			if got := trials.Flaw(t.Context(), f); got.Outcome != matrix.Caught {
				t.Errorf("%s: want %v, failed %v, missed %v, not listed %v, blocked %v %s", got.Outcome, f.Checks, got.Failed, got.Missed, got.Unlisted, got.Blocked, got.Problem)
			}
		})
	}
}
