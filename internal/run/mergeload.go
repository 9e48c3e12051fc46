package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// mergeLoad adds the load test b, which ran beside a on another machine, to a.
// a may be nil. Second counts to second by the number of seconds since each
// began; a second's percentiles cannot be merged exactly, and the worse of the
// two is kept.
func mergeLoad(a, b *Load) (*Load, error) {
	if a == nil {
		whole := *b
		return &whole, nil
	}
	if a.Scenario != b.Scenario {
		return nil, fmt.Errorf("the records hold load tests of different scenarios, %s and %s: compare them instead", a.Scenario, b.Scenario)
	}
	if len(a.Thresholds)+len(b.Thresholds) > 0 {
		// Each expression was judged on a part of the load; a part that crossed
		// it stays crossed, and the value shown is that part's.
		crossed := map[string]int{}
		var all []Threshold
		for _, t := range slices.Concat(a.Thresholds, b.Thresholds) {
			i, ok := crossed[t.Expression]
			if !ok {
				crossed[t.Expression] = len(all)
				all = append(all, t)
			} else if !t.OK && (all[i].OK || all[i].Unmeasured) {
				all[i] = t
			}
		}
		a.Thresholds = all
	}
	out := *a
	out.RateAsked += b.RateAsked
	out.RateSent += b.RateSent
	out.RateAchieved += b.RateAchieved
	out.DurationS = max(a.DurationS, b.DurationS)
	out.Planned += b.Planned
	out.Requests += b.Requests
	out.Answers += b.Answers
	out.BytesIn += b.BytesIn
	out.BytesOut += b.BytesOut
	out.Connections += b.Connections
	out.Handshakes += b.Handshakes
	out.ExpiredCodes += b.ExpiredCodes
	out.Errors = addCounts(a.Errors, b.Errors)
	if len(a.Aside)+len(b.Aside) > 0 {
		out.Aside = addCounts(a.Aside, b.Aside)
	}
	out.Examples = slices.Concat(a.Examples, b.Examples)
	out.Search = slices.Concat(a.Search, b.Search)
	if out.Stopped == "" {
		out.Stopped = b.Stopped
	}
	out.Series = mergeSeries(a.Series, b.Series)
	out.Harness = Harness{
		CPUSeconds:  a.Harness.CPUSeconds + b.Harness.CPUSeconds,
		MaxRSSBytes: max(a.Harness.MaxRSSBytes, b.Harness.MaxRSSBytes),
		Limited:     a.Harness.Limited || b.Harness.Limited,
		Reasons:     union(a.Harness.Reasons, b.Harness.Reasons),
	}
	out.Parts = map[string]Part{}
	for name, p := range a.Parts {
		out.Parts[name] = p
	}
	for name, p := range b.Parts {
		merged, err := mergePart(out.Parts[name], p)
		if err != nil {
			return nil, fmt.Errorf("load part %s: %w", name, err)
		}
		out.Parts[name] = merged
	}
	return &out, nil
}

func addCounts(maps ...map[string]int) map[string]int {
	sum := map[string]int{}
	for _, m := range maps {
		for kind, n := range m {
			sum[kind] += n
		}
	}
	return sum
}

// mergeSeries adds the seconds of two tests. Where their seconds are of
// different widths, those of both are folded to the wider.
func mergeSeries(a, b []Second) []Second {
	width := 1
	for _, s := range slices.Concat(a, b) {
		width = max(width, s.Width)
	}
	var out []Second
	place := map[int]int{}
	for _, s := range slices.Concat(a, b) {
		s.Second -= s.Second % width
		s.Width = 0
		if width > 1 {
			s.Width = width
		}
		i, ok := place[s.Second]
		if !ok {
			place[s.Second] = len(out)
			out = append(out, s)
			continue
		}
		o := &out[i]
		o.Asked += s.Asked
		o.Sent += s.Sent
		o.Done += s.Done
		o.Errors += s.Errors
		o.Backlog += s.Backlog
		o.P50, o.P99, o.Max = max(o.P50, s.P50), max(o.P99, s.P99), max(o.Max, s.Max)
	}
	slices.SortStableFunc(out, func(x, y Second) int { return x.Second - y.Second })
	return out
}

func mergePart(a, b Part) (Part, error) {
	switch {
	case a.Count+a.Errors == 0:
		return b, nil
	case b.Count+b.Errors == 0:
		return a, nil
	}
	ha, unitA, err := DecodeHistogram(a)
	if err != nil {
		return Part{}, err
	}
	hb, unitB, err := DecodeHistogram(b)
	if err != nil {
		return Part{}, err
	}
	if ratio := unitA / unitB; ratio < 0.9 || ratio > 1.1 {
		return Part{}, errors.New("the histograms count in different units")
	}
	if dropped := ha.Merge(hb); dropped > 0 {
		return Part{}, fmt.Errorf("%d values of one histogram are beyond the range of the other", dropped)
	}
	encoded, err := ha.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return Part{}, err
	}
	at := func(quantile float64) float64 { return float64(ha.ValueAtQuantile(quantile)) * unitA }
	return Part{
		Count: a.Count + b.Count, Errors: a.Errors + b.Errors, Histogram: string(encoded),
		Latency: Latency{
			Min: min(a.Latency.Min, b.Latency.Min), Mean: ha.Mean() * unitA,
			P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9),
			Max: max(a.Latency.Max, b.Latency.Max),
		},
	}, nil
}

// DecodeHistogram returns the part's HDR histogram, and what one of its units
// is in milliseconds. The unit is found from the part's figures, so that a
// record says all that is needed to read it.
func DecodeHistogram(p Part) (h *hdrhistogram.Histogram, unitMS float64, err error) {
	if p.Histogram == "" {
		return nil, 0, errors.New("it holds no histogram, so that its percentiles cannot be merged")
	}
	h, err = decodeHistogram(p.Histogram)
	if err != nil {
		return nil, 0, fmt.Errorf("its histogram cannot be read: %w", err)
	}
	if h.Max() <= 0 || p.Latency.Max <= 0 {
		return h, 1e-3, nil
	}
	// The nearest of the units in use: nanoseconds, microseconds, milliseconds.
	unit := p.Latency.Max / float64(h.Max())
	for _, u := range []float64{1e-6, 1e-3, 1} {
		if unit > u*0.8 && unit < u*1.25 {
			return h, u, nil
		}
	}
	return nil, 0, errors.New("its histogram does not fit its percentiles")
}

// decodeHistogram keeps a damaged histogram from ending the program: the
// decoder trusts lengths in its input.
func decodeHistogram(encoded string) (h *hdrhistogram.Histogram, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged: %v", p)
		}
	}()
	return hdrhistogram.Decode([]byte(encoded))
}
