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
	again      bool     // the body is judged a second time
	root       bool     // see Root
	tentative  []string // the cases that hold only where Confirm says so; empty names: outside of any

	park   func(wish any) bool // hands a wish to the broker; nil: there is none
	answer any                 // to the last wish
	mixed  bool                // what is judged was seen in a login that others share
	alone  bool                // it is judged once more, with a login of its own
	held   []string            // cases that an earlier part of the run has seen hold
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

// level is what the case that is being tried counts, or the check outside of one.
func (t *T) level() Level {
	if level, own := t.Check.Levels[t.caseName]; own {
		return level
	}
	return t.Check.Level
}

// ownLevel is the level of a case that has another than its check, or empty.
func (t *T) ownLevel(name string) string { return string(t.Check.Levels[name]) }

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
// so has not judged it. SkipFor says what was lacking, NotApplicable
// that the target has no place for it.
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

// Root says that what the check found shows in others, too, which are blocked by it
// and do not fail. The record keeps that for a resumed run.
func (t *T) Root() { t.root = true }

// IsRoot reports that Root was said of something that the check still finds.
func (t *T) IsRoot() bool { return t.root && len(t.findings) > 0 }

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
		t.cases = append(t.cases, run.Case{Name: name, Verdict: run.Pass, Level: t.ownLevel(name), Observed: "judged before the run was resumed"})
		return
	}
	before, findings, seen := t.assertions, len(t.findings), len(t.seen)
	t.caseName = name
	s := t.surely(body)
	if s != nil && s.kind == stopAgain {
		panic(s)
	}
	c := run.Case{Name: name, Verdict: run.Pass, Level: t.ownLevel(name)}
	switch {
	case len(t.findings) > findings:
		c.Verdict = worst(t.findings[findings:])
		c.Expected, c.Observed = inCase(t.findings[findings:])
	case s != nil && s.kind == stopBlocked:
		c.Verdict, c.Observed = run.Blocked, s.reason
		if t.blocked == nil {
			t.blocked = s
		}
	case s != nil && s.kind == stopSkipped:
		c.Verdict, c.Observed = run.Skip, s.reason
		t.skip(s)
		t.assertions = before // what held up to there is not the whole of it
		c.Gap = s.gap
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
	if ended != nil && ended.kind == stopSkipped {
		if len(t.cases) == 0 {
			t.assertions = 0 // as in a case
		}
		t.leave(ended)
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
	t.skipped, t.blocked, t.root, t.tentative = nil, nil, false, nil
}
