package loadtest

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"sgidcheck/internal/run"
)

// trimmed is the share of the transactions, first and last to end, that the rate of
// completions leaves out: how long the first takes to come, and the last, is latency.
const trimmed = 10 // one in so many

// completions are the times at which the transactions of a load ended, rightly or not.
// Those that never came to the target are not among them.
type completions struct {
	hist *hdr.Histogram // microseconds from the load's start
	most int64
	last time.Duration
}

// newCompletions is for loads up to so long; what ends an hour later counts as if it
// had ended then.
func newCompletions(d time.Duration) *completions {
	most := (d + time.Hour).Microseconds()
	return &completions{hist: hdr.New(histogramLowest, most, partDigits), most: most}
}

func (c *completions) record(o *outcome) {
	if c == nil || !run.Reached(o.kind) {
		return
	}
	c.last = max(c.last, o.end)
	// The value is within the histogram's range, so there is no error to see.
	_ = c.hist.RecordValue(min(max(o.end.Microseconds(), histogramLowest), c.most))
}

// rate is how many transactions a second were completed while the load lasted. It is
// the greater of two: all of them over the time until the last ended, which is less
// than the target can do by the time that the last was under way; and those in
// the middle over the time that they took, which no latency lessens as long
// as it does not grow. A target that queues falls behind by both.
func (c *completions) rate(sending time.Duration) float64 {
	n := c.hist.TotalCount()
	if n == 0 {
		return 0
	}
	whole := perSecond(float64(n), max(sending, c.last))
	first, last := n/trimmed, n-1-n/trimmed
	took := time.Duration(c.at(last)-c.at(first)) * time.Microsecond
	return max(whole, perSecond(float64(last-first), took))
}

// at is when the transaction ended that so many ended before.
func (c *completions) at(before int64) int64 {
	return c.hist.ValueAtQuantile(100 * float64(before+1) / float64(c.hist.TotalCount()))
}

// completed is the rate of completions of a load that was sent in full.
func (a *accounting) completed() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ends == nil {
		return 0
	}
	return a.ends.rate(max(a.plan.duration, a.lastSend))
}
