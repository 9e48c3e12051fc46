package loadtest

import (
	"time"

	"sgidcheck/internal/run"
)

// maxSeconds is how many points a time series has at most. When a run is
// longer, neighbours are put together: twice as long, half as many.
const maxSeconds = 600

// second is one point of a series: all requests that were due within it.
type second struct {
	sent, done, errors uint64
	left, came         uint64 // by when it was, not when it was due
	backlog            int
	latency            *latencies

	drawn run.Second // its figures when latency.count was drawnAt
	// A second is drawn again only where answers have come since: a checkpoint of a
	// long load must not keep its requests waiting.
	drawnAt uint64
}

func newSecond() *second { return &second{latency: newLatencies(secondDigits)} }

func (s *second) merge(o *second) {
	s.drawnAt, s.drawn = 0, run.Second{}
	s.sent += o.sent
	s.done += o.done
	s.errors += o.errors
	s.left += o.left
	s.came += o.came
	s.backlog = max(s.backlog, o.backlog)
	s.latency.merge(o.latency)
}

// series is a time series by intended send time, of bounded size.
type series struct {
	limit  int
	width  int // seconds that one point covers
	points []*second
}

func newSeries(limit int) *series { return &series{limit: limit, width: 1} }

// at is the point that time t, from the start of the load, falls into.
func (s *series) at(t time.Duration) *second {
	i := int(t/time.Second) / s.width
	for i >= s.limit {
		s.fold()
		i = int(t/time.Second) / s.width
	}
	for len(s.points) <= i {
		s.points = append(s.points, nil)
	}
	if s.points[i] == nil {
		s.points[i] = newSecond()
	}
	return s.points[i]
}

func (s *series) fold() {
	s.width *= 2
	half := s.points[:0]
	for i := 0; i < len(s.points); i += 2 {
		p := s.points[i]
		if i+1 < len(s.points) && s.points[i+1] != nil {
			if p == nil {
				p = s.points[i+1]
			} else {
				p.merge(s.points[i+1])
			}
		}
		half = append(half, p)
	}
	clear(s.points[len(half):])
	s.points = half
}

// draw brings percentiles, and the histogram where it is wanted, up to date.
func (s *second) draw(histogram bool) run.Second {
	if s.drawnAt != s.latency.count {
		s.drawnAt = s.latency.count
		s.drawn = run.Second{P50: s.latency.quantile(50), P99: s.latency.quantile(99), Max: milliseconds(s.latency.max)}
		if histogram {
			s.drawn.Histogram = s.latency.encode()
		}
	}
	return s.drawn
}

// seconds writes the series down, with what the plan asked for beside it, up to
// the time until (from the start of the load).
func (s *series) seconds(plan schedule, until time.Duration, histograms bool) []run.Second {
	width := time.Duration(s.width) * time.Second
	out := []run.Second{}
	for i := 0; i < len(s.points) || time.Duration(i)*width < until; i++ {
		start := time.Duration(i) * width
		var r run.Second
		if i < len(s.points) && s.points[i] != nil {
			p := s.points[i]
			r = p.draw(histograms)
			r.Sent, r.Done, r.Errors, r.Backlog = p.sent, p.done, p.errors, p.backlog
			r.Left, r.Came = p.left, p.came
		}
		r.Second, r.Asked = i*s.width, round(plan.due(start, min(start+width, until)), 3)
		if s.width > 1 {
			r.Width = s.width
		}
		out = append(out, r)
	}
	return out
}
