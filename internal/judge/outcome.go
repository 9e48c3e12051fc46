package judge

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// keptAtMost bounds the exchanges a check leaves in the record, beside those
// that a failing assertion points at.
const keptAtMost = 12

func failing(l Level) run.Verdict {
	switch l {
	case MUST:
		return run.Fail
	case SHOULD:
		return run.Warn
	}
	return run.Info
}

// worst is the verdict of the gravest finding.
func worst(findings []finding) run.Verdict {
	level := INFO
	for _, f := range findings {
		if rank(f.level) < rank(level) {
			level = f.level
		}
	}
	return failing(level)
}

// asGraveAs says whether one of the findings counts as much as that level, or more.
func (t *T) asGraveAs(l Level) bool {
	return slices.ContainsFunc(t.findings, func(f finding) bool { return rank(f.level) <= rank(l) })
}

// outcome derives the verdict: a finding as grave as the check outweighs a block,
// a block outweighs a lesser finding and a pass, and a pass needs at least one
// assertion that was judged.
func (t *T) outcome() run.Check {
	c := t.Check
	out := run.Check{
		ID: c.ID, Area: c.Area(), Title: c.Title, Problem: c.Problem, Level: string(c.Level), Basis: c.Basis,
		Expected: c.Expect, Remediation: c.Remedy, Why: c.Why, Cases: t.cases,
	}
	switch {
	case t.broken != "":
		out.Verdict, out.Reason, out.BlockedBy = run.Blocked, t.broken, "harness"
	case len(t.findings) > 0 && (t.blocked == nil || t.asGraveAs(c.Level)):
		out.Verdict, out.Root = worst(t.findings), t.IsRoot()
		out.Cases = t.casesWithTheRest()
	case t.blocked != nil:
		if len(t.findings) > 0 {
			out.Cases = t.casesWithTheRest()
		}
		out.Verdict, out.Reason, out.BlockedBy = run.Blocked, t.blocked.reason, t.blocked.blockedBy
	case t.assertions == 0 && t.skipped != nil:
		out.Verdict, out.Reason, out.Gap = run.Skip, t.skipped.reason, t.skipped.gap
	case t.assertions == 0:
		out.Verdict, out.Reason, out.BlockedBy = run.Blocked, "the check judged nothing: this is a defect of the harness", "harness"
	case c.Level == INFO:
		out.Verdict = run.Info
	default:
		out.Verdict = run.Pass
	}
	out.Observed = t.observed(out.Verdict)
	out.Exchanges = t.evidence()
	return out
}

// casesWithTheRest adds the cases that were not reached, and one for what was found
// outside of any, so that waivers for single cases cover neither.
func (t *T) casesWithTheRest() []run.Case {
	if len(t.cases) == 0 {
		return nil
	}
	all := slices.Clone(t.cases)
	if t.blocked != nil {
		for _, name := range t.Check.Cases {
			if !t.tried(name) {
				all = append(all, run.Case{Name: name, Verdict: run.Blocked, Level: t.ownLevel(name), Observed: t.blocked.reason})
			}
		}
	}
	for _, f := range t.findings {
		if f.caseName == "" {
			return append(all, run.Case{Name: run.OutsideCases, Verdict: failing(f.level), Expected: f.expected, Observed: f.observed})
		}
	}
	return all
}

func (t *T) observed(v run.Verdict) string {
	if lines := t.found(); len(lines) > 0 && v != run.Info {
		return strings.Join(lines, "\n")
	} else if lines = append(lines, t.seen...); len(lines) > 0 {
		return strings.Join(lines, "\n")
	}
	if v != run.Pass {
		return ""
	}
	held, noLogins, left := 0, []string(nil), ""
	for _, c := range t.cases {
		switch {
		case c.Verdict == run.Pass:
			held++
		case c.Gap == run.WantLogins:
			noLogins = append(noLogins, c.Name)
		case c.Gap != "" && c.Gap != run.NotApplicable:
			left += fmt.Sprintf("; left out: %s (%s)", c.Name, c.Observed)
		}
	}
	if len(noLogins) > 0 {
		left = "; left out for want of logins: " + strings.Join(noLogins, ", ") + left
	}
	switch {
	case left != "":
		return fmt.Sprintf("as expected in the %d cases that were judged%s", held, left)
	case held > 0:
		return fmt.Sprintf("as expected in all %d cases", held)
	}
	return "as expected"
}

// found says what does not hold, one line a kind of finding: cases that came
// to the same are named together.
func (t *T) found() []string {
	var lines []string
	names := map[string][]string{}
	for _, f := range t.findings {
		text := f.observed
		if f.expected != "" {
			text += " (expected " + f.expected + ")"
		}
		if _, there := names[text]; !there {
			lines = append(lines, text)
		}
		names[text] = append(names[text], f.caseName)
	}
	for i, text := range lines {
		if cases := strings.Join(slices.Compact(names[text]), ", "); cases != "" {
			lines[i] = cases + ": " + text
		}
	}
	return lines
}

// inCase is what was expected in a case that fails, empty for what the check itself
// expects, and what was seen.
func inCase(findings []finding) (expected, observed string) {
	var wanted, seen []string
	for _, f := range findings {
		if f.expected != "" && !slices.Contains(wanted, f.expected) {
			wanted = append(wanted, f.expected)
		}
		if !slices.Contains(seen, f.observed) {
			seen = append(seen, f.observed)
		}
	}
	return strings.Join(wanted, "; "), strings.Join(seen, "; ")
}

// caseOf is the case in which a finding points at the exchange, or empty.
func (t *T) caseOf(exchange Recorded) string {
	for _, f := range t.findings {
		if f.evidence == exchange {
			return f.caseName
		}
	}
	return ""
}

func (t *T) evidence() []run.Exchange {
	if t.noEvidence {
		return []run.Exchange{}
	}
	judged := map[Recorded]bool{}
	for _, f := range t.findings {
		if f.evidence != nil {
			judged[f.evidence] = true
		}
	}
	out := []run.Exchange{}
	room, ofFailing := keptAtMost, keptAtMost
	told := map[Recorded]bool{}
	for _, k := range t.kept {
		switch left := t.roomOf(k, &room, &ofFailing); {
		case told[k.exchange]:
			continue
		case judged[k.exchange]:
		case *left == 0:
			continue
		default:
			*left--
		}
		told[k.exchange] = true
		e := k.exchange.Record()
		e.Case, e.Judged = k.caseName, judged[k.exchange]
		if name := t.caseOf(k.exchange); name != "" {
			e.Case = name // the case that judges it, whichever sent it
		}
		out = append(out, e)
	}
	for _, f := range t.findings {
		if f.evidence != nil && !told[f.evidence] {
			told[f.evidence] = true
			e := f.evidence.Record()
			e.Case, e.Judged = f.caseName, true
			out = append(out, e)
		}
	}
	sortByTime(out)
	return out
}

// sortByTime puts exchanges into the order in which they were sent, where each
// of them says when.
func sortByTime(exchanges []run.Exchange) {
	if !slices.ContainsFunc(exchanges, func(e run.Exchange) bool { return e.Started == nil }) {
		slices.SortStableFunc(exchanges, func(a, b run.Exchange) int { return a.Started.Compare(*b.Started) })
	}
}

// roomOf is how many more exchanges there is room for of the kind that k is: one
// of a case that fails does not give way to those of cases that hold.
func (t *T) roomOf(k kept, room, ofFailing *int) *int {
	fails := func(f finding) bool { return k.caseName != "" && f.caseName == k.caseName }
	if slices.ContainsFunc(t.findings, fails) {
		return ofFailing
	}
	return room
}
