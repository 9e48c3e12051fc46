package run

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func addCounts(maps ...map[string]int) map[string]int {
	sum := map[string]int{}
	for _, m := range maps {
		for kind, n := range m {
			sum[kind] += n
		}
	}
	return sum
}

// Covers is how many seconds of a load that lasted so long s is of: its width, and less
// where the load ended within it.
func (s Second) Covers(durationS float64) float64 {
	width := float64(max(1, s.Width))
	if left := durationS - float64(s.Second); s.Width > 1 && left > 0 {
		return min(width, math.Ceil(left))
	}
	return width
}

// secondUnitMS is the unit of a second's histogram: microseconds.
const secondUnitMS = 1e-3

// mergeSeries adds the seconds of several tests. Where their seconds are of
// different widths, all are folded to the widest. A second's percentiles are those
// of all parts where each has a histogram of it; else the worst is kept.
func mergeSeries(lists ...[]Second) ([]Second, error) {
	width := 1
	for _, s := range slices.Concat(lists...) {
		width = max(width, s.Width)
	}
	byPlace := map[int][]Second{}
	for _, s := range slices.Concat(lists...) {
		s.Second -= s.Second % width
		byPlace[s.Second] = append(byPlace[s.Second], s)
	}
	var out []Second
	for _, place := range slices.Sorted(maps.Keys(byPlace)) {
		one := Second{Second: place}
		if width > 1 {
			one.Width = width
		}
		var distributions []Part
		exact := true
		for _, s := range byPlace[place] {
			one.Asked += s.Asked
			one.Sent += s.Sent
			one.Left += s.Left
			one.Came += s.Came
			one.Done += s.Done
			one.Errors += s.Errors
			one.Backlog += s.Backlog
			one.P50, one.P99, one.Max = max(one.P50, s.P50), max(one.P99, s.P99), max(one.Max, s.Max)
			if s.Histogram != "" {
				distributions = append(distributions, Part{Count: 1, Histogram: s.Histogram, UnitMS: secondUnitMS, Latency: Latency{Max: s.Max}})
			}
			exact = exact && (s.Histogram != "" || s.Done == 0 || s.Max == 0)
		}
		if exact && len(distributions) > 0 {
			merged, err := mergeParts(distributions)
			if err != nil {
				return nil, fmt.Errorf("second %d: %w", place, err)
			}
			one.P50, one.P99 = merged.Latency.P50, merged.Latency.P99
		}
		out = append(out, one)
	}
	return out, nil
}

// mergeParts puts distributions together without loss.
func mergeParts(parts []Part) (Part, error) {
	var out Part
	var whole *hdrhistogram.Histogram
	unit, sum := 0.0, 0.0
	for _, p := range parts {
		out.Errors += p.Errors
		if p.Count == 0 {
			continue
		}
		h, u, err := DecodeHistogram(p)
		switch {
		case err != nil:
			return Part{}, err
		case whole == nil:
			whole, unit, out.Latency.Min = h, u, p.Latency.Min
		case u/unit < 0.9 || u/unit > 1.1:
			return Part{}, errors.New("the histograms count in different units")
		default:
			if dropped := whole.Merge(h); dropped > 0 {
				return Part{}, fmt.Errorf("%d values of one histogram are beyond the range of the other", dropped)
			}
		}
		out.Count += p.Count
		sum += p.Latency.Mean * float64(p.Count)
		out.Latency.Min, out.Latency.Max = min(out.Latency.Min, p.Latency.Min), max(out.Latency.Max, p.Latency.Max)
	}
	if whole == nil {
		return out, nil
	}
	encoded, err := whole.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return Part{}, err
	}
	out.Histogram, out.UnitMS = string(encoded), unit
	// A histogram's values stand for a range; no quantile is beyond the slowest.
	at := func(quantile float64) float64 {
		return min(max(roundTo(float64(whole.ValueAtPercentile(quantile))*unit, 6), out.Latency.Min), out.Latency.Max)
	}
	l := &out.Latency
	l.Mean = roundTo(sum/float64(out.Count), 6)
	l.P50, l.P90, l.P95, l.P99, l.P999 = at(50), at(90), at(95), at(99), at(99.9)
	return out, nil
}

// DecodeHistogram returns the part's HDR histogram, and what one of its units
// is in milliseconds. Where the part does not say, the unit is found from its figures.
func DecodeHistogram(p Part) (h *hdrhistogram.Histogram, unitMS float64, err error) {
	if p.Histogram == "" {
		return nil, 0, errors.New("it holds no histogram, so that its percentiles cannot be merged")
	}
	h, err = decodeHistogram(p.Histogram)
	if err != nil {
		return nil, 0, fmt.Errorf("its histogram cannot be read: %w", err)
	}
	if p.UnitMS > 0 {
		return h, p.UnitMS, nil
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
	if highest := h.HighestTrackableValue(); h.Max() >= highest && p.Latency.Max > float64(highest)*secondUnitMS {
		return h, secondUnitMS, nil // the slowest was beyond what a histogram of microseconds holds
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
