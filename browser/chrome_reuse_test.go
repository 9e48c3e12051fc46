package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
)

// remnants is a page that tells all that it can see of visits before it, as text.
const remnants = `<!doctype html><title>remnants</title><link rel=icon href=data:,><script src="/script.js"></script><script>
window.told = (async () => {
	const dbs = (await indexedDB.databases()).map(d => d.name), kept = await caches.keys();
	await fetch('/moved');
	const workers = await navigator.serviceWorker.getRegistrations();
	return JSON.stringify([document.cookie, Object.keys(localStorage), Object.keys(sessionStorage), dbs, kept, workers.length,
		window.name, history.length, document.referrer, navigator.onLine, Notification.permission, window.opener === null]);
})();
</script>`

// visited is a site with the page of remnants at /, and at /leave one with a script.
type visited struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // path and fields of requests for the page of remnants, and of what it loads
}

func newVisited(t *testing.T, script string, header http.Header) *visited {
	v := &visited{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/leave", "/popup":
			for name, values := range header {
				w.Header()[name] = values
			}
			fmt.Fprintf(w, `<!doctype html><title>leave</title><link rel=icon href=data:,><script src="/script.js"></script><script>window.left = (async () => { %s; return 'left' })()</script>`, script)
			return
		case "/moved":
			w.Header().Set("Location", "/script.js")
			w.Header().Set("Cache-Control", "max-age=3600")
			w.WriteHeader(http.StatusMovedPermanently)
		case "/beacon":
			w.Header().Set("Set-Cookie", "late=a")
			return
		case "/script.js", "/worker.js":
			w.Header().Set("Content-Type", "text/javascript")
			w.Header().Set("Cache-Control", "max-age=3600")
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, remnants)
		}
		if r.URL.Path == "/" || r.Header.Get("Referer") == v.URL+"/" {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.asked = append(v.asked, fmt.Sprint(r.URL.Path, r.Header))
		}
	}))
	t.Cleanup(v.Close)
	return v
}

// tells visits the page of remnants and returns what it tells, and what was asked
// of the server meanwhile.
func (v *visited) tells(ctx context.Context, t *testing.T, tab *tab) (string, []string) {
	t.Helper()
	v.mu.Lock()
	v.asked = nil
	v.mu.Unlock()
	open(ctx, t, tab, v.URL+"/")
	told, err := evaluate[string](ctx, tab, "window.told")
	if err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return told, v.asked
}

// open shows an address in a tab and waits for its page.
func open(ctx context.Context, t *testing.T, tab *tab, address string) {
	t.Helper()
	before := tab.log.count()
	err := tab.navigate(ctx, address)
	if err == nil {
		err = tab.await(ctx, func() bool {
			last := lastDocument(tab.log.since(before), tab.ident())
			tab.mu.Lock()
			defer tab.mu.Unlock()
			return last != nil && last.Done && tab.loaded && tab.loader == last.Loader
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func letPass(*tab, *fetch.EventRequestPaused) verdict { return verdict{} }

// Whatever a login leaves, the next one finds what it finds in a fresh profile,
// whether the profile was emptied or given up.
func TestTheNextLoginFindsAFreshProfile(t *testing.T) {
	c, _ := ownChrome(t)
	c.opt.Patience = time.Minute // a busy machine, too, empties a profile in time
	for _, tc := range []struct {
		leaves string
		script string
		header http.Header
		again  bool // the profile is emptied and serves again
		either bool // or not
	}{
		{leaves: "nothing", again: true},
		{leaves: "a cookie", script: "document.cookie = 'a=b; max-age=1000'", again: true},
		{leaves: "a cookie of a header", header: http.Header{"Set-Cookie": {"a=b; Max-Age=1000; HttpOnly"}}, again: true},
		{leaves: "a database", script: "await new Promise(done => { indexedDB.open('left').onsuccess = done })", again: true},
		{leaves: "a cache", script: "await caches.open('left')", again: true},
		{leaves: "history", script: "history.pushState(1, '', '#a'); history.pushState(2, '', '#b')", again: true},
		{leaves: "a service worker", script: "await navigator.serviceWorker.register('/worker.js')", either: true},
		{leaves: "local storage", script: "localStorage.a = 'b'", again: true},
		{leaves: "session storage", script: "sessionStorage.a = 'b'"},
		{leaves: "a name of the window", script: "window.name = 'left'"},
		{leaves: "a dialog", script: "alert('left')"},
		{leaves: "a permanent redirect", script: "await fetch('/moved')", again: true},
		{leaves: "what a page stores when it is left", script: "addEventListener('pagehide', () => { sessionStorage.a = 'b' })"},
		{leaves: "what a page sends when it is left", script: "addEventListener('pagehide', () => { navigator.sendBeacon('/beacon') })"},
		{leaves: "what a page sends when it is hidden", script: "document.onvisibilitychange = () => { navigator.sendBeacon('/beacon') }"},
		{leaves: "a frame", script: "document.documentElement.append(Object.assign(document.createElement('iframe'), {src: '/popup'}))"},
		{leaves: "a header field that browsers remember", header: http.Header{"Accept-Ch": {"Sec-CH-UA-Platform-Version"}}},
	} {
		t.Run(tc.leaves, func(t *testing.T) {
			ctx := within(t, time.Minute)
			site := newVisited(t, tc.script, tc.header)
			configure := func(p *profile) { p.gate = letPass }

			fresh, tab, err := c.newProfile(ctx, configure)
			if err != nil {
				t.Fatal(err)
			}
			want, asked := site.tells(ctx, t, tab)
			fresh.close()

			first, tab, err := c.loginProfile(ctx, configure)
			if err != nil {
				t.Fatal(err)
			}
			open(ctx, t, tab, site.URL+"/leave")
			if left, err := evaluate[string](ctx, tab, "window.left"); err != nil || left != "left" {
				t.Fatalf("the page that leaves something: %q %v", left, err)
			}
			first.close()

			second, tab, err := c.loginProfile(ctx, configure)
			if err != nil {
				t.Fatal(err)
			}
			defer second.close()
			if again := second.id == first.id; again != tc.again && !tc.either {
				t.Errorf("the profile serves again: %v", again)
			}
			told, askedThen := site.tells(ctx, t, tab)
			if told != want {
				t.Errorf("the next login finds %s\na fresh profile      %s", told, want)
			}
			if fmt.Sprint(askedThen) != fmt.Sprint(asked) {
				t.Errorf("the next login sends %s\na fresh profile      %s", askedThen, asked)
			}
		})
	}
}
