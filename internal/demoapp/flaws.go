package demoapp

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/matrix"
	"sgidcheck/internal/nearest"
)

// Flaw is a mistake that applications make, by which a check proves that it bites:
// the right behaviour plus one mistake.
type Flaw struct {
	matrix.Expectation
	// Slow marks a flaw that shows only in a run with --slow.
	Slow bool

	apply func(a *App, c *conduct)
}

// Flaws lists every flaw, in the order of the checks.
func Flaws() []Flaw { return slices.Clone(flaws) }

var flaws = slices.Concat(flawsStart, flawsBaseline, flawsToken, flawsCallback, flawsShown, flawsRedirect, flawsSession, flawsIdentity,
	flawsIDToken, flawsClaims, flawsAnswers, flawsUserInfo, flawsKeySet, flawsData, flawsDataShown, flawsPages)

// flaw begins a flaw that the named checks must catch.
func flaw(name, checks, breaks string, apply func(a *App, c *conduct)) Flaw {
	return Flaw{Expectation: matrix.Expectation{Name: name, Breaks: breaks, Checks: strings.Fields(checks)}, apply: apply}
}

// with adds the checks whose statement the same mistake makes false.
func (f Flaw) with(reason, checks string) Flaw {
	f.Expectation = f.With(reason, checks)
	return f
}

// slow marks a flaw that shows only with --slow.
func (f Flaw) slow() Flaw {
	f.Slow = true
	return f
}

// adopt makes the named mistakes.
func (c *conduct) adopt(a *App, names []string) error {
	for _, name := range names {
		i := slices.IndexFunc(flaws, func(f Flaw) bool { return f.Name == name })
		if i < 0 {
			return unknownName("flaw", name, flaws, func(f Flaw) string { return f.Name })
		}
		flaws[i].apply(a, c)
	}
	return nil
}

// unknownName names the nearest of a list.
func unknownName[T any](kind, name string, all []T, nameOf func(T) string) error {
	names := make([]string, len(all))
	for i, each := range all {
		names[i] = nameOf(each)
	}
	best, _ := nearest.Of(name, names)
	return fmt.Errorf("unknown %s %q: the nearest is %q; `sgidcheck demoapp --list-%ss` lists all", kind, name, best, kind)
}
