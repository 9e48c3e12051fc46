package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
)

// Campaign is one run over a plan.
type Campaign struct {
	Plan       []Planned
	Waivers    []run.Waiver
	Now        func() time.Time // for waivers; nil: the clock
	NoEvidence bool             // keep no exchanges: the verdicts alone are wanted
	CheckLimit time.Duration    // how long one check may take; 0: no limit
	Before     func(Check)      // told before a check is judged
	After      func(run.Check)  // told what it came to; also for skipped ones
	// Between is called after each check that may have hurt the target.
	Between func(context.Context, Check)
	// GinkgoOutput takes Ginkgo's own console output; nil: thrown away.
	GinkgoOutput io.Writer
	// Reporter is handed to RunSpecs; nil: failures are in the record alone.
	Reporter ginkgo.GinkgoTestingT
}

type silent struct{}

func (silent) Fail() {}

// Run judges the plan's checks as Ginkgo specs, one after the other in the
// plan's order, and returns how many of them were not reached because ctx
// ended. Ginkgo's RunSpecs runs once a process, and so does Run.
func (c *Campaign) Run(ctx context.Context, title string) (unreached int, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.GinkgoOutput == nil {
		c.GinkgoOutput = io.Discard
	}
	if c.Reporter == nil {
		c.Reporter = silent{}
	}
	reached := 0
	defer func() {
		unreached = len(c.Plan) - reached
		if p := recover(); p != nil {
			err = fmt.Errorf("the checks could not be run: %v", p)
		}
	}()
	ginkgo.Describe(title, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		for _, p := range c.Plan {
			ginkgo.It(p.Check.ID+" "+p.Check.Title, ginkgo.Label(p.Check.Area(), string(p.Check.Level), p.Check.ID), func(spec ginkgo.SpecContext) {
				if ctx.Err() != nil {
					ginkgo.Skip("the run was interrupted")
				}
				out, judged := c.one(ctx, spec, p)
				if !judged {
					ginkgo.Skip("the run was interrupted")
				}
				reached++
				c.report(out)
			})
		}
	})
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.GracePeriod = 5 * time.Second
	suite.Timeout = 24 * time.Hour
	reporter.NoColor = true
	stdout := formatter.ColorableStdOut
	formatter.ColorableStdOut = c.GinkgoOutput
	defer func() { formatter.ColorableStdOut = stdout }()
	ginkgo.RunSpecs(c.Reporter, title, suite, reporter)
	return unreached, nil
}

// one judges one planned check; judged is false where the run was interrupted
// in the middle of it.
func (c *Campaign) one(ctx context.Context, spec context.Context, p Planned) (out run.Check, judged bool) {
	if p.Skip != "" {
		return p.skipped(ctx), true
	}
	if c.Before != nil {
		c.Before(p.Check)
	}
	limited, cancel := context.WithCancel(ctx)
	if c.CheckLimit > 0 {
		limited, cancel = context.WithTimeout(ctx, c.CheckLimit)
	}
	defer cancel()
	defer context.AfterFunc(spec, cancel)()
	t := newT(limited, p.Check)
	t.noEvidence = c.NoEvidence
	out = t.judge(p.body)
	if ctx.Err() != nil || errors.Is(spec.Err(), context.Canceled) {
		return out, false // what an interrupt may have cut short is no verdict
	}
	if c.Between != nil && p.Check.Phase >= Crowding {
		c.Between(ctx, p.Check)
	}
	return Waive(out, c.Waivers, c.Now()), true
}

func (c *Campaign) report(out run.Check) {
	if c.After != nil {
		c.After(out)
	}
	switch out.Verdict {
	case run.Fail:
		ginkgo.Fail(out.Observed)
	case run.Skip, run.Blocked:
		ginkgo.Skip(string(out.Verdict) + ": " + out.Reason)
	case run.Warn, run.Info, run.Waived, run.StaleWaiver:
		ginkgo.AddReportEntry(string(out.Verdict), out.Observed)
	}
}
