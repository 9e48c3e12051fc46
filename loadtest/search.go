package loadtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Search says how to look for the highest rate that holds the thresholds. The
// rate starts at Options.Rate and doubles until one does not hold; between the
// last that did and that one it is narrowed down by halves, and what is found
// is confirmed by a run of the full duration.
type Search struct {
	Step      time.Duration // how long each rate is tried; default a third of Options.Duration, at least 2 s
	Max       float64       // the highest rate that is tried; default DefaultMaxRate
	Precision float64       // how close to each other the two ends are in the end, as a ratio; default 0.05
	Wait      time.Duration // how long a target may take to answer again after a rate that did not hold; default DefaultRestartWait
}

// Defaults and bounds of a search.
const (
	DefaultMaxRate     = 50_000.0
	DefaultRestartWait = 30 * time.Second

	leastStep       = 2 * time.Second
	maxConfirmTries = 4
	confirmBackOff  = 0.9 // of the rate that could not be confirmed
	keptShare       = 0.95
)

func (s *Search) complete(o *Options) error {
	setDefault(&s.Step, max(leastStep, o.Duration/3))
	setDefault(&s.Max, DefaultMaxRate)
	setDefault(&s.Precision, 0.05)
	setDefault(&s.Wait, DefaultRestartWait)
	switch {
	case s.Step < 0:
		return optionError("the duration of a search step must not be negative")
	case s.Wait < 0:
		return optionError("the time that a target may take to answer again must not be negative")
	case s.Max < o.Rate:
		return optionError("the highest rate to try, %g/s, is below the first, %g/s", s.Max, o.Rate)
	case !(s.Precision > 0 && s.Precision < 1):
		return optionError("the precision of the search must be between 0 and 1, not %g", s.Precision)
	}
	return nil
}

// trial is what came of a rate.
type trial struct {
	*run.Load
	completed float64 // transactions that ended a second, rightly or not
	down      bool    // it was stopped because the target, or the proxy before it, went down
}

// interrupted says that the rate was not tried to its end, and no other can be.
func (t *trial) interrupted() bool { return t.Stopped != "" && !t.down }

// searcher tries rates. try is an attack at a rate; it is a field so that the
// search can be tested on its own. ready waits until the target answers after a rate
// that did not hold: what that has left it with is not to be counted against the next.
type searcher struct {
	s     *Search
	try   func(rate float64, duration time.Duration) (*trial, error)
	ready func(after float64) error
	full  time.Duration
	steps []run.SearchStep
}

// findMax searches and returns the figures of the run that confirmed the
// result, or, when no rate holds or one could not be tried, of the last one tried.
// The error says why none could be.
func findMax(ctx context.Context, o *Options, at func(from, to float64, d time.Duration) *attack, progress func(Progress)) (*run.Load, error) {
	s := &searcher{s: o.FindMax, full: o.Duration}
	var tried []*run.Load
	var probe func(context.Context) error
	s.try = func(rate float64, d time.Duration) (*trial, error) {
		one := at(rate, rate, d)
		probe = prober(o, one.dial, one.mainURL())
		l, err := one.run(ctx, func(p Progress) {
			p.Phase = fmt.Sprintf("%s at %.4g/s", p.Phase, rate)
			progress(p)
		})
		o.StartAt = time.Time{} // the next rate begins when this one has ended
		if err != nil {
			one.teach()
			return nil, err
		}
		one.evaluate(l)
		tried = append(tried, l)
		return &trial{Load: l, completed: one.acc.completed(), down: l.Stopped != "" && l.Sent > 0 && ctx.Err() == nil}, nil
	}
	s.ready = func(after float64) error {
		if o.KeepGoing {
			return nil
		}
		progress(Progress{Phase: fmt.Sprintf("waiting for the target after %.4g/s", after)})
		err := answersAgain(ctx, probe, s.s.Wait)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted while it waited for the target after %s", run.Quantity(after, "/s"))
		case err != nil:
			return fmt.Errorf("the target did not answer again within %s after %s: %w", s.s.Wait, run.Quantity(after, "/s"), err)
		}
		return nil
	}
	if each := o.Checkpoint; each != nil {
		o.Checkpoint = func(l *run.Load) time.Duration {
			l.Search = slices.Clone(s.steps)
			for _, other := range tried {
				keep(other, l)
			}
			l.Examples = nil
			o.Redactor.Load(l)
			return each(l)
		}
	}
	t, err := s.search(o.Rate)
	var l *run.Load
	if err == nil {
		l = t.Load
	} else {
		if len(tried) == 0 {
			return nil, err
		}
		// What was found out until then stays found out.
		l = tried[len(tried)-1]
		l.Stopped = "the search ended early: " + o.Redactor.Sentence(err.Error())
	}
	l.Search = s.steps
	for _, other := range tried {
		keep(other, l)
	}
	return l, nil
}

// holds says whether a rate was held: every threshold, and the rate itself.
// No response may be wrong. Without a threshold on errors of the user's own, one
// error in a hundred is too many. What held although the harness was slow to
// send has held; what did not hold then says nothing about the target, and the
// reason says so.
func holds(rate float64, t *trial) (bool, string) {
	if n := t.Judge().WrongResponses(); n > 0 {
		return false, fmt.Sprintf("%d answers were wrong", n)
	}
	reason := whyNot(rate, t)
	if reason != "" && t.Stopped == "" && t.Harness.Limited {
		reason += "; the harness was the limit: " + strings.Join(t.Harness.Reasons, "; ")
	}
	return reason == "", reason
}

func whyNot(rate float64, tried *trial) string {
	if tried.Stopped != "" {
		return tried.Stopped
	}
	errors := false
	for _, t := range tried.Thresholds {
		errors = errors || t.OnErrors() && t.Expression != DefaultThreshold
		switch {
		case t.Unmeasured:
			return t.Name() + " was not measured"
		case !t.OK:
			was := "was"
			if t.OnErrors() {
				was = "were"
			}
			return fmt.Sprintf("%s %s %s", t.Name(), was, run.Quantity(t.Value, t.Unit()))
		}
	}
	wrong := 0
	for _, n := range tried.Errors {
		wrong += n
	}
	switch {
	case tried.Requests == 0:
		return "nothing was answered"
	case !errors && float64(wrong) > 0.01*float64(tried.Requests):
		return fmt.Sprintf("%d of %d failed", wrong, tried.Requests)
	case tried.RateSent < keptShare*rate:
		return fmt.Sprintf("%s were sent", run.Quantity(tried.RateSent, "/s"))
	case tried.completed < keptShare*rate:
		return fmt.Sprintf("%s were completed", run.Quantity(tried.completed, "/s"))
	}
	return ""
}

// step tries a rate. It is an error when that cannot be done.
func (s *searcher) step(rate float64, d time.Duration) (t *trial, ok bool, err error) {
	if n := len(s.steps); n > 0 && !s.steps[n-1].OK {
		if err := s.ready(s.steps[n-1].Rate); err != nil {
			return nil, false, err
		}
	}
	if t, err = s.try(rate, d); err != nil {
		s.steps = append(s.steps, run.SearchStep{Rate: round(rate, 3), Reason: "nothing could be sent", Limited: true})
		return nil, false, err
	}
	ok, reason := holds(rate, t)
	limited := !ok && !t.down && t.Harness.Limited && !t.Judge().Failed()
	s.steps = append(s.steps, run.SearchStep{Rate: round(rate, 3), OK: ok, Reason: reason, Limited: limited})
	return t, ok, nil
}

func (s *searcher) search(rate float64) (*trial, error) {
	good, bad := 0.0, 0.0
	for bad == 0 && good < s.s.Max {
		next := min(rate, s.s.Max)
		t, ok, err := s.step(next, s.s.Step)
		if err != nil || t.interrupted() {
			return t, err
		}
		if ok {
			good, rate = next, next*2
		} else {
			bad = next
		}
	}
	for good == 0 && bad > 1 {
		// Even the first rate was too high: look for one below it.
		next := bad / 2
		t, ok, err := s.step(next, s.s.Step)
		if err != nil || t.interrupted() {
			return t, err
		}
		if ok {
			good = next
		} else {
			bad = next
		}
	}
	for good > 0 && bad > 0 && bad-good > s.s.Precision*good {
		middle := (good + bad) / 2
		t, ok, err := s.step(middle, s.s.Step)
		if err != nil || t.interrupted() {
			return t, err
		}
		if ok {
			good = middle
		} else {
			bad = middle
		}
	}
	if good == 0 {
		good = bad
	}
	var t *trial
	for range maxConfirmTries {
		var ok bool
		var err error
		t, ok, err = s.step(good, s.full)
		if err != nil || ok || t.interrupted() {
			return t, err
		}
		good *= confirmBackOff
	}
	return t, nil
}
