package run

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of error under load that are a response that is wrong, rather than one
// that is missing or refused: a relying party that took it would show a person
// what is not theirs, or trust what nobody signed.
const (
	WrongSignature = "signature"    // the ID token's signature does not hold
	WrongIDToken   = "id-token"     // another step of ID token verification does not hold
	WrongSub       = "wrong-sub"    // sub is another person's
	WrongCipher    = "decrypt"      // key or a field does not decrypt
	WrongFields    = "wrong-fields" // other fields than the person's own answer has
	WrongPerson    = "wrong-person" // another person's data
)

// Kinds of error under load that the target has no part in.
const (
	NotSent    = "local" // this machine had no file descriptor, port or the like for it
	NotThrough = "proxy" // the proxy did not let it through
)

// Wrong says that a kind of error is a response that is wrong.
func Wrong(kind string) bool { return wrongWords[kind] != "" }

// Reached says that an error of this kind, or a right response (no kind), came
// from the target.
func Reached(kind string) bool { return kind != NotSent && kind != NotThrough }

var wrongWords = map[string]string{
	WrongSignature: "a signature that does not hold",
	WrongIDToken:   "an ID token that does not hold",
	WrongSub:       "another person's sub",
	WrongCipher:    "a field that does not decrypt",
	WrongFields:    "other fields than the person has",
	WrongPerson:    "another person's data",
}

// Where a load says less than was asked of it.
const (
	leastReached  = 0.9  // of the planned requests, that must have been sent
	mostUnreached = 0.01 // of the requests, that may have failed before they came to the target
)

// LoadJudgement is what a load test says of its target.
type LoadJudgement struct {
	// Wrong counts answers that were wrong, by kind: those of the load, and those
	// that enter no figure. They are a failure at any count.
	Wrong map[string]int
	// Crossed are the thresholds that the target crossed.
	Crossed []Threshold
	// Excused are thresholds on latency, rates and counts that were crossed while
	// the harness was the limit. One on errors is never among them: a harness that
	// sends late makes no error of the target's.
	Excused []Threshold
	// Unmeasured are the thresholds on figures that have no sample, or that an
	// interruption kept from being whole, or that are of a rate that a search only tried.
	Unmeasured []Threshold
	// Gaps says, in words, why the load says less than was asked of it. That it
	// was stopped is not among them: Load.Stopped says that.
	Gaps []string
}

// Judge says what the load test says of its target. A nil load says nothing.
func (l *Load) Judge() LoadJudgement {
	var j LoadJudgement
	if l == nil {
		return j
	}
	j.Wrong = map[string]int{}
	for _, errors := range []map[string]int{l.Errors, l.Aside} {
		for kind, n := range errors {
			if Wrong(kind) && n > 0 {
				j.Wrong[kind] += n
			}
		}
	}
	silent := l.Stopped != "" && l.Planned > 0 && l.Requests > 0 && l.Answers == 0
	for _, t := range l.Thresholds {
		switch {
		case t.Unmeasured, silent && t.OnErrors() && !t.OK, l.onlyTried(t) && !t.OK:
			j.Unmeasured = append(j.Unmeasured, t)
		case t.OK:
		case l.Harness.Limited && !t.OnErrors() && !t.Sure:
			j.Excused = append(j.Excused, t)
		default:
			j.Crossed = append(j.Crossed, t)
		}
	}
	for _, expression := range l.unjudged() {
		j.Unmeasured = append(j.Unmeasured, Threshold{Expression: expression, Unmeasured: true})
	}
	if j.Gaps = l.gaps(silent); l.Shard == nil && l.Requests == 0 && len(j.Crossed)+len(j.Excused) > 0 {
		j.Gaps = nil // its thresholds say so
	}
	return j
}

// onlyTried says that the threshold is held against a rate that a search did not
// confirm: above the highest rate each is crossed in the end. Only errors at every rate,
// of a search that came to its end, say something of the target.
func (l *Load) onlyTried(t Threshold) bool {
	held := func(s SearchStep) bool { return s.OK }
	n := len(l.Search)
	if n == 0 || held(l.Search[n-1]) {
		return false
	}
	early := l.Stopped != "" && !strings.HasPrefix(l.Stopped, WentDown)
	return early || !t.OnErrors() || slices.ContainsFunc(l.Search, held)
}

// unjudged are the thresholds of a merged load that nothing was held against yet.
func (l *Load) unjudged() (expressions []string) {
	if l.Plan == nil || l.Shard != nil {
		return nil
	}
	for _, expression := range l.Plan.Thresholds {
		if !slices.ContainsFunc(l.Thresholds, func(t Threshold) bool { return t.Expression == expression }) {
			expressions = append(expressions, expression)
		}
	}
	return expressions
}

func (l *Load) gaps(silent bool) (gaps []string) {
	if l.Shard != nil && l.Plan != nil {
		return []string{fmt.Sprintf("it is part %d of %d alone: report merge makes one record of all", l.Shard.Part, l.Plan.Parts)}
	}
	unreached := l.Unreached()
	switch {
	case l.Requests == 0 && l.RateAchieved == 0:
		gaps = append(gaps, "no request of the load was answered or failed")
	case silent:
		gaps = append(gaps, "the target gave no answer at all under load")
	case float64(unreached) > mostUnreached*float64(l.Requests):
		gaps = append(gaps, fmt.Sprintf("%d of %d requests under load did not come as far as the target (%s)", unreached, l.Requests, l.unreachedWords()))
	case l.Stopped == "" && float64(l.Requests) < leastReached*float64(l.Planned):
		gaps = append(gaps, fmt.Sprintf("%d of %d planned requests were not made", l.Planned-l.Requests, l.Planned))
	}
	if n := len(l.Search); n > 0 && !l.Search[n-1].OK {
		gaps = append(gaps, "the search confirmed no rate")
	} else if broke := l.brokeAt(); broke != nil && broke.Limited {
		gaps = append(gaps, l.Found())
	}
	return gaps
}

// CheckedNone is Load.Check where no answer was looked at.
const CheckedNone = "none"

// NothingJudged says why no answer of the load can have been found wrong, in a clause;
// "" where answers were judged, or an old record does not say.
func (l *Load) NothingJudged() string {
	switch {
	case l.Check == CheckedNone, l.Check == "" && l.Plan != nil && l.Plan.Check == CheckedNone:
		return "the answers under load were not checked (--check none)"
	case l.Check != "" && l.Answers == 0:
		return "there was no answer under load to judge"
	}
	return ""
}

// Unreached counts the requests that failed before they came to the target, and
// so say nothing of it.
func (l *Load) Unreached() uint64 {
	return uint64(max(0, l.Errors[NotSent]) + max(0, l.Errors[NotThrough]))
}

func (l *Load) unreachedWords() string {
	var words []string
	if n := l.Errors[NotSent]; n > 0 {
		words = append(words, fmt.Sprintf("%d did not leave this machine", n))
	}
	if n := l.Errors[NotThrough]; n > 0 {
		words = append(words, fmt.Sprintf("%d at the proxy", n))
	}
	return strings.Join(words, ", ")
}

// Failed says that the target failed under load.
func (j LoadJudgement) Failed() bool { return len(j.Wrong) > 0 || len(j.Crossed) > 0 }

// Undecided says that something that was asked of the load was not found out.
func (j LoadJudgement) Undecided() bool {
	return len(j.Excused) > 0 || len(j.Unmeasured) > 0 || len(j.Gaps) > 0
}

// WrongResponses is how many responses were wrong.
func (j LoadJudgement) WrongResponses() int {
	total := 0
	for _, n := range j.Wrong {
		total += n
	}
	return total
}

// Failures says in which ways the target failed, the gravest first, in clauses
// without a full stop; none where it did not.
func (j LoadJudgement) Failures() (clauses []string) {
	if n := j.WrongResponses(); n > 0 {
		var kinds []string
		for _, kind := range sortedKeys(j.Wrong) {
			kinds = append(kinds, fmt.Sprintf("%s (%d)", wrongWords[kind], j.Wrong[kind]))
		}
		clauses = append(clauses, counted(n, "answer under load was wrong", "answers under load were wrong")+": "+strings.Join(kinds, ", "))
	}
	if n := len(j.Crossed); n > 0 {
		clauses = append(clauses, counted(n, "threshold is crossed", "thresholds are crossed")+": "+expressions(j.Crossed))
	}
	return clauses
}

// Doubts says what was asked of the load and not found out, in clauses without a
// full stop.
func (j LoadJudgement) Doubts() (clauses []string) {
	if n := len(j.Excused); n > 0 {
		clauses = append(clauses, "the harness, not the target, kept "+counted(n, "threshold", "thresholds")+" from being met")
	}
	if n := len(j.Unmeasured); n > 0 {
		clauses = append(clauses, counted(n, "threshold was", "thresholds were")+" not measured: "+expressions(j.Unmeasured))
	}
	return append(clauses, j.Gaps...)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func expressions(list []Threshold) string {
	var out []string
	for _, t := range list {
		out = append(out, t.Expression)
	}
	return strings.Join(out, ", ")
}

// OnErrors says that the threshold bounds errors, of the whole run or of a part.
func (t Threshold) OnErrors() bool {
	figure := t.Name()
	return figure == "errors" || strings.HasSuffix(figure, ".errors")
}
