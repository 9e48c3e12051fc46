package reports

import (
	"fmt"
	"strings"

	"sgidcheck/internal/run"
)

// measured is the sentence of a run that took figures and judged no check.
func measured(r *run.Record) headline {
	rest := "no figure was kept"
	switch {
	case r.Load.Found() != "":
		rest = clip(r.Load.Found(), 300)
	case r.Load != nil:
		rest = fmt.Sprintf("%s of %s %s requests a second achieved, %s", number(r.Load.RateAchieved), number(r.Load.RateAsked),
			clip(r.Load.Scenario, 20), plural(errorCount(r.Load), "error"))
		if n := len(r.Load.Thresholds); n > 0 {
			rest += ", " + plural(n, "threshold") + " kept"
		}
		if r.Load.Harness.Limited {
			rest += "; the harness was the limit, not the target"
		}
	case r.Decrypt != nil && len(r.Decrypt.Cells) > 0:
		best := r.Decrypt.Cells[0]
		for _, c := range r.Decrypt.Cells {
			if c.AnswersPerS > best.AnswersPerS {
				best = c
			}
		}
		rest = fmt.Sprintf("up to %s answers a second decrypted, by engine %s on %s", number(best.AnswersPerS), clip(best.Engine, 20), plural(best.Cores, "core"))
		rates, byRate := planned(r.Decrypt.Plan)
		for _, rate := range rates[:min(1, len(rates))] {
			rest += fmt.Sprintf("; your %s logins a second: %s", number(rate), runtimes(byRate[rate]))
		}
	}
	return headline{"Measured", rest, green}
}

func errorCount(l *run.Load) int {
	total := 0
	for _, n := range l.Errors {
		total += n
	}
	return total
}

// loadFailures says in which ways the target failed under load, or "".
func loadFailures(r *run.Record) string {
	var clauses []string
	for _, clause := range r.Load.Judge().Failures() {
		clauses = append(clauses, clip(clause, 300))
	}
	return strings.Join(clauses, "; ")
}
