package run

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// mergeLoads makes one load of those of the records. Parts of one plan are put
// together; a load that is no part is kept where it is the only one. It is an
// error to add up loads that are not of one plan: the rate would be one that never
// was.
func mergeLoads(records []*Record) (*Load, error) {
	var parts, whole []*Record
	for _, r := range records {
		switch {
		case r.Load == nil:
		case len(r.Load.Shards) > 0 && len(records) > 1:
			return nil, errors.New("a record is of a load that was merged already: give the records or logs of its parts")
		case r.Load.Shard != nil && r.Load.Plan != nil:
			parts = append(parts, r)
		default:
			whole = append(whole, r)
		}
	}
	switch {
	case len(parts) > 0 && len(whole) > 0, len(whole) > 1:
		return nil, errors.New("the records hold load tests that are runs of their own, not parts of one load (--shard): compare them instead")
	case len(whole) == 1:
		l := *whole[0].Load
		return &l, nil
	case len(parts) == 0:
		return nil, nil
	}
	first := parts[0].Load
	for _, r := range parts[1:] {
		if r.Load.Scenario != first.Scenario {
			return nil, fmt.Errorf("the records hold load tests of different scenarios, %s and %s: compare them instead", first.Scenario, r.Load.Scenario)
		}
		if what := first.Plan.differs(r.Load.Plan); what != "" {
			return nil, fmt.Errorf("the records are not of one plan: %s; compare them instead", what)
		}
	}
	return putTogether(parts)
}

// putTogether merges the parts of one plan.
func putTogether(records []*Record) (*Load, error) {
	plan := *records[0].Load.Plan
	latest := lastOfEach(records)
	plan.StartAt = commonStart(latest)
	out := &Load{Scenario: records[0].Load.Scenario, Check: plan.Check, Plan: &plan, Planned: plan.Planned, Errors: map[string]int{}, Parts: map[string]Part{}}
	counted := map[*Record]bool{}
	var loads []*Load
	for i := range plan.Parts {
		result, chosen := judgePart(latest, &plan, i)
		if chosen != nil {
			counted[chosen] = true
			loads = append(loads, chosen.Load)
			result.take(chosen.Load)
		}
		out.Shards = append(out.Shards, result)
	}
	out.compareClocks(counted)
	for _, r := range latest {
		if r.Load.Shard.Part >= plan.Parts {
			return nil, fmt.Errorf("a record is of part %d of %d; they are numbered from 0", r.Load.Shard.Part, plan.Parts)
		}
		if !counted[r] { // what was wrong there was wrong all the same
			out.Aside = addCounts(out.Aside, r.Load.Errors, r.Load.Aside)
		}
	}
	if err := out.addUp(loads); err != nil {
		return nil, err
	}
	out.rates()
	for i := range out.Shards {
		s := &out.Shards[i]
		for _, reason := range s.Harness.Reasons {
			out.Harness.Reasons = append(out.Harness.Reasons, s.Name()+": "+reason)
		}
	}
	if lost := out.lost(); len(lost) > 0 {
		out.Stopped = fmt.Sprintf("%d of %d parts not whole: %s", len(lost), plan.Parts, strings.Join(lost, "; "))
		out.Harness.Reasons = append(out.Harness.Reasons, out.Stopped)
	}
	out.Harness.Limited = len(out.Harness.Reasons) > 0
	return out, nil
}

// mostApart is by how many seconds two clocks may differ, as read off a Date of whole
// seconds, before they are said to.
const mostApart = 2

// compareClocks finds parts whose clock was another than most had, by that of the
// target: they sent at another time than the plan's.
func (l *Load) compareClocks(counted map[*Record]bool) {
	ahead := map[int]float64{}
	for r := range counted {
		if s := r.Load.Shard; s.ClockS != nil {
			ahead[s.Part] = *s.ClockS
		}
	}
	if len(ahead) < 2 {
		return
	}
	middle := slices.Sorted(maps.Values(ahead))[len(ahead)/2]
	for part, clock := range ahead {
		s, off := &l.Shards[part], middle-clock // the part's, against the middle one
		if s.Whole() && math.Abs(off) > mostApart {
			side := "ahead of"
			if off < 0 {
				side = "behind"
			}
			s.State, s.Reason = ShardOtherTime, fmt.Sprintf("its clock is %.1f s %s that of most", math.Abs(off), side)
		}
	}
}

// lastOfEach keeps the last record of each process: its end, or else its last
// checkpoint.
func lastOfEach(records []*Record) []*Record {
	place := map[string]int{}
	var out []*Record
	for _, r := range records {
		i, ok := place[r.Load.Shard.Process]
		switch {
		case !ok:
			place[r.Load.Shard.Process] = len(out)
			out = append(out, r)
		case ended(r) && !ended(out[i]), ended(r) == ended(out[i]) && r.Load.Shard.Checkpoint > out[i].Load.Shard.Checkpoint:
			out[i] = r
		}
	}
	return out
}

func ended(r *Record) bool { return r.Finished != nil }

// commonStart is the time at which most parts have begun; the later of two.
func commonStart(records []*Record) (start time.Time) {
	most := 0
	for _, r := range records {
		at, parts := r.Load.Plan.StartAt, map[int]bool{}
		for _, o := range records {
			if o.Load.Plan.StartAt.Equal(at) {
				parts[o.Load.Shard.Part] = true
			}
		}
		if n := len(parts); n > most || n == most && at.After(start) {
			most, start = n, at
		}
	}
	return start
}

// judgePart says what became of part i, and which record has its figures; nil
// where none has.
func judgePart(records []*Record, plan *LoadPlan, i int) (result ShardResult, chosen *Record) {
	result = ShardResult{Part: i, State: ShardMissing, Planned: plan.Share(i)}
	var senders []string
	elsewhere, also := "", ""
	for _, r := range records {
		switch l := r.Load; {
		case l.Shard.Part != i:
		case !l.Plan.StartAt.Equal(plan.StartAt):
			at := l.Plan.StartAt.UTC().Format(time.RFC3339)
			elsewhere, result.Host = "its record starts at "+at, l.Shard.Host
			if l.Sent > 0 {
				also = "it was sent from " + at + " on, too; the figures are those of " + plan.StartAt.UTC().Format(time.RFC3339)
			}
		default:
			if l.Sent > 0 {
				senders = append(senders, l.Shard.Host)
			}
			if chosen == nil || better(r, chosen) {
				chosen = r
			}
		}
	}
	switch {
	case chosen == nil && elsewhere != "":
		result.State, result.Reason = ShardOtherTime, elsewhere
		return result, nil
	case chosen == nil:
		return result, nil
	}
	l := chosen.Load
	result.Host = l.Shard.Host
	switch {
	case len(senders) > 1:
		slices.Sort(senders)
		result.State = ShardRepeated
		result.Reason = fmt.Sprintf("%d processes have sent it, on %s; the figures are those of one", len(senders), strings.Join(senders, " and "))
	case l.Shard.LateS > 0:
		result.State, result.Reason = ShardLate, fmt.Sprintf("by %.1f s, and it sent nothing", l.Shard.LateS)
	case !ended(chosen) && l.Sent == 0:
		result.State, result.Reason = ShardCut, "its last record is from before the load"
	case !ended(chosen):
		result.State, result.Reason = ShardCut, fmt.Sprintf("its last record is from %.1f s into the load", l.DurationS)
	case !chosen.Complete || l.Stopped != "":
		result.State, result.Reason = ShardCut, l.Stopped
		if l.Stopped == "" {
			result.Reason = chosen.Stopped
		}
	case l.Sent+l.Requests == 0 && result.Planned > 0:
		result.State, result.Reason = ShardCut, fmt.Sprintf("it sent none of its %d requests", result.Planned)
	case also != "":
		result.State, result.Reason = ShardRepeated, also
	default:
		result.State = ShardWhole
	}
	return result, chosen
}

// better says that the figures of a say more of the part than those of b: of the
// process that sent most.
func better(a, b *Record) bool {
	wholeA, wholeB := ended(a) && a.Complete, ended(b) && b.Complete
	if wholeA != wholeB {
		return wholeA
	}
	return a.Load.Sent > b.Load.Sent
}

// mostSeconds bounds the points of a part's line.
const mostSeconds = 10_000

// take puts the part's own figures into its row.
func (s *ShardResult) take(l *Load) {
	s.Sent, s.Requests, s.Harness = l.Sent, l.Requests, l.Harness
	s.Errors = l.errorCount()
	main := l.Parts[l.mainPart()].Latency
	s.P99, s.Max = main.P99, main.Max
	for _, second := range l.Series {
		width := max(1, second.Width)
		at := second.Second / width
		if at < 0 || at >= mostSeconds {
			continue // of a record that no run has written
		}
		if width > 1 {
			s.WidthS = width
		}
		s.Series = append(s.Series, make([]float64, max(0, at+1-len(s.Series)))...)
		s.Series[at] += roundTo(float64(second.Sent)/second.Covers(l.DurationS), 3)
	}
}

// mainPart is the part whose latency is that of a whole request or login.
func (l *Load) mainPart() string {
	if l.Scenario == "token" || l.Scenario == "userinfo" {
		return l.Scenario
	}
	return "login"
}

func (l *Load) errorCount() (n uint64) {
	for _, count := range l.Errors {
		n += uint64(max(0, count))
	}
	return n
}

// addUp adds the counts and distributions of the parts.
func (l *Load) addUp(loads []*Load) error {
	byName := map[string][]Part{}
	var series [][]Second
	shown := map[string]bool{}
	for _, p := range loads {
		l.Requests += p.Requests
		l.Answers += p.Answers
		l.Sent += p.Sent
		l.BytesIn += p.BytesIn
		l.BytesOut += p.BytesOut
		l.Connections += p.Connections
		l.Handshakes += p.Handshakes
		l.ExpiredCodes += p.ExpiredCodes
		l.DurationS = max(l.DurationS, p.DurationS)
		l.LastRightS = max(l.LastRightS, p.LastRightS)
		l.Errors = addCounts(l.Errors, p.Errors)
		if len(p.Aside) > 0 {
			l.Aside = addCounts(l.Aside, p.Aside)
		}
		for _, e := range p.Examples {
			if !shown[e.Kind] {
				shown[e.Kind] = true
				l.Examples = append(l.Examples, e)
			}
		}
		l.Harness.CPUSeconds = roundTo(l.Harness.CPUSeconds+p.Harness.CPUSeconds, 3)
		l.Harness.MaxRSSBytes = max(l.Harness.MaxRSSBytes, p.Harness.MaxRSSBytes)
		for name, part := range p.Parts {
			byName[name] = append(byName[name], part)
		}
		series = append(series, p.Series)
	}
	slices.SortFunc(l.Examples, func(a, b ErrorExample) int { return strings.Compare(a.Kind, b.Kind) })
	for _, name := range sortedKeys(byName) {
		merged, err := mergeParts(byName[name])
		if err != nil {
			return fmt.Errorf("load part %s: %w", name, err)
		}
		l.Parts[name] = merged
	}
	var err error
	l.Series, err = mergeSeries(series...)
	return err
}

// rates takes the rates from the totals, over the time that the parts have in
// common.
func (l *Load) rates() {
	covered := min(l.DurationS, l.Plan.EndsS)
	l.RateAsked = per(l.Plan.Asked(0, covered), covered)
	l.RateSent = per(float64(l.Sent), l.DurationS)
	l.RateAchieved = per(float64(l.Requests)-float64(l.errorCount()), max(l.DurationS, l.LastRightS))
	for i := range l.Series {
		s := &l.Series[i]
		start := float64(s.Second)
		s.Asked = roundTo(l.Plan.Asked(start, min(start+float64(max(1, s.Width)), covered)), 3)
	}
	for i := range l.Shards {
		s := &l.Shards[i]
		s.RateSent = per(float64(s.Sent), l.DurationS)
		s.Achieved = per(float64(s.Requests)-float64(s.Errors), max(l.DurationS, l.LastRightS))
	}
}

func per(n, seconds float64) float64 {
	if seconds <= 0 || n <= 0 {
		return 0
	}
	return roundTo(n/seconds, 4)
}

func roundTo(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
