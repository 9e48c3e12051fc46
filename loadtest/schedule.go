package loadtest

import (
	"math"
	"time"
)

// A schedule says when each request of a load test is meant to be sent. It is
// fixed before the first request, and nothing the target does moves it: that is
// what makes the load open-loop and the latencies free of coordinated omission.
//
// The warm-up comes first, at the rate the load begins with; its requests are
// sent like all others and left out of every figure.
type schedule struct {
	from     float64 // requests per second at the start of the load
	slope    float64 // by how much the rate grows in a second
	warmup   time.Duration
	duration time.Duration
	warm     uint64 // requests of the warm-up
	total    uint64 // requests of the warm-up and the load

	part, parts uint64 // this process sends request part of the plan, and every parts-th after it
}

// newSchedule plans a load of from requests per second, rising or falling
// linearly to to, that lasts duration after warmup. limit, when not 0, cuts the
// plan after that many requests, the warm-up's included, and with it the time
// the load lasts.
func newSchedule(from, to float64, warmup, duration time.Duration, limit uint64) schedule {
	s := schedule{from: from, warmup: warmup, duration: duration, parts: 1}
	if from != to {
		s.slope = (to - from) / duration.Seconds()
	}
	s.warm = countBefore(from*warmup.Seconds(), func(n uint64) bool { return s.warmAt(n) < warmup })
	s.total = s.warm + countBefore(s.hits(duration), func(n uint64) bool { return s.loadAt(n) < duration })
	if limit > 0 && s.total > limit {
		s.total = limit
		s.warm = min(s.warm, limit)
		s.duration = s.loadAt(s.total - s.warm)
	}
	return s
}

// split is the share of the plan that is part's, of so many parts. The
// requests of a share are numbered from 0 like those of a plan; all times are
// those of the whole.
func (s schedule) split(part, parts uint64) schedule {
	s.part, s.parts = part, parts
	return s
}

// number is which request of the whole plan request seq of this share is.
func (s schedule) number(seq uint64) uint64 { return s.part + seq*s.parts }

// share is how many of the plan's first n requests are in this share.
func (s schedule) share(n uint64) uint64 {
	if n <= s.part {
		return 0
	}
	return (n-s.part-1)/s.parts + 1
}

// count is the number of requests of this share, the warm-up's included.
func (s schedule) count() uint64 { return s.share(s.total) }

// countBefore counts the n for which before holds, given that it holds up to
// some n and never after, and that estimate is within one of the answer.
func countBefore(estimate float64, before func(uint64) bool) uint64 {
	n := uint64(math.Max(0, math.Floor(estimate)))
	for n > 0 && !before(n-1) {
		n--
	}
	for before(n) {
		n++
	}
	return n
}

// hits is the number of requests due t after the load has begun, as a real number.
func (s schedule) hits(t time.Duration) float64 {
	x := t.Seconds()
	return s.from*x + s.slope*x*x/2
}

func (s schedule) warmAt(n uint64) time.Duration {
	return seconds(float64(n) / s.from)
}

// loadAt is when the load's request n (the first is 0) is due, from the load's
// start: hits solved for t.
func (s schedule) loadAt(n uint64) time.Duration {
	if s.slope == 0 {
		return seconds(float64(n) / s.from)
	}
	root := s.from*s.from + 2*s.slope*float64(n)
	if root < 0 {
		return math.MaxInt64 // a falling ramp that reaches 0 never gets to request n
	}
	// This form of the quadratic's solution stays exact for from near 0 and for
	// a slope near 0.
	return seconds(2 * float64(n) / (s.from + math.Sqrt(root)))
}

// at is when request seq is due, from the start of the warm-up.
func (s schedule) at(seq uint64) time.Duration {
	n := s.number(seq)
	if n < s.warm {
		return s.warmAt(n)
	}
	t := s.loadAt(n - s.warm)
	if t > math.MaxInt64-s.warmup {
		return math.MaxInt64
	}
	return s.warmup + t
}

// offset is when request seq is due, from the start of the load; ok is false
// for a request of the warm-up.
func (s schedule) offset(seq uint64) (t time.Duration, ok bool) {
	n := s.number(seq)
	if n < s.warm {
		return 0, false
	}
	return s.loadAt(n - s.warm), true
}

// planned is the number of requests of this share of the load, without the warm-up.
func (s schedule) planned() uint64 { return s.share(s.total) - s.share(s.warm) }

// end is when the last planned second of the load is over, from the start of
// the warm-up.
func (s schedule) end() time.Duration { return s.warmup + s.duration }

// due is the number of requests of this share due from a until b, both from the
// load's start; not a whole number.
func (s schedule) due(a, b time.Duration) float64 {
	if b > s.duration {
		b = s.duration
	}
	if a >= b {
		return 0
	}
	return (s.hits(b) - s.hits(a)) / float64(s.parts)
}

// rate is the rate asked of this share t after the start of the warm-up.
func (s schedule) rate(t time.Duration) float64 {
	t = min(max(t-s.warmup, 0), s.duration)
	return (s.from + s.slope*t.Seconds()) / float64(s.parts)
}

// seconds turns a number of seconds into a duration, to the nearest nanosecond.
func seconds(s float64) time.Duration {
	if s >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(s * 1e9))
}
