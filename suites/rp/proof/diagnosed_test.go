package proof_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// pathStart is a start page that the demo application does not have.
const pathStart = "/begin"

// beginsByItself has the protected page begin a login where nobody is logged in, and
// answers the start page.
func beginsByItself(start http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc(pathStart, start)
		mux.Handle("/", rewritten(demoapp.PathMe, func(w http.ResponseWriter, r *http.Request, status int, body string) {
			if status != http.StatusOK {
				http.Redirect(w, r, demoapp.PathLogin, http.StatusSeeOther)
				return
			}
			_, _ = io.WriteString(w, body)
		})(next))
		return mux
	}
}

// page answers with a page.
func page(markup string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, markup)
	}
}

// callbackShows answers the callback with a page, and goes on with the login at
// another address.
func callbackShows(markup string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("/callback", page(markup))
		mux.HandleFunc("/finish", func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/callback"
			next.ServeHTTP(w, r)
		})
		mux.Handle("/", next)
		return mux
	}
}

// otherProvider sends the login to the provider under another name of its host.
func otherProvider(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&changed{w, func(h http.Header) {
			h.Set("Location", strings.Replace(h.Get("Location"), "http://127.0.0.1:", "http://localhost:", 1))
		}}, r)
	})
}

// deletesAll deletes every cookie that comes to the start page's host.
func deletesAll(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == demoapp.PathLogin {
			for _, c := range r.Cookies() {
				http.SetCookie(w, &http.Cookie{Name: c.Name, Path: "/", MaxAge: -1})
			}
		}
		next.ServeHTTP(w, r)
	})
}

// changed changes the fields of a response before they are sent.
type changed struct {
	http.ResponseWriter
	change func(http.Header)
}

func (c *changed) WriteHeader(status int) {
	c.change(c.Header())
	c.ResponseWriter.WriteHeader(status)
}

// strict makes cookies that are set before the callback SameSite=Strict.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == demoapp.PathLogin {
			w = &changed{w, func(h http.Header) {
				for i, field := range h.Values("Set-Cookie") {
					h["Set-Cookie"][i] = strings.Replace(field, "SameSite=Lax", "SameSite=Strict", 1)
				}
			}}
		}
		next.ServeHTTP(w, r)
	})
}

// What keeps a login from coming to the provider, or from there to a token, is told by
// what happened in that login.
func TestWhyALoginDoesNotComeThrough(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	fails := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "error", http.StatusInternalServerError) }
	for _, tt := range []struct {
		name   string
		wrap   func(http.Handler) http.Handler
		start  string // where it is another than the demo application's
		says   string
		notSay string
	}{
		{"the protected page begins a login, the start page has two links", beginsByItself(page(`<a href="/a">A</a><a href="/b">B</a>`)), pathStart, "holds 2 links", "refuses"},
		{"the protected page begins a login, the start page fails", beginsByItself(fails), pathStart, "answers 500", "refuses"},
		{"the provider under another name", otherProvider, "", "SGID_HOSTNAME=http://127.0.0.1:", "refuses"},
		{"cookies of the provider's host are deleted", deletesAll, "http://127.0.0.1", "delete none but its own", "refuses"},
		{"the callback goes on by a script", callbackShows(`<script>location.replace("/finish" + location.search)</script>`), "", "--login browser", "SGID_HOSTNAME"},
		{"the callback goes on by a form", callbackShows(`<body onload="document.forms[0].submit()"><form action="/finish"></form>`), "", "--login browser", "SGID_HOSTNAME"},
		{"the callback shows a page", callbackShows(`<p>It failed.</p>`), "", "SGID_HOSTNAME", "--login browser"},
		{"the same, and a cookie is Strict", func(next http.Handler) http.Handler { return strict(callbackShows(`<p>It failed.</p>`)(next)) }, "", "says SameSite=Strict", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			campaign, end, err := trials.Open(t.Context(), demoapp.Options{Wrap: tt.wrap}, false)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			campaign.Site.Start = startAt(t, campaign.Site, tt.start)
			if err := campaign.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := judged(t.Context(), t, campaign, "RP-18")
			if got.Verdict != run.Fail || !strings.Contains(got.Observed, tt.says) || tt.notSay != "" && strings.Contains(got.Observed, tt.notSay) {
				t.Errorf("%s: %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}

// startAt is the start page at another path, or under another name of its host.
func startAt(t *testing.T, site *application.Site, other string) string {
	t.Helper()
	u, err := url.Parse(site.Start)
	if err != nil {
		t.Fatal(err)
	}
	if host, is := strings.CutPrefix(other, "http://"); is {
		u.Host = host + ":" + u.Port()
	} else if other != "" {
		u.Path = other
	}
	return u.String()
}

// A callback that browsers send no cookie to is RP-75's also where the page shows no
// name.
func TestStrictCookiesOnAPageWithoutNames(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, marker := range map[string]application.Marker{"told by its text": {Text: "Welcome"}, "told by its status": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrap := func(next http.Handler) http.Handler {
				return protected(200, "Welcome", 401, "Please log in")(strict(next))
			}
			campaign, end, err := trials.Open(t.Context(), demoapp.Options{Wrap: wrap}, false)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			campaign.Site.Success = marker
			if err := campaign.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]run.Verdict{"RP-18": run.Pass, "RP-75": run.Fail} {
				if got := judged(t.Context(), t, campaign, id); got.Verdict != want {
					t.Errorf("%s: %s %s%s, want %s", id, got.Verdict, got.Observed, got.Reason, want)
				}
			}
		})
	}
}

// hasty takes connections before it has read the metadata, and ends where they are
// another provider's: before a login is answered, or after.
type hasty struct {
	careful
	doomed atomic.Bool
	ended  atomic.Bool // by itself
	ends   string      // the path whose first request it ends at
	once   *sync.Once
}

func (h *hasty) Start(ctx context.Context) error {
	if h.ended.Swap(false) { // it may as well read them sooner
		if err := h.right(); err != nil {
			return err
		}
	}
	h.once = &sync.Once{}
	if err := h.Process.Start(ctx); err != nil {
		return err
	}
	h.doomed.Store(h.right() != nil)
	return nil
}

func (h *hasty) End() {
	h.doomed.Store(false)
	h.Process.End()
}

func (h *hasty) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.doomed.Load() || r.URL.Path != h.ends {
			next.ServeHTTP(w, r)
			return
		}
		h.ended.Store(true)
		go h.once.Do(h.Process.End)
		if h.ends == demoapp.PathMe {
			next.ServeHTTP(w, r)
			return
		}
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// An application that ends because the metadata are another provider's has refused
// them, also where it took connections before; it has died of no request.
func TestApplicationThatEndsOnWrongMetadata(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{demoapp.PathLogin, demoapp.PathMe} {
		t.Run("at "+path, func(t *testing.T) {
			t.Parallel()
			app := &hasty{ends: path}
			campaign, end, err := trials.Open(t.Context(), demoapp.Options{Wrap: app.wrap}, false)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			app.careful = careful{Process: campaign.Process, issuer: campaign.Front.Issuer()}
			campaign.Process = app
			if err := app.right(); err != nil {
				t.Fatal(err)
			}
			if err := campaign.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"RP-17", "RP-71", "RP-19"} {
				if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Pass {
					t.Errorf("%s: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
				}
			}
		})
	}
}
