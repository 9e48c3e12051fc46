package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"sgidcheck/internal/run"
)

// Markdown writes a summary for a CI job's page: the verdict, what fails with
// its remedy, what was not tested, and the figures. Text of the target is
// escaped so that it stays text.
func Markdown(w io.Writer, r *run.Record) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## %s\n\n", md(Verdict(r)))
	fmt.Fprintf(b, "%s · %s · %s %s\n\n", md(r.Target.Name()+standIn(r.Target)), r.Started.UTC().Format("2 January 2006, 15:04 UTC"), md(r.Tool.Name), md(r.Tool.Version))
	if !r.Complete {
		fmt.Fprintf(b, "**Incomplete:** %s\n\n", md(undecided(r)))
	}
	if len(r.Checks) > 0 {
		markdownCounts(b, r)
	}
	for _, c := range failing(r) {
		fmt.Fprintf(b, "### ✕ %s %s\n\n", md(c.ID), md(problemOf(c)))
		for _, l := range []struct{ name, text string }{{"Expected", c.Expected}, {"Observed", c.Observed}, {"Fix", c.Remediation}, {"Level", levelAndSeverity(c)}} {
			if l.text != "" {
				fmt.Fprintf(b, "- **%s:** %s\n", l.name, md(inOneLine(l.text, 600)))
			}
		}
		if clause := clauses(c.Basis); clause != "" {
			fmt.Fprintf(b, "- **Clause:** %s\n", md(clause))
		}
		fmt.Fprintln(b)
	}
	markdownRows(b, "Warnings", r, run.Warn, run.StaleWaiver)
	markdownRows(b, "Accepted deviations", r, run.Waived)
	markdownGaps(b, r)
	markdownThreats(b, r)
	markdownFigures(b, r)
	markdownNotes(b, r)
	return b.Flush()
}

func markdownCounts(b *bufio.Writer, r *run.Record) {
	var names, rules, counts []string
	for _, v := range run.Verdicts() {
		if n := r.Summary.Of(v); n > 0 {
			names, rules, counts = append(names, label(v)), append(rules, "---:"), append(counts, thousands(n))
		}
	}
	fmt.Fprintf(b, "| %s |\n| %s |\n| %s |\n\n", strings.Join(names, " | "), strings.Join(rules, " | "), strings.Join(counts, " | "))
}

func markdownRows(b *bufio.Writer, title string, r *run.Record, verdicts ...run.Verdict) {
	begun := false
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, v := range verdicts {
			if c.Verdict != v {
				continue
			}
			if !begun {
				fmt.Fprintf(b, "### %s\n\n| Check | What is wrong | Observed |\n| --- | --- | --- |\n", title)
				begun = true
			}
			text := inOneLine(c.Observed, 300)
			if v == run.StaleWaiver && c.Reason != "" {
				text = inOneLine(c.Reason, 300)
			}
			if v == run.Waived && c.Waiver != nil {
				text += " (" + waivedWhat(c) + ", " + inOneLine(c.Waiver.Accepted(), 400) + ")"
			}
			fmt.Fprintf(b, "| %s | %s | %s |\n", md(c.ID), md(brief(saidOf(c), 200)), md(text))
		}
	}
	if begun {
		fmt.Fprintln(b)
	}
}

func markdownGaps(b *bufio.Writer, r *run.Record) {
	groups := append(untested(r, run.Blocked), untested(r, run.Skip)...)
	if len(groups) == 0 {
		return
	}
	fmt.Fprintf(b, "### Not judged, and why\n\n| Checks | Reason |\n| --- | --- |\n")
	for _, g := range groups {
		checks := strings.Join(g.IDs, ", ")
		if g.Absent {
			checks = plural(len(g.IDs), "check")
		}
		reason := g.Reason
		if g.Outside {
			reason = "does not apply: " + reason
		}
		fmt.Fprintf(b, "| %s | %s |\n", md(checks), md(reason))
	}
	fmt.Fprintln(b)
}

func markdownThreats(b *bufio.Writer, r *run.Record) {
	begun := false
	for _, d := range judgeThreats(r) {
		if d.State != threatOpen {
			continue
		}
		if !begun {
			fmt.Fprintf(b, "### Open threats\n\n")
			begun = true
		}
		fmt.Fprintf(b, "- **%s** (%s): %s\n", md(d.Name), md(strings.Join(d.Through, ", ")), md(d.Story))
	}
	if begun {
		fmt.Fprintln(b)
	}
}

func markdownFigures(b *bufio.Writer, r *run.Record) {
	if l := r.Load; l != nil {
		fmt.Fprintf(b, "### Load: %s\n\n%s/s asked, %s/s achieved, %s, %s.\n\n", md(clip(l.Scenario, 40)), number(l.RateAsked), number(l.RateAchieved), plural(int(l.Requests), "request"), plural(errorCount(l), "error"))
		if l.Harness.Limited {
			fmt.Fprintf(b, "**The harness was the limit of rates and latencies, not the target.** %s\n\n", md(strings.Join(l.Harness.Reasons, "; ")))
		}
		if why := l.NothingJudged(); why != "" {
			fmt.Fprintf(b, "**%s**\n\n", md(sentence(why)))
		}
		markdownShards(b, l)
		fmt.Fprintf(b, "| Part | p50 | p90 | p99 | p99.9 | slowest | errors |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, name := range partNames(l) {
			p := l.Parts[name]
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %d |\n", md(clip(name, 40)), milliseconds(p.Latency.P50), milliseconds(p.Latency.P90),
				milliseconds(p.Latency.P99), milliseconds(p.Latency.P999), milliseconds(p.Latency.Max), p.Errors)
		}
		fmt.Fprintln(b)
		if found := l.Found(); found != "" {
			fmt.Fprintf(b, "**%s**\n\n", md(sentence(found)))
			for _, s := range l.Search {
				fmt.Fprintf(b, "- %s/s: %s\n", number(s.Rate), md(stepOutcome(s)))
			}
			fmt.Fprintln(b)
		}
		judged := l.Judge()
		if judged.WrongResponses() > 0 {
			fmt.Fprintf(b, "- ✕ **%s**\n", md(clip(judged.Failures()[0], 300)))
		}
		for _, t := range l.Thresholds {
			fmt.Fprintf(b, "- %s %s: measured %s", thresholdMark(thresholdOutcome(judged, t)), md(clip(t.Expression, 200)), measuredValue(t))
			if outcome := thresholdOutcome(judged, t); outcome == thresholdExcused {
				fmt.Fprint(b, ", "+outcome)
			}
			fmt.Fprintln(b)
		}
		if len(l.Thresholds) > 0 || judged.WrongResponses() > 0 {
			fmt.Fprintln(b)
		}
	}
	markdownDecryption(b, r.Decrypt)
}

func markdownNotes(b *bufio.Writer, r *run.Record) {
	if len(r.Notes) == 0 {
		return
	}
	fmt.Fprintf(b, "### Notes\n\n")
	for _, n := range r.Notes {
		fmt.Fprintf(b, "- %s\n", md(inOneLine(n, 600)))
	}
	fmt.Fprintln(b)
}

// md escapes s for one line of Markdown: every sign that could mean something
// gets a backslash, angle brackets and ampersands become entities.
func md(s string) string {
	s = clip(s, 1000)
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@':
			b.WriteString("&#64;") // a backslash would not keep it from naming a person
		case strings.ContainsRune("\\`*_{}[]#|~$!^", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	// A bare address would become a link to wherever the target likes.
	return strings.NewReplacer("://", "&#58;//", "www.", "www&#46;").Replace(b.String())
}
