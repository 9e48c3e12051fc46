package suites

import (
	"encoding/json"
	"html"
	"net/http"
	"testing"

	"sgidcheck/internal/exchange"
)

func TestReflection(t *testing.T) {
	asJSON, _ := json.Marshal(markupProbe)
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
		{name: "raw in a script's string", body: `<script>var s = "` + probeName + `"' x"</script>`, found: true},
		{name: "a link that runs script", body: `<a href="javascript:sgidprobe">back</a>`, found: true},
		{name: "a refresh that runs script", body: `<meta http-equiv=refresh content="0;url=javascript:sgidprobe">`, found: true},
		{name: "a header field", header: http.Header{"X-Sgidprobe": {"1"}}, found: true},
		{name: "raw in a header field", header: http.Header{"Location": {"https://a/?x=" + markupProbe}}, found: true},
		{name: "escaped in text and attribute", body: `<p>` + html.EscapeString(markupProbe) + `<input value="` + html.EscapeString(markupProbe) + `">`},
		{name: "quotes raw in text", body: `<p>` + probeName + `"' ` + probeName + `=1 &gt;&lt;` + probeName},
		{name: "JSON in a script, escaped", body: `<script>var s = ` + string(asJSON) + `</script>`},
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
