package application_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/loopback"
)

// A front end on another origin need not run: the callback that leads there was
// answered. Where the application itself gives no response, that is told.
func TestFrontEndThatDoesNotRun(t *testing.T) {
	gone := "http://" + loopback.ClosedAddress(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, gone+"/logged-in", http.StatusFound)
	}))
	defer app.Close()
	sender, err := client.New(client.Options{NoProxy: true})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for _, c := range []struct {
		name, protected string
		noResponse      bool
	}{
		{"a front end elsewhere", app.URL + "/me", false},
		{"the application's own", gone + "/me", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &application.HTTP{Client: sender, Site: &application.Site{
				Start: app.URL + "/login", Protected: c.protected, RedirectURI: app.URL + "/callback", Provider: "http://127.0.0.2:9",
			}}
			way := b.Open(t.Context(), app.URL+"/callback")
			if way.NoResponse() != c.noResponse || !c.noResponse && !strings.HasPrefix(way.Leads, gone) {
				t.Errorf("no answer: %t, leads to %q", way.NoResponse(), way.Leads)
			}
		})
	}
}
