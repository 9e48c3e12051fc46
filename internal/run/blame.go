package run

import "slices"

// Exonerate takes the name of a check that holds from every check that it is said to
// have blocked, for what kept that one from being judged is nowhere reported then: its
// reason says so. It returns the places of the checks that it changed.
func (r *Record) Exonerate() (changed []int) {
	holding := map[string]bool{}
	for i := range r.Checks {
		if slices.Contains([]Verdict{Pass, StaleWaiver}, r.Checks[i].Verdict) {
			holding[r.Checks[i].ID] = true
		}
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		if c.Verdict != Blocked || !holding[c.BlockedBy] {
			continue
		}
		c.Reason = c.BlockedBy + ", which judges this, holds; here it does not: " + c.Reason
		c.BlockedBy = ""
		changed = append(changed, i)
	}
	return changed
}
