package judge

import (
	"context"
	"time"

	"sgidcheck/internal/run"
)

// Campaign is one run over a plan. Campaigns share nothing: a process may run
// many, and several at once.
type Campaign struct {
	Plan []Planned
	// Body returns the function that judges the check with the given ID; nil:
	// there is none, and the check is blocked.
	Body       func(id string) func(*T)
	Waivers    []run.Waiver
	Now        func() time.Time // for waivers; nil: the clock
	NoEvidence bool             // keep no exchanges: the verdicts alone are wanted
	CheckLimit time.Duration    // how long one check may take; 0: no limit
	Grace      time.Duration    // how long a check may go on once the run was interrupted; 0: five seconds
	// Redact takes out of what a check came to what no report may hold; nil: nothing.
	Redact func(run.Check) run.Check
	Before func(Check)     // told before a check is judged
	After  func(run.Check) // told what it came to; also for skipped ones
	// Between is called after each check that may have hurt the target.
	Between func(context.Context, Check)
	// Broker serves the checks that declare the logins that they want, which are
	// then judged together; nil: each is judged by itself.
	Broker Broker
	// Begun is called after each shared login, with the checks that are under way.
	Begun func([]run.Begun)

	pooled []*pool
	early  map[string]run.Check // what checks came to before their specs were reached
}

// Run judges the plan's checks, one after the other in the plan's order, and
// returns how many of them were not reached because ctx ended.
func (c *Campaign) Run(ctx context.Context) (unreached int) {
	told := map[string]bool{}
	after := func(out run.Check) {
		told[out.ID] = true
		if c.After != nil {
			c.After(out)
		}
	}
	for _, p := range c.Plan {
		if told[p.Check.ID] {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		if c.pools(p) {
			if !c.judgeTogether(ctx, p, true, after) {
				break
			}
			continue
		}
		out, judged := c.judge(ctx, p)
		if !judged {
			break
		}
		after(out)
	}
	return len(c.Plan) - len(told)
}

// judge judges one planned check by itself; judged is false where the run was
// interrupted in the middle of it.
func (c *Campaign) judge(ctx context.Context, p Planned) (out run.Check, judged bool) {
	if p.Skip != "" {
		return c.redacted(p.skipped(ctx)), true
	}
	if c.Before != nil {
		c.Before(p.Check)
	}
	limited, cancel := c.limited(ctx)
	defer cancel()
	out, ended := c.bounded(ctx, limited, p)
	if !ended || ctx.Err() != nil {
		return out, false // what an interrupt may have cut short is no verdict
	}
	return c.final(ctx, p, out), true
}

// limited is ctx for one check.
func (c *Campaign) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.CheckLimit > 0 {
		return WithLimit(ctx, c.CheckLimit)
	}
	return context.WithCancel(ctx)
}

// final is what the record says of a check that came to out.
func (c *Campaign) final(ctx context.Context, p Planned, out run.Check) run.Check {
	if c.Between != nil && p.Check.Phase >= Crowding {
		c.Between(ctx, p.Check)
	}
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return c.redacted(Waive(out, c.Waivers, now()))
}

// bounded judges a check under limited. Where the run, which ctx stands for, is
// interrupted and the check does not come to its end, it is left behind.
func (c *Campaign) bounded(ctx, limited context.Context, p Planned) (out run.Check, ended bool) {
	done := make(chan run.Check, 1)
	go func() {
		t := newT(limited, p.Check)
		t.noEvidence, t.held = c.NoEvidence, p.Held
		done <- t.judge(c.body(p.Check.ID))
	}()
	late := c.lateness(ctx)
	defer late.stop()
	select {
	case out := <-done:
		return out, true
	case <-late.passed:
		return run.Check{}, false
	}
}

// lateness tells when a run that was interrupted is waited for no longer.
type lateness struct {
	passed chan struct{}
	stop   func() bool
}

func (c *Campaign) lateness(ctx context.Context) lateness {
	grace := c.Grace
	if grace <= 0 {
		grace = 5 * time.Second
	}
	late := make(chan struct{})
	return lateness{late, context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(late) }) })}
}

func (c *Campaign) redacted(out run.Check) run.Check {
	if c.Redact == nil {
		return out
	}
	return c.Redact(out)
}

func (c *Campaign) body(id string) func(*T) {
	if c.Body != nil {
		if body := c.Body(id); body != nil {
			return body
		}
	}
	return func(t *T) { t.Block("harness", "no target was opened") }
}
