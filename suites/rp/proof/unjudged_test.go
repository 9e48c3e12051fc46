package proof_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// What a check has not brought about, it has not judged; what it has, it finds,
// however the application conducts itself otherwise.
func TestCasesThatComeAbout(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	few := demoapp.Settings{Scopes: []string{"openid", "myinfo.nric_number", "myinfo.date_of_birth"}}
	for _, tt := range []struct {
		name      string
		o         demoapp.Options
		id        string
		want      run.Verdict
		caseName  string
		wantOfOne run.Verdict
	}{
		{"parameters refused", demoapp.Options{Wrap: withoutQuery}, "RP-30", run.Pass, "https://evil", run.Skip},
		{"one parameter taken", demoapp.Options{Variants: []string{"unknown-parameters-refused"}}, "RP-30", run.Pass, "https://evil", run.Pass},
		{"one parameter taken, that leads away", demoapp.Options{Flaws: []string{"next-anywhere"}, Variants: []string{"unknown-parameters-refused"}}, "RP-30", run.Fail, "https://evil", run.Fail},
		{"a UUID for state", demoapp.Options{Variants: []string{"state-uuid"}}, "RP-19", run.Pass, "upper and lower case exchanged", run.Skip},
		{"a state of random letters in whatever case", demoapp.Options{Flaws: []string{"state-any-case"}}, "RP-19", run.Fail, "upper and lower case exchanged", run.Fail},
		{"a second tab, and no login after it", demoapp.Options{Flaws: []string{"one-login-open"}, Variants: []string{"start-for-the-logged-in"}}, "RP-03", run.Pass, "", ""},
		{"another host fails", demoapp.Options{Wrap: failsElsewhere}, "RP-09", run.Pass, "Host", run.Skip},
		{"cookies refused", demoapp.Options{Variants: []string{"unknown-session-refused"}}, "RP-31", run.Pass, "an invented session, planted before the login", run.Skip},
		{"redirects followed, to another host without the token", demoapp.Options{Variants: []string{"userinfo-redirects-followed"}}, "RP-52", run.Pass, "userinfo 302", run.Pass},
		{"strict cookies", demoapp.Options{Flaws: []string{"cookie-samesite-strict"}}, "RP-31", run.Pass, "an invented session, planted before the login", run.Pass},
		{"logged out by a login", demoapp.Options{Flaws: []string{"post-logout-anywhere"}, Variants: []string{"login-begins-new-session"}}, "RP-30", run.Fail, "a parameter of the logout", run.Fail},
		{"logged in once", demoapp.Options{Flaws: []string{"logged-in-next-with-two-slashes"}, Variants: []string{"login-begins-new-session"}}, "RP-30", run.Fail, "a parameter of the start page, logged in", run.Fail},
		{"userinfo later", demoapp.Options{Variants: []string{"userinfo-when-shown", "callback-script"}}, "RP-33", run.Pass, "a login between the token and the userinfo of another", run.Skip},
		{"dates", demoapp.Options{Flaws: []string{"markup-unescaped"}, Variants: []string{"birthday-parsed"}}, "RP-64", run.Fail, "every field", run.Skip},
		{"no text", demoapp.Options{Flaws: []string{"markup-unescaped"}, Variants: []string{"birthday-parsed"}, Settings: few}, "RP-64", run.Skip, "name, address and employer alone", run.Skip},
		{"no unusual text", demoapp.Options{Settings: few}, "RP-63", run.Pass, "beyond ASCII", run.Skip},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := judged(t.Context(), t, learnt(t, trials, tt.o), tt.id)
			if got.Verdict != tt.want {
				t.Errorf("%s: %s %s%s, want %s", tt.id, got.Verdict, got.Observed, got.Reason, tt.want)
			}
			for _, c := range got.Cases {
				if c.Name == tt.caseName && c.Verdict != tt.wantOfOne {
					t.Errorf("%s, %s: %s %s, want %s", tt.id, c.Name, c.Verdict, c.Observed, tt.wantOfOne)
				}
			}
		})
	}
}

// withoutQuery answers 400 where the start page is asked for with a query.
func withoutQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" && r.URL.RawQuery != "" {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// failsElsewhere answers 500 under another host.
func failsElsewhere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "evil.example" {
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// inTurn is a browser that comes back from the provider when no other is on its way.
type inTurn struct {
	application.Browser
	way *sync.Mutex
}

func (b *inTurn) Return(ctx context.Context, to string) *application.Way {
	b.way.Lock()
	defer b.way.Unlock()
	return b.Browser.Return(ctx, to)
}

// An application that gives up on userinfo before the second login has come back
// keeps nobody out.
func TestALoginThatGivesUpOnUserinfo(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var way sync.Mutex
	trials.Browser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		return &inTurn{byItself(t, site, manner), &way}, nil
	}
	got := judged(t.Context(), t, learnt(t, trials, demoapp.Options{Timeout: time.Second}), "RP-33")
	if got.Verdict != run.Pass {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
	for _, c := range got.Cases {
		if c.Name == "a login between the token and the userinfo of another" && c.Verdict != run.Skip {
			t.Errorf("%s: %s %s", c.Name, c.Verdict, c.Observed)
		}
	}
}
