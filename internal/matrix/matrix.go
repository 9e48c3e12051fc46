// Package matrix holds what `sgidcheck selftest` finds: for every fault of the
// embedded provider, which checks noticed it; for every variant, whether every
// check holds on it. It turns run records into
// results and results into a table, JSON and an HTML page.
package matrix

import (
	"maps"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Outcome is what one fault or one variant came to.
type Outcome string

// The outcomes of a fault. Anything but Caught is a failure of the harness.
const (
	Caught     Outcome = "caught"     // by every check it is made for, and by no other unless listed
	Missed     Outcome = "missed"     // a check it is made for did not fail
	Collateral Outcome = "collateral" // a check fails that is neither meant nor listed
	Broken     Outcome = "broken"     // the run itself did not work
)

// Expectation is a fault and the checks that must notice it.
type Expectation struct {
	// Name is short and says what is wrong: pkce-not-enforced.
	Name string `json:"fault"`
	// Breaks says, as one sentence, what is done wrong.
	Breaks string `json:"breaks"`
	// Checks are the IDs of the checks that must catch it.
	Checks []string `json:"checks"`
	// Collateral holds the IDs of the checks whose statement the same mistake makes
	// false, or that it keeps from being judged, each with the reason.
	Collateral map[string]string `json:"collateral,omitempty"`
}

// With adds collateral: IDs of checks, separated by spaces, and the reason.
func (e Expectation) With(reason, checks string) Expectation {
	more := make(map[string]string, len(e.Collateral)+1)
	maps.Copy(more, e.Collateral)
	for _, id := range strings.Fields(checks) {
		more[id] = reason
	}
	e.Collateral = more
	return e
}

// Result is one fault with what its run showed.
type Result struct {
	Expectation
	Outcome   Outcome  `json:"outcome"`
	Failed    []string `json:"failed"`             // checks that failed or warned
	Missed    []string `json:"missed,omitempty"`   // of Checks, those that did not
	Unlisted  []string `json:"unlisted,omitempty"` // failed, and neither meant nor listed
	Blocked   []string `json:"blocked,omitempty"`
	Skipped   []string `json:"skipped,omitempty"`
	Problem   string   `json:"problem,omitempty"` // why the run did not work
	DurationS float64  `json:"duration_s"`
	Repeated  bool     `json:"repeated,omitempty"` // tried a second time, alone: the machine was too busy for the first
}

// Report is a whole selftest.
type Report struct {
	Control  Result          `json:"control"` // the conformant provider: nothing may fail
	Results  []Result        `json:"results"`
	Variants []VariantResult `json:"variants"`
	Started  time.Time       `json:"started"`
	Finished time.Time       `json:"finished"`
	Command  string          `json:"command,omitempty"` // empty: selftest
}

// Judge compares a run record with what was expected of the fault.
func Judge(want Expectation, r *run.Record) Result {
	out := Result{Expectation: want, Failed: []string{}}
	for _, c := range r.Checks {
		switch c.Verdict {
		case run.Fail, run.Warn:
			out.Failed = append(out.Failed, c.ID)
			if _, listed := want.Collateral[c.ID]; !listed && !slices.Contains(want.Checks, c.ID) {
				out.Unlisted = append(out.Unlisted, c.ID)
			}
		case run.Blocked:
			out.Blocked = append(out.Blocked, c.ID)
		case run.Skip:
			out.Skipped = append(out.Skipped, c.ID)
		}
	}
	for _, id := range want.Checks {
		if !slices.Contains(out.Failed, id) {
			out.Missed = append(out.Missed, id)
		}
	}
	switch {
	case r.Stopped != "":
		out.Outcome, out.Problem = Broken, "the run ended early: "+r.Stopped
	case len(r.Checks) == 0:
		out.Outcome, out.Problem = Broken, "the run judged nothing"
	case len(out.Missed) > 0:
		out.Outcome = Missed
	case len(out.Unlisted) > 0:
		out.Outcome = Collateral
	default:
		out.Outcome = Caught
	}
	// A control that blocks has not shown that nothing fails.
	if len(want.Checks) == 0 && len(out.Blocked) > 0 && out.Outcome == Caught {
		out.Outcome, out.Problem = Broken, "checks are blocked on the conformant provider"
	}
	return out
}

// OK reports whether the control is clean, every fault was caught, and every
// check holds on every variant.
func (r *Report) OK() bool {
	return r.Control.Outcome == Caught && r.Count(Caught) == len(r.Results) && r.CountVariants(Held) == len(r.Variants)
}

// Count is how many faults came to an outcome.
func (r *Report) Count(o Outcome) int {
	n := 0
	for _, f := range r.Results {
		if f.Outcome == o {
			n++
		}
	}
	return n
}

// Repeated is how many faults and variants were tried a second time.
func (r *Report) Repeated() int {
	n := 0
	for _, f := range append(r.Results, r.Control) {
		if f.Repeated {
			n++
		}
	}
	for _, v := range r.Variants {
		if v.Repeated {
			n++
		}
	}
	return n
}

// Checks lists the checks that at least one fault was caught by, sorted.
func (r *Report) Checks() []string {
	var ids []string
	for _, f := range r.Results {
		for _, id := range f.Checks {
			if !slices.Contains(f.Missed, id) && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}
