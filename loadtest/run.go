package loadtest

import (
	"context"
	"fmt"
	"net"
	"time"

	"sgidcheck/internal/run"
)

// Progress is where a load test is. Counts include the warm-up.
type Progress struct {
	Phase   string        // preparing, minting, warm-up, load, judging or a step of the search
	Done    int           // of Of, in phases that count something
	Of      int           // 0 where nothing is counted
	Rate    float64       // asked for now, per second
	Elapsed time.Duration // since the load's first request
	Planned time.Duration // of the whole load
	Sent    uint64
	Ended   uint64 // answered, correctly or not, and judged
	Errors  uint64
	Backlog int // answers waiting to be judged
}

// Run puts load on a target as o says and returns the figures. progress, when
// not nil, is called about four times a second, from one goroutine at a time.
//
// When ctx is done, the load stops within a second and what was measured until
// then is returned, with Load.Stopped set and no error. An error means that
// there are no figures: it wraps ErrHostRefused when the target may not be
// loaded, and ErrOptions when an option cannot be used, in both cases before any
// request was sent; any other says which step of the preparation failed, and may quote
// the target: o.Redactor knows the secrets in it.
func Run(ctx context.Context, o Options, progress func(Progress)) (*run.Load, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	o.Guard.Through(o.Route)
	if err := o.Guard.Check(ctx, o.urls()...); err != nil {
		return nil, err
	}
	first := &attack{o: &o, ctx: ctx, aside: &aside{}, shard: o.shard()}
	defer first.teach() // before the caller redacts an error
	if note := o.Note; note != nil {
		o.Note = func(text string) { note(first.shown(text)) }
	}
	for _, p := range o.proxies() {
		if o.Note != nil {
			o.Note(fmt.Sprintf("the load went through %s: what that adds to latencies, and its own limits, are in the figures (name the host in NO_PROXY to leave it out)", p))
		}
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: o.Timeout, KeepAlive: 15 * time.Second}).DialContext
	}
	dial = o.Guard.dialContext(dial)
	w := newWire(&o, dial)
	defer w.close()
	if o.Live {
		o.Minter = w.carry(o.Minter)
	}
	o.Minter = o.bound(o.Minter)
	first.wire, first.dial = w, dial
	plan := first.at(o.Rate, o.RampTo, o.Duration)
	plan.checkpoint(plan.empty())
	if late := o.tooLate(); late > 0 {
		return plan.late(late), nil
	}
	progress(Progress{Phase: "preparing"})
	if err := first.prepare(ctx, func(phase string, done, of int) {
		progress(Progress{Phase: phase, Done: done, Of: of})
	}); err != nil {
		return nil, err
	}
	if o.Results != nil {
		first.results = newResults(o.Results)
		defer func() {
			if missing := first.results.close(); missing != "" && o.Note != nil {
				o.Note(missing)
			}
		}()
	}
	if o.Scenario == Userinfo && o.Minter != nil && !o.Attended && len(o.Logins) == 0 {
		// Over all steps of a search, whose tokens grow old together.
		renewing, stop := context.WithCancel(ctx)
		defer stop()
		go first.ring.renew(renewing, o.renewEvery, first.login)
	}
	var load *run.Load
	var err error
	if o.FindMax != nil {
		load, err = findMax(ctx, &o, first.at, progress)
	} else {
		one := first.at(o.Rate, o.RampTo, o.Duration)
		if load, err = one.run(ctx, progress); err == nil {
			one.evaluate(load)
		}
	}
	if err != nil {
		return nil, err
	}
	for kind, n := range first.aside.counts() {
		if load.Aside == nil {
			load.Aside = map[string]int{}
		}
		load.Aside[kind] += n
	}
	first.teach() // what was shown before it was known here
	o.Redactor.Load(load)
	return load, nil
}

// at is an attack at another rate, with what the preparation has found out.
func (a *attack) at(from, to float64, duration time.Duration) *attack {
	plan := a.o.plan(from, to, duration)
	acc := newAccounting(plan, a.o.Scenario.main())
	acc.first, acc.detailed = a.o.first(), a.o.Shared
	if a.o.FindMax != nil {
		acc.ends = newCompletions(plan.duration)
	}
	return &attack{
		o: a.o, wire: a.wire, dial: a.dial, judge: a.judge, ring: a.ring, aside: a.aside, results: a.results, shard: a.shard,
		tokenURL: a.tokenURL, userinfoURL: a.userinfoURL,
		plan: plan, acc: acc,
	}
}

// stopText says why a load ended before its time.
func stopText(at time.Duration, abandoned, unjudged uint64) string {
	text := fmt.Sprintf("interrupted %.1f s into the load", max(0, at).Seconds())
	if abandoned > 0 {
		text += fmt.Sprintf("; %d under way were given up", abandoned)
	}
	if unjudged > 0 {
		text += fmt.Sprintf("; %d answers were not judged", unjudged)
	}
	return text
}
