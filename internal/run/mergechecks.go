package run

import (
	"cmp"
	"slices"
	"strings"
)

// NoLongerNeeded comes before the cases that hold although a waiver accepts them, after
// what was observed.
const NoLongerNeeded = "\nno longer needed is the waiver of what holds: "

// MergeCheck is what two parts say of the same check together.
func MergeCheck(a, b *Check) Check {
	replaces := outranks(b, a) || fuller(b, a) || b.Verdict == Skip && a.Gap == NotApplicable
	switch {
	case a.Faulty() && b.Faulty() && replaces:
		return joinChecks(b, a)
	case a.Faulty() && b.Faulty():
		return joinChecks(a, b)
	case replaces:
		return *b
	}
	return *a
}

// Faulty says that something of the check does not hold: whether or not a waiver accepts it,
// and where other cases keep it from being judged.
func (c *Check) Faulty() bool {
	return c.Verdict.objects() || c.Verdict == Waived || len(c.Objecting()) > 0
}

// Objecting names the cases that do not hold.
func (c *Check) Objecting() (names []string) {
	for _, one := range c.Cases {
		if one.Verdict.objects() {
			names = append(names, one.Name)
		}
	}
	return names
}

// joinChecks adds to a what b, which is no worse, found elsewhere: cases that hold in a, what
// was observed, the exchanges that show it, and the waiver that accepts it.
func joinChecks(a, b *Check) Check {
	out := *a
	out.Root = a.Root || b.Root
	out.Cases = joinCases(a.Cases, b.Cases)
	text, unneeded, _ := strings.Cut(a.Observed, NoLongerNeeded)
	more, others, _ := strings.Cut(b.Observed, NoLongerNeeded)
	if !strings.Contains(text, more) {
		text = strings.TrimPrefix(text+"\n"+more, "\n")
	}
	if held := heldOf(out.Cases, unneeded, others); len(held) > 0 {
		text += NoLongerNeeded + strings.Join(held, ", ")
	}
	out.Observed = text
	out.Exchanges = slices.Clone(a.Exchanges)
	for _, e := range b.Exchanges {
		if e.Judged {
			out.Exchanges = append(out.Exchanges, e)
		}
	}
	switch {
	case b.Waiver == nil || b.Verdict != Waived:
	case a.Verdict == Waived && a.Waiver != nil:
		out.Waiver = a.Waiver.And(*b.Waiver)
		out.Reason = out.Waiver.Reason
	case a.Waiver == nil && a.Reason == "" && b.Waiver.Case != "":
		out.Reason = "a waiver covers some of its cases, but not all that fail"
	}
	return out
}

// joinCases are the cases of both, and of each the worse verdict.
func joinCases(a, b []Case) []Case {
	out := slices.Clone(a)
	for _, c := range b {
		i := slices.IndexFunc(out, func(have Case) bool { return have.Name == c.Name })
		switch {
		case i < 0:
			out = append(out, c)
		case c.rank() > out[i].rank():
			out[i] = c
		}
	}
	return out
}

// rank orders what a case came to: judged before not judged, then the worse before the better.
func (c *Case) rank() int {
	if c.Verdict == Skip && c.Gap == NotApplicable {
		return -1
	}
	return slices.Index([]Verdict{Skip, Blocked, Pass, Info, Warn, Fail}, c.Verdict)
}

// heldOf are the cases that hold, of those that lists name.
func heldOf(cases []Case, lists ...string) (names []string) {
	for _, c := range cases {
		listed := func(list string) bool { return strings.Contains(", "+list+", ", ", "+c.Name+", ") }
		if c.Verdict == Pass && slices.ContainsFunc(lists, listed) {
			names = append(names, c.Name)
		}
	}
	return names
}

// outranks says whether a replaces b, which is the same check: judged before not
// judged, then by what it came to. A blocked check of which a case does not hold comes
// before what holds: a waiver accepts the case, and the others are open.
func outranks(a, b *Check) bool {
	unjudged, held := []Verdict{"", Skip, Blocked}, []Verdict{Pass, Info, StaleWaiver}
	place := func(c *Check) (judged, rank, word int) {
		if c.Verdict == Blocked && c.Faulty() {
			return 0, 0, len(held)
		}
		if i := slices.Index(unjudged, c.Verdict); i >= 0 {
			return i - len(unjudged), 0, 0
		}
		rank, _ = c.rank()
		return 0, rank, slices.Index(held, c.Verdict)
	}
	judgedA, rankA, wordA := place(a)
	judgedB, rankB, wordB := place(b)
	return cmp.Or(cmp.Compare(judgedA, judgedB), cmp.Compare(rankA, rankB), cmp.Compare(wordA, wordB)) > 0
}

// fuller says whether a, which came to the same as b, left out fewer cases.
func fuller(a, b *Check) bool {
	return a.Verdict == b.Verdict && !outranks(b, a) && len(a.LeftOut()) < len(b.LeftOut())
}
