package reports

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"

	"sgidcheck/internal/run"
)

//go:embed report.html.tmpl
var reportTemplate string

//go:embed report.css
var reportCSS string

//go:embed report.js
var reportJS string

var page = template.Must(template.New("report").Funcs(functions).Parse(reportTemplate))

// frame is what every HTML document of this package is built on: style and
// script inside the document, allowed by their hashes, and nothing else.
type frame struct {
	Policy        string
	Style, Script template.HTML
}

func newFrame(style, script string) frame {
	f := frame{Style: template.HTML("<style>" + style + "</style>")}
	scripts := "'none'"
	if script != "" {
		f.Script = template.HTML("<script>" + script + "</script>")
		scripts = sourceHash(script)
	}
	f.Policy = "default-src 'none'; style-src " + sourceHash(style) + "; script-src " + scripts +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	return f
}

func sourceHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// HTML writes the report as one document that needs nothing else: no network,
// and no script but for filters and copying. All that came from the target is
// shown inert.
func HTML(w io.Writer, r *run.Record) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := page.Execute(out, newReportView(r)); err != nil {
		return err
	}
	return out.Flush()
}
