package proof_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// rewritten hands on what the application answers at a path, changed.
func rewritten(path string, change func(w http.ResponseWriter, r *http.Request, status int, body string)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				next.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			change(w, r, answer.Code, answer.Body.String())
		})
	}
}

// protected is the protected page with one status and text for who is logged in, and others
// for who is not; a status of 303 leads to the home page.
func protected(inStatus int, in string, outStatus int, out string) func(http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, status int, _ string) {
		to, text := inStatus, in
		if status != http.StatusOK {
			to, text = outStatus, out
			w.Header().Set("Location", "/")
		}
		w.WriteHeader(to)
		_, _ = io.WriteString(w, text)
	})
}

// onlyTheFirst refuses every login but the first, once it knows who it is.
func onlyTheFirst(next http.Handler) http.Handler {
	var logins atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("code") || logins.Add(1) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), r)
		http.Error(w, "You are not registered", http.StatusForbidden)
	})
}

// forAnybody is the protected page with status 200 also for nobody, and names.
func forAnybody(next http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, _ int, body string) { _, _ = io.WriteString(w, body) })(next)
}

// aPageForTheFirst shows the others a page with the same head, and status 403.
func aPageForTheFirst(next http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, r *http.Request, status int, body string) {
		if status != http.StatusOK {
			http.Redirect(w, r, demoapp.PathLogin, http.StatusSeeOther)
			return
		}
		if !strings.Contains(body, "quillon") {
			w.WriteHeader(http.StatusForbidden)
			body = ""
		}
		_, _ = io.WriteString(w, "<h1>Agency</h1>"+body)
	})(next)
}

// A login that logs nobody in is what RP-18 finds, whatever marker was given, and
// with the evidence of that login.
func TestALoginThatLogsNobodyIn(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	logOut := application.Marker{Text: "Log out"}
	const greeting = "<h1>Agency</h1><p>Log out</p>"
	for _, tt := range []struct {
		name   string
		o      demoapp.Options
		marker application.Marker
		says   string
		notSay string
	}{
		{"the wrong key", demoapp.Options{Flaws: []string{"key-wrong"}}, logOut, "SGID_PRIVATE_KEY", ""},
		{"the wrong key, nobody is sent home", demoapp.Options{Flaws: []string{"key-wrong"}, Wrap: protected(200, greeting, 303, "")}, logOut, "SGID_PRIVATE_KEY", ""},
		{"the second person is not let in", demoapp.Options{Wrap: onlyTheFirst}, application.Marker{}, "the login of quillon works, and that of", "SGID_PRIVATE_KEY"},
		{"the same, with a marker", demoapp.Options{Wrap: onlyTheFirst}, logOut, "the login of quillon works, and that of", "SGID_PRIVATE_KEY"},
		{"the same, on a page for anybody", demoapp.Options{Wrap: func(next http.Handler) http.Handler { return forAnybody(onlyTheFirst(next)) }}, application.Marker{}, "the login of quillon works, and that of", "SGID_PRIVATE_KEY"},
		{"the second person may not see the page", demoapp.Options{Wrap: aPageForTheFirst}, application.Marker{}, "the login of quillon works, and that of", "SGID_PRIVATE_KEY"},
		{"the page fails", demoapp.Options{Wrap: protected(500, "error", 401, "Please log in")}, application.Marker{}, "answers 500 and shows nobody", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			campaign, end, err := trials.Open(t.Context(), tt.o, false)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			campaign.Site.Success = tt.marker
			if err := campaign.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := judged(t.Context(), t, campaign, "RP-18")
			if got.Verdict != run.Fail || !strings.Contains(got.Observed, tt.says) || tt.notSay != "" && strings.Contains(got.Observed, tt.notSay) {
				t.Errorf("%s: %s%s", got.Verdict, got.Observed, got.Reason)
			}
			if strings.HasPrefix(got.Observed, "the protected page shows quillon") {
				t.Error("the evidence is the login that works")
			}
			if got := judged(t.Context(), t, campaign, "RP-19"); got.Verdict != run.Blocked || got.BlockedBy != "RP-18" {
				t.Errorf("RP-19: %s by %s", got.Verdict, got.BlockedBy)
			}
		})
	}
}

// waiting is a browser in which a request of the page's scripts stays open behind a
// login.
type waiting struct {
	application.Browser
	back bool
}

func (b *waiting) Return(ctx context.Context, to string) *application.Way {
	b.back = true
	return b.Browser.Return(ctx, to)
}

func (b *waiting) Open(ctx context.Context, address string) *application.Way {
	way := b.Browser.Open(ctx, address)
	if b.back {
		way.Open = append(way.Open, &exchange.Exchange{Request: exchange.Request{URL: address + "?data"}})
	}
	return way
}

// Whom a page would have shown whose scripts still wait is not known: the login behind
// it may have worked.
func TestALoginWhosePageStillWaitsIsNotBlamed(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &waiting{Browser: byItself(t, site, manner)}, nil
	}
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"the same page as nobody's": func(next http.Handler) http.Handler { return forAnybody(onlyTheFirst(next)) },
		"another page":              aPageForTheFirst,
	} {
		campaign, end, err := trials.Open(t.Context(), demoapp.Options{Wrap: wrap}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := campaign.Learn(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := judged(t.Context(), t, campaign, "RP-18"); got.Verdict != run.Blocked || got.BlockedBy != "application" {
			t.Errorf("%s: %s by %q: %s%s", name, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
		}
		end()
	}
}

// A misspelt marker is the user's to correct where the logins may have worked.
func TestAMarkerThatIsMisspelt(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	const in, out, empty = "<h1>Agency</h1><p>Log out</p>", "<h1>Agency</h1><p>Log in</p>", "<div></div>"
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"the page shows who it is":     nil,
		"a page without names":         protected(200, in, 401, out),
		"on a page for anybody":        protected(200, in, 200, out),
		"a page that its script fills": protected(200, empty, 200, empty),
		"everybody is sent on": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case demoapp.PathMe:
					http.Redirect(w, r, "/en"+demoapp.PathMe, http.StatusSeeOther)
				case "/en" + demoapp.PathMe:
					r.URL.Path = demoapp.PathMe
					fallthrough
				default:
					protected(200, in, 200, out)(next).ServeHTTP(w, r)
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			campaign, end, err := trials.Open(t.Context(), demoapp.Options{Wrap: wrap}, false)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			campaign.Site.Success.Text = "Lgo out"
			if err := campaign.Learn(t.Context()); err == nil || !strings.Contains(err.Error(), "--success-text") {
				t.Errorf("%v; RP-18: %+v", err, judged(t.Context(), t, campaign, "RP-18"))
			}
		})
	}
}
