package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// figure is a chart as the report shows it: heading, legend, drawing.
type figure struct {
	Title, Text string
	Legend      []legendEntry
	SVG         template.HTML
}

type legendEntry struct {
	Class, Name string
	Dot         bool
}

func drawn(c chart) figure {
	f := figure{Title: c.Title, Text: c.Text, SVG: c.svg()}
	for _, l := range c.Lines {
		if l.Name == "" {
			continue
		}
		f.Legend = append(f.Legend, legendEntry{l.Class, l.Name, l.Loose})
	}
	return f
}

// maxPoints is how many points a line has at most: more than can be distinguished.
const maxPoints = 320

// loadFigures draws what a load test measured.
func loadFigures(l *run.Load) []figure {
	var out []figure
	seconds := samples(l)
	if len(seconds) > 1 {
		out = append(out, drawn(latencyOverTime(seconds)), drawn(rates(seconds)))
		if c, some := backlog(seconds); some {
			out = append(out, drawn(c))
		}
		if c, some := errorsOverTime(seconds); some {
			out = append(out, drawn(c))
		}
	}
	if c := sentByPart(l); len(c.Lines) > 0 {
		out = append(out, drawn(c))
	}
	if c := percentiles(l); len(c.Lines) > 0 {
		out = append(out, drawn(c))
	}
	if len(l.Search) > 0 {
		out = append(out, drawn(search(l)))
	}
	return out
}

// sample is a stretch of a load test: rates a second, latencies in milliseconds.
type sample struct {
	second                    int
	asked, sent, done, errors float64
	left, came, backlog       float64
	p50, p99, max             float64
	worst                     int     // the second, or first of several, that had the slowest answer
	seconds                   float64 // how long the stretch is
}

// samples joins neighbouring seconds of a long test: rates by their mean,
// latencies by the worst, so that no spike is lost.
func samples(l *run.Load) []sample {
	group := max(1, (len(l.Series)+maxPoints-1)/maxPoints)
	var out []sample
	for part := range slices.Chunk(l.Series, group) {
		one := sample{second: part[0].Second}
		for _, s := range part {
			one.seconds += s.Covers(l.DurationS)
			one.asked += s.Asked
			one.sent += float64(s.Sent)
			one.done += float64(s.Done)
			one.errors += float64(s.Errors)
			one.left += float64(s.Left)
			one.came += float64(s.Came)
			one.backlog = max(one.backlog, float64(s.Backlog))
			if s.Max > one.max {
				one.max, one.worst = s.Max, s.Second
			}
			one.p50, one.p99 = max(one.p50, s.P50), max(one.p99, s.P99)
		}
		for _, v := range []*float64{&one.asked, &one.sent, &one.done, &one.errors, &one.left, &one.came} {
			*v /= one.seconds
		}
		out = append(out, one)
	}
	return out
}

func pick(series []sample, value func(sample) float64) []point {
	out := make([]point, len(series))
	for i, s := range series {
		out[i] = point{float64(s.second), value(s)}
	}
	return out
}

func latencyOverTime(series []sample) chart {
	if answered := slices.DeleteFunc(slices.Clone(series), func(s sample) bool { return s.max == 0 }); len(answered) > 0 {
		series = answered // where nothing was due, no latency was nought
	}
	worst := series[0]
	low, high := math.Inf(1), 0.0
	for _, s := range series {
		if s.max > worst.max {
			worst = s
		}
		if s.p50 > 0 {
			low = min(low, s.p50)
		}
		high = max(high, s.max)
	}
	return chart{
		Title: "Latency over time", Text: fmt.Sprintf("The slowest answer took %s, in second %d.", milliseconds(worst.max), worst.worst),
		XLabel: "seconds from the start, by intended send time", YLabel: "milliseconds", LogY: high > 40*low,
		Lines: []line{
			{Name: "slowest", Class: "s3", Points: pick(series, func(s sample) float64 { return s.max })},
			{Name: "p99", Class: "s2", Points: pick(series, func(s sample) float64 { return s.p99 })},
			{Name: "p50", Class: "s1", Points: pick(series, func(s sample) float64 { return s.p50 })},
		},
	}
}

// rates draws what was asked, sent and answered as it was measured: sent when it
// went out, answered when the response came. Records of before say that only by
// when a request was due.
func rates(series []sample) chart {
	c := chart{
		Title: "Rate asked, sent and answered", Text: "Where sent parts from asked, the harness was late; where answered parts from sent, the target was.",
		XLabel: "seconds from the start", YLabel: "requests a second",
		Lines: []line{
			{Name: "answered or failed", Class: "s1", Area: true, Points: pick(series, func(s sample) float64 { return s.came })},
			{Name: "sent", Class: "s2", Points: pick(series, func(s sample) float64 { return s.left })},
			{Name: "asked", Class: "s4", Points: pick(series, func(s sample) float64 { return s.asked })},
		},
	}
	if !timed(series) {
		c.Text = "By when each request was due: where the lines part, requests were not sent or not answered."
		c.Lines[0].Points = pick(series, func(s sample) float64 { return s.done })
		c.Lines[1].Points = pick(series, func(s sample) float64 { return s.sent })
	}
	return c
}

// timed says that the record knows when requests went out and answers came.
func timed(series []sample) bool {
	return slices.ContainsFunc(series, func(s sample) bool { return s.left > 0 })
}

// backlog draws what had piled up: requests on their way at the end of each
// stretch, and answers that waited to be judged.
func backlog(series []sample) (c chart, some bool) {
	underWay, most := make([]point, len(series)), 0.0
	sent := 0.0
	for i, s := range series {
		sent += (s.left - s.came) * s.seconds
		underWay[i] = point{float64(s.second), max(0, math.Round(sent))}
		most = max(most, underWay[i].Y)
	}
	waiting := pick(series, func(s sample) float64 { return s.backlog })
	for _, p := range waiting {
		most = max(most, p.Y)
	}
	return chart{
		Title: "Backlog", Text: fmt.Sprintf("At most %s at once: the harness sends by its plan, whatever has come back.", number(most)),
		XLabel: "seconds from the start", YLabel: "requests, or answers",
		Lines: []line{
			{Name: "requests without an answer yet", Class: "s1", Area: true, Points: underWay},
			{Name: "answers that waited to be judged", Class: "s3", Points: waiting},
		},
	}, timed(series)
}

func errorsOverTime(series []sample) (c chart, some bool) {
	total, worst := 0.0, series[0]
	for _, s := range series {
		total += s.errors * s.seconds
		if s.errors > worst.errors {
			worst = s
		}
	}
	return chart{
		Title: "Errors over time", Text: fmt.Sprintf("%s in all; most from second %d on, %s a second.", plural(int(math.Round(total)), "error"), worst.second, number(worst.errors)),
		XLabel: "seconds from the start", YLabel: "errors a second",
		Lines: []line{{Name: "errors", Class: "s3", Area: true, Points: pick(series, func(s sample) float64 { return s.errors })}},
	}, total > 0
}

// partOrder is the order of the steps of one login.
var partOrder = []string{"authorize", "login-page", "token", "verify", "userinfo", "decrypt", "login"}

func partNames(l *run.Load) []string {
	var names []string
	for name := range l.Parts {
		names = append(names, name)
	}
	place := func(name string) int {
		if i := slices.Index(partOrder, name); i >= 0 {
			return i
		}
		return len(partOrder)
	}
	slices.SortFunc(names, func(a, b string) int {
		if place(a) != place(b) {
			return place(a) - place(b)
		}
		if a < b {
			return -1
		}
		return 1
	})
	return names
}

// percentiles draws each part's latency over the share of responses that were
// faster, on an axis where every further nine has the same room.
func percentiles(l *run.Load) chart {
	c := chart{
		Title: "Latency by percentile", Text: "How slow the slowest answers are: the further right, the rarer.",
		XLabel: "percentile", YLabel: "milliseconds", LogX: true,
		XTicks: []tick{{0, "0"}, {nines(50), "50"}, {nines(90), "90"}, {nines(99), "99"}, {nines(99.9), "99.9"}, {nines(99.99), "99.99"}, {nines(99.999), "99.999"}},
	}
	low, high := math.Inf(1), 0.0
	for i, name := range partNames(l) {
		points := percentilePoints(l.Parts[name])
		if len(points) == 0 || i >= mostClasses {
			continue
		}
		for _, p := range points {
			if p.Y > 0 {
				low = min(low, p.Y)
			}
			high = max(high, p.Y)
		}
		c.Lines = append(c.Lines, line{Name: clip(name, 40), Class: fmt.Sprintf("s%d", i+1), Points: points})
	}
	c.LogY = high > 40*low
	return c
}

// nines maps a percentile to the axis: 0 to 0, 90 to 1, 99 to 2.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

func percentilePoints(p run.Part) []point {
	if p.Count == 0 {
		return nil
	}
	var out []point
	h, unit, err := run.DecodeHistogram(p)
	if err != nil {
		for _, at := range []struct{ percentile, value float64 }{{0, p.Latency.Min}, {50, p.Latency.P50}, {90, p.Latency.P90}, {95, p.Latency.P95}, {99, p.Latency.P99}, {99.9, p.Latency.P999}} {
			out = append(out, point{nines(at.percentile), at.value})
		}
		return out
	}
	last := nines(100 - 100/float64(max(p.Count, 2)))
	for i := range 81 {
		at := last * float64(i) / 80
		percentile := 100 * (1 - math.Pow(10, -at))
		out = append(out, point{at, float64(h.ValueAtQuantile(percentile)) * unit})
	}
	return out
}

// sortedKinds lists kinds of errors, the most frequent first.
func sortedKinds(errors map[string]int) []string {
	var kinds []string
	for kind := range errors {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if errors[a] != errors[b] {
			return errors[b] - errors[a]
		}
		return strings.Compare(a, b)
	})
	return kinds
}
