package reports

import (
	"bufio"
	"fmt"
	"io"

	"sgidcheck/internal/run"
)

// DiffMarkdown writes what became of each check from one run to another for a CI
// job's page or a pull request.
func DiffMarkdown(w io.Writer, c *run.Comparison) error {
	b, v := bufio.NewWriter(w), newDiffView(c)
	fmt.Fprintf(b, "## %s %s\n\n", md(v.Verdict), md(v.Sentence))
	fmt.Fprintf(b, "- old: %s\n- new: %s\n\n", md(whichRun(c.Old)), md(whichRun(c.New)))
	for _, caution := range v.Cautions {
		fmt.Fprintf(b, "> %s\n\n", md(caution))
	}
	for _, s := range v.Sections {
		fmt.Fprintf(b, "### %s (%d)\n\n", md(s.Title), len(s.Rows))
		if s.Means != "" {
			fmt.Fprintf(b, "%s\n\n", md(s.Means))
		}
		fmt.Fprint(b, "| Check | Level | What | Became | Seen |\n| --- | --- | --- | --- | --- |\n")
		for _, r := range s.Rows {
			seen := ""
			for i, n := range r.Notes {
				if i > 0 {
					seen += "<br>"
				}
				seen += md(n.Name + ": " + n.Text)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", md(r.ID), md(r.Level), md(r.Text), md(r.What), seen)
		}
		fmt.Fprintln(b)
	}
	if len(v.Unchanged) > 0 {
		fmt.Fprint(b, "### As before\n\n")
	}
	for _, g := range v.Unchanged {
		fmt.Fprintf(b, "- %s\n", md(g.said()))
	}
	if len(c.Figures) > 0 {
		fmt.Fprint(b, "\n### Figures\n\n| Figure | Old | New | Unit | Change |\n| --- | ---: | ---: | --- | ---: |\n")
	}
	for _, f := range c.Figures {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", md(clip(f.Name, 100)), md(figureOf(f.Old)), md(figureOf(f.New)), md(clip(f.Unit, 20)), md(changeOf(f)))
	}
	return b.Flush()
}

func figureOf(v *float64) string {
	if v == nil {
		return "–"
	}
	return number(*v)
}
