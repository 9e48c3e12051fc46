package matrix

import (
	"slices"

	"sgidcheck/internal/run"
)

// The outcomes of a variant. Anything but Held is a failure of the harness.
const (
	Held   Outcome = "held"   // every check holds, and none warns or is skipped but those listed
	Blamed Outcome = "blamed" // a check finds fault with what is legal
	Unsure Outcome = "unsure" // a check could not be judged
)

// Tolerance is a variant of the conformant provider, and what may be said of it.
type Tolerance struct {
	Variant string            `json:"variant"`
	Differs string            `json:"differs"`
	Warns   map[string]string `json:"warns,omitempty"` // ID of a SHOULD check: why it may warn
	Skips   map[string]string `json:"skips,omitempty"` // check ID: why there is nothing to judge
}

// VariantResult is one variant with what its run showed.
type VariantResult struct {
	Tolerance
	Outcome   Outcome  `json:"outcome"`
	Blamed    []string `json:"blamed,omitempty"`  // failed, or warned without being listed
	Warned    []string `json:"warned,omitempty"`  // warned, as listed
	Blocked   []string `json:"blocked,omitempty"` // could not be judged
	Skipped   []string `json:"skipped,omitempty"` // skipped without being listed, and judged on the control
	Problem   string   `json:"problem,omitempty"` // why the run did not work
	DurationS float64  `json:"duration_s"`
	Repeated  bool     `json:"repeated,omitempty"` // tried a second time, alone
}

// JudgeVariant compares a run record with what may be said of the variant. The
// checks in skipped had nothing to judge on the control either.
func JudgeVariant(want Tolerance, r *run.Record, skipped []string) VariantResult {
	out := VariantResult{Tolerance: want}
	for _, c := range r.Checks {
		_, mayWarn := want.Warns[c.ID]
		_, maySkip := want.Skips[c.ID]
		switch {
		case c.Verdict == run.Fail, c.Verdict == run.Warn && !mayWarn:
			out.Blamed = append(out.Blamed, c.ID)
		case c.Verdict == run.Warn:
			out.Warned = append(out.Warned, c.ID)
		case c.Verdict == run.Blocked:
			out.Blocked = append(out.Blocked, c.ID)
		case c.Verdict == run.Skip && !maySkip && !slices.Contains(skipped, c.ID):
			out.Skipped = append(out.Skipped, c.ID)
		}
	}
	switch {
	case r.Stopped != "":
		out.Outcome, out.Problem = Broken, "the run ended early: "+r.Stopped
	case len(r.Checks) == 0:
		out.Outcome, out.Problem = Broken, "the run judged nothing"
	case len(out.Blamed) > 0:
		out.Outcome = Blamed
	case len(out.Blocked)+len(out.Skipped) > 0:
		out.Outcome = Unsure
	default:
		out.Outcome = Held
	}
	return out
}

// CountVariants is how many variants came to an outcome.
func (r *Report) CountVariants(o Outcome) int {
	n := 0
	for _, v := range r.Variants {
		if v.Outcome == o {
			n++
		}
	}
	return n
}
