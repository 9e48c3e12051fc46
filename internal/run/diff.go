package run

import (
	"fmt"
	"slices"
	"sort"
)

// Change is one check whose verdict differs between two runs. Old or New is
// empty where the run does not have the check.
type Change struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Problem  string   `json:"problem,omitempty"` // what is wrong where it does not hold
	Level    string   `json:"level"`
	WasLevel string   `json:"was_level,omitempty"` // in the old run, where it was another
	Turn     Turn     `json:"turn,omitempty"`
	Old      Verdict  `json:"old,omitempty"`
	New      Verdict  `json:"new,omitempty"`
	Cases    []string `json:"cases,omitempty"`    // cases that hold no longer
	Mended   []string `json:"mended,omitempty"`   // cases that hold now
	Untried  []string `json:"untried,omitempty"`  // cases that were judged, and are not
	Terms    string   `json:"terms,omitempty"`    // what of its waiver has changed
	Note     string   `json:"note,omitempty"`     // what the new run observed, or why it did not judge
	WasNote  string   `json:"was_note,omitempty"` // what the old run observed, or why it did not judge
}

// Figure is one measured number of two runs. Absent sides are nil.
type Figure struct {
	Name     string   `json:"name"`
	Unit     string   `json:"unit"`
	Old      *float64 `json:"old,omitempty"`
	New      *float64 `json:"new,omitempty"`
	HighGood bool     `json:"high_good"` // more is better
}

// Percent returns the change of the figure in percent of its old value, and
// whether there is one.
func (f Figure) Percent() (float64, bool) {
	if f.Old == nil || f.New == nil || *f.Old == 0 {
		return 0, false
	}
	return (*f.New - *f.Old) / *f.Old * 100, true
}

// Comparison says what changed from an old run to a new one.
type Comparison struct {
	Old          *Record     `json:"-"`
	New          *Record     `json:"-"`
	Regressions  []Change    `json:"regressions"`   // worse than before: what held holds no longer, or cannot be judged any more
	Repairs      []Change    `json:"repairs"`       // better than before, and by no waiver
	NewlyWaived  []Change    `json:"newly_waived"`  // accepted by a waiver now, and not before; those that held before are regressions, too
	NotJudged    []Change    `json:"not_judged"`    // judged before, skipped now; or failed before, blocked now
	Other        []Change    `json:"other"`         // any other change of verdict
	Added        []Change    `json:"added"`         // checks that only the new run has
	Vanished     []Change    `json:"vanished"`      // checks that only the old run has
	Changes      []Change    `json:"changes"`       // every check of both runs, once, with what became of it
	Thresholds   []Threshold `json:"thresholds"`    // crossed or not measured now, kept or absent before; wrong answers among them
	Kept         []Threshold `json:"kept"`          // kept now, crossed or not measured before
	Gone         []Threshold `json:"gone"`          // judged before, and not asked now
	StillCrossed []Threshold `json:"still_crossed"` // crossed or not measured now, as before
	Figures      []Figure    `json:"figures"`       // of load and decryption, both runs side by side
	OtherTargets bool        `json:"other_target"`  // the runs had different issuers, or were of different applications
}

// Regressed says whether anything got worse.
func (c *Comparison) Regressed() bool { return len(c.Regressions)+len(c.Thresholds) > 0 }

// rank orders checks by how bad for the target is what they came to, whether or not a
// waiver accepts it; what was skipped has no rank.
func (c *Check) rank() (int, bool) {
	switch c.Verdict {
	case Pass, Info, StaleWaiver:
		return 0, true
	case Waived:
		if c.Level == must && c.WaivedFailure() {
			return 3, true
		}
		return 1, true
	case Warn:
		return 2, true
	case Blocked:
		return 4, true
	case Fail:
		return 5, true
	}
	return 0, false
}

// worse says that c came to something worse than the other.
func (c *Check) worse(than *Check) bool {
	is, _ := c.rank()
	was, _ := than.rank()
	return is > was
}

// grew says that a waiver accepts a failure now where it accepted a warning before.
func grew(old, now *Check) bool {
	return old.Verdict == Waived && now.Verdict == Waived && now.worse(old)
}

// Diff compares two runs check by check and figure by figure.
func Diff(old, now *Record) *Comparison {
	c := &Comparison{Old: old, New: now, OtherTargets: old.Target.other(now.Target)}
	before := map[string]*Check{}
	for i := range old.Checks {
		before[old.Checks[i].ID] = &old.Checks[i]
	}
	for i := range now.Checks {
		n := &now.Checks[i]
		o, ok := before[n.ID]
		delete(before, n.ID)
		change := Change{ID: n.ID, Title: n.Title, Problem: n.Problem, Level: n.Level, New: n.Verdict, Note: note(n)}
		if !ok {
			c.Changes = append(c.Changes, turnOf(change, nil, n))
			c.Added = append(c.Added, change)
			if change.New == Waived {
				c.NewlyWaived = append(c.NewlyWaived, change)
			}
			continue
		}
		change.Old = o.Verdict
		c.Changes = append(c.Changes, turnOf(change, o, n))
		c.sort(change, o, n)
	}
	for i := range old.Checks {
		if o := &old.Checks[i]; before[o.ID] == o {
			gone := Change{ID: o.ID, Title: o.Title, Problem: o.Problem, Level: o.Level, Old: o.Verdict, Note: absence(now, o.ID)}
			c.Vanished = append(c.Vanished, gone)
			c.Changes = append(c.Changes, turnOf(gone, o, nil))
		}
	}
	c.Thresholds, c.Kept, c.Gone, c.StillCrossed = crossed(old, now), kept(old, now), gone(old, now), stillCrossed(old, now)
	c.Figures = figures(old, now)
	return c
}

func (c *Comparison) sort(change Change, o, n *Check) {
	was, wasJudged := o.rank()
	is, isJudged := n.rank()
	broken := brokenCases(o, n)
	if change.New == Waived && (change.Old != Waived || len(broken) > 0 || grew(o, n)) {
		waived := change
		waived.Cases = broken
		c.NewlyWaived = append(c.NewlyWaived, waived)
	}
	switch {
	case change.Old == change.New && len(broken) > 0 && (change.New == Fail || change.New == Warn):
		change.Cases = broken
		c.Regressions = append(c.Regressions, change)
	case change.Old == change.New && !grew(o, n):
	case wasJudged && !isJudged, change.Old == Fail && change.New == Blocked:
		c.NotJudged = append(c.NotJudged, change)
	case wasJudged && is > was, !wasJudged && change.New == Fail:
		change.Cases = broken
		c.Regressions = append(c.Regressions, change)
	case change.New == Waived:
	case wasJudged && is < was:
		c.Repairs = append(c.Repairs, change)
	default:
		c.Other = append(c.Other, change)
	}
}

func note(c *Check) string {
	if c.Verdict == Skip || c.Verdict == Blocked {
		return c.Reason
	}
	if c.Verdict == Waived && c.Waiver != nil {
		return c.Waiver.Accepted()
	}
	return c.Observed
}

// brokenCases names the cases that failed in the new run and not in the old, or only
// warned there.
func brokenCases(old, now *Check) []string {
	was := casesOf(old)
	var broken []string
	for _, c := range now.Cases {
		if before, known := was[c.Name]; c.Verdict.objects() && known && (!before.objects() || before == Warn && c.Verdict == Fail) {
			broken = append(broken, c.Name)
		}
	}
	return broken
}

// casesOf is what each case came to, with what stands for the outside of them.
func casesOf(c *Check) map[string]Verdict {
	of := map[string]Verdict{}
	if len(c.Cases) > 0 && !c.Verdict.open() {
		of[OutsideCases] = Pass
	}
	for _, k := range c.Cases {
		of[k.Name] = k.Verdict
	}
	return of
}

func crossed(old, now *Record) []Threshold {
	if now.Load == nil {
		return nil
	}
	was := map[string]bool{}
	if old.Load != nil {
		for _, t := range old.Load.Thresholds {
			was[t.Expression] = !t.OK
		}
	}
	var out []Threshold
	if n, before := now.Load.Judge().WrongResponses(), old.Load.Judge().WrongResponses(); n > before {
		out = append(out, Threshold{Expression: fmt.Sprintf("wrong answers under load<=%d", before), Value: float64(n)})
	}
	for _, t := range now.Load.Thresholds {
		if !t.OK && !was[t.Expression] {
			out = append(out, t)
		}
	}
	return out
}

// kept are the thresholds that hold now and did not before.
func kept(old, now *Record) []Threshold {
	var out []Threshold
	for _, t := range thresholdsOf(now) {
		if t.OK && slices.ContainsFunc(thresholdsOf(old), func(o Threshold) bool { return o.Expression == t.Expression && !o.OK }) {
			out = append(out, t)
		}
	}
	return out
}

// stillCrossed are the thresholds that neither run kept.
func stillCrossed(old, now *Record) []Threshold {
	var out []Threshold
	for _, t := range thresholdsOf(now) {
		if !t.OK && slices.ContainsFunc(thresholdsOf(old), func(o Threshold) bool { return o.Expression == t.Expression && !o.OK }) {
			out = append(out, t)
		}
	}
	return out
}

// gone are the thresholds of the old run that the new one was not judged by.
func gone(old, now *Record) []Threshold {
	var out []Threshold
	for _, t := range thresholdsOf(old) {
		if !slices.ContainsFunc(thresholdsOf(now), func(n Threshold) bool { return n.Expression == t.Expression }) {
			out = append(out, t)
		}
	}
	return out
}

func thresholdsOf(r *Record) []Threshold {
	if r.Load == nil {
		return nil
	}
	return r.Load.Thresholds
}

// Figures lists the figures of one run by which runs are compared.
func Figures(r *Record) []Figure {
	var out []Figure
	add := func(name, unit string, value float64, highGood bool) {
		out = append(out, Figure{Name: name, Unit: unit, New: &value, HighGood: highGood})
	}
	if l := r.Load; l != nil {
		add("load: rate achieved", "/s", l.RateAchieved, true)
		errors := 0
		for _, n := range l.Errors {
			errors += n
		}
		add("load: errors", "", float64(errors), false)
		add("load: wrong answers", "", float64(l.Judge().WrongResponses()), false)
		for _, name := range sortedKeys(l.Parts) {
			p := l.Parts[name].Latency
			add(name+": p50", "ms", p.P50, false)
			add(name+": p99", "ms", p.P99, false)
			add(name+": max", "ms", p.Max, false)
		}
	}
	if r.Decrypt != nil {
		for _, c := range r.Decrypt.Cells {
			add(fmt.Sprintf("decrypt: %s, RSA-%d, %s, %d × %d B, cores: %d", c.Engine, c.RSABits, c.Alg, c.Fields, c.FieldBytes, c.Cores),
				"answers/s", c.AnswersPerS, true)
		}
	}
	return out
}

func figures(old, now *Record) []Figure {
	out := Figures(now)
	place := map[string]int{}
	for i, f := range out {
		place[f.Name] = i
	}
	for _, f := range Figures(old) {
		if i, ok := place[f.Name]; ok {
			out[i].Old = f.New
			continue
		}
		f.Old, f.New = f.New, nil
		out = append(out, f)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
