package loadtest

import (
	"context"
	"fmt"
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
}

// Defaults and bounds of a search.
const (
	DefaultMaxRate  = 50_000.0
	leastStep       = 2 * time.Second
	maxConfirmTries = 4
	confirmBackOff  = 0.9 // of the rate that could not be confirmed
	keptShare       = 0.95
)

func (s *Search) complete(o *Options) error {
	setDefault(&s.Step, max(leastStep, o.Duration/3))
	setDefault(&s.Max, DefaultMaxRate)
	setDefault(&s.Precision, 0.05)
	switch {
	case s.Step < 0:
		return optionError("the duration of a search step must not be negative")
	case s.Max < o.Rate:
		return optionError("the highest rate to try, %g/s, is below the first, %g/s", s.Max, o.Rate)
	case !(s.Precision > 0 && s.Precision < 1):
		return optionError("the precision of the search must be between 0 and 1, not %g", s.Precision)
	}
	return nil
}

// searcher tries rates. try is an attack at a rate; it is a field so that the
// search can be tested on its own.
type searcher struct {
	s     *Search
	try   func(rate float64, duration time.Duration) (*run.Load, error)
	holds func(rate float64, l *run.Load) (ok bool, reason string)
	full  time.Duration
	steps []run.SearchStep
}

// findMax searches and returns the figures of the run that confirmed the
// result, or, when no rate holds or one could not be tried, of the last one tried.
// The error says why none could be.
func findMax(ctx context.Context, o *Options, at func(from, to float64, d time.Duration) *attack, progress func(Progress)) (*run.Load, error) {
	s := &searcher{s: o.FindMax, full: o.Duration}
	var tried []*run.Load
	s.try = func(rate float64, d time.Duration) (*run.Load, error) {
		one := at(rate, rate, d)
		l, err := one.run(ctx, func(p Progress) {
			p.Phase = fmt.Sprintf("%s at %.4g/s", p.Phase, rate)
			progress(p)
		})
		if err != nil {
			one.teach()
			return l, err
		}
		one.evaluate(l)
		tried = append(tried, l)
		return l, nil
	}
	s.holds = holds
	l, err := s.search(o.Rate)
	if err != nil {
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
func holds(rate float64, l *run.Load) (bool, string) {
	if n := l.Judge().WrongResponses(); n > 0 {
		return false, fmt.Sprintf("%d answers were wrong", n)
	}
	reason := whyNot(rate, l)
	if reason != "" && l.Harness.Limited {
		reason += "; the harness was the limit: " + strings.Join(l.Harness.Reasons, "; ")
	}
	return reason == "", reason
}

func whyNot(rate float64, l *run.Load) string {
	errors := false
	for _, t := range l.Thresholds {
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
	for _, n := range l.Errors {
		wrong += n
	}
	switch {
	case l.Stopped != "":
		return l.Stopped
	case l.Requests == 0:
		return "nothing was answered"
	case !errors && float64(wrong) > 0.01*float64(l.Requests):
		return fmt.Sprintf("%d of %d failed", wrong, l.Requests)
	case l.RateSent < keptShare*rate:
		return fmt.Sprintf("%s were sent", run.Quantity(l.RateSent, "/s"))
	case !errors && l.RateAchieved < keptShare*rate:
		return fmt.Sprintf("%s were achieved", run.Quantity(l.RateAchieved, "/s"))
	}
	return ""
}

func (s *searcher) step(rate float64, d time.Duration) (*run.Load, bool, error) {
	l, err := s.try(rate, d)
	if err != nil {
		s.steps = append(s.steps, run.SearchStep{Rate: round(rate, 3), Reason: "nothing could be sent", Limited: true})
		return nil, false, err
	}
	ok, reason := s.holds(rate, l)
	s.steps = append(s.steps, run.SearchStep{Rate: round(rate, 3), OK: ok, Reason: reason, Limited: !ok && l.Harness.Limited && !l.Judge().Failed()})
	return l, ok, nil
}

func (s *searcher) search(rate float64) (*run.Load, error) {
	good, bad := 0.0, 0.0
	for bad == 0 && good < s.s.Max {
		next := min(rate, s.s.Max)
		l, ok, err := s.step(next, s.s.Step)
		if err != nil || l.Stopped != "" {
			return l, err
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
		l, ok, err := s.step(next, s.s.Step)
		if err != nil || l.Stopped != "" {
			return l, err
		}
		if ok {
			good = next
		} else {
			bad = next
		}
	}
	for good > 0 && bad > 0 && bad-good > s.s.Precision*good {
		middle := (good + bad) / 2
		l, ok, err := s.step(middle, s.s.Step)
		if err != nil || l.Stopped != "" {
			return l, err
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
	var l *run.Load
	for range maxConfirmTries {
		var ok bool
		var err error
		l, ok, err = s.step(good, s.full)
		if err != nil || ok || l.Stopped != "" {
			return l, err
		}
		good *= confirmBackOff
	}
	return l, nil
}
