package loadtest

import (
	"math"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"sgidcheck/internal/run"
)

// Latencies are recorded in microseconds, from 1 µs to ten minutes; what lies
// outside is recorded at the nearer end, while minimum and maximum stay exact.
const (
	histogramLowest  = 1
	histogramHighest = int64(10 * time.Minute / time.Microsecond)
	histogramUnitMS  = 1e-3 // a microsecond
	partDigits       = 3    // significant digits of a part's percentiles
	secondDigits     = 2    // significant digits of the percentiles of one second
)

// latencies is the distribution of one latency. Its size does not depend on
// how many are recorded.
type latencies struct {
	hist     *hdr.Histogram
	count    uint64
	sum      float64 // microseconds
	min, max time.Duration
}

func newLatencies(digits int) *latencies {
	return &latencies{hist: hdr.New(histogramLowest, histogramHighest, digits)}
}

func (l *latencies) record(d time.Duration) {
	if d < 0 {
		d = 0
	}
	if l.count == 0 || d < l.min {
		l.min = d
	}
	if d > l.max {
		l.max = d
	}
	l.count++
	l.sum += float64(d) / 1e3
	us := int64((d + time.Microsecond/2) / time.Microsecond)
	// The value is within the histogram's range, so there is no error to see.
	_ = l.hist.RecordValue(min(max(us, histogramLowest), histogramHighest))
}

func (l *latencies) merge(o *latencies) {
	if o.count == 0 {
		return
	}
	if l.count == 0 || o.min < l.min {
		l.min = o.min
	}
	l.max = max(l.max, o.max)
	l.count += o.count
	l.sum += o.sum
	l.hist.Merge(o.hist)
}

func (l *latencies) clone() *latencies {
	c := *l
	c.hist = hdr.Import(l.hist.Export())
	return &c
}

// quantile is the latency that q percent of all do not exceed, in milliseconds.
func (l *latencies) quantile(q float64) float64 {
	if l.count == 0 {
		return 0
	}
	v := time.Duration(l.hist.ValueAtPercentile(q)) * time.Microsecond
	return milliseconds(min(max(v, l.min), l.max))
}

// nthSlowest is the latency, in milliseconds, that n of all reach; 0 where there
// are fewer.
func (l *latencies) nthSlowest(n uint64) float64 {
	if l.count < n {
		return 0
	}
	return l.quantile(100 * float64(l.count-n+1) / float64(l.count))
}

func (l *latencies) summary() run.Latency {
	if l.count == 0 {
		return run.Latency{}
	}
	return run.Latency{
		Min:  milliseconds(l.min),
		Mean: math.Round(l.sum/float64(l.count)) / 1e3,
		P50:  l.quantile(50),
		P90:  l.quantile(90),
		P95:  l.quantile(95),
		P99:  l.quantile(99),
		P999: l.quantile(99.9),
		Max:  milliseconds(l.max),
	}
}

// milliseconds rounds to the microsecond: more digits would be noise.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/1e3) / 1e3
}

// encode writes the histogram in HdrHistogram's V2 compressed form, base64;
// its values are microseconds.
func (l *latencies) encode() string {
	if l.count == 0 {
		return ""
	}
	b, err := l.hist.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		return "" // only an unknown version is refused
	}
	return string(b)
}
