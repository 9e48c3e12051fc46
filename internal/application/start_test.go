package application

import (
	"mime"
	"net/http"
	"slices"
	"strings"
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

// Links and forms lead where they lead in a browser (HTML, "document base URLs" and
// "form submission algorithm").
func TestOnwardLeadsWhereBrowsersGo(t *testing.T) {
	site := &Site{Start: "https://app.example/a/login?next=1", Logout: "https://app.example/logout", Authorize: "https://provider.example/v2/oauth/authorize"}
	const base = `<base href="/assets/">`
	for page, want := range map[string]string{
		base + `<a href="begin">Log in</a>`:                                                                 "GET https://app.example/assets/begin",
		`<base target="_top"><base href="/b/"><base href="/c/"><a href="begin">Log in</a>`:                  "GET https://app.example/b/begin",
		`<base href=""><base href="/c/"><a href="begin">Log in</a>`:                                         "GET https://app.example/a/begin",
		`<base href="data:,x"><a href="begin">Log in</a>`:                                                   "GET https://app.example/a/begin",
		`<base href="https://provider.example/v2/"><a href="/">Home</a><a href="oauth/authorize?a=b">x</a>`: "GET https://provider.example/v2/oauth/authorize?a=b",
		base + `<meta http-equiv=refresh content="9; url=begin">`:                                           "GET https://app.example/assets/begin",
		base + `<a href="../logout">Log out</a><a href="begin">Log in</a>`:                                  "GET https://app.example/assets/begin",
		base + `<form method=post action=begin></form>`:                                                     "POST https://app.example/assets/begin",
		base + `<form method=post></form>`:                                                                  "POST https://app.example/a/login?next=1",
		base + `<form><input name=a value=b></form>`:                                                        "GET https://app.example/a/login?a=b",
		base + `<form method=post action=begin><button formaction="">Go</button></form>`:                    "POST https://app.example/a/login?next=1",
		`<form method=post action=begin><button formaction=" go " name=a value=b>Go</button></form>`:        "POST https://app.example/a/go a=b",
		`<form action=begin><button formmethod=post>Go</button></form>`:                                     "POST https://app.example/a/begin",
		`<form method=post action=begin><button formmethod="">Go</button></form>`:                           "GET https://app.example/a/begin",
		`<form method=post action=begin><button formaction=/logout>Out</button></form><a href=in>In</a>`:    "GET https://app.example/a/in",
		`<form action="begin?lost=1"><button>Go</button></form>`:                                            "GET https://app.example/a/begin",
		`<form action=begin><select name=idp><option>a<option selected>sgid</select></form>`:                "GET https://app.example/a/begin?idp=sgid",
	} {
		way := &Way{URL: site.Start, Steps: []*exchange.Exchange{{Response: &exchange.Response{Status: http.StatusOK, Body: []byte(page)}}}}
		r, problem := site.Onward(way)
		if r.Method == "" {
			r.Method = http.MethodGet
		}
		if got := strings.TrimSpace(r.Method + " " + r.URL + " " + string(r.Body)); got != want || problem != "" {
			t.Errorf("%s: %s %s, want %s", page, got, problem, want)
		}
	}
}

// A form is sent as it says that it is to be, or as its button says.
func TestOnwardEncodesAsTheFormSays(t *testing.T) {
	site := &Site{Start: "https://app.example/login", Authorize: "https://provider.example/v2/oauth/authorize"}
	for encoding, want := range map[string]string{
		"": "a=1&b=%C3%A9", "unknown": "a=1&b=%C3%A9", "text/plain": "a=1\r\nb=é\r\n",
		"Multipart/Form-Data": "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\né\r\n--X--\r\n",
	} {
		const fields = `<input name=a value=1><input name=b value=é>`
		for _, page := range []string{
			`<form method=post enctype="` + encoding + `" action=begin>` + fields + `</form>`,
			`<form method=post enctype="` + encoding + `" action=begin>` + fields + `<button>Go</button></form>`,
			`<form method=post enctype="text/plain" action=begin>` + fields + `<button formenctype="` + encoding + `">Go</button></form>`,
			`<form method=post enctype="multipart/form-data" action=begin>` + fields + `<input type=submit formenctype="` + encoding + `" value=Go></form>`,
		} {
			way := &Way{URL: site.Start, Steps: []*exchange.Exchange{{Response: &exchange.Response{Status: http.StatusOK, Body: []byte(page)}}}}
			r, problem := site.Onward(way)
			sent := string(r.Body)
			media, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
			if boundary := parameters["boundary"]; boundary != "" {
				sent = strings.ReplaceAll(sent, boundary, "X")
			}
			if sent != want || problem != "" || media != "" && media != strings.ToLower(encoding) {
				t.Errorf("%s: %q as %q %s", page, sent, media, problem)
			}
		}
	}
}

func TestScriptsAreFoundByTheBase(t *testing.T) {
	page := `<base href="https://cdn.example/v1/"><script src="app.js"></script><script src="/b.js"></script>`
	way := &Way{URL: "https://app.example/a/login", Steps: []*exchange.Exchange{{Response: &exchange.Response{Status: http.StatusOK, Body: []byte(page)}}}}
	if got := Scripts(way); !slices.Equal(got, []string{"https://cdn.example/v1/app.js", "https://cdn.example/b.js"}) {
		t.Error(got)
	}
}
