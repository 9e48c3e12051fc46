package judge

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// Recorded is an exchange that a check keeps as evidence. Record is called
// once the check has ended, so that every secret it brought up is known.
type Recorded interface {
	Record() run.Exchange
}

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

// T is one check while it is judged.
type T struct {
	Context context.Context
	Check   Check

	gomega     gomega.Gomega
	matcher    types.GomegaMatcher
	caseName   string
	assertions int
	findings   []finding
	cases      []run.Case
	seen       []string
	kept       []kept
	skipped    *stop
	blocked    *stop
	broken     string
	noEvidence bool
	again      bool // the body is judged a second time

	park   func(wish any) bool // hands a wish to the broker; nil: there is none
	answer any                 // to the last wish
	mixed  bool                // what is judged was seen in a login that others share
	alone  bool                // it is judged once more, with a login of its own
	held   []string            // cases that an earlier part of the run has seen hold
	leftAt []string            // cases that were left out for want of logins
}

type finding struct {
	caseName, expected, observed string
	evidence                     Recorded
	level                        Level
}

type kept struct {
	caseName string
	exchange Recorded
}

// stop is what T throws to end a case or a check early.
type stop struct {
	kind      stopKind
	gap       run.Gap // of a skip
	reason    string
	blockedBy string
}

type stopKind int

const (
	stopFailed stopKind = iota
	stopSkipped
	stopBlocked
	stopAgain
)

func newT(ctx context.Context, c Check) *T {
	t := &T{Context: ctx, Check: c}
	t.gomega = gomega.NewGomega(func(message string, _ ...int) { t.failed(message) })
	return t
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

// level is what the case that is being tried counts, or the check outside of one.
func (t *T) level() Level {
	if level, own := t.Check.Levels[t.caseName]; own {
		return level
	}
	return t.Check.Level
}

// Held counts one statement as judged and held, for what is judged by plain code.
func (t *T) Held() { t.assertions++ }

// Observe notes what was seen; it stands in the record whatever the verdict. At
// INFO it is what the check is for, and counts as judged.
func (t *T) Observe(format string, args ...any) {
	if t.Check.Level == INFO {
		t.assertions++
	}
	text := fmt.Sprintf(format, args...)
	if t.caseName != "" {
		text = t.caseName + ": " + text
	}
	t.seen = append(t.seen, text)
}

// Skip ends the case or the check: this run has met nothing to judge it by, and
// so has not judged it. What was lacking is told by SkipFor, and what the target
// has no place for by NotApplicable.
func (t *T) Skip(format string, args ...any) { t.SkipFor(run.WantEvidence, format, args...) }

// SkipFor ends the case or the check, which is not judged for want of gap.
func (t *T) SkipFor(gap run.Gap, format string, args ...any) {
	panic(&stop{kind: stopSkipped, gap: gap, reason: fmt.Sprintf(format, args...)})
}

// NotApplicable ends the case or the check: by the nature of the target, or of
// the client's registration there, nothing is left to judge, and no other run
// against it could.
func (t *T) NotApplicable(format string, args ...any) { t.SkipFor(run.NotApplicable, format, args...) }

// skip keeps why nothing was judged. What another run could judge outweighs
// what does not apply.
func (t *T) skip(s *stop) {
	if t.skipped == nil || t.skipped.gap == run.NotApplicable && s.gap != run.NotApplicable {
		t.skipped = s
	}
}

// Block ends the case or the check: it cannot be judged because of the check
// or exchange named by.
func (t *T) Block(by, format string, args ...any) {
	panic(&stop{kind: stopBlocked, blockedBy: by, reason: fmt.Sprintf(format, args...)})
}

// Again ends the body, which is then judged once more from its beginning: what
// it had in hand was lost on the way, and a repetition of the last step alone
// would say nothing. In the second round it does nothing and returns.
func (t *T) Again() {
	if !t.again {
		panic(&stop{kind: stopAgain})
	}
}

// Keep keeps an exchange as evidence.
func (t *T) Keep(e Recorded) { t.kept = append(t.kept, kept{t.caseName, e}) }

// Holds reports that an earlier part of the run has seen the case hold.
func (t *T) Holds(name string) bool { return slices.Contains(t.held, name) }

// CaseName is the named input that is being tried, or empty.
func (t *T) CaseName() string { return t.caseName }

// Case judges one named input, one that the catalogue declares for the check.
// What fails in it is kept under its name, and the check goes on with the next.
func (t *T) Case(name string, body func()) {
	t.declared(name)
	if t.Holds(name) {
		t.assertions++
		t.cases = append(t.cases, run.Case{Name: name, Verdict: run.Pass, Observed: "judged before the run was gone on with"})
		return
	}
	before, findings, seen := t.assertions, len(t.findings), len(t.seen)
	t.caseName = name
	s := t.surely(body)
	if s != nil && s.kind == stopAgain {
		panic(s)
	}
	c := run.Case{Name: name, Verdict: run.Pass}
	switch {
	case len(t.findings) > findings:
		c.Verdict = worst(t.findings[findings:])
		c.Observed = t.findings[findings].observed
	case s != nil && s.kind == stopBlocked:
		c.Verdict, c.Observed = run.Blocked, s.reason
		if t.blocked == nil {
			t.blocked = s
		}
	case s != nil && s.kind == stopSkipped:
		c.Verdict, c.Observed = run.Skip, s.reason
		t.skip(s)
		if s.gap == run.WantLogins {
			t.leftAt, c.Gap = append(t.leftAt, name), s.gap
		}
	case t.assertions == before:
		c.Verdict, c.Observed = run.Blocked, "the harness judged nothing here"
		t.blocked = &stop{kind: stopBlocked, blockedBy: "harness", reason: "the case " + name + " judged nothing"}
	default:
		c.Observed = strings.TrimPrefix(strings.Join(t.seen[seen:], "; "), name+": ")
	}
	t.cases = append(t.cases, c)
	t.caseName = ""
	if t.Context.Err() != nil || t.broken != "" {
		panic(&stop{kind: stopBlocked, blockedBy: "harness", reason: t.whyStopped()})
	}
}

func (t *T) whyStopped() string {
	switch {
	case t.broken != "":
		return t.broken
	case errors.Is(context.Cause(t.Context), context.DeadlineExceeded):
		return "the check exceeded its time limit"
	case t.Context.Err() != nil:
		return "the run was interrupted"
	}
	return ""
}

// guard runs body and returns how it ended early, or nil.
func (t *T) guard(body func()) (ended *stop) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *stop:
			ended = p
		default:
			t.broken = fmt.Sprintf("the harness failed while judging: %v", p)
			t.seen = append(t.seen, string(debug.Stack()))
			ended = &stop{kind: stopBlocked, blockedBy: "harness", reason: t.broken}
		}
	}()
	body()
	return nil
}

// Judge runs one check's body under ctx and returns what the record says of it.
func Judge(ctx context.Context, c Check, body func(*T)) run.Check {
	return newT(ctx, c).judge(body)
}

func (t *T) judge(body func(*T)) run.Check {
	started := time.Now()
	whole := func() { body(t) }
	judged := t.guard
	if len(t.Check.Cases) == 0 {
		judged = t.surely
	}
	ended := judged(whole)
	if ended != nil && ended.kind == stopAgain {
		t.startOver()
		ended = judged(whole)
	}
	if ended != nil && ended.kind == stopBlocked && t.blocked == nil {
		t.blocked = ended
	}
	if ended == nil && t.blocked == nil {
		t.blocked = t.untried()
	}
	if ended != nil && ended.kind == stopSkipped && len(t.cases) == 0 {
		t.skip(ended)
	}
	out := t.outcome()
	out.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	return out
}

// startOver forgets what the first round judged; its exchanges stay evidence.
func (t *T) startOver() {
	t.again = true
	t.matcher, t.caseName, t.assertions = nil, "", 0
	t.findings, t.cases, t.seen = nil, nil, nil
	t.skipped, t.blocked, t.leftAt = nil, nil, nil
}
