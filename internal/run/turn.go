package run

import (
	"slices"
	"strings"
)

// Turn is what became of a check from one run to the next, for a reader: each
// check that changed has one.
type Turn string

// The turns, in the order in which a reader meets them.
const (
	TurnNew      Turn = "new"              // it fails or warns, and did not before; or with other cases
	TurnFixed    Turn = "fixed"            // it failed, warned or was waived, and holds
	TurnWaived   Turn = "newly waived"     // a waiver accepts what it did not accept before
	TurnUntested Turn = "no longer tested" // it was judged, and is not; or some of its cases are not
	TurnTested   Turn = "tested now"       // it was not judged, and holds
	TurnOther    Turn = "changed otherwise"
	TurnNone     Turn = "unchanged"
)

// Turns lists the turns of checks that changed, in their order.
func Turns() []Turn {
	return []Turn{TurnNew, TurnFixed, TurnWaived, TurnUntested, TurnTested, TurnOther}
}

func (v Verdict) objects() bool { return v == Fail || v == Warn }
func (v Verdict) holds() bool   { return v == Pass || v == Info || v == StaleWaiver }
func (v Verdict) open() bool    { return v == Skip || v == Blocked || v == "" }

// turnOf fills in what became of the check, and why, from both runs; o or n is nil
// where its run does not have the check.
func turnOf(change Change, o, n *Check) Change {
	was, is := change.Old, change.New
	if o != nil {
		change.WasNote = note(o)
	}
	if o != nil && n != nil {
		change.Cases = slices.Concat(brokenCases(o, n), addedCases(o, n))
		change.Mended, change.Untried = mendedCases(o, n), untriedCases(o, n)
		if o.Level != n.Level {
			change.WasLevel = o.Level
		}
		change.Terms = waiverTerms(o, n)
	}
	// A warning in place of a failure that a waiver accepted is nothing new.
	objected := was.objects() || was == Waived && is == Warn && o.worse(n)
	switch {
	case is.objects() && (!objected || was == Warn && is == Fail || len(change.Cases) > 0):
		change.Turn = TurnNew
	case is == Waived && (was != Waived || len(change.Cases) > 0 || grew(o, n)):
		change.Turn = TurnWaived
	case is.open() && !was.open(), len(change.Untried) > 0 && (was == is || is.holds()):
		change.Turn = TurnUntested
	case change.WasLevel != "": // what is asked has changed, and so has what the verdict says
		change.Turn = TurnOther
	case is.holds() && (was.objects() || was == Waived):
		change.Turn = TurnFixed
	case is.holds() && was.open():
		change.Turn = TurnTested
	case was != is, len(change.Mended) > 0, change.Terms != "":
		change.Turn = TurnOther
	default:
		change.Turn = TurnNone
	}
	return change
}

// addedCases names the cases that fail in the new run and were not in the old, which
// judged others.
func addedCases(old, now *Check) []string {
	was := casesOf(old)
	var out []string
	for _, c := range now.Cases {
		if _, known := was[c.Name]; c.Verdict.objects() && !known && len(was) > 0 {
			out = append(out, c.Name)
		}
	}
	return out
}

// mendedCases names the cases that failed in the old run and hold in the new.
func mendedCases(old, now *Check) []string {
	is := casesOf(now)
	var out []string
	for _, c := range old.Cases {
		if c.Verdict.objects() && is[c.Name].holds() {
			out = append(out, c.Name)
		}
	}
	return out
}

// untriedCases names the cases that the old run judged and the new did not.
func untriedCases(old, now *Check) []string {
	is := casesOf(now)
	var out []string
	for _, c := range old.Cases {
		if v := is[c.Name]; !c.Verdict.open() && v.open() && now.Verdict != Skip && now.Verdict != Blocked {
			out = append(out, c.Name)
		}
	}
	return out
}

// waiverTerms says what of a waiver has changed, or "".
func waiverTerms(old, now *Check) string {
	if old.Verdict != Waived || now.Verdict != Waived || old.Waiver == nil || now.Waiver == nil {
		return ""
	}
	var parts []string
	for _, t := range []struct{ name, was, is string }{
		{"until", old.Waiver.Until, now.Waiver.Until}, {"accepted by", old.Waiver.Approver, now.Waiver.Approver}, {"reason", old.Waiver.Reason, now.Waiver.Reason},
		{"covers", string(old.Waiver.Covers), string(now.Waiver.Covers)},
	} {
		if t.was != t.is {
			parts = append(parts, t.name+": "+orNothing(t.is)+" (was "+orNothing(t.was)+")")
		}
	}
	return strings.Join(parts, "; ")
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// ByTurn are the checks of that turn, in the order of the new run, failures before warnings.
func (c *Comparison) ByTurn(t Turn) []Change {
	var out []Change
	for _, change := range c.Changes {
		if change.Turn == t {
			out = append(out, change)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return place(a) - place(b) })
	return out
}

func place(c Change) int {
	if c.New == Fail || c.New.open() && c.Old == Fail {
		return 0
	}
	return 1
}

// absence says why a check of the old run is not in the new one.
func absence(now *Record, id string) string {
	if now.Coverage != nil {
		for _, u := range now.Coverage.NotJudged {
			if u.ID == id && u.Reason != "" {
				return u.Reason
			}
		}
	}
	return "not selected, or no check of that version"
}
