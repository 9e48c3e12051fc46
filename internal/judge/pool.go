package judge

import (
	"context"
	"iter"
	"slices"

	"sgidcheck/internal/run"
)

// Parked is a check that was begun and waits, in the middle of its body, for
// what a Broker hands to several checks at once.
type Parked struct {
	Planned
	Served int // how many logins it has had; the broker counts

	t     *T
	next  func() (any, bool)
	end   func()
	wish  any
	out   run.Check
	ended bool   // its body has
	told  bool   // its outcome was handed on
	after func() // called each time it waits again or has come to its end
}

// Wish is what the check waits for, as it was given to T.Await; nil where it
// does not wait any more.
func (w *Parked) Wish() any {
	if w.ended {
		return nil
	}
	return w.wish
}

// Resume hands the check what it waits for, and returns once it waits again or
// has come to its end.
func (w *Parked) Resume(answer any) {
	if w.ended {
		return
	}
	w.t.answer = answer
	w.step()
}

func (w *Parked) step() {
	var more bool
	if w.wish, more = w.next(); !more {
		w.ended = true
	}
	w.after()
}

// Broker serves checks that wait: by Resume it hands at least one of them what
// it waits for. Reserve is how many logins are to be left for MUSTs that come
// after these.
type Broker func(waiting []*Parked, reserve int)

// Pooled reports whether the check is judged together with others, each going
// on as soon as what it waits for is there.
func (t *T) Pooled() bool { return t.park != nil }

// Await waits until the campaign's broker answers the wish. The time does not
// count towards the check's limit.
func (t *T) Await(wish any) any {
	if l, _ := t.Context.Value(limitKey{}).(*limit); l != nil {
		l.pause()
		defer l.goOn()
	}
	if !t.park(wish) {
		panic(&stop{kind: stopBlocked, blockedBy: "harness", reason: "the run was interrupted"})
	}
	return t.answer
}

// pool is the checks of a campaign that are judged together.
type pool struct {
	phase  Phase
	checks []*Parked
	begun  bool
}

// station is the phase under which a pooled check waits: logins and what must
// be refused go together.
func station(p Phase) Phase {
	if p == LoggingIn {
		return Refusing
	}
	return p
}

func (c *Campaign) pools(p Planned) bool {
	return c.Broker != nil && p.Skip == "" && len(p.Check.Wants) > 0
}

// poolOf is the pool that the check is judged in.
func (c *Campaign) poolOf(p Planned) *pool {
	for _, g := range c.pooled {
		if g.phase == station(p.Check.Phase) {
			return g
		}
	}
	g := &pool{phase: station(p.Check.Phase)}
	for _, other := range c.Plan {
		if c.pools(other) && station(other.Check.Phase) == g.phase {
			g.checks = append(g.checks, &Parked{Planned: other})
		}
	}
	c.pooled = append(c.pooled, g)
	return g
}

// judgeTogether judges the pool that p belongs to, until p has come to its end
// or, where all is set, every check of it. It is told what each comes to as soon
// as that is known. The run was interrupted where it returns false.
func (c *Campaign) judgeTogether(ctx context.Context, p Planned, all bool, tell func(run.Check)) bool {
	g := c.poolOf(p)
	settled := make(chan run.Check, len(g.checks))
	go func() {
		defer close(settled)
		c.drive(ctx, g, func() bool {
			return !all && g.of(p.Check.ID).told
		}, func(w *Parked) { settled <- c.settle(ctx, w) })
	}()
	late := c.lateness(ctx)
	defer late.stop()
	for {
		select {
		case out, more := <-settled:
			if !more {
				return ctx.Err() == nil
			}
			tell(out)
		case <-late.passed:
			return false
		}
	}
}

func (g *pool) of(id string) *Parked {
	for _, w := range g.checks {
		if w.Check.ID == id {
			return w
		}
	}
	return nil
}

// drive begins the checks of a pool and has them served until enough is done.
func (c *Campaign) drive(ctx context.Context, g *pool, enough func() bool, ended func(*Parked)) {
	// A login is long: what has come to its end, and what of the others holds, is told
	// at once, and an interrupt takes along no more than what it has ended itself.
	progress := func() {
		if ctx.Err() != nil {
			return
		}
		for _, w := range g.checks {
			if w.ended && !w.told {
				w.told = true
				ended(w)
			}
		}
		if g.begun {
			c.tellBegun()
		}
	}
	for _, w := range g.checks {
		w.after = progress
	}
	if !g.begun {
		for _, w := range g.checks {
			if ctx.Err() == nil {
				c.begin(ctx, w)
			}
		}
		g.begun = true
	}
	for ctx.Err() == nil && !enough() {
		var waiting []*Parked
		for _, w := range g.checks {
			if !w.ended {
				waiting = append(waiting, w)
			}
		}
		if len(waiting) == 0 {
			return
		}
		c.Broker(waiting, c.reserve(g.phase))
	}
	if ctx.Err() != nil {
		for _, w := range g.checks {
			if w.end != nil {
				w.end()
			}
		}
	}
}

// begin runs a check's body up to where it waits for the first time.
func (c *Campaign) begin(ctx context.Context, w *Parked) {
	limited, cancel := c.limited(ctx)
	w.next, w.end = iter.Pull(func(yield func(any) bool) {
		defer cancel()
		w.t = newT(limited, w.Check)
		w.t.noEvidence = c.NoEvidence
		w.t.park, w.t.held = yield, w.Held
		w.out = w.t.judge(c.body(w.Check.ID))
	})
	w.step()
}

// tellBegun tells which checks wait in their middle, and what of them holds.
func (c *Campaign) tellBegun() {
	if c.Begun == nil {
		return
	}
	var begun []run.Begun
	for _, p := range c.Plan {
		if held := c.heldOf(p); len(held) > 0 {
			begun = append(begun, run.Begun{ID: p.Check.ID, Cases: held})
		}
	}
	c.Begun(begun)
}

// heldOf are the cases that hold of a check which waits, or whose turn has not come,
// those of an earlier part of the run among them: the run may be stopped again.
func (c *Campaign) heldOf(p Planned) []string {
	for _, g := range c.pooled {
		w := g.of(p.Check.ID)
		switch {
		case w == nil:
		case w.ended:
			return nil
		default:
			return slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.Held, w.t.heldCases()))))
		}
	}
	return p.Held
}

// heldCases are the cases that hold so far.
func (t *T) heldCases() []string {
	var out []string
	for _, c := range t.cases {
		if c.Verdict == run.Pass && !t.isTentative(c.Name) {
			out = append(out, c.Name)
		}
	}
	return out
}

// settle makes the verdict of a check that has come to its end.
func (c *Campaign) settle(ctx context.Context, w *Parked) run.Check {
	if c.Before != nil {
		c.Before(w.Check)
	}
	return c.final(ctx, w.Planned, w.out)
}

// reserve is how many logins MUSTs need that come after the phase.
func (c *Campaign) reserve(after Phase) int {
	return laterMusts(c.Plan, after)
}
