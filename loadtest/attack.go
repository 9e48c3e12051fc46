package loadtest

import (
	"context"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"sgidcheck/internal/run"
)

const (
	lateGrace     = time.Second            // how long after the plan's end requests that are late still go out
	stopGrace     = 500 * time.Millisecond // how long judging goes on after a stop
	progressEvery = 250 * time.Millisecond
)

// run carries the attack out and draws up its figures, thresholds left out.
func (a *attack) run(parent context.Context, progress func(Progress)) (*run.Load, error) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	a.ctx = ctx
	a.pace = newPacer(ctx, a.plan, a.o.grace, a.o.StartAt)
	if a.o.Scenario != Userinfo && !a.o.Live {
		if err := a.o.waitUntil(ctx, a.o.MintAhead, "minting begins", progress); err != nil {
			return nil, err
		}
		a.codes = newCodeStore(ctx, minting{
			minter: a.o.Minter, minters: a.o.Minters, plan: a.plan, begins: a.o.StartAt, ahead: a.o.MintAhead,
			restartWait: a.o.RestartWait, keepGoing: a.o.KeepGoing, note: a.o.Note, passed: a.aside.add,
		})
		defer a.codes.close()
		if err := a.codes.fill(ctx, func(have, want int) {
			progress(Progress{Phase: "minting", Done: have, Of: want})
		}); err != nil {
			return nil, err
		}
	}
	if err := a.o.waitUntil(ctx, beforeStart, "the load begins", progress); err != nil {
		return nil, err
	}
	if late := a.o.tooLate(); late > 0 {
		return a.late(late), nil
	}
	if a.o.Check == CheckFull {
		a.pool = newPool(a.o.Judges, a.o.Backlog, a.judgeJob)
	}
	end := &ending{}
	if !a.o.KeepGoing {
		a.noCodes = func(err error) {
			end.set(time.Now(), "no more authorization codes could be minted: "+a.shown(err.Error()))
			cancel()
		}
		a.health = &health{ctx: ctx, probe: prober(a.o, a.dial, a.mainURL()), down: func(reason string) {
			end.set(time.Now(), reason)
			cancel()
		}}
	}
	defer context.AfterFunc(ctx, func() {
		end.set(time.Now(), "")
		if a.pool != nil {
			time.AfterFunc(stopGrace, a.pool.abort)
		}
	})()

	progress(Progress{Phase: "sending"})
	stopProgress := a.watch(progress)
	stopCheckpoints := a.checkpoints()
	if a.codes != nil {
		a.codes.begin()
	}
	a.drive()
	var unjudged uint64
	if a.pool != nil {
		a.pool.add(max(0, runtime.GOMAXPROCS(0)-a.o.Judges))
		unjudged = a.pool.close()
	}
	stopProgress()
	stopCheckpoints()
	return a.result(end, unjudged), nil
}

// drive runs vegeta until the plan or the run is at its end and every request
// under way has ended.
func (a *attack) drive() {
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: a}),
		vegeta.Workers(uint64(min(a.o.Workers, vegeta.DefaultWorkers))),
		vegeta.MaxWorkers(uint64(a.o.Workers)),
	)
	stop := context.AfterFunc(a.ctx, func() { attacker.Stop() })
	defer stop()
	address := a.mainURL().String()
	targeter := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, address
		return nil
	}
	for range attacker.Attack(targeter, a.pace, 0, "") {
		// What the result says is accounted for already.
	}
}

func (a *attack) mainURL() *url.URL {
	if a.o.Scenario == Userinfo {
		return a.userinfoURL
	}
	return a.tokenURL
}

// ending is when and why a run ended before its plan did; the first reason counts.
type ending struct {
	mu     sync.Mutex
	early  bool
	at     time.Time
	reason string // empty: it was interrupted
}

func (e *ending) set(at time.Time, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.early {
		e.early, e.at, e.reason = true, at, reason
	}
}

func (e *ending) get() (at time.Time, reason string, early bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.at, e.reason, e.early
}

// watch calls progress now and then until the function it returns is called.
func (a *attack) watch(progress func(Progress)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				progress(a.progress())
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (a *attack) progress() Progress {
	c := a.acc.counts()
	p := Progress{Phase: "load", Planned: a.plan.end(), Sent: c.sent, Ended: c.done, Errors: c.errors}
	if a.pool != nil {
		p.Backlog = a.pool.waiting()
	}
	select {
	case <-a.pace.ready:
		p.Elapsed = min(time.Since(a.pace.began), a.plan.end())
	default:
	}
	p.Rate = a.plan.rate(p.Elapsed)
	switch {
	case p.Elapsed < a.plan.warmup:
		p.Phase = "warm-up"
	case p.Elapsed >= a.plan.end():
		p.Phase = "judging"
	}
	return p
}
