package loadtest

import (
	"math"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// load draws the figures up. covered is the time from the load's start to its
// end as it was: shorter than planned when it was stopped early.
func (a *accounting) load(scenario Scenario, covered time.Duration) *run.Load {
	a.mu.Lock()
	covered = min(covered, a.plan.duration)
	sending := max(covered, a.lastSend)
	l := &run.Load{
		Scenario:   string(scenario),
		RateAsked:  perSecond(a.plan.due(0, covered), covered),
		RateSent:   perSecond(float64(a.sent), sending),
		DurationS:  round(sending.Seconds(), 3),
		Planned:    a.plan.planned(),
		Requests:   a.done,
		Answers:    a.answers,
		Errors:     map[string]int{},
		Parts:      map[string]run.Part{},
		Series:     a.series.seconds(a.plan, covered, a.detailed),
		Sent:       a.sent,
		LastRightS: max(0, round(a.lastRight.Seconds(), 6)),
	}
	wrong := 0
	for kind, n := range a.kinds {
		l.Errors[kind] = n
		wrong += n
	}
	l.RateAchieved = perSecond(float64(a.done)-float64(wrong), max(sending, a.lastRight))
	var parts [partCount]*part
	for i, p := range a.parts {
		if p != nil {
			parts[i] = &part{latency: p.latency.clone(), errors: p.errors}
		}
	}
	a.mu.Unlock()
	for i, p := range parts { // off the lock, for which requests wait
		if p != nil {
			l.Parts[partNames[i]] = run.Part{
				Count:     p.latency.count,
				Errors:    p.errors,
				Latency:   p.latency.summary(),
				Histogram: p.latency.encode(),
				UnitMS:    histogramUnitMS,
			}
		}
	}
	a.examples.Range(func(_, e any) bool {
		if example := e.(*run.ErrorExample); example != nil {
			l.Examples = append(l.Examples, *example)
		}
		return true
	})
	slices.SortFunc(l.Examples, func(x, y run.ErrorExample) int { return strings.Compare(x.Kind, y.Kind) })
	return l
}

// perSecond is n over a time, to a tenth of a thousandth.
func perSecond(n float64, over time.Duration) float64 {
	if over <= 0 {
		return 0
	}
	return round(n/over.Seconds(), 4)
}
