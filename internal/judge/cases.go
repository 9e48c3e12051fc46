package judge

import (
	"fmt"
	"slices"

	"sgidcheck/internal/run"
)

// What the catalogue says of a check's cases is what the check does: users read
// there what is tried, and waivers name cases.

// declared panics where the catalogue lists no case of that name, or it was
// tried before: that is a mistake in the program.
func (t *T) declared(name string) {
	if !slices.Contains(t.Check.Cases, name) {
		panic(fmt.Sprintf("%s tries the case %q, which the catalogue does not list", t.Check.ID, name))
	}
	if t.tried(name) {
		panic(fmt.Sprintf("%s tries the case %q twice", t.Check.ID, name))
	}
}

func (t *T) tried(name string) bool {
	return slices.ContainsFunc(t.cases, func(c run.Case) bool { return c.Name == name })
}

// untried is the block of a check that came to its end without having tried
// every case that the catalogue lists; nil: it tried all.
func (t *T) untried() *stop {
	for _, name := range t.Check.Cases {
		if !t.tried(name) {
			return &stop{kind: stopBlocked, blockedBy: "harness", reason: fmt.Sprintf("the case %q was not tried: this is a defect of the harness", name)}
		}
	}
	return nil
}

// leave skips the rest of a check that a skip has ended: where cases were judged
// before, the record names those that were not.
func (t *T) leave(s *stop) {
	t.skip(s)
	if len(t.cases) == 0 {
		return
	}
	for _, name := range t.Check.Cases {
		if t.tried(name) {
			continue
		}
		t.cases = append(t.cases, run.Case{Name: name, Verdict: run.Skip, Level: t.ownLevel(name), Observed: s.reason, Gap: s.gap})
	}
}

// Names are the names of a table's rows, in its order: for a check whose Cases are
// the rows that its body tries.
func Names[T any](table []T, name func(row T) string) []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = name(row)
	}
	return names
}
