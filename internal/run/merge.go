package run

import (
	"errors"
	"fmt"
	"slices"
)

// Merge makes one record of a run that was split over machines. The records
// must be of one target. Where two hold the same check, one that judged it
// counts before one that did not, and the worse verdict before the better. Load
// figures are merged without loss where they are of one scenario; the browser
// and decryption figures of all are kept side by side.
func Merge(records ...*Record) (*Record, error) {
	if len(records) == 0 {
		return nil, errors.New("no run record to merge")
	}
	first := records[0]
	out := &Record{Schema: Schema, Tool: first.Tool, Target: first.Target, Command: first.Command, Started: first.Started, Complete: true}
	place := map[string]int{}
	for n, r := range records {
		if r.Target.Issuer != first.Target.Issuer {
			return nil, fmt.Errorf("the records are of different targets, %s and %s: compare them instead", first.Target.Issuer, r.Target.Issuer)
		}
		if r.Tool.Version != first.Tool.Version {
			out.note("The parts were made by different versions: %s and %s.", first.Tool.Version, r.Tool.Version)
		}
		if n > 0 && !slices.Equal(r.Command, first.Command) && len(r.Command) > 0 {
			out.note("Another part was made by: %s", joinWords(r.Command))
		}
		out.span(r)
		out.Target.Faults = union(out.Target.Faults, r.Target.Faults)
		out.Target.Variants = union(out.Target.Variants, r.Target.Variants)
		out.Notes = union(out.Notes, r.Notes)
		for _, c := range r.Checks {
			i, ok := place[c.ID]
			if !ok {
				place[c.ID] = len(out.Checks)
				out.Checks = append(out.Checks, c)
			} else if outranks(c.Verdict, out.Checks[i].Verdict) || c.Verdict == Skip && out.Checks[i].Gap == NotApplicable {
				out.Checks[i] = c
			}
		}
		if err := out.mergeFigures(r); err != nil {
			return nil, err
		}
	}
	out.Coverage = joined(records)
	out.fill()
	out.Count()
	return out, nil
}

// outranks says whether verdict a replaces verdict b of the same check.
func outranks(a, b Verdict) bool {
	order := []Verdict{Skip, Blocked, Pass, Info, StaleWaiver, Waived, Warn, Fail}
	return slices.Index(order, a) > slices.Index(order, b)
}

// joined is the coverage of all parts together. Nil where a part that judged
// checks does not say what it left out.
func joined(records []*Record) *Coverage {
	var whole *Coverage
	for _, r := range records {
		switch {
		case len(r.Checks) == 0 && r.Coverage == nil:
		case r.Coverage == nil:
			return nil
		case whole == nil:
			whole = r.Coverage.clone()
		default:
			whole.Join(r.Coverage)
		}
	}
	return whole
}

func (r *Record) note(format string, args ...any) {
	r.Notes = union(r.Notes, []string{fmt.Sprintf(format, args...)})
}

// span widens times and completeness of r by part's.
func (r *Record) span(part *Record) {
	if part.Started.Before(r.Started) {
		r.Started = part.Started
	}
	if part.Finished != nil && (r.Finished == nil || part.Finished.After(*r.Finished)) {
		r.Finished = part.Finished
	}
	r.Complete = r.Complete && part.Complete
	r.Strict = r.Strict || part.Strict
	if part.Require != "" {
		r.Require = part.Require
	}
	r.Resumed += part.Resumed
	if part.Stopped != "" && part.Stopped != r.Stopped {
		if r.Stopped != "" {
			r.Stopped += "; "
		}
		r.Stopped += part.Stopped
	}
}

func (r *Record) mergeFigures(part *Record) error {
	if b := part.Browser; b != nil {
		if r.Browser == nil {
			whole := *b
			r.Browser = &whole
		} else {
			r.Browser.Steps = slices.Concat(r.Browser.Steps, b.Steps)
			r.Browser.Timings = slices.Concat(r.Browser.Timings, b.Timings)
			r.Browser.Sandbox = r.Browser.Sandbox && b.Sandbox
		}
	}
	if l := part.Load; l != nil {
		merged, err := mergeLoad(r.Load, l)
		if err != nil {
			return err
		}
		r.Load = merged
	}
	if d := part.Decrypt; d != nil {
		if r.Decrypt == nil {
			r.Decrypt = &Decrypt{}
		}
		r.Decrypt = &Decrypt{
			Floor: slices.Concat(r.Decrypt.Floor, d.Floor),
			Cells: slices.Concat(r.Decrypt.Cells, d.Cells),
			Peers: slices.Concat(r.Decrypt.Peers, d.Peers),
			Plan:  slices.Concat(r.Decrypt.Plan, d.Plan),
		}
	}
	return nil
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func joinWords(words []string) string {
	s := ""
	for i, w := range words {
		if i > 0 {
			s += " "
		}
		s += w
	}
	return s
}
