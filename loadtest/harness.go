package loadtest

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"sgidcheck/internal/run"
)

// spending is what the process and its connections had used at one moment.
type spending struct {
	at                                         time.Time
	cpu                                        time.Duration
	rss                                        uint64 // the most at once, which nothing is taken from
	bytesIn, bytesOut, connections, handshakes uint64
}

func (a *attack) spent() spending {
	cpu, rss := a.o.usage()
	return spending{
		at: time.Now(), cpu: cpu, rss: rss,
		bytesIn: a.wire.bytesIn.Load(), bytesOut: a.wire.bytesOut.Load(),
		connections: a.wire.connections.Load(), handshakes: a.wire.handshakes.Load(),
	}
}

// Where the harness counts as the limit.
const (
	lateFloor  = 10 * time.Millisecond // sends that are late by less are no finding
	lateLeast  = 5                     // requests that must have been late: fewer are chance
	lateShare  = 0.1                   // of the latency's p99, by which the p99 of lateness may grow
	busyShare  = 0.95                  // of all processors
	unsentFrom = 0.001                 // share of planned requests that were never sent
)

// result draws up the figures of the run.
func (a *attack) result(end *ending, unjudged uint64) *run.Load {
	covered := a.plan.duration
	at, reason, early := end.get()
	var stopped time.Duration
	if early {
		select {
		case <-a.pace.ready:
			stopped = at.Sub(a.pace.began) - a.plan.warmup
		default:
		}
		covered = max(0, min(covered, stopped))
	}
	l := a.figures(covered)
	if early {
		if l.Stopped = stopText(stopped, a.abandoned.Load(), unjudged); reason != "" {
			l.Stopped = downReason(stopped, reason)
		}
		a.cut = reason == ""
	}
	a.limited(l, early)
	return l
}

// measured is what had been used when the measurement began, and what has been
// by now: the same as long as the warm-up lasts.
func (a *attack) measured() (before, after spending) {
	after = a.spent()
	if base := a.base.Load(); base != nil {
		return *base, after
	}
	return after, after
}

// figures is what was counted, up to covered from the load's start.
func (a *attack) figures(covered time.Duration) *run.Load {
	before, after := a.measured()
	l := a.mark(a.acc.load(a.o.Scenario, covered))
	l.BytesIn = after.bytesIn - before.bytesIn
	l.BytesOut = after.bytesOut - before.bytesOut
	l.Connections = after.connections - before.connections
	l.Handshakes = after.handshakes - before.handshakes
	if a.codes != nil {
		l.ExpiredCodes = a.expired.Load()
	}
	return l
}

// limited puts into the figures what the harness used, and whether it was the limit.
func (a *attack) limited(l *run.Load, early bool) {
	before, after := a.measured()
	cpu, wall := after.cpu-before.cpu, after.at.Sub(before.at)
	l.Harness = run.Harness{CPUSeconds: round(cpu.Seconds(), 3), MaxRSSBytes: after.rss, Machine: loadMachine()}
	l.Harness.Reasons = a.limits(l, cpu, wall, early)
	l.Harness.Limited = len(l.Harness.Reasons) > 0
}

// loadMachine is the machine that a load is sent from.
var loadMachine = sync.OnceValue(thisMachine)

// processors is how much processor time this process may use in a time as long. Go
// rounds the limit of a control group up, and to two at the least.
func processors(limit float64) float64 {
	procs := float64(min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	if limit > 0 {
		return min(procs, limit)
	}
	return procs
}

// limits says in which ways the harness, and not the target, was the limit.
func (a *attack) limits(l *run.Load, cpu, wall time.Duration, early bool) (reasons []string) {
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	a.acc.mu.Lock()
	late, some, sent, backlog := a.acc.lag.quantile(99), a.acc.lag.nthSlowest(lateLeast), a.acc.sent, a.acc.backlog
	a.acc.mu.Unlock()

	main := l.Parts[partNames[a.acc.main]].Latency.P99
	if limit := max(milliseconds(lateFloor), lateShare*main); late > limit && some > limit {
		text := "one request in a hundred was sent more than %.1f ms after it was due"
		if a.busiest.Load() >= int64(a.o.Workers) {
			text += fmt.Sprintf(": all %d workers were waiting for answers (more: --workers)", a.o.Workers)
		}
		add(text, late)
	}
	var missing uint64
	if a.codes != nil {
		if missing = a.missing.Load(); missing > 0 {
			add("%d requests were not sent because no authorization code was ready: codes were not minted fast enough (more at once: --minters; sooner, where they live long enough: --mint-ahead)", missing)
		}
		if err := a.codes.err(); err != nil && !early {
			add("minting authorization codes ended early: %s", a.shown(err.Error()))
		}
	}
	if n := a.forbidden.Load(); n > 0 {
		missing += n
		add("%d logins were not made: %v", n, errBudget)
	}
	planned := a.plan.planned()
	if n := a.spoilt.Load(); n > 0 {
		missing += n
		if float64(n) > unsentFrom*float64(planned) {
			add("%d requests say nothing of the target because their authorization codes had run out (minted later, they do not: a shorter --mint-ahead)", n)
		}
	}
	if unsent := planned - min(planned, sent+missing); !early && float64(unsent) > unsentFrom*float64(planned) {
		add("%d of %d planned requests could not be sent in time", unsent, planned)
	}
	if n := a.starved.Load(); n > 0 {
		add("%d requests could not be sent: %v, or hold fewer connections with --connections", n, a.starvedBy.Load())
	}
	if full := a.full.Load(); full > 0 {
		add("judging could not keep up: %d answers had to wait until there was room for them, after %d that waited already", full, backlog)
	}
	if cores := processors(a.o.limitCores()); wall > time.Second && cpu.Seconds() > busyShare*wall.Seconds()*cores {
		add("this process (the embedded provider included, where that is the target) used %.0f %% of its %.3g processors", 100*cpu.Seconds()/wall.Seconds()/cores, cores)
	}
	return reasons
}
