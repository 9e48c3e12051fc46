package proof_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// begunByForm has the login begin with a form of the start page, which is taken with
// the token that the browser was shown, or, where it is not bound, with any.
func begunByForm(bound bool) func(next http.Handler) http.Handler {
	return begunBy(`<form method="post" action="/login?begin"><input type="hidden" name="token" value="TOKEN"><button>Log in with Singpass</button></form>`,
		func(r *http.Request, token string) bool {
			return r.Method == http.MethodPost && (!bound || token != "" && r.PostFormValue("token") == token)
		})
}

// begunByLink has the login begin with a link of the start page.
func begunByLink(next http.Handler) http.Handler {
	return begunBy(`<a href="/login?begin">Log in with Singpass</a>`, func(*http.Request, string) bool { return true })(next)
}

func begunBy(page string, taken func(r *http.Request, token string) bool) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shown := ""
			if c, err := r.Cookie("form"); err == nil {
				shown = c.Value
			}
			switch {
			case r.URL.Path != demoapp.PathLogin:
				next.ServeHTTP(w, r)
			case !r.URL.Query().Has("begin"):
				token := rand.Text()
				http.SetCookie(w, &http.Cookie{Name: "form", Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, strings.ReplaceAll(page, "TOKEN", token))
			case taken(r, shown):
				begun := r.Clone(r.Context())
				begun.Method, begun.Body = http.MethodGet, http.NoBody
				next.ServeHTTP(w, begun)
			default:
				http.Error(w, "Forbidden", http.StatusForbidden)
			}
		})
	}
}

// The Referer of a login that the application's own page begins is that page's,
// wherever the visitor came from; another site's page may send what begins it, too,
// where nothing binds that to the browser.
func TestRefererOfTheRequestThatBeginsTheLogin(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	led := []string{"referer-anywhere"}
	for name, tt := range map[string]struct {
		wrap  func(next http.Handler) http.Handler
		flaws []string
		want  run.Verdict
	}{
		"a form that is bound":           {begunByForm(true), led, run.Pass},
		"a form that anybody may send":   {begunByForm(false), led, run.Fail},
		"a link":                         {begunByLink, led, run.Fail},
		"at once":                        {nil, led, run.Fail},
		"a form, and no Referer is read": {begunByForm(false), nil, run.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judged(t.Context(), t, learnt(t, trials, demoapp.Options{Flaws: tt.flaws, Wrap: tt.wrap}), "RP-30")
			found := false
			for _, c := range got.Cases {
				if c.Name == "Referer" {
					found = true
					if c.Verdict != tt.want {
						t.Errorf("%s %s, want %s", c.Verdict, c.Observed, tt.want)
					}
				} else if c.Verdict != run.Pass {
					t.Errorf("%s: %s %s", c.Name, c.Verdict, c.Observed)
				}
			}
			if !found {
				t.Error("no case Referer")
			}
		})
	}
}

// A parameter leads away under whichever of its usual names.
func TestNamesOfAParameterThatLeadsAway(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"origin", "redirectUri", "callback_url", "next_url", "success_url", "post_login_redirect_uri"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrap := func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == demoapp.PathLogin {
						r = r.Clone(r.Context())
						r.URL.RawQuery = url.Values{"next": {r.URL.Query().Get(name)}}.Encode()
					}
					next.ServeHTTP(w, r)
				})
			}
			got := judged(t.Context(), t, learnt(t, trials, demoapp.Options{Flaws: []string{"next-anywhere"}, Wrap: wrap}), "RP-30")
			if got.Verdict != run.Fail {
				t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}
