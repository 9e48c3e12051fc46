package judge

import (
	"slices"

	"sgidcheck/internal/run"
)

// Tentative says that what holds of the case, or of the check outside of one, holds
// only where Confirm finds nothing against it.
func (t *T) Tentative() {
	if !t.isTentative(t.caseName) {
		t.tentative = append(t.tentative, t.caseName)
	}
}

// Proven says that a tentative case, or what is outside of any, holds after all.
func (t *T) Proven(name string) {
	t.tentative = slices.DeleteFunc(t.tentative, func(other string) bool { return other == name })
}

func (t *T) isTentative(name string) bool { return slices.Contains(t.tentative, name) }

// Confirm judges what the tentative cases rest on, where there are any. Where body ends
// by Block or a skip, those of them that held are blocked or skipped for its reason.
func (t *T) Confirm(body func()) {
	if len(t.tentative) == 0 {
		return
	}
	s := t.guard(body)
	if s != nil && s.kind == stopAgain {
		panic(s)
	}
	if s != nil && s.kind != stopFailed {
		t.withdraw(s)
	}
	t.tentative = nil
}

// withdraw ends the tentative cases that held as s did.
func (t *T) withdraw(s *stop) {
	held := false
	for i := range t.cases {
		switch c := &t.cases[i]; {
		case c.Verdict != run.Pass:
		case !t.isTentative(c.Name):
			held = true
		case s.kind == stopSkipped:
			c.Verdict, c.Observed, c.Gap = run.Skip, s.reason, s.gap
		default:
			c.Verdict, c.Observed = run.Blocked, s.reason
		}
	}
	if s.kind == stopBlocked {
		if t.blocked == nil {
			t.blocked = s
		}
		return
	}
	t.skip(s)
	if !held && len(t.findings) == 0 {
		t.assertions = 0
	}
}
