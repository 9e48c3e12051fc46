package main

import (
	"fmt"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/loadtest"
	"sgidcheck/reports"
)

// showProgress readies what is shown of a run of total checks; 0: not known.
func (j *job) showProgress(total int) error {
	mode := j.config.Progress
	if j.config.Quiet {
		mode = "none"
	}
	var err error
	if j.progress, err = reports.NewProgress(j.err, mode, total); err != nil {
		return exit(exitUsage, err)
	}
	j.closers = append(j.closers, func() error { j.progress.Close(); return nil })
	return nil
}

// waiting gives the screen, and the time that passes, to a person.
func (j *job) waiting() (resume func()) {
	if j.progress == nil {
		return func() {}
	}
	return j.progress.Pause()
}

// warn tells what went wrong beside the result, in every mode of progress.
func (j *job) warn(format string, args ...any) {
	text := "sgidcheck: " + fmt.Sprintf(format, args...)
	if j.progress == nil {
		tell(j.err, columnsOf(j.err), "", text)
		return
	}
	j.progress.Warn(text)
}

// works is what each planned check costs beside the others. A browser and waiting
// have a pace of their own; the embedded provider's clock is put on instead.
func works(plan []judge.Planned, embedded bool) map[string]reports.Work {
	out := map[string]reports.Work{}
	for _, p := range plan {
		kind := "requests"
		switch {
		case p.Check.Phase == judge.Browsing:
			kind = "browser"
		case p.Check.Phase == judge.Waiting && !embedded:
			kind = p.Check.ID // each waits as long as what it waits for lives
		}
		out[p.Check.ID] = reports.Work{Kind: kind, Cost: float64(p.Requests())}
	}
	return out
}

// loadSteps says where a load test is. What is left of it is known while it sends
// at one rate; how many rates a search tries, and how long a person takes, is not.
func loadSteps(o *loadtest.Options, attended bool) func(loadtest.Progress) reports.Step {
	var phase string
	var since time.Time
	return func(p loadtest.Progress) reports.Step {
		s := reports.Step{Text: loadStatus(p), Share: -1, Left: -1}
		if p.Phase != phase {
			phase, since = p.Phase, time.Now()
		}
		switch {
		case p.Planned > 0 && o.FindMax != nil:
		case p.Planned > 0:
			s.Share = min(1, float64(p.Elapsed)/float64(p.Planned))
			if p.Elapsed < p.Planned {
				s.Left = p.Planned - p.Elapsed
			}
		case p.Of > 0:
			s.Share = float64(p.Done) / float64(p.Of)
			if p.Done >= 3 && !attended && o.FindMax == nil {
				s.Left = time.Duration(float64(time.Since(since))/float64(p.Done)*float64(p.Of-p.Done)) + o.Warmup + o.Duration
			}
		}
		return s
	}
}

// loadStatus is a load test's progress in a few words.
func loadStatus(p loadtest.Progress) string {
	if p.Planned == 0 {
		if p.Of > 0 {
			return fmt.Sprintf("%s: %d of %d", p.Phase, p.Done, p.Of)
		}
		return p.Phase
	}
	text := fmt.Sprintf("%s at %.4g/s: %d sent, %d answered, %d errors", p.Phase, p.Rate, p.Sent, p.Ended, p.Errors)
	if p.Backlog > 0 {
		text += fmt.Sprintf(", %d to judge", p.Backlog)
	}
	return text
}

// attended says that people log in.
func attended(c *config.Config) bool { return c.Login == config.LoginInteractive }
