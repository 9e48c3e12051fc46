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
}

// Run judges the plan's checks, one after the other in the plan's order, and
// returns how many of them were not reached because ctx ended.
func (c *Campaign) Run(ctx context.Context) (unreached int) {
	for i, p := range c.Plan {
		if ctx.Err() != nil {
			return len(c.Plan) - i
		}
		out, judged := c.judge(ctx, p)
		if !judged {
			return len(c.Plan) - i
		}
		if c.After != nil {
			c.After(out)
		}
	}
	return 0
}

// judge judges one planned check; judged is false where the run was interrupted
// in the middle of it.
func (c *Campaign) judge(ctx context.Context, p Planned) (out run.Check, judged bool) {
	if p.Skip != "" {
		return c.redacted(p.skipped(ctx)), true
	}
	if c.Before != nil {
		c.Before(p.Check)
	}
	limited, cancel := context.WithCancel(ctx)
	if c.CheckLimit > 0 {
		limited, cancel = context.WithTimeout(ctx, c.CheckLimit)
	}
	defer cancel()
	out, ended := c.bounded(ctx, limited, p.Check)
	if !ended || ctx.Err() != nil {
		return out, false // what an interrupt may have cut short is no verdict
	}
	if c.Between != nil && p.Check.Phase >= Crowding {
		c.Between(ctx, p.Check)
	}
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return c.redacted(Waive(out, c.Waivers, now())), true
}

// bounded judges a check under limited. Where the run, which ctx stands for, is
// interrupted and the check does not come to its end, it is left behind.
func (c *Campaign) bounded(ctx, limited context.Context, check Check) (out run.Check, ended bool) {
	done := make(chan run.Check, 1)
	go func() {
		t := newT(limited, check)
		t.noEvidence = c.NoEvidence
		done <- t.judge(c.body(check.ID))
	}()
	grace := c.Grace
	if grace <= 0 {
		grace = 5 * time.Second
	}
	late := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(late) }) })()
	select {
	case out := <-done:
		return out, true
	case <-late:
		return run.Check{}, false
	}
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
