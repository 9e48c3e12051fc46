package loadtest

import (
	"fmt"
	"runtime"
	"time"

	"sgidcheck/internal/run"
)

// spending is what the process and its connections had used at one moment.
type spending struct {
	at                                         time.Time
	cpu                                        time.Duration
	bytesIn, bytesOut, connections, handshakes uint64
}

func (a *attack) spent() spending {
	cpu, _ := processUsage()
	return spending{
		at: time.Now(), cpu: cpu,
		bytesIn: a.wire.bytesIn.Load(), bytesOut: a.wire.bytesOut.Load(),
		connections: a.wire.connections.Load(), handshakes: a.wire.handshakes.Load(),
	}
}

// Where the harness counts as the limit.
const (
	lateFloor  = 10 * time.Millisecond // sends that are late by less are no finding
	lateShare  = 0.1                   // of the latency's p99, by which the p99 of lateness may grow
	busyShare  = 0.95                  // of all processors
	unsentFrom = 0.001                 // share of planned requests that were never sent
)

// result draws up the figures of the run.
func (a *attack) result(before spending, sending time.Duration, end *ending, unjudged, full uint64) *run.Load {
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
	l := a.figures(covered, before)
	if early {
		if l.Stopped = stopText(stopped, a.abandoned.Load(), unjudged); reason != "" {
			l.Stopped = downReason(stopped, reason)
		}
	}
	a.limited(l, before, early, full)
	return l
}

// figures is what was counted, up to covered from the load's start.
func (a *attack) figures(covered time.Duration, before spending) *run.Load {
	after := a.spent()
	l := a.mark(a.acc.load(a.o.Scenario, covered))
	l.BytesIn = after.bytesIn - before.bytesIn
	l.BytesOut = after.bytesOut - before.bytesOut
	l.Connections = after.connections - before.connections
	l.Handshakes = after.handshakes - before.handshakes
	if a.codes != nil {
		l.ExpiredCodes = a.codes.expired.Load()
	}
	return l
}

// limited puts into the figures what the harness used, and whether it was the limit.
func (a *attack) limited(l *run.Load, before spending, early bool, full uint64) {
	now, rss := processUsage()
	cpu, wall := now-before.cpu, time.Since(before.at)
	l.Harness = run.Harness{CPUSeconds: round(cpu.Seconds(), 3), MaxRSSBytes: rss}
	l.Harness.Reasons = a.limits(l, cpu, wall, early, full)
	l.Harness.Limited = len(l.Harness.Reasons) > 0
}

// limits says in which ways the harness, and not the target, was the limit.
func (a *attack) limits(l *run.Load, cpu, wall time.Duration, early bool, full uint64) (reasons []string) {
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	a.acc.mu.Lock()
	late, sent, backlog := a.acc.lag.quantile(99), a.acc.sent, a.acc.backlog
	a.acc.mu.Unlock()

	main := l.Parts[partNames[a.acc.main]].Latency.P99
	if limit := max(milliseconds(lateFloor), lateShare*main); late > limit {
		text := "one request in a hundred was sent more than %.1f ms after it was due"
		if a.busiest.Load() >= int64(a.o.Workers) {
			text += fmt.Sprintf(": all %d workers were waiting for answers (more: --workers)", a.o.Workers)
		}
		add(text, late)
	}
	var missing uint64
	if a.codes != nil {
		if missing = a.codes.missing.Load(); missing > 0 {
			add("%d requests were not sent because no authorization code was ready: codes were not minted fast enough", missing)
		}
		if err := a.codes.err(); err != nil && !early {
			add("minting authorization codes ended early: %v", a.o.Redactor.Sentence(err.Error()))
		}
	}
	planned := a.plan.planned()
	if unsent := planned - min(planned, sent+missing); !early && float64(unsent) > unsentFrom*float64(planned) {
		add("%d of %d planned requests could not be sent in time", unsent, planned)
	}
	if n := a.starved.Load(); n > 0 {
		add("%d requests could not be sent: %v, or hold fewer connections with --connections", n, a.starvedBy.Load())
	}
	if full > 0 {
		add("judging could not keep up: %d answers had to wait until there was room for them, after %d that waited already", full, backlog)
	}
	if cores := runtime.GOMAXPROCS(0); wall > time.Second && cpu.Seconds() > busyShare*wall.Seconds()*float64(cores) {
		add("this process (the embedded provider included, where that is the target) used %.0f %% of its %d processors", 100*cpu.Seconds()/wall.Seconds()/float64(cores), cores)
	}
	return reasons
}
