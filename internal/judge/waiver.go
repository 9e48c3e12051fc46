package judge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Waive applies the waivers to what a check came to. A failing check is waived
// where a waiver in force covers it, each of its failing cases where waivers
// name cases: it is blocked where that leaves cases that could not be judged. A waiver that has run out covers nothing: the verdict stands and
// the reason says so. A waiver over a check that passes is stale, but for one that a
// case may need that was left out.
func Waive(c run.Check, waivers []run.Waiver, now time.Time) run.Check {
	var mine []run.Waiver
	for _, w := range waivers {
		if w.Check == c.ID {
			mine = append(mine, w)
		}
	}
	if len(mine) == 0 {
		return c
	}
	inForce := slices.DeleteFunc(slices.Clone(mine), func(w run.Waiver) bool { return ranOut(w, now) })
	switch c.Verdict {
	case run.Fail, run.Warn:
		if covering := covers(inForce, c); covering != nil {
			if open := notJudged(c); covering.Case != "" && len(open) > 0 {
				c.Verdict, c.Reason = run.Blocked, "what fails is waived, and its cases "+strings.Join(open, ", ")+" could not be judged"
				return c
			}
			covering.Covers = c.Verdict
			c.Verdict, c.Waiver = run.Waived, covering
			c.Reason = covering.Reason
			if unneeded := holding(inForce, c); covering.Case != "" && len(unneeded) > 0 {
				c.Observed += run.NoLongerNeeded + strings.Join(unneeded, ", ")
			}
			return c
		}
		if expired := firstRanOut(mine, now); expired != nil {
			c.Waiver = expired
			c.Reason = "a waiver for it expired on " + expired.Until
		} else {
			c.Reason = "a waiver covers some of its cases, but not all that fail"
		}
	case run.Pass:
		stale, reason := firstRanOut(mine, now), "it passes: the waiver is no longer needed"
		if stale != nil {
			reason = "it passes, and the waiver expired on " + stale.Until
		} else if i := slices.IndexFunc(mine, func(w run.Waiver) bool { return !mayCover(w, c.LeftOut()) }); i >= 0 {
			stale = &mine[i]
		} else {
			return c
		}
		stale.Covers = c.Verdict
		c.Verdict, c.Waiver, c.Reason = run.StaleWaiver, stale, reason
	}
	return c
}

// notJudged names the cases of c that are blocked, each with why.
func notJudged(c run.Check) (names []string) {
	for _, one := range c.Cases {
		if one.Verdict == run.Blocked {
			names = append(names, one.Name+" ("+one.Observed+")")
		}
	}
	return names
}

// holding names the cases that a waiver is for, and that hold.
func holding(waivers []run.Waiver, c run.Check) (names []string) {
	for _, one := range c.Cases {
		if one.Verdict == run.Pass && slices.ContainsFunc(waivers, func(w run.Waiver) bool { return w.Case == one.Name }) {
			names = append(names, one.Name)
		}
	}
	return names
}

func firstRanOut(waivers []run.Waiver, now time.Time) *run.Waiver {
	i := slices.IndexFunc(waivers, func(w run.Waiver) bool { return ranOut(w, now) })
	if i < 0 {
		return nil
	}
	return &waivers[i]
}

// mayCover says whether the waiver is for one of the cases that were left out: what
// they come to may need it, although what was judged holds.
func mayCover(w run.Waiver, left []run.Case) bool {
	return slices.ContainsFunc(left, func(c run.Case) bool { return w.Case == "" || w.Case == c.Name })
}

func ranOut(w run.Waiver, now time.Time) bool {
	return now.UTC().Format(time.DateOnly) > w.Until
}

// covers returns the waiver that covers everything that fails in c: one for
// the whole check, or those for each failing case in one.
func covers(waivers []run.Waiver, c run.Check) *run.Waiver {
	byCase := map[string]*run.Waiver{}
	for i, w := range waivers {
		if w.Case == "" {
			return &waivers[i]
		}
		byCase[w.Case] = &waivers[i]
	}
	var all *run.Waiver
	for _, failed := range c.Cases {
		if failed.Verdict != run.Fail && failed.Verdict != run.Warn {
			continue
		}
		w := byCase[failed.Name]
		if w == nil {
			return nil
		}
		all = all.And(*w)
	}
	return all
}

// WaiveAnew applies the waivers to a check that was judged and waived earlier,
// perhaps by others.
func WaiveAnew(c run.Check, waivers []run.Waiver, now time.Time) run.Check {
	if c.Waiver != nil {
		switch c.Verdict {
		case run.Waived:
			c.Observed, _, _ = strings.Cut(c.Observed, run.NoLongerNeeded)
			c.Verdict, c.Reason = cmp.Or(c.Waiver.Covers, failing(Level(c.Level))), ""
		case run.StaleWaiver:
			c.Verdict, c.Reason = run.Pass, ""
		}
		c.Waiver = nil
	}
	return Waive(c, waivers, now)
}
