package run

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Merge makes one record of a run that was split over machines. The records
// must be of one target and one client, and not of a stand-in for it. Where two hold the same
// check, one that judged it counts before one that did not, the worse verdict
// before the better, and of the same verdict the one that left out fewer cases. Of two that do
// not hold, the other's cases, text, exchanges and waiver are added. The parts
// of one load are put together without loss, from the last record of each, and what
// became of each is said; that a part is missing, cut short, late, repeated or of
// another time makes the record incomplete. The thresholds of their plan are left
// to be judged. The browser and decryption figures of all are kept side by side.
func Merge(records ...*Record) (*Record, error) {
	if len(records) == 0 {
		return nil, errors.New("no run record to merge")
	}
	first := records[0]
	out := &Record{Schema: Schema, Tool: first.Tool, Target: first.Target, Command: first.Command, Settings: first.Settings, Keys: first.Keys, Started: first.Started, Complete: true}
	place := map[string]int{}
	for n, r := range records {
		if r.Target.other(first.Target) {
			return nil, fmt.Errorf("the records are of different targets, %s: compare them instead", first.Target.apart(r.Target))
		}
		if r.Target.Local != first.Target.Local {
			return nil, fmt.Errorf("one record is of %s, and another of a stand-in for it on this machine (resolve): compare them instead", r.Target.Issuer)
		}
		if r.Tool.Version != first.Tool.Version {
			out.note("The parts were made by different versions: %s and %s.", first.Tool.Version, r.Tool.Version)
		}
		if n > 0 && !slices.Equal(r.Command, first.Command) && len(r.Command) > 0 && !isPart(r) {
			out.note("Another part was made by: %s", joinWords(r.Command))
		}
		out.span(r)
		out.Target.Faults = union(out.Target.Faults, r.Target.Faults)
		out.Target.Variants = union(out.Target.Variants, r.Target.Variants)
		out.Notes = union(out.Notes, r.Notes)
		out.Begun, out.Logins = slices.Concat(out.Begun, r.Begun), slices.Concat(out.Logins, r.Logins)
		for _, c := range r.Checks {
			i, ok := place[c.ID]
			if !ok {
				place[c.ID] = len(out.Checks)
				out.Checks = append(out.Checks, c)
			} else {
				out.Checks[i] = MergeCheck(&out.Checks[i], &c)
			}
		}
		out.mergeFigures(r)
	}
	if err := sameClients(records); err != nil {
		return nil, err
	}
	load, err := mergeLoads(records)
	if err != nil {
		return nil, err
	}
	if out.Load = load; load != nil && len(load.Shards) > 0 {
		out.Command = withoutPart(out.Command)
		if load.Stopped != "" {
			out.Complete = false
			out.stop(load.Stopped)
		}
	}
	out.Coverage = joined(records)
	out.fill()
	out.Exonerate()
	out.Count()
	return out, nil
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
	r.Strict = r.Strict || part.Strict
	if part.Require != "" {
		r.Require = part.Require
	}
	r.Resumed += part.Resumed
	if isPart(part) {
		return // what became of it is said by its row, and with its name
	}
	r.Complete = r.Complete && part.Complete
	r.stop(part.Stopped)
}

// stop adds a reason for which the run ended early.
func (r *Record) stop(reason string) {
	switch {
	case reason == "" || reason == r.Stopped:
	case r.Stopped == "":
		r.Stopped = reason
	default:
		r.Stopped += "; " + reason
	}
}

// isPart says that a record is of one part of a load.
func isPart(r *Record) bool { return r.Load != nil && r.Load.Shard != nil }

// withoutPart is a command line without what only one part has.
func withoutPart(words []string) (out []string) {
	for i := 0; i < len(words); i++ {
		name, _, joined := strings.Cut(words[i], "=")
		if name != "--shard" && name != "--record" {
			out = append(out, words[i])
		} else if !joined {
			i++
		}
	}
	return out
}

func (r *Record) mergeFigures(part *Record) {
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
	if d := part.Decrypt; d != nil {
		if r.Decrypt == nil {
			r.Decrypt = &Decrypt{Machine: d.Machine}
		}
		r.Decrypt = &Decrypt{
			Floor: slices.Concat(r.Decrypt.Floor, d.Floor),
			Cells: slices.Concat(r.Decrypt.Cells, d.Cells),
			Peers: slices.Concat(r.Decrypt.Peers, d.Peers),
			Plan:  slices.Concat(r.Decrypt.Plan, d.Plan),
			Void:  slices.Concat(r.Decrypt.Void, d.Void), Missing: slices.Concat(r.Decrypt.Missing, d.Missing),
			Machine: sameMachine(r.Decrypt.Machine, d.Machine),
		}
	}
}

// sameMachine is the machine of both; nil where they are of two.
func sameMachine(a, b *Machine) *Machine {
	if !reflect.DeepEqual(a, b) {
		return nil
	}
	return a
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

func joinWords(words []string) string { return strings.Join(words, " ") }
