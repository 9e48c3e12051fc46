package loadtest

import (
	"fmt"
	"slices"
	"time"

	"sgidcheck/internal/run"
)

// lateBy is what a request that went out so long after it was due counts as late by.
func lateBy(lag time.Duration) time.Duration {
	if lag <= lateFloor {
		return 0
	}
	return lag
}

// first is the part that a transaction begins with, whose latency counts from when
// it was due.
func (o *Options) first() int {
	switch {
	case o.Scenario == Userinfo:
		return partUserinfo
	case o.Live:
		return partAuthorize
	}
	return partToken
}

// evaluate holds the thresholds against the figures. Those of one part of a load are
// judged when all are put together.
func (a *attack) evaluate(l *run.Load) {
	if a.o.Shared {
		a.excuse(l)
		return
	}
	l.Thresholds = Evaluate(a.o.Thresholds, l)
	if a.cut {
		unmeasured(a.o.Thresholds, l.Thresholds)
	}
	limited := l.Harness.Limited
	excused := a.excuse(l)
	for i := range l.Thresholds {
		t := &l.Thresholds[i]
		t.Sure = !limited && len(excused) > 0 && !t.OK && !t.Unmeasured && !t.OnErrors() && !slices.Contains(excused, t.Expression)
	}
}

// excuse names the harness as the limit for each threshold that is crossed by nothing
// but what requests were sent late by, or that they were not sent at all.
func (a *attack) excuse(l *run.Load) (excused []string) {
	for _, t := range a.o.Thresholds {
		was, would, known := a.inTime(t, l)
		if !known || t.holds(was) || !t.holds(would) {
			continue
		}
		a.acc.mu.Lock()
		why := fmt.Sprintf("requests were sent late, by %s at most", run.Quantity(milliseconds(a.acc.lag.max), "ms"))
		if planned := a.plan.planned(); t.unit != "ms" && a.acc.sent < planned {
			why = fmt.Sprintf("%d planned requests were not made", planned-a.acc.sent)
		}
		a.acc.mu.Unlock()
		excused = append(excused, t.Expression)
		l.Harness.Limited = true
		l.Harness.Reasons = append(l.Harness.Reasons, fmt.Sprintf("%s may be crossed because %s", t.Expression, why))
	}
	return excused
}

// inTime is the figure of a threshold as it was, and as it would be had every request
// been sent when it was due. Of one part of a load, a rate is that of the whole if all
// others had sent and got their share in time.
func (a *attack) inTime(t Threshold, l *run.Load) (was, would float64, known bool) {
	a.acc.mu.Lock()
	defer a.acc.mu.Unlock()
	if t.unit == "ms" {
		p := a.acc.parts[slices.Index(partNames[:], t.part)]
		if p == nil || p.prompt == nil {
			return 0, 0, false
		}
		stat := thresholdLatencies[t.stat]
		return stat(p.latency.summary()), stat(p.prompt.summary()), true
	}
	if l.Stopped != "" || t.stat == "errors" {
		return 0, 0, false
	}
	planned := a.plan.planned()
	unsent := float64(planned - min(planned, a.acc.sent))
	others := float64(a.plan.total - a.plan.warm - planned)
	covered := a.plan.duration
	sending := max(covered, a.acc.lastSend)
	rate := func(n float64, was, would time.Duration) (float64, float64, bool) {
		return perSecond(others+n, was), perSecond(others+n+unsent, would), true
	}
	switch {
	case t.stat == "rate_sent":
		return rate(float64(a.acc.sent), sending, covered)
	case t.stat == "rate_achieved":
		right := a.acc.done
		for _, n := range a.acc.kinds {
			right -= uint64(n)
		}
		return rate(float64(right), max(sending, a.acc.lastRight), max(covered, a.acc.promptRight))
	case t.stat == "rate_asked", a.o.Shared:
		return 0, 0, false
	}
	value, known := t.value(l)
	return value, value + unsent, known
}
