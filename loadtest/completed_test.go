package loadtest

import (
	"testing"
	"time"
)

// A rate is completed when as many end as are sent. How long each is under way does
// not lessen it; a queue that grows does.
func TestCompletionsKeepPaceWhateverTheLatency(t *testing.T) {
	const rate = 160.0
	for name, c := range map[string]struct {
		ends        func(seq uint64, sent time.Duration) time.Duration
		least, most float64
	}{
		"at once":      {func(_ uint64, sent time.Duration) time.Duration { return sent }, 159, 162},
		"300 ms later": {func(_ uint64, sent time.Duration) time.Duration { return sent + 300*time.Millisecond }, 159, 162},
		"5 s later":    {func(_ uint64, sent time.Duration) time.Duration { return sent + 5*time.Second }, 159, 162},
		"at random, 50 to 350 ms later": {func(seq uint64, sent time.Duration) time.Duration {
			return sent + 50*time.Millisecond + time.Duration(seq*7919%301)*time.Millisecond
		}, 153, 170},
		"300 ms later, and the last takes 3 s": {func(seq uint64, sent time.Duration) time.Duration {
			if seq == 319 {
				return sent + 3*time.Second
			}
			return sent + 300*time.Millisecond
		}, 159, 162},
		"one after the other, 10 ms each": {func(seq uint64, _ time.Duration) time.Duration {
			return time.Duration(seq+1) * 10 * time.Millisecond
		}, 99, 101},
		"one after the other, 300 ms later": {func(seq uint64, _ time.Duration) time.Duration {
			return 300*time.Millisecond + time.Duration(seq+1)*10*time.Millisecond
		}, 99, 101},
		"the last first, 10 ms each": {func(seq uint64, _ time.Duration) time.Duration {
			return time.Duration(320-seq) * 10 * time.Millisecond
		}, 99, 101},
	} {
		t.Run(name, func(t *testing.T) {
			plan := newSchedule(rate, rate, 0, 2*time.Second, 0)
			acc := newAccounting(plan, partUserinfo)
			acc.ends = newCompletions(plan.duration)
			for seq := range plan.count() {
				at, _ := plan.offset(seq)
				acc.recordSent(seq, 0)
				acc.recordDone(&outcome{seq: seq, answered: true, end: c.ends(seq, at)})
				acc.recordDone(&outcome{seq: seq, kind: kindLocal}) // it came nowhere
			}
			if got := acc.completed(); got < c.least || got > c.most {
				t.Errorf("%g/s, want %g to %g", got, c.least, c.most)
			}
		})
	}
}

func TestTheFewestCompletions(t *testing.T) {
	c := newCompletions(time.Second)
	if got := c.rate(time.Second); got != 0 {
		t.Errorf("%g/s of none", got)
	}
	c.record(&outcome{end: 30 * time.Minute})
	if got := c.rate(time.Second); got > 0.001 || got <= 0 {
		t.Errorf("%g/s of one after half an hour", got)
	}
	c.record(&outcome{end: -time.Second}) // of an answer before its time by a clock that was set
	c.record(&outcome{end: 9 * time.Hour})
	if got := c.rate(time.Second); got > 0.001 || got <= 0 {
		t.Errorf("%g/s of three", got)
	}
}
