package reports

import (
	"strings"

	"sgidcheck/internal/run"
)

// reasonGroup is the checks that one cause kept from being judged.
type reasonGroup struct {
	Reason  string
	Cause   string // the check or exchange that blocked them
	IDs     []string
	Outside bool // they do not apply to this target
	Absent  bool // the record has nothing else of them: not selected, or not reached
	InPart  bool // what was judged of them holds
}

// untested groups what was blocked or skipped by its reason, in the order of the
// run, and after what was skipped the MUST checks that it judged in part or never came to.
func untested(r *run.Record, verdict run.Verdict) []reasonGroup {
	var groups []reasonGroup
	add := func(id string, g reasonGroup) {
		for i := range groups {
			have := &groups[i]
			if have.Reason == g.Reason && have.Cause == g.Cause && have.Outside == g.Outside && have.Absent == g.Absent && have.InPart == g.InPart {
				have.IDs = append(have.IDs, id)
				return
			}
		}
		g.IDs = []string{id}
		groups = append(groups, g)
	}
	known := map[string]bool{}
	for _, c := range r.Checks {
		known[c.ID] = true
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
		add(c.ID, reasonGroup{Reason: reason, Cause: clip(c.BlockedBy, 200), Outside: c.Gap == run.NotApplicable})
	}
	if verdict != run.Skip || r.Coverage == nil {
		return groups
	}
	for _, u := range r.Coverage.NotJudged {
		if len(u.Cases) > 0 {
			add(u.ID, reasonGroup{Reason: clip(u.Reason, 400), InPart: true})
		} else if !known[u.ID] {
			add(u.ID, reasonGroup{Reason: clip(u.Reason, 400), Absent: true})
		}
	}
	return groups
}

// What says what became of the checks of the group, after their number.
func (g reasonGroup) What() string {
	switch {
	case g.Cause != "":
		return "could not be judged"
	case g.Outside:
		return verb(len(g.IDs), "does not apply", "do not apply")
	case g.InPart:
		return "judged in part"
	}
	return "not judged"
}

// Text is the reason, and with it which check it is of where it speaks of its cases.
func (g reasonGroup) Text() string {
	if g.InPart {
		return clip(strings.Join(g.IDs, ", "), 200) + ": " + g.Reason
	}
	return g.Reason
}

// waivedWhat says what a waiver covers: "a MUST failure", "a SHOULD warning".
func waivedWhat(c *run.Check) string {
	switch {
	case c.Level == "MUST" && c.WaivedFailure():
		return "a MUST failure"
	case c.Level == "MUST":
		return "a warning of a MUST check"
	}
	return "a " + inertLine(c.Level) + " warning"
}
