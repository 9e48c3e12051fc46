package reports

import (
	"fmt"
	"io"
	"math"

	"sgidcheck/internal/run"
)

// Diff writes what changed from one run to another, for reading in a terminal
// or a CI log: regressions first, then the rest.
func Diff(w io.Writer, c *run.Comparison, o Options) error {
	p := newPaper(w, o)
	fmt.Fprintf(p.w, "old  %s\nnew  %s\n", about(c.Old), about(c.New))
	if c.OtherTargets {
		fmt.Fprintln(p.w, p.tint("33", "The runs are of different targets."))
	}
	p.changes("Regressions", "1;31", c.Regressions)
	for _, t := range c.Thresholds {
		fmt.Fprintf(p.w, "  %s %s: measured %s\n", p.tint("1;31", "threshold crossed"), clip(t.Expression, 200), number(t.Value))
	}
	p.changes("Newly waived", "1;33", c.NewlyWaived)
	p.changes("Repairs", "1;32", c.Repairs)
	p.changes("Not judged any more", "35", c.NotJudged)
	p.changes("Other changes", "1", c.Other)
	p.changes("New checks", "1", c.Added)
	p.changes("Vanished checks", "1", c.Vanished)
	p.comparedFigures(c.Figures)
	word := p.tint("1;32", "No regression.")
	if n := len(c.Regressions) + len(c.Thresholds); n > 0 {
		word = p.tint("1;31", plural(n, "regression")+".")
	}
	fmt.Fprintln(p.w, "\n"+word)
	return p.w.Flush()
}

func about(r *run.Record) string {
	return fmt.Sprintf("%s, %s, %s %s: %s", clip(r.Target.Name(), 100), r.Started.UTC().Format("2006-01-02 15:04 UTC"), inertLine(r.Tool.Name), inertLine(r.Tool.Version), clip(r.Verdict, 20))
}

func (p *paper) changes(title, tone string, changes []run.Change) {
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(p.w, "\n%s (%d)\n", p.tint(tone, title), len(changes))
	for _, c := range changes {
		what := ""
		switch {
		case c.Old == "":
			what = string(c.New)
		case c.New == "":
			what = "was " + string(c.Old)
		case c.Old == c.New:
			what = "still " + string(c.New)
		default:
			what = string(c.Old) + " → " + string(c.New)
		}
		fmt.Fprintf(p.w, "  %s %s  %s\n", p.tint("1", inertLine(c.ID)), inertLine(what), brief(c.Title, 120))
		for _, name := range c.Cases {
			p.block(4, "case", name)
		}
		if c.New == run.Fail || c.New == run.Warn || c.New == run.Blocked || c.New == run.Skip || c.New == run.Waived {
			p.block(4, "now", clip(c.Note, 400))
		}
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
		fmt.Fprintf(p.w, "  %-64s %12s → %12s %-9s %s\n", brief(f.Name, 62), value(f.Old), value(f.New), clip(f.Unit, 10), change)
	}
}
