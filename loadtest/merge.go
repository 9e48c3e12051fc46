package loadtest

import (
	"fmt"
	"slices"

	"sgidcheck/internal/run"
)

// Merge makes one record of the records of a run that was split, as run.Merge
// does, and judges the thresholds of the load's plan on all parts together. The
// error says what keeps the records from being one run.
func Merge(records ...*run.Record) (*run.Record, error) {
	whole, err := run.Merge(records...)
	if err != nil {
		return nil, err
	}
	l := whole.Load
	if !slices.ContainsFunc(records, isPart) {
		return whole, nil // a load that is whole already was judged by who measured or merged it
	}
	thresholds, err := ParseThresholds(l.Plan.Thresholds)
	if err != nil {
		return nil, fmt.Errorf("the plan of the load: %w", err)
	}
	l.Thresholds = Evaluate(thresholds, l)
	if l.Harness.Limited {
		free, err := unlimited(records, l)
		if err != nil {
			return nil, err
		}
		for i, t := range thresholds {
			judged := &l.Thresholds[i]
			judged.Sure = !judged.OK && !judged.Unmeasured && t.surely(l, free)
		}
	}
	whole.Count()
	return whole, nil
}

// isPart says that the record is of a part that run.Merge puts together with others.
func isPart(r *run.Record) bool {
	return r.Load != nil && r.Load.Shard != nil && r.Load.Plan != nil
}

// unlimited is the load of the parts of whole that were sent and not at their own
// limit; nil where there is none.
func unlimited(records []*run.Record, whole *run.Load) (*run.Load, error) {
	var free []*run.Record
	for _, r := range records {
		if !isPart(r) || !r.Load.Plan.StartAt.Equal(whole.Plan.StartAt) {
			continue
		}
		if r.Load.Shard.Part >= len(whole.Shards) {
			continue // of a process whose last record says that it is another part
		}
		if s := whole.Shards[r.Load.Shard.Part]; s.Sent > 0 && !s.Harness.Limited {
			free = append(free, r)
		}
	}
	if len(free) == 0 {
		return nil, nil
	}
	merged, err := run.Merge(free...)
	if err != nil {
		return nil, err
	}
	return merged.Load, nil
}

// surely says that the threshold is crossed whatever the parts did that were lost
// or at their own limit: without them, where it is on a latency; had they sent and got
// all of their share, where it is a least rate or count; as it is, where it is a
// most.
func (t Threshold) surely(l, free *run.Load) bool {
	if t.unit == "ms" {
		if free == nil {
			return false
		}
		value, known := t.value(free)
		return known && !t.holds(value)
	}
	switch {
	case t.stat == "errors" || t.op == "==":
		return false
	case t.op == "<" || t.op == "<=":
		return true // what was lost could only have added to it
	}
	var lacking uint64
	for i := range l.Shards {
		s := &l.Shards[i]
		if !s.Whole() || s.Harness.Limited {
			lacking += s.Planned - min(s.Planned, t.got(s))
		}
	}
	if t.unit == "/s" {
		return !t.holds(t.reachable(l, free, lacking))
	}
	value, known := t.value(l)
	return known && !t.holds(value+float64(lacking))
}

// reachable is a rate of the whole with what is lacking, over the time of the plan, or
// of the parts that were not at their limit, where they took longer.
func (t Threshold) reachable(l, free *run.Load, lacking uint64) float64 {
	n, over := l.Sent, l.Plan.EndsS
	if free != nil {
		over = max(over, free.DurationS)
	}
	switch t.stat {
	case "rate_asked":
		return l.RateAsked + float64(lacking)/max(l.DurationS, 1e-9)
	case "rate_achieved":
		n = l.Requests
		for _, wrong := range l.Errors {
			n -= min(n, uint64(max(0, wrong)))
		}
		if free != nil {
			over = max(over, free.LastRightS)
		}
	}
	return float64(n+lacking) / max(over, 1e-9)
}

// got is what the part has brought to the figure of the threshold.
func (t Threshold) got(s *run.ShardResult) uint64 {
	switch t.stat {
	case "rate_sent":
		return s.Sent
	case "rate_achieved":
		return s.Requests - min(s.Requests, s.Errors)
	}
	return s.Requests
}
