package run

import (
	"fmt"
	"strconv"
	"strings"
)

// WentDown is how the reason of a load that the target did not outlast begins.
const WentDown = "the target went down"

// Found is what a search for the highest rate came to, in one sentence without a
// full stop; "" where there was none.
func (l *Load) Found() string {
	if l == nil || len(l.Search) == 0 {
		return ""
	}
	return l.found() + l.alsoDown()
}

func (l *Load) found() string {
	last := l.Search[len(l.Search)-1]
	broke := l.brokeAt()
	switch {
	case !last.OK && broke == nil:
		return "no rate was confirmed to hold"
	case !last.OK:
		return fmt.Sprintf("no rate was confirmed to hold; at %s %s", perSecond(broke.Rate), broke.Reason)
	case broke == nil:
		return fmt.Sprintf("highest rate that held: %s, the highest that was tried", perSecond(last.Rate))
	}
	return fmt.Sprintf("highest rate that held: %s; at %s %s", perSecond(last.Rate), perSecond(broke.Rate), broke.Reason)
}

// alsoDown names the lowest rate at which the target went down, in a clause of its own,
// unless that is the rate at which it did not hold.
func (l *Load) alsoDown() string {
	broke := l.brokeAt()
	var lowest *SearchStep
	for i := range l.Search {
		if s := &l.Search[i]; strings.HasPrefix(s.Reason, WentDown) && (lowest == nil || s.Rate < lowest.Rate) {
			lowest = s
		}
	}
	if lowest == nil || broke != nil && strings.HasPrefix(broke.Reason, WentDown) && broke.Rate <= lowest.Rate {
		return ""
	}
	return fmt.Sprintf("; at %s %s", perSecond(lowest.Rate), WentDown)
}

// brokeAt is the lowest rate that did not hold, above the one that was confirmed;
// nil where there is none.
func (l *Load) brokeAt() *SearchStep {
	if len(l.Search) == 0 {
		return nil
	}
	last := l.Search[len(l.Search)-1]
	var lowest *SearchStep
	for i := range l.Search {
		s := &l.Search[i]
		if !s.OK && (!last.OK || s.Rate > last.Rate) && (lowest == nil || s.Rate < lowest.Rate) {
			lowest = s
		}
	}
	return lowest
}

func perSecond(rate float64) string { return Quantity(rate, "/s") }

// Quantity writes a value with its unit: "ms", "%", "/s", or none for a count.
func Quantity(v float64, unit string) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if v >= 1000 {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if unit == "ms" || unit == "%" {
		return text + " " + unit
	}
	return text + unit
}

// Name is the figure that the threshold is on, such as login.p99.
func (t Threshold) Name() string {
	if i := strings.IndexAny(t.Expression, "<>="); i >= 0 {
		return t.Expression[:i]
	}
	return t.Expression
}

// Unit is the unit of Value: "ms" of a latency, "%" of a share of errors, "/s" of
// a rate, "" of a count.
func (t Threshold) Unit() string {
	name := t.Name()
	switch {
	case t.OnErrors() && strings.HasSuffix(t.Expression, "%"):
		return "%"
	case strings.HasPrefix(name, "rate_"):
		return "/s"
	case !strings.Contains(name, "."), t.OnErrors(), strings.HasSuffix(name, ".count"):
		return ""
	}
	return "ms"
}
