package browser

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/login"
)

// trickle sends the page's beginning and goes on for ever.
func trickle(begin, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, begin)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			fmt.Fprint(w, more)
			w.(http.Flusher).Flush()
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Whatever a page does, a login on it ends in bounds and says why in words.
func TestHostilePagesEnd(t *testing.T) {
	const limit = 6 * time.Second
	again := htmlPage(`<script>location.replace("/authorize?" + Math.random())</script>`)
	for _, tt := range []struct {
		name  string
		page  http.HandlerFunc
		kind  login.ResponseKind
		words string
	}{
		{"never fully loaded", trickle("<!doctype html><title>Login</title>"+radioPage, "<p>more"), login.ResponsePage, "was not loaded"},
		{"a script that never comes", htmlPage(`<script src=/never></script>` + radioPage), login.ResponsePage, "was not loaded"},
		{"a picture that never comes", htmlPage(`<img src=/never>` + radioPage), login.ResponseCallback, ""},
		{"a script that never ends", htmlPage(radioPage + `<script>addEventListener("load", () => { for (;;); })</script>`), login.ResponsePage, "did not respond"},
		{"dialogs without an end", htmlPage(`<script>for (;;) alert("again")</script>` + radioPage), login.ResponsePage, "was not loaded"},
		{"windows without an end", htmlPage(radioPage + `<script>setInterval(() => open("about:blank"), 1)</script>`), "", ""},
		{"goes on to itself by script", again, login.ResponsePage, "keeps navigating"},
		{"loads itself again", htmlPage(`<script>location.reload()</script>`), login.ResponsePage, "keeps navigating"},
		{"redirects to itself", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/authorize?again", http.StatusFound)
		}, login.ResponseNone, "redirects"},
		{"a download", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", `attachment; filename="login.exe"`)
			w.Write(make([]byte, 1<<20))
		}, login.ResponseOther, ""},
		{"closes itself", htmlPage(radioPage + `<script>close()</script>`), login.ResponseCallback, ""},
		{"an app's link", htmlPage(radioPage + `<script>location.href = "singpassmobile://login"</script>`), "", ""},
		{"a console without an end", htmlPage(radioPage + `<script>setInterval(() => { for (let i = 0; i < 200; i++) console.error("x".repeat(1000)) }, 1)</script>`), "", ""},
		{"a console that goes on", htmlPage(radioPage + `<script>setInterval(() => console.error("x".repeat(1000)), 10)</script>`), login.ResponseCallback, ""},
		{"requests without an end", htmlPage(radioPage + `<script>setInterval(() => { for (let i = 0; i < 20; i++) fetch("/nothing?" + Math.random()) }, 1)</script>`), "", ""},
		{"addresses without an end", htmlPage(radioPage + `<script>setInterval(() => history.replaceState(0, "", "?" + Math.random()), 1)</script>`), "", ""},
		{"a page that grows", htmlPage(radioPage + `<script>setInterval(() => document.body.append(document.createElement("input")), 1)</script>`), login.ResponseCallback, ""},
		{"a hundred thousand controls", htmlPage(radioPage + strings.Repeat("<a href=x>y</a>", 100_000)), "", ""},
		{"sixty megabytes", htmlPage(radioPage + strings.Repeat("<!-- a comment of no use -->", 60<<20/28)), "", ""},
		{"asks for a password of its own", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="staging"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, login.ResponseRefusal, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := func(w http.ResponseWriter, r *http.Request) {
				r.ParseForm()
				back := r.Form.Get("redirect_uri")
				if back != "" {
					http.SetCookie(w, &http.Cookie{Name: "back", Value: strings.ReplaceAll(back, ":", "%3A") + "?", Path: "/"})
				}
				tt.page(w, r)
			}
			over := make(chan struct{})
			s := site(t, "", map[string]http.HandlerFunc{"/authorize": page, "/never": func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-over:
				case <-r.Context().Done():
				}
			}})
			defer close(over)
			started := time.Now()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			l, err := driver(t, DriverOptions{Timeout: limit}).Authorize(within(t, 60*time.Second), authorization(s, freeRedirect(t)))
			runtime.ReadMemStats(&after)
			t.Logf("in %s, %d MiB allocated", time.Since(started).Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
			if tt.kind == "" && errors.Is(err, ErrGone) {
				return // a page that takes all that the machine has is given up with its browser
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s %s", l.Kind, l.FormError, l.Final.Reason())
			if strings.Contains(l.FormError+l.Final.Reason(), "context") {
				t.Errorf("the words are %q", l.FormError)
			}
			if tt.kind == "" {
				return // either, as long as it ends
			}
			if l.Kind != tt.kind || !strings.Contains(l.FormError+l.Final.Reason(), tt.words) {
				t.Errorf("landed on %s: %q, %q", l.Kind, l.FormError, l.Final.Reason())
			}
		})
	}
}
