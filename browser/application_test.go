package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/application"
)

// applicationAt serves pages, HTML by path, as an application on localhost, and
// returns its origin with a browser that drives it.
func applicationAt(t *testing.T, manner application.Manner, pages map[string]http.HandlerFunc) (origin string, b application.Browser) {
	t.Helper()
	mux := http.NewServeMux()
	for path, page := range pages {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			page(w, r)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	origin = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	ctx := within(t, 2*time.Minute)
	applications := NewApplications(ctx, chromium)
	t.Cleanup(applications.Close)
	site := &application.Site{Start: origin + "/login", Protected: origin + "/me", RedirectURI: origin + "/callback", Provider: server.URL, Authorize: server.URL + "/authorize"}
	b, err := applications.Open(site, manner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return origin, b
}

func writes(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

// What the browser may keep is asked for again by whoever looks, and by a callback that
// is loaded again, of which the application's answer is judged. A login begins as it does
// for people, who are shown what their browser keeps.
func TestTheApplicationIsAskedAgain(t *testing.T) {
	var asked sync.Map
	kept := func(w http.ResponseWriter, r *http.Request) {
		n, _ := asked.LoadOrStore(r.URL.Path, new(atomic.Int64))
		w.Header().Set("Cache-Control", "private, max-age=300")
		if r.URL.Path == "/data" {
			w.Header().Set("Content-Type", "application/json")
		}
		fmt.Fprintf(w, "%d", n.(*atomic.Int64).Add(1))
	}
	origin, b := applicationAt(t, application.Manner{}, map[string]http.HandlerFunc{
		"/me": kept, "/callback": kept, "/data": kept, "/login": kept,
		"/page": writes(`<p></p><script>fetch('/data').then(r => r.text()).then(n => { document.querySelector('p').textContent = n })</script>`),
	})
	for _, c := range []struct {
		path string
		open func() *application.Way
		want []string
	}{
		{"/me", func() *application.Way { return b.Open(t.Context(), origin+"/me") }, []string{"1", "2", "3"}},
		{"/page", func() *application.Way { return b.Open(t.Context(), origin+"/page") }, []string{"<p>1</p>", "<p>2</p>", "<p>3</p>"}},
		{"/callback", func() *application.Way { return b.Return(t.Context(), origin+"/callback") }, []string{"1", "2", "3"}},
		{"/login", func() *application.Way { return b.Begin(t.Context(), "mark=1") }, []string{"1", "1", "1"}},
	} {
		for i, want := range c.want {
			if way := c.open(); !strings.Contains(string(way.Body()), want) {
				t.Errorf("%s, time %d: %q, want %q", c.path, i+1, way.Body(), want)
			}
		}
	}
}

// hangs is a request that is never answered.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// What the page's icon or an image takes is not waited for, whether the page
// still stands or is gone.
func TestNavigationAwaitsNoIcon(t *testing.T) {
	origin, b := applicationAt(t, application.Manner{Timeout: time.Hour}, map[string]http.HandlerFunc{
		"/favicon.ico": hangs, "/": writes("<p>here</p>"), "/late.png": hangs,
		"/image": writes(`<p>here</p><script>addEventListener('load', () => { new Image().src = '/late.png' })</script>`),
	})
	for _, path := range []string{"/", "/image", "/", "/"} {
		way := b.Open(t.Context(), origin+path)
		if way.Status() != http.StatusOK || !strings.Contains(string(way.Body()), "<p>here</p>") {
			t.Fatalf("%s: %d, %q, %s", path, way.Status(), way.Body(), way.Stuck)
		}
	}
}

// What a page asks for by script is seen with its body, and the page as it is
// afterwards; a page that its scripts leave is not where the way ends.
func TestWhatScriptsDoIsSeen(t *testing.T) {
	json := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"name":"QUILLON"}`)
	}
	origin, b := applicationAt(t, application.Manner{}, map[string]http.HandlerFunc{
		"/api": json, "/plain": json,
		"/me":       writes(`<div id="who"></div><script>fetch('/api').then(r => r.json()).then(d => { who.textContent = d.name })</script>`),
		"/callback": writes(`<script>fetch('/api').then(r => r.text()).then(() => { location.replace('/me') })</script>`),
		"/refresh":  writes(`<meta http-equiv="refresh" content="0;url=/me">`),
	})
	for _, path := range []string{"/me", "/callback", "/refresh"} {
		way := b.Open(t.Context(), origin+path)
		if way.URL != origin+"/me" || !strings.Contains(string(way.Body()), `<div id="who">QUILLON</div>`) {
			t.Errorf("%s: it ended at %s with %q", path, way.URL, way.Body())
		}
		asked := 0
		for _, e := range way.Steps {
			if strings.HasSuffix(e.Request.URL, "/api") && strings.Contains(string(e.Body()), "QUILLON") {
				asked++
			}
		}
		if asked == 0 {
			t.Errorf("%s: the answer that the page's script asked for is not among %d steps", path, len(way.Steps))
		}
	}
	if way := b.Open(t.Context(), origin+"/plain"); string(way.Body()) != `{"name":"QUILLON"}` {
		t.Errorf("JSON is seen as %q", way.Body())
	}
}

// A request of a script that is never answered leaves the page an answer, as its
// scripts have written it, and is told beside it.
func TestRequestThatStaysOpen(t *testing.T) {
	origin, b := applicationAt(t, application.Manner{Timeout: 3 * time.Second}, map[string]http.HandlerFunc{
		"/poll": hangs, "/me": writes(`<p id="who"></p><script>fetch('/poll'); who.textContent = 'QUILLON'</script>`),
	})
	way := b.Open(t.Context(), origin+"/me")
	if way.Status() != http.StatusOK || way.NoResponse() || len(way.Open) != 1 || len(way.Steps) != 1 || !strings.Contains(string(way.Body()), `<p id="who">QUILLON</p>`) {
		t.Errorf("status %d, %d steps, %d open: %s, %q", way.Status(), len(way.Steps), len(way.Open), way.Stuck, way.Body())
	}
}

// An address of another site is told and not opened; a front end elsewhere need
// not run.
func TestNavigationThatLeavesTheApplication(t *testing.T) {
	to := func(address string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusSeeOther) }
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	origin, b := applicationAt(t, application.Manner{}, map[string]http.HandlerFunc{
		"/redirect": to("https://zq-evil.example/"), "/front": to(gone.URL + "/welcome"),
		"/script": writes(`<script>location.href = 'https://zq-evil.example/'</script>`),
		"/unsafe": to("javascript:alert(1)"), "/round": to("/round"),
	})
	for path, leads := range map[string]string{
		"/redirect": "https://zq-evil.example/", "/script": "https://zq-evil.example/", "/front": gone.URL + "/welcome",
		"/unsafe": "javascript:alert(1)", "/round": "/round",
	} {
		way := b.Open(t.Context(), origin+path)
		if way.Leads != leads || way.NoResponse() || way.Login || !strings.HasPrefix(way.URL, origin) {
			t.Errorf("%s: it leads to %q, from %s, no answer %v: %s", path, way.Leads, way.URL, way.NoResponse(), way.Stuck)
		}
	}
}

// A return from the provider's page carries no SameSite=Strict cookie, unless it
// is asked for.
func TestReturnAndStrictCookies(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var held string
		origin, b := applicationAt(t, application.Manner{KeepStrict: keep}, map[string]http.HandlerFunc{
			"/login": func(w http.ResponseWriter, _ *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "strict", Value: "1", SameSite: http.SameSiteStrictMode})
			},
			"/v2/return": writes("<p>the provider</p>"),
			"/callback":  func(_ http.ResponseWriter, r *http.Request) { held = r.Header.Get("Cookie") },
		})
		b.Open(t.Context(), origin+"/login")
		way := b.Return(t.Context(), origin+"/callback")
		if way.Status() != http.StatusOK || (held != "") != keep {
			t.Errorf("status %d, the cookie %q, to be kept: %v", way.Status(), held, keep)
		}
	}
}

// A page that is longer than what is kept of one is told to be, however little of
// it the browser shows.
func TestPageThatIsTooLong(t *testing.T) {
	origin, b := applicationAt(t, application.Manner{Timeout: time.Minute}, map[string]http.HandlerFunc{
		"/": writes("<p>" + strings.Repeat("\x00", longestBody) + "</p>"), "/short": writes("<p>" + strings.Repeat("\x00", 1000) + "</p>"),
	})
	for path, want := range map[string]bool{"/": true, "/short": false} {
		way := b.Open(t.Context(), origin+path)
		if way.Status() != http.StatusOK || way.Last().Response.Truncated != want {
			t.Errorf("%s: %d %s, too long: %v", path, way.Status(), way.Stuck, !want)
		}
	}
}

// A login that begins with a form is begun by sending it, as a person would.
func TestLoginThatBeginsWithAForm(t *testing.T) {
	for name, form := range map[string]string{
		"a form":                `<form method="post" action="/begin"><input type="hidden" name="token" value="t"><button name="idp" value="sgid">Log in</button></form>`,
		"a button with another": `<form method="post" action="/other"><input name="action" required><input type="hidden" name="token" value="t"><button formaction="/begin" name="idp" value="sgid">Log in</button></form>`,
		"in parts":              `<form method="post" action="begin" enctype="multipart/form-data" target="_blank"><input type="hidden" name="token" value="t"><button name="idp" value="sgid">Log in</button></form>`,
	} {
		t.Run(name, func(t *testing.T) {
			var provider string
			origin, b := applicationAt(t, application.Manner{}, map[string]http.HandlerFunc{
				"/login": writes(form),
				"/begin": func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost || r.FormValue("token") != "t" || r.FormValue("idp") != "sgid" || r.Header.Get("Referer") == "" {
						http.Error(w, "no", http.StatusBadRequest)
						return
					}
					http.Redirect(w, r, provider+"/authorize", http.StatusSeeOther)
				},
				"/authorize": writes("<p>the provider</p>"),
			})
			provider = strings.Replace(origin, "localhost", "127.0.0.1", 1)
			if way := b.Begin(t.Context(), "mark=1"); !way.Login {
				t.Errorf("%d at %s: %s", way.Status(), way.URL, way.Stuck)
			}
		})
	}
}
