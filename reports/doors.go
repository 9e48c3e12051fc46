package reports

import (
	"slices"

	"sgidcheck/internal/run"
)

// doorState is how one attack fares against the target.
type doorState string

const (
	doorOpen     doorState = "open"     // a MUST that guards it fails
	doorAccepted doorState = "accepted" // it is open, and a waiver in force accepts that
	doorAjar     doorState = "ajar"     // a guard does not hold, without having let the attack through
	doorPartly   doorState = "partly"   // what was judged holds, and some guards were not judged
	doorGuarded  doorState = "guarded"  // every guard was judged and holds
	doorUntested doorState = "untested" // no guard was judged
)

// Words says the state in the report's words.
func (s doorState) Words() string {
	return map[doorState]string{
		doorOpen: "Open", doorAccepted: "Open, accepted", doorAjar: "Ajar",
		doorPartly: "Guarded in part", doorGuarded: "Guarded", doorUntested: "Not tested",
	}[s]
}

// door is a threat with what this run says of it.
type door struct {
	threat
	State    doorState
	Broken   []string // guards that fail or warn
	Through  []string // those of them that let the attack through
	Accepted []string // guards that are waived
	Held     []string // guards that hold
	Untested []string // guards skipped, blocked, or not in this run
}

// doors judges every threat by the checks of the run, open ones first, each
// group with the gravest first.
func doors(r *run.Record) []door {
	checks := map[string]*run.Check{}
	for i := range r.Checks {
		checks[r.Checks[i].ID] = &r.Checks[i]
	}
	out := make([]door, 0, len(threats))
	for _, t := range threats {
		out = append(out, judge(t, checks, r.Checks))
	}
	order := []doorState{doorOpen, doorAccepted, doorAjar, doorUntested, doorPartly, doorGuarded}
	slices.SortStableFunc(out, func(a, b door) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
	return out
}

func judge(t threat, checks map[string]*run.Check, all []run.Check) door {
	d := door{threat: t}
	for _, id := range t.Guards {
		c := checks[id]
		if c == nil {
			d.Untested = append(d.Untested, id)
			continue
		}
		switch c.Verdict {
		case run.Fail:
			if t.By.shown(c) {
				d.Through = append(d.Through, id)
			}
			d.Broken = append(d.Broken, id)
		case run.Warn:
			d.Broken = append(d.Broken, id)
		case run.Waived:
			d.Accepted = append(d.Accepted, id)
		case run.Pass, run.Info, run.StaleWaiver:
			d.Held = append(d.Held, id)
		default:
			d.Untested = append(d.Untested, id)
		}
	}
	if t.By == bySilence {
		// Whatever request took the target down shows this attack.
		for i := range all {
			if c := &all[i]; c.Verdict == run.Fail && silent(c) && !slices.Contains(t.Guards, c.ID) {
				d.Through = append(d.Through, c.ID)
				d.Broken = append(d.Broken, c.ID)
			}
		}
	}
	switch {
	case len(d.Through) > 0:
		d.State = doorOpen
	case len(d.Broken) > 0:
		d.State = doorAjar
	case len(d.Accepted) > 0:
		d.State = doorAccepted
	case len(d.Held) == 0:
		d.State = doorUntested
	case len(d.Untested) > 0:
		d.State = doorPartly
	default:
		d.State = doorGuarded
	}
	return d
}

// shown says whether the failure of c proves that the attack goes through. A
// check without a judged exchange counts as proof: better a false alarm.
func (p proof) shown(c *run.Check) bool {
	judged := false
	for _, e := range c.Exchanges {
		if !e.Judged {
			continue
		}
		judged = true
		switch {
		case p == bySilence && e.Response == nil:
			return true
		case p == byContent && e.Response != nil:
			return true
		case p == byAcceptance && e.Response != nil && e.Response.Status < 400:
			return true
		}
	}
	return !judged && p != bySilence
}

// silent says whether c was judged by requests that got no answer.
func silent(c *run.Check) bool { return bySilence.shown(c) }

// Wide says whether the report gives the door the room of a finding.
func (d door) Wide() bool {
	return d.State == doorOpen || d.State == doorAccepted || d.State == doorAjar
}

// Otherwise returns the guards that fail or warn without letting the attack through.
func (d door) Otherwise() []string {
	var out []string
	for _, id := range d.Broken {
		if !slices.Contains(d.Through, id) {
			out = append(out, id)
		}
	}
	return out
}

// failing returns the failed checks, those behind the gravest open attack
// first, the rest in the order of the run.
func failing(r *run.Record) []*run.Check {
	place := map[string]int{}
	for i, d := range doors(r) {
		for _, id := range d.Through {
			if _, ok := place[id]; !ok {
				place[id] = i - len(threats)
			}
		}
	}
	var out []*run.Check
	for i := range r.Checks {
		if r.Checks[i].Verdict == run.Fail {
			out = append(out, &r.Checks[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *run.Check) int { return place[a.ID] - place[b.ID] })
	return out
}

// guardedBy returns the threats that the check guards against.
func guardedBy(id string) []threat {
	var out []threat
	for _, t := range threats {
		if slices.Contains(t.Guards, id) {
			out = append(out, t)
		}
	}
	return out
}
