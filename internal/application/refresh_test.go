package application_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
)

// sender is a client for loopback, closed with the test.
func sender(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{NoProxy: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A refresh is followed as browsers follow it, where it leads elsewhere and soon,
// and a page that never ends refreshing is a page all the same.
func TestRefresh(t *testing.T) {
	for _, c := range []struct{ name, header, page, ends string }{
		{"header", "0; url=/end", "One moment", "/end"},
		{"meta", "", `<meta http-equiv=Refresh content="1;URL='/end'">`, "/end"},
		{"from a base", "", `<base href="/there/"><meta http-equiv=refresh content="0;url=end">`, "/there/end"},
		{"after a while", "30; url=/end", `<meta http-equiv=refresh content="30;url=/end">`, "/start"},
		{"to itself", "1; url=/start", "", "/start"},
		{"without an address", "1", `<meta http-equiv=refresh content="1">`, "/start"},
		{"where scripts do not run", "", `<noscript><meta http-equiv=refresh content="0;url=/end"></noscript>`, "/start"},
		{"without an end", "0; url=/round/", "", "/round/round/round/round/round/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				switch {
				case r.URL.Path == "/start":
					if c.header != "" {
						w.Header().Set("Refresh", c.header)
					}
					fmt.Fprint(w, c.page)
				case strings.HasPrefix(r.URL.Path, "/round"):
					w.Header().Set("Refresh", "0; url="+r.URL.Path+"round/")
				}
			}))
			defer app.Close()
			b := &application.HTTP{Client: sender(t), Site: &application.Site{Start: app.URL + "/login", Provider: "http://127.0.0.2:9"}}
			if way := b.Open(t.Context(), app.URL+"/start"); way.URL != app.URL+c.ends || way.Stuck != "" {
				t.Errorf("it ends at %s %s", way.URL, way.Stuck)
			}
		})
	}
}

// The form that logs out is that of the logout's own page, or one that leads there.
func TestLogoutForm(t *testing.T) {
	for _, c := range []struct{ name, at, page, sends string }{
		{"on the logout's page", "/logout", `<form method=post action=/session/end><input type=hidden name=token value=t><button name=b value=1>Log out</button></form>`, "POST /session/end b=1&token=t"},
		{"on the protected page", "/me", `<form action=/search><input name=q></form><form method=post action=/logout><input type=hidden name=token value=t></form>`, "POST /logout token=t"},
		{"one that leads elsewhere", "/me", `<form method=post action=/profile><input name=name></form>`, ""},
		{"one that is sent by GET", "/me", `<form action=/logout></form>`, ""},
		{"of several on the logout's page", "/logout", `<form method=post action=/login></form><form method=post action=/search></form>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.page) }))
			defer app.Close()
			site := &application.Site{Start: app.URL + "/login", Logout: app.URL + "/logout", Provider: "http://127.0.0.2:9"}
			b := &application.HTTP{Client: sender(t), Site: site}
			got := ""
			if form := site.LogoutForm(b.Open(t.Context(), app.URL+c.at)); form != nil {
				got = strings.Join([]string{form.Method, strings.TrimPrefix(form.URL, app.URL), string(form.Body)}, " ")
			}
			if got != c.sends {
				t.Errorf("%q, not %q", got, c.sends)
			}
		})
	}
}

// A form that is sent says from where, as browsers say it.
func TestSubmitSaysItsOrigin(t *testing.T) {
	var origin, site string
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		origin, site = r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	}))
	defer app.Close()
	b := &application.HTTP{Client: sender(t), Site: &application.Site{Start: app.URL, Provider: "http://127.0.0.2:9"}}
	b.Submit(t.Context(), exchange.Request{Method: http.MethodPost, URL: app.URL + "/logout"}, app.URL+"/me?a=b")
	if origin != app.URL || site != "same-origin" {
		t.Errorf("Origin %q, Sec-Fetch-Site %q", origin, site)
	}
}

// A navigation from a page says which, as browsers say it: to another origin, whose
// alone; from the provider's pages, which ask for it, nothing.
func TestNavigationSaysWhereItComesFrom(t *testing.T) {
	said := map[string]string{}
	answers := func(w http.ResponseWriter, r *http.Request) {
		said[r.URL.Path] = r.Header.Get("Content-Type") + " " + r.Header.Get("Referer")
		if r.URL.Path == "/multipart" {
			http.Redirect(w, r, "/on", http.StatusFound)
		}
	}
	app, other := httptest.NewServer(http.HandlerFunc(answers)), httptest.NewServer(http.HandlerFunc(answers))
	defer app.Close()
	defer other.Close()
	b := &application.HTTP{Client: sender(t), Site: &application.Site{Start: app.URL, Provider: "http://127.0.0.2:9"}}
	page := app.URL + "/login?a=b"
	b.Submit(t.Context(), exchange.Request{Method: http.MethodPost, URL: app.URL + "/form"}, page+"#c")
	b.Submit(t.Context(), exchange.Request{Method: http.MethodPost, URL: app.URL + "/multipart", Header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}}, page)
	b.Submit(t.Context(), exchange.Request{URL: other.URL + "/other"}, page)
	b.Submit(t.Context(), exchange.Request{URL: app.URL + "/less"}, "https://app.example/login")
	b.Return(t.Context(), app.URL+"/callback")
	b.Open(t.Context(), app.URL+"/typed")
	for path, want := range map[string]string{
		"/form": "application/x-www-form-urlencoded " + page, "/multipart": "multipart/form-data; boundary=x " + page, "/on": " " + page,
		"/other": " " + app.URL + "/", "/less": " ", "/callback": " ", "/typed": " ",
	} {
		if said[path] != want {
			t.Errorf("%s: %q, not %q", path, said[path], want)
		}
	}
}

func TestMayLeadOn(t *testing.T) {
	for page, want := range map[string]bool{
		`<script>location.replace("/me")</script>`:               true,
		`<script>history.replaceState(null, "", "/me")</script>`: true,
		`<script src="/app.js"></script>`:                        true,
		`<script>console.log("relocation")</script>`:             false,
		`<p>location</p>`: false,
	} {
		if got := application.MayLeadOn([]byte(page)); got != want {
			t.Errorf("%s: %t", page, got)
		}
	}
}
