package application

import (
	"net/http"
	"testing"

	"sgidcheck/internal/exchange"
)

// What logs out begins no login.
func TestOnwardLogsNobodyOut(t *testing.T) {
	site := &Site{Start: "https://app.example/login", Logout: "https://app.example/logout", Authorize: "https://provider.example/v2/oauth/authorize"}
	for page, want := range map[string]string{
		`<a href="/logout">Log out</a>`:                                                              "",
		`<a href="/logout?all=1">Log out</a>`:                                                        "",
		`<form method="post" action="/logout"><button>Log out</button></form>`:                       "",
		`<a href="/logout">Log out</a><a href="/begin">Log in</a>`:                                   "https://app.example/begin",
		`<form method="post" action="/logout"></form><form method="post" action="/begin"></form>`:    "https://app.example/begin",
		`<a href="/begin">Log in</a>`:                                                                "https://app.example/begin",
		`<a href="/begin">Log in</a><a href="/help">Help</a>`:                                        "",
		`<form method="post" action="/logout"></form><a href="https://app.example/begin">Log in</a>`: "https://app.example/begin",
	} {
		way := &Way{URL: site.Start, Steps: []*exchange.Exchange{{Response: &exchange.Response{Status: http.StatusOK, Body: []byte(page)}}}}
		if r, problem := site.Onward(way); r.URL != want || (problem == "") != (want != "") {
			t.Errorf("%s: %q, %q, want %q", page, r.URL, problem, want)
		}
	}
}
