package reports

import (
	"fmt"
	"strings"

	"sgidcheck/internal/run"
)

// search draws the rates that a search for the highest has tried.
func search(l *run.Load) chart {
	steps := l.Search
	tried := line{Name: "in the order tried", Class: "s4"}
	held, broke := line{Name: "held", Class: "s5", Dots: true, Loose: true}, line{Name: "did not hold", Class: "s3", Dots: true, Loose: true}
	limit := line{Name: "the harness was the limit", Class: "s6", Dots: true, Loose: true}
	for i, s := range steps {
		p := point{float64(i + 1), s.Rate}
		tried.Points = append(tried.Points, p)
		switch {
		case s.OK:
			held.Points = append(held.Points, p)
		case s.Limited:
			limit.Points = append(limit.Points, p)
		default:
			broke.Points = append(broke.Points, p)
		}
	}
	lines := []line{tried}
	for _, l := range []line{held, broke, limit} {
		if len(l.Points) > 0 {
			lines = append(lines, l)
		}
	}
	return chart{
		Title: "Search for the highest rate", Text: sentence(l.Found()),
		XLabel: "attempt", YLabel: "requests a second", Lines: lines,
	}
}

// sentence makes one of a clause.
func sentence(clause string) string {
	text := clip(clause, 300)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// stepOutcome says what became of a step of a search, and the sign before it.
func stepOutcome(s run.SearchStep) string {
	switch {
	case s.OK:
		return "✓ held"
	case s.Limited:
		return "? " + clip(s.Reason, 300)
	case s.Reason == "":
		return "✕ did not hold"
	}
	return "✕ " + clip(s.Reason, 300)
}

// search writes the result of a search, and its steps.
func (p *paper) search(l *run.Load) {
	p.block(2, "found", l.Found())
	for _, s := range l.Search {
		p.hang(fmt.Sprintf("  %10s/s ", number(s.Rate)), 15, stepOutcome(s))
	}
}
