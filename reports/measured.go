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
		rest = clausesOf(clip(r.Load.Found(), 300), r.Load.NothingJudged())
	case r.Load != nil:
		rest = achieved(r.Load)
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

// achieved says what came of a load, and in the same breath what keeps that from being
// the target's own: the figures are never read without it.
func achieved(l *run.Load) string {
	text := fmt.Sprintf("%s of %s %s requests a second achieved, %s", number(l.RateAchieved), number(l.RateAsked), clip(l.Scenario, 20), plural(errorCount(l), "error"))
	judged := l.Judge()
	if n := len(l.Thresholds); n > 0 && len(judged.Crossed)+len(judged.Excused)+len(judged.Unmeasured) == 0 {
		text += ", " + plural(n, "threshold") + " kept"
	}
	return clausesOf(text, harnessLimit(l, "the limit"), l.NothingJudged())
}

// harnessLimit says that the harness was what limited a load, or "".
func harnessLimit(l *run.Load, of string) string {
	if l == nil || !l.Harness.Limited {
		return ""
	}
	return "the harness was " + of + ", not the target"
}

// unlooked says that answers came under load and nobody looked at them, or "".
func unlooked(l *run.Load) string {
	if l == nil || l.Answers == 0 {
		return ""
	}
	return l.NothingJudged()
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
