package suites

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
)

func TestReflection(t *testing.T) {
	asJSON, _ := json.Marshal(markupProbe)
	var plainJSON strings.Builder // as JSON.stringify writes it
	plain := json.NewEncoder(&plainJSON)
	plain.SetEscapeHTML(false)
	_ = plain.Encode(markupProbe)
	// What follows is kept from ending the script element, which is another matter.
	within := strings.NewReplacer("</", `<\/`, "<"+probeName, "").Replace
	slashes := strings.NewReplacer("`", "\\`", `"`, `\"`, `'`, `\'`).Replace
	script := func(text string) string { return "<script>" + within(text) + "</script>" }
	for _, tt := range []struct {
		name, media, body string
		header            http.Header
		found             bool
	}{
		{name: "raw in text", body: "<p>unknown client " + markupProbe, found: true},
		{name: "raw in an attribute", body: `<input value="` + markupProbe + `">`, found: true},
		{name: "quotes raw in an attribute", body: `<input value="` + probeName + `"' ` + probeName + `=1 &gt;">`, found: true},
		{name: "quotes raw in a single-quoted attribute", body: `<input value='` + probeName + `&quot;' ` + probeName + `=1 &gt;'>`, found: true},
		{name: "escaped in an attribute without quotes", body: `<input value=` + html.EscapeString(markupProbe) + `>`, found: true},
		{name: "raw in a title", body: "<title>" + markupProbe + "</title>", found: true},
		{name: "raw in a script's string", body: `<script>var s = "` + quotesProbe + ` x"</script>`, found: true},
		{name: "a link that runs script", body: `<a href="javascript:sgidprobe">back</a>`, found: true},
		{name: "a refresh that runs script", body: `<meta http-equiv=refresh content="0;url=javascript:sgidprobe">`, found: true},
		{name: "a header field", header: http.Header{"X-Sgidprobe": {"1"}}, found: true},
		{name: "raw in a header field", header: http.Header{"Location": {"https://a/?x=" + markupProbe}}, found: true},
		{name: "escaped in text and attribute", body: `<p>` + html.EscapeString(markupProbe) + `<input value="` + html.EscapeString(markupProbe) + `">`},
		{name: "quotes raw in text", body: `<p>` + probeName + `"' ` + probeName + `=1 &gt;&lt;` + probeName},
		{name: "JSON in a script, escaped", body: `<script>var s = ` + string(asJSON) + `</script>`},
		{name: "JSON in a script's string of apostrophes", body: script("var q = JSON.parse('" + plainJSON.String()[:plainJSON.Len()-1] + "')"), found: true},
		{name: "JSON in a template", body: script("var q = `" + plainJSON.String() + "`"), found: true},
		{name: "HTML escaped in a script, no string", body: script("var q = " + html.EscapeString(markupProbe)), found: true},
		{name: "HTML escaped in a script, behind a regular expression", body: script(`var e = /["']/g, d = 4 / 2 / 1; f(` + html.EscapeString(markupProbe)), found: true},
		{name: "in a handler, no string", body: `<a onclick="go(` + html.EscapeString(markupProbe) + `)">`, found: true},
		{name: "in a handler's string", body: `<a onclick="go('` + html.EscapeString(markupProbe) + `')">`, found: true},
		{name: "in a link's script", body: `<a href="javascript:go('` + url.PathEscape(markupProbe) + `')">`, found: true},
		{name: "a script for a link in a field", body: `<input type=hidden name=state value="javascript:sgidprobe">`},
		{name: "quotes escaped, backslashes not", body: script(`var q = "` + slashes(markupProbe) + `"`), found: true},
		{name: "in the code of a template", body: script("var q = `${" + html.EscapeString(markupProbe) + "}`"), found: true},
		{name: "a line break ends a comment", body: "<script>// " + headerProbe + "</script>", found: true},
		{name: "JSON of data ended", body: `<script type="application/json">{"q":"` + within(markupProbe) + `"}</script>`, found: true},
		{name: "JSON that JSON.stringify has made", body: script(`var q = ` + plainJSON.String())},
		{name: "JSON, behind regular expressions and comments", body: script("/* don't */ var e = /[/\"]'/, r = x.replace(/\"/g, '`').split(/'/); // it's\nvar q = " + plainJSON.String())},
		{name: "JSON, behind divisions", body: script(`var e = (a + b) / 2, f = c[1] / 3; var q = ` + plainJSON.String())},
		{name: "JSON, behind a template", body: script("var e = `it's ${ f({a: `\"`}) } \"`; var q = " + plainJSON.String())},
		{name: "all escaped in a string of apostrophes", body: script(`var q = '` + slashes(strings.ReplaceAll(markupProbe, `\`, `\\`)) + `'`)},
		{name: "HTML escaped in a string", body: script(`var q = '` + html.EscapeString(markupProbe) + `'`)},
		{name: "JSON as data", body: `<script type="application/json">` + within(plainJSON.String()) + `</script>`},
		{name: "JSON as data, HTML escaped", body: `<script type="application/json">` + html.EscapeString(plainJSON.String()) + `</script>`},
		{name: "JSON in a handler", body: `<a onclick="go(` + html.EscapeString(plainJSON.String()) + `)">`},
		{name: "what the probe is without its signs", body: script(`var q = "` + probeName + `"; go('` + probeName + `')`)},
		{name: "raw in JSON", media: "application/json", body: markupProbe},
		{name: "raw in plain text", media: "text/plain; charset=utf-8", body: markupProbe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.header == nil {
				tt.header = http.Header{}
			}
			if tt.media == "" {
				tt.media = "text/html"
			}
			tt.header.Set("Content-Type", tt.media)
			e := &Exchange{Exchange: &exchange.Exchange{Response: &exchange.Response{Status: 400, Header: tt.header, Body: []byte(tt.body)}}}
			if got := reflection(e); (got != "") != tt.found {
				t.Errorf("reflection says %q", got)
			}
		})
	}
}

// A long line of what may be the beginning of a regular expression is read in a moment.
func TestScriptsAreReadInOneGo(t *testing.T) {
	for _, part := range []string{"=/[", "=/", "`${", "a", `"\`, "/*", "{", "}"} {
		text := strings.Repeat(part, 1<<20/len(part))
		began := time.Now()
		places(text+probeName, probeName)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q again and again takes %s", part, took)
		}
	}
}

// A server error is no reflection: it is looked at, and shows nothing.
func TestAServerErrorIsNoReflection(t *testing.T) {
	w := newWorld(t)
	for reflects, want := range map[bool]run.Verdict{true: run.Fail, false: run.Blocked} {
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Query().Get("login_hint"), "\"") {
				return false
			}
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(http.StatusInternalServerError)
			if reflects {
				_, _ = rw.Write([]byte("<p>" + r.URL.Query().Get("login_hint")))
			}
			return true
		}
		c := w.judge(t, "AUTHZ-23")["AUTHZ-23"]
		if c.Verdict != want {
			t.Errorf("reflecting %t: %s: %s%s", reflects, c.Verdict, c.Observed, c.Reason)
		}
		for _, one := range c.Cases {
			said := strings.Contains(one.Observed, "500")
			if one.Name == "login_hint" && (one.Verdict != want || said == reflects) || one.Verdict == run.Fail && one.Name != "login_hint" {
				t.Errorf("reflecting %t: %s: %s: %s", reflects, one.Name, one.Verdict, one.Observed)
			}
		}
	}
}
