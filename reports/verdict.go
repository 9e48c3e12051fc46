package reports

import (
	"fmt"
	"strings"

	"sgidcheck/internal/run"
)

// Verdict returns the run's verdict in one sentence: for people who read no
// further. It says "Ready", "Not ready" or "Not decided" first.
func Verdict(r *run.Record) string {
	word, rest := verdictWords(r)
	return word + ": " + rest + "."
}

func verdictWords(r *run.Record) (word, rest string) {
	s := r.Summary
	judged := s.Pass + s.Fail + s.Warn + s.Info + s.Waived + s.StaleWaiver
	switch {
	case r.Verdict == run.RunFail && s.Fail > 0:
		rest = plural(s.Fail, "MUST check") + verb(s.Fail, " fails", " fail")
		if worst := worstOpen(r); worst != "" {
			rest += "; "
			if s.Fail > 1 {
				rest += "the worst "
			} else {
				rest += "it "
			}
			rest += worst
		}
		return "Not ready", rest
	case r.Verdict == run.RunFail && r.Load.Judge().Failed():
		return "Not ready", loadFailures(r)
	case r.Verdict == run.RunFail:
		n := s.Warn + s.StaleWaiver
		return "Not ready", plural(n, "warning") + verb(n, " counts", " count") + " as failure under --strict"
	case r.Verdict == run.RunIncomplete:
		return "Not decided", undecided(r)
	case len(r.Checks) == 0:
		return measured(r)
	}
	rest = fmt.Sprintf("no MUST check fails, %s judged", thousands(judged))
	if s.Warn+s.StaleWaiver > 0 {
		rest += "; " + plural(s.Warn+s.StaleWaiver, "warning")
	}
	if s.Waived > 0 {
		rest += "; " + plural(s.Waived, "accepted deviation")
	}
	if s.Skip > 0 {
		rest += "; " + thousands(s.Skip) + " not tested"
	}
	return "Ready", rest
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// worstOpen says what the gravest open attack lets happen, or "".
func worstOpen(r *run.Record) string {
	for _, d := range doors(r) {
		if d.State == doorOpen {
			return d.Lets
		}
	}
	return ""
}

func undecided(r *run.Record) string {
	var parts []string
	if r.Summary.Blocked > 0 {
		parts = append(parts, plural(r.Summary.Blocked, "check")+" could not be judged")
	}
	if !r.Complete {
		why := "the run did not come to its end"
		if r.Stopped != "" {
			why = "the run ended early (" + clip(r.Stopped, 160) + ")"
		}
		parts = append(parts, why)
	} else if r.Load != nil && r.Load.Stopped != "" {
		parts = append(parts, "the load test ended early ("+clip(r.Load.Stopped, 160)+")")
	}
	for _, doubt := range r.Load.Judge().Doubts() {
		parts = append(parts, clip(doubt, 300))
	}
	if s := r.Summary; s.Skip > 0 && s.Skip == s.Total() {
		parts = append(parts, "every check was skipped")
	}
	if len(r.Checks) == 0 && r.Load == nil && r.Decrypt == nil {
		parts = append(parts, "the record holds no check and no figure")
	}
	if len(parts) == 0 {
		parts = append(parts, "the run is incomplete")
	}
	return strings.Join(parts, ", and ")
}

// measured is the sentence of a run that took figures and judged no check.
func measured(r *run.Record) (word, rest string) {
	switch {
	case r.Load != nil:
		rest = fmt.Sprintf("%s of %s %s requests a second achieved, %s", number(r.Load.RateAchieved), number(r.Load.RateAsked),
			clip(r.Load.Scenario, 20), plural(errorCount(r.Load), "error"))
		if n := len(r.Load.Thresholds); n > 0 {
			rest += ", " + plural(n, "threshold") + " kept"
		}
		if r.Load.Harness.Limited {
			rest += "; the harness was the limit, not the target"
		}
		return "Measured", rest
	case r.Decrypt != nil && len(r.Decrypt.Cells) > 0:
		best := r.Decrypt.Cells[0]
		for _, c := range r.Decrypt.Cells {
			if c.AnswersPerS > best.AnswersPerS {
				best = c
			}
		}
		return "Measured", fmt.Sprintf("up to %s answers a second decrypted, by engine %s on %s", number(best.AnswersPerS), clip(best.Engine, 20), plural(best.Cores, "core"))
	}
	return "Measured", "no figure was kept"
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

// untested groups what was not tested by its reason, in the order of the run.
func untested(r *run.Record, verdict run.Verdict) []reasonGroup {
	var groups []reasonGroup
	place := map[string]int{}
	for _, c := range r.Checks {
		if c.Verdict != verdict {
			continue
		}
		reason := clip(c.Reason, 400)
		if reason == "" && c.BlockedBy != "" {
			reason = "blocked by " + clip(c.BlockedBy, 200)
		}
		if reason == "" {
			reason = "no reason was recorded"
		}
		i, ok := place[reason+"\x00"+c.BlockedBy]
		if !ok {
			i = len(groups)
			place[reason+"\x00"+c.BlockedBy] = i
			groups = append(groups, reasonGroup{Reason: reason, Cause: clip(c.BlockedBy, 200)})
		}
		groups[i].IDs = append(groups[i].IDs, c.ID)
	}
	return groups
}

// reasonGroup is the checks that one cause kept from being judged.
type reasonGroup struct {
	Reason string
	Cause  string // the check or exchange that blocked them
	IDs    []string
}
