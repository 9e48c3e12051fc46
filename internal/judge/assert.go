package judge

import (
	"strings"

	"github.com/onsi/gomega/types"
)

// Explained is a Gomega matcher that can say, after a failed match, what was
// expected, what was seen, and in which exchange (nil where there is none).
type Explained interface {
	Explain() (expected, observed string, evidence Recorded)
}

// Blocking is a Gomega matcher that may find that another check, or something
// else, must be judged first: it did not match, and Blocks names the cause and
// the reason (by is empty where nothing blocks). The check that is the cause
// fails with the reason; every other one is blocked by it.
type Blocking interface {
	Blocks() (by, reason string)
}

// Assertion is an actual value about to be matched.
type Assertion struct {
	t      *T
	actual any
	extra  []any
}

// Expect begins an assertion, as Gomega's Expect does, and counts it: a check
// that ends without one has judged nothing and cannot pass.
func (t *T) Expect(actual any, extra ...any) Assertion {
	return Assertion{t: t, actual: actual, extra: extra}
}

// To asserts that the matcher matches. The description, where given, says in
// the check's words what was expected.
func (a Assertion) To(m types.GomegaMatcher, description ...any) {
	a.t.assertions++
	a.t.matcher = m
	a.t.gomega.Expect(a.actual, a.extra...).To(m, description...)
	a.t.matcher = nil
}

// NotTo asserts that the matcher does not match.
func (a Assertion) NotTo(m types.GomegaMatcher, description ...any) {
	a.t.assertions++
	a.t.gomega.Expect(a.actual, a.extra...).NotTo(m, description...)
	if by, reason := blocks(m); by != "" && by != a.t.Check.ID {
		a.t.Block(by, "%s", reason) // that it did not match says nothing
	}
}

func blocks(m types.GomegaMatcher) (by, reason string) {
	if b, ok := m.(Blocking); ok {
		return b.Blocks()
	}
	return "", ""
}

func (t *T) failed(message string) {
	if by, reason := blocks(t.matcher); by != "" && by != t.Check.ID {
		t.matcher = nil
		t.Block(by, "%s", reason)
	}
	expected, observed := "", strings.TrimSpace(message)
	var evidence Recorded
	if e, ok := t.matcher.(Explained); ok {
		expected, observed, evidence = e.Explain()
	}
	t.matcher = nil
	t.Fail(expected, observed, evidence)
}

// Require judges one statement: ok says that it holds. Where it does not, the
// case (or the check, outside a case) ends. Expected may be empty, and is then
// the check's own expectation.
func (t *T) Require(ok bool, expected, observed string, evidence Recorded) {
	if t.assertions++; !ok {
		t.Fail(expected, observed, evidence)
	}
}

// Assert is Require that goes on where the statement does not hold. It returns ok.
func (t *T) Assert(ok bool, expected, observed string, evidence Recorded) bool {
	return t.AssertAt(t.level(), ok, expected, observed, evidence)
}

// AssertAt is Assert for a part of the statement that counts less than the check does.
func (t *T) AssertAt(level Level, ok bool, expected, observed string, evidence Recorded) bool {
	if t.assertions++; !ok {
		t.FoundAt(level, expected, observed, evidence)
	}
	return ok
}

// Finding is one place where a statement does not hold.
type Finding struct {
	Observed string
	Evidence Recorded
}

// AssertNone judges a statement about whatever there is, be it nothing: it holds
// where nothing was found, and goes on.
func (t *T) AssertNone(expected string, found []Finding) {
	t.assertions++
	for _, f := range found {
		t.Found(expected, f.Observed, f.Evidence)
	}
}

// Fail ends the case or the check: the statement does not hold.
func (t *T) Fail(expected, observed string, evidence Recorded) {
	t.Found(expected, observed, evidence)
	panic(&stop{kind: stopFailed})
}

// Found notes that the statement does not hold and goes on.
func (t *T) Found(expected, observed string, evidence Recorded) {
	t.FoundAt(t.level(), expected, observed, evidence)
}

// FoundAt is Found for a part of the statement that counts less than the check
// does. At INFO it is an observation.
func (t *T) FoundAt(level Level, expected, observed string, evidence Recorded) {
	t.assertions++
	if level == INFO && t.Check.Level != INFO {
		t.Observe("%s", observed)
		return
	}
	t.findings = append(t.findings, finding{t.caseName, expected, observed, evidence, level})
}
