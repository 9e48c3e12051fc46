package reports

import (
	"fmt"
	"io"
	"math"
	"strings"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// Diff writes what became of each check from one run to another, for reading in a
// terminal or a CI log: what is new first, what stayed the same last.
func Diff(w io.Writer, c *run.Comparison, o Options) error {
	p, v := newPaper(w, o), newDiffView(c)
	p.hang("old  ", 5, whichRun(c.Old))
	p.hang("new  ", 5, whichRun(c.New))
	for _, caution := range v.Cautions {
		for _, l := range layout.Wrap(caution, p.width) {
			fmt.Fprintln(p.w, p.tint("33", l))
		}
	}
	for _, s := range v.Sections {
		fmt.Fprintln(p.w)
		count := fmt.Sprintf(" (%d)  ", len(s.Rows))
		p.hang(p.tint(tones[s.Tone], s.Title)+count, layout.Width(s.Title+count), s.Means)
		for _, r := range s.Rows {
			p.diffRow(r)
		}
	}
	if len(v.Unchanged) > 0 {
		fmt.Fprintf(p.w, "\n%s\n", p.tint("1", "As before"))
	}
	for _, g := range v.Unchanged {
		for i, l := range layout.Wrap(g.said(), p.width-4) {
			fmt.Fprintln(p.w, strings.Repeat(" ", 2+2*min(i, 1))+l)
		}
	}
	p.comparedFigures(c.Figures)
	fmt.Fprintln(p.w)
	p.hang("", 0, v.Sentence)
	fmt.Fprintln(p.w, p.tint(headlineTones[v.Tone], v.Verdict))
	return p.w.Flush()
}

// said is a group of checks that stayed as they were.
func (g reasonGroup) said() string {
	if len(g.IDs) == 0 {
		return g.Reason
	}
	return g.Reason + ": " + strings.Join(g.IDs, ", ")
}

func whichRun(r *run.Record) string {
	return fmt.Sprintf("%s, %s, %s %s: %s", clip(r.Target.Name(), 100)+standIn(r.Target), r.Started.UTC().Format("2006-01-02 15:04 UTC"), inertLine(r.Tool.Name), inertLine(r.Tool.Version), clip(r.Verdict, 20))
}

func (p *paper) diffRow(r diffRow) {
	level := ""
	if r.Level != "" {
		level = " (" + r.Level + ")"
	}
	for i, l := range layout.Wrap(r.ID+" "+r.Text+level, p.width-4) {
		if i == 0 {
			l = "  " + strings.Replace(l, r.ID, p.tint("1", r.ID), 1)
		} else {
			l = "    " + l
		}
		fmt.Fprintln(p.w, l)
	}
	for _, l := range layout.Wrap(r.What, p.width-4) {
		fmt.Fprintln(p.w, "    "+l)
	}
	for _, n := range r.Notes {
		p.block(4, n.Name, n.Text)
	}
}

func (p *paper) comparedFigures(figures []run.Figure) {
	if len(figures) == 0 {
		return
	}
	fmt.Fprintf(p.w, "\n%s\n", p.tint("1", "Figures"))
	for _, f := range figures {
		value := func(v *float64) string {
			if v == nil {
				return "–"
			}
			return number(*v)
		}
		change := ""
		if percent, ok := f.Percent(); ok {
			change = fmt.Sprintf("%+.1f %%", percent)
			if worse := (percent < 0) == f.HighGood; math.Abs(percent) >= 10 && percent != 0 {
				change = p.tint(map[bool]string{true: "31", false: "32"}[worse], change)
			}
		}
		p.hang("  ", 2, brief(f.Name, 200))
		fmt.Fprintf(p.w, "    %12s → %12s %-9s %s\n", value(f.Old), value(f.New), clip(f.Unit, 10), change)
	}
}
