package reports

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"sgidcheck/internal/run"
)

//go:embed diff.html.tmpl
var diffTemplate string

var diffPage = template.Must(template.New("diff").Funcs(functions).Funcs(template.FuncMap{
	"which": whichRun, "said": reasonGroup.said, "figure": figureOf, "change": changeOf,
}).Parse(diffTemplate))

// DiffHTML writes what became of each check from one run to another as one
// document that needs nothing else.
func DiffHTML(w io.Writer, c *run.Comparison) error {
	out := bufio.NewWriter(w)
	if err := diffPage.Execute(out, newDiffView(c)); err != nil {
		return err
	}
	return out.Flush()
}

// changeOf is the change of a figure in percent, or "".
func changeOf(f run.Figure) string {
	percent, ok := f.Percent()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%+.1f %%", percent)
}
