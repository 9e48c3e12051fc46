package judge

import (
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Waive applies the waivers to what a check came to. A failing check is waived
// where a waiver in force covers it, each of its failing cases where waivers
// name cases. A waiver that has run out covers nothing: the verdict stands and
// the reason says so. A waiver over a check that passes is stale.
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
			covering.Covers = c.Verdict
			c.Verdict, c.Waiver = run.Waived, covering
			c.Reason = covering.Reason
			return c
		}
		if len(inForce) < len(mine) {
			c.Waiver = &mine[0]
			c.Reason = "a waiver for it expired on " + mine[0].Until
		} else {
			c.Reason = "a waiver covers some of its cases, but not all that fail"
		}
	case run.Pass:
		w := mine[0]
		w.Covers = c.Verdict
		c.Verdict, c.Waiver = run.StaleWaiver, &w
		c.Reason = "it passes: the waiver is no longer needed"
		if ranOut(w, now) {
			c.Reason = "it passes, and the waiver expired on " + w.Until
		}
	}
	return c
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
		all = together(all, *w)
	}
	return all
}

// together is one waiver that says what both say, as far as the earlier end.
func together(all *run.Waiver, w run.Waiver) *run.Waiver {
	if all == nil {
		return &w
	}
	add := func(text *string, more string) {
		if more != "" && !slices.Contains(strings.Split(*text, "; "), more) {
			*text = strings.TrimPrefix(*text+"; "+more, "; ")
		}
	}
	add(&all.Case, w.Case)
	add(&all.Reason, w.Reason)
	add(&all.Approver, w.Approver)
	add(&all.Issue, w.Issue)
	all.Until = min(all.Until, w.Until)
	return all
}

// WaiveAnew applies the waivers to a check that was judged and waived earlier,
// perhaps by others.
func WaiveAnew(c run.Check, waivers []run.Waiver, now time.Time) run.Check {
	if c.Waiver != nil {
		switch c.Verdict {
		case run.Waived:
			c.Verdict, c.Reason = failing(Level(c.Level)), ""
		case run.StaleWaiver:
			c.Verdict, c.Reason = run.Pass, ""
		}
		c.Waiver = nil
	}
	return Waive(c, waivers, now)
}
