package proof_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// names are those of one cookie at each login: the part that is the login's own
// begins with another character each time, so that chance makes no two more alike
// than what they have in common.
type names struct {
	stem  string
	mu    sync.Mutex
	given map[string]string
}

// of is the name for what a login has of its own, the same whenever it is asked for.
func (n *names) of(own string) string {
	const first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.given == nil {
		n.given = map[string]string{}
	}
	if n.given[own] == "" {
		n.given[own] = n.stem + first[len(n.given):][:1] + own
	}
	return n.given[own]
}

// correlated gives each login two cookies whose names hold something of its own: one
// for the callback, which is refused without it, and one that counts visits.
func correlated(of, visits http.Cookie) func(next http.Handler) http.Handler {
	oidc := names{stem: "oidc."}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name := ""
			switch r.URL.Path {
			case demoapp.PathLogin:
				counted := visits
				counted.Name, counted.Value, counted.Path = "visit."+rand.Text(), "1", "/"
				http.SetCookie(w, &counted)
				w = &changed{w, func(h http.Header) {
					_, state, _ := strings.Cut(h.Get("Location"), "state=")
					state, _, _ = strings.Cut(state, "&")
					c := of
					c.Name, c.Value, c.Path = oidc.of(state), "N", "/"
					h.Add("Set-Cookie", c.String())
				}}
			case "/callback":
				name = oidc.of(r.URL.Query().Get("state"))
				if _, err := r.Cookie(name); err != nil {
					http.Error(w, "Correlation failed", http.StatusBadRequest)
					return
				}
				http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1})
			}
			next.ServeHTTP(w, r)
		})
	}
}

// oneSession takes the session of the login before away from whoever logs in, and
// lets the protected page be opened with a cookie whose name holds something of the
// login's.
func oneSession(of http.Cookie) func(next http.Handler) http.Handler {
	var mu sync.Mutex
	sid := names{stem: "sid."}
	current := ""
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			switch r.URL.Path {
			case "/callback":
				current = sid.of(rand.Text())
				c := of
				c.Name, c.Value, c.Path = current, rand.Text(), "/"
				http.SetCookie(w, &c)
			case demoapp.PathMe:
				if _, err := r.Cookie(current); err != nil {
					r = r.Clone(r.Context())
					r.Header.Del("Cookie")
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Cookies whose names are others at each login are judged as those that keep theirs.
func TestCookiesWithAnotherNameAtEachLogin(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	kept, open := http.Cookie{HttpOnly: true, SameSite: http.SameSiteLaxMode}, http.Cookie{SameSite: http.SameSiteLaxMode}
	for name, tt := range map[string]struct {
		wrap func(next http.Handler) http.Handler
		want run.Verdict
		says string
	}{
		"kept":                           {correlated(kept, kept), run.Pass, ""},
		"for scripts":                    {correlated(open, kept), run.Warn, "the cookie oidc.… is not HttpOnly"},
		"for scripts, and nothing to it": {correlated(kept, open), run.Pass, ""},
		"a session's":                    {oneSession(kept), run.Pass, ""},
		"a session's, for scripts":       {oneSession(open), run.Warn, "the cookie sid.… is not HttpOnly"},
		"a session's, once another login has ended it": {func(next http.Handler) http.Handler { return oneSession(open)(correlated(open, kept)(next)) }, run.Warn, "the cookie sid.… is not HttpOnly"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			campaign := learnt(t, trials, demoapp.Options{Wrap: tt.wrap})
			got := judged(t.Context(), t, campaign, "RP-68")
			if got.Verdict != tt.want || !strings.Contains(got.Observed, tt.says) {
				t.Errorf("%s %s%s, want %s %s", got.Verdict, got.Observed, got.Reason, tt.want, tt.says)
			}
		})
	}
}
