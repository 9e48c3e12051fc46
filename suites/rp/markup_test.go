package rp

import (
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
)

// escaping is what a page does with a value.
type escaping func(value string) string

func raw(value string) string { return value }

// brackets escapes < and > alone.
func brackets(value string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(value)
}

// asJSON escapes as json.Marshal does, with < and > as \u003c and \u003e.
func asJSON(value string) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// asRawJSON is JSON.stringify: < and > stand as they are.
func asRawJSON(value string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(asJSON(value))
}

func inSingleQuotes(value string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "<", `\x3c`, "\n", `\n`).Replace(value)
}

// decodedAgain escapes, and decodes what was encoded once more.
func decodedAgain(value string) string {
	text, _ := url.PathUnescape(brackets(value))
	return text
}

type shownAs struct {
	name, before, after string
	escape              escaping
}

// Pages that show the value in a place for which it is not escaped.
var breaksOut = []shownAs{
	{"text", "<p>Error: ", "</p>", raw},
	{"upper case", "<p>", "</p>", strings.ToUpper},
	{"half of it", "<p>", "</p>", func(value string) string { return value[:20] }},
	{"tags taken out, in an attribute", `<input value="`, `">`, func(string) string { return `' zqset " zqset --` }},
	{"the word script taken out", "<p>", "</p>", func(value string) string { return strings.ReplaceAll(value, "</script>", "") }},
	{"double quotes", `<input value="`, `">`, brackets},
	{"double quotes, raw", `<input value="`, `">`, raw},
	{"single quotes", `<input value='`, `'>`, func(value string) string { return strings.ReplaceAll(brackets(value), `"`, "&quot;") }},
	{"no quotes", `<input value=`, `>`, html.EscapeString},
	{"string of a script", `<script>var e = '`, `'</script>`, brackets},
	{"other string of a script", `<script>var e = "`, `"</script>`, brackets},
	{"behind an expression that holds a quote", `<script>var x = y.replace(/'/g, '') / 2, e = '`, `'</script>`, brackets},
	{"behind an expression behind a condition", `<script>if (f(x)) /'/.test(x); var e = '`, `'</script>`, brackets},
	{"in a literal in a literal", "<script>var x = `it's ${ {a: `}`}.a + '", "' } more`</script>", brackets},
	{"behind a comment", "<script>// it's\n/* don't */ var e = '", `'</script>`, brackets},
	{"no string of a script", `<script>var e = `, `</script>`, html.EscapeString},
	{"JSON in a script", `<script>window.user = {"name": `, `}</script>`, asRawJSON},
	{"JSON as data", `<script type="application/json">`, `</script>`, asRawJSON},
	{"module", `<script type=module>const e = '`, `'</script>`, brackets},
	{"comment", "<!-- user ", " -->", raw},
	{"title", "<title>", "</title>", raw},
	{"textarea", "<textarea>", "</textarea>", raw},
	{"style", "<style>/* ", " */</style>", raw},
	{"noscript", "<noscript>", "</noscript>", raw},
	{"template", "<template><p>", "</p></template>", raw},
	{"option", "<select><option>", "</option></select>", raw},
	{"attribute that is a script", `<a onclick="tell('`, `')">`, html.EscapeString},
	{"link that is a script", `<a href="javascript:tell('`, `')">`, html.EscapeString},
	{"frame", `<iframe srcdoc="<p>`, `"></iframe>`, html.EscapeString},
}

// Pages that escape it for where it stands.
var staysText = []shownAs{
	{"text", "<p>Error: ", "</p>", html.EscapeString},
	{"text with quotes as they are", "<p>", "</p>", brackets},
	{"double quotes", `<input value="`, `">`, html.EscapeString},
	{"double quotes, brackets as they are", `<input value="`, `">`, func(value string) string { return strings.ReplaceAll(value, `"`, "&quot;") }},
	{"single quotes", `<input value='`, `'>`, html.EscapeString},
	{"JSON in a script", `<script>window.user = {"name": `, `}</script>`, asJSON},
	{"JSON behind a comment", "<script>// don't\nwindow.user = ", `</script>`, asJSON},
	{"JSON behind an expression that holds a quote", `<script>s = s.replace(/['"]/g, ""); e = `, `</script>`, asJSON},
	{"JSON behind a division", `<script>half = (a + b) / 2; e = `, `; f = 1 / 2</script>`, asJSON},
	{"JSON behind what may be a division", `<script>if (x) { y() } /'/.test(y); e = `, `</script>`, asJSON},
	{"JSON behind a literal", "<script>a = `it's ${b}, isn't it`; e = ", `</script>`, asJSON},
	{"JSON in a literal", "<script>a = `${f(", ")}`</script>", asJSON},
	{"JSON as data", `<script type="application/json">`, `</script>`, asJSON},
	{"data without JSON", `<script type="text/x-template">`, `</script>`, html.EscapeString},
	{"string of a script", `<script>var e = '`, `'</script>`, inSingleQuotes},
	{"string of a script, as HTML", `<script>var e = '`, `'</script>`, html.EscapeString},
	{"comment of a script", `<script>/* `, ` */</script>`, html.EscapeString},
	{"comment", "<!-- ", " -->", html.EscapeString},
	{"comment without markup", "<!-- ", " -->", func(value string) string { return strings.NewReplacer("<", "", ">", "", "-", "").Replace(value) }},
	{"title", "<title>", "</title>", html.EscapeString},
	{"textarea", "<textarea>", "</textarea>", html.EscapeString},
	{"style", "<style>/* ", " */</style>", html.EscapeString},
	{"noscript", "<noscript>", "</noscript>", html.EscapeString},
	{"template", "<template><p>", "</p></template>", html.EscapeString},
	{"option", "<select><option>", "</option></select>", html.EscapeString},
	{"relative link", `<a href="/help?about=`, `">`, url.QueryEscape},
	{"relative link, as HTML", `<a href="/help?about=`, `">`, html.EscapeString},
	{"attribute that is a script", `<a onclick="tell('`, `')">`, func(value string) string { return html.EscapeString(inSingleQuotes(value)) }},
	{"link that is a script", `<a href="javascript:tell('`, `')">`, func(value string) string { return url.PathEscape(inSingleQuotes(value)) }},
	{"frame", `<iframe srcdoc="<p>`, `"></iframe>`, func(value string) string { return html.EscapeString(html.EscapeString(value)) }},
	{"letters alone", `<script>var `, ` = 1</script>`, func(value string) string { return "user_" + strings.Trim(value, `<>"'- /`)[:5] }},
}

func (s shownAs) page(value string) []byte {
	return []byte("<!doctype html><html><head></head><body>" + s.before + s.escape(value) + s.after + "</body></html>")
}

// The markup is found wherever it breaks out, and nowhere else.
func TestMarkupBreaksOut(t *testing.T) {
	for _, s := range breaksOut {
		if brokenOut(s.page(markup), "text/html; charset=utf-8") == "" {
			t.Errorf("%s: not found in %s", s.name, s.page(markup))
		}
	}
	for _, s := range staysText {
		for _, value := range []string{markup, url.PathEscape(markup), markedLink, "Nothing of ours"} {
			if where := brokenOut(s.page(value), "text/html"); where != "" {
				t.Errorf("%s: %s: %s", s.name, where, s.page(value))
			}
		}
	}
	again := shownAs{"decoded again", "<p>", "</p>", decodedAgain}
	if brokenOut(again.page(url.PathEscape(markup)), "text/html") == "" {
		t.Error("what was decoded once more is not found")
	}
	if len(markup) > 80 {
		t.Errorf("the markup has %d characters, and may be cut", len(markup))
	}
}

func TestMarkupLinks(t *testing.T) {
	for page, runs := range map[string]bool{
		`<a href="javascript:zqset">more</a>`:                         true,
		`<a href=" JavaScript&colon;zqset">more</a>`:                  true,
		"<a href='java\nscript:zqset'>more</a>":                       true,
		`<form action="javascript:zqset">`:                            true,
		`<button formaction="javascript:%7aqset">more</button>`:       true,
		`<iframe src="javascript:zqset">`:                             true,
		`<a href="https://localhost/javascript:zqset">more</a>`:       false,
		`<a href="./javascript:zqset">more</a>`:                       false,
		`<a href="unsafe:javascript:zqset">more</a>`:                  false,
		`<a href="javascript:void(0)" title="javascript:zqset">m</a>`: false,
		`<p>javascript:zqset</p>`:                                     false,
	} {
		if where := brokenOut([]byte(page), "text/html"); (where != "") != runs {
			t.Errorf("%s: %q", page, where)
		}
	}
}

// What browsers do not show as a page holds no markup.
func TestMarkupInWhatIsNoPage(t *testing.T) {
	for _, tt := range []struct {
		mediaType, body string
		page            bool
	}{
		{"application/json", asRawJSON(markup), false},
		{"text/plain", markup, false},
		{"", `{"error":` + asRawJSON(markup) + `}`, false},
		{"", " " + markup, true},
		{"", "<html>" + markup, true},
		{"application/xhtml+xml", "<p>" + markup + "</p>", true},
		{"text/xml", "<e><![CDATA[" + markup + "]]></e>", false},
	} {
		if where := brokenOut([]byte(tt.body), tt.mediaType); (where != "") != tt.page {
			t.Errorf("%q %s: %q", tt.mediaType, tt.body, where)
		}
	}
}
