package reports

import (
	"math"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestSamplesKeepSpikesAndRates(t *testing.T) {
	l := &run.Load{DurationS: 3205}
	for i := range 3205 {
		s := run.Second{Second: i, Asked: 50, Sent: 50, Done: 50, P50: 1, P99: 2, Max: 3}
		if i == 1717 {
			s.Max, s.Errors = 900, 50
		}
		l.Series = append(l.Series, s)
	}
	wide := &run.Load{DurationS: 37}
	for i, n := range []float64{16, 16, 5} {
		wide.Series = append(wide.Series, run.Second{Second: 16 * i, Width: 16, Asked: 50 * n, Sent: uint64(50 * n), Done: uint64(50 * n), P50: 1, P99: 2, Max: 3})
	}
	for name, l := range map[string]*run.Load{"many seconds": l, "wide seconds": wide} {
		series := samples(l)
		if len(series) > maxPoints {
			t.Errorf("%s: %d points", name, len(series))
		}
		for _, s := range series {
			if math.Abs(s.asked-50) > 1e-9 || math.Abs(s.sent-50) > 1e-9 || math.Abs(s.done-50) > 1e-9 {
				t.Errorf("%s: second %d: asked %v, sent %v, done %v a second, want 50", name, s.second, s.asked, s.sent, s.done)
			}
		}
	}
	if text := latencyOverTime(samples(l)).Text; !strings.Contains(text, "900 ms, in second 1717") {
		t.Error(text)
	}
	if c, some := errorsOverTime(samples(l)); !some || !strings.HasPrefix(c.Text, "50 errors in all") {
		t.Errorf("%v, %s", some, c.Text)
	}
}

func TestTicksCoverWhatTheyMust(t *testing.T) {
	for _, c := range [][2]float64{{0, 0}, {0, 1}, {0, 7}, {0, 0.003}, {3, 3}, {1, 60}, {0, 1e12}, {1e300, 1e300}, {-5, 5}} {
		ticks := linearTicks(c[0], c[1], 5)
		if len(ticks) < 2 || len(ticks) > 20 || ticks[0].At > c[0] || ticks[len(ticks)-1].At < c[1] {
			t.Errorf("%v: %v", c, ticks)
		}
	}
	for _, c := range [][2]float64{{0, 0}, {0.5, 1200}, {1, 1}, {1e-9, 1e9}} {
		ticks := logTicks(c[0], c[1])
		if len(ticks) < 2 || ticks[0].At > max(c[0], 0.01)+1e-12 || ticks[len(ticks)-1].At < c[1] {
			t.Errorf("log %v: %v", c, ticks)
		}
	}
}

func TestPercentilesComeFromTheFiguresWhereThereIsNoHistogram(t *testing.T) {
	points := percentilePoints(run.Part{Count: 100, Latency: run.Latency{Min: 1, P50: 2, P90: 3, P95: 4, P99: 5, P999: 6, Max: 7}, Histogram: "damaged"})
	if len(points) != 6 || points[0].Y != 1 || math.Abs(points[4].X-2) > 1e-9 || points[4].Y != 5 {
		t.Errorf("%v", points)
	}
	for _, p := range points {
		if math.IsInf(p.X, 0) || math.IsNaN(p.X) {
			t.Errorf("%v", p)
		}
	}
}

func TestChartsOfNothingAreNotDrawn(t *testing.T) {
	if svg := (chart{}).svg(); svg != "" {
		t.Error(svg)
	}
	if f := loadFigures(&run.Load{}); len(f) != 0 {
		t.Error(f)
	}
	if f := decryptFigures(&run.Decrypt{}); len(f) != 0 {
		t.Error(f)
	}
	for _, c := range []chart{{Lines: []line{{Points: []point{{0, 0}}}}}, {LogY: true, Lines: []line{{Points: []point{{1, 0}, {2, 0}}}}}} {
		if svg := string(c.svg()); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || svg == "" {
			t.Error(svg)
		}
	}
}

// A login has as many parts as the charts have lines, the whole login among them.
func TestEveryPartOfALoginIsDrawn(t *testing.T) {
	l := &run.Load{Parts: map[string]run.Part{}}
	for _, name := range partOrder {
		l.Parts[name] = run.Part{Count: 100, Latency: run.Latency{Min: 1, P50: 2, P90: 3, P95: 4, P99: 5, P999: 6, Max: 7}}
	}
	record := &run.Record{Load: l}
	for _, c := range []chart{percentiles(l), latencyTrend([]*run.Record{record, record})} {
		class := map[string]bool{}
		for i, drawn := range c.Lines {
			if i >= len(partOrder) || drawn.Name != partOrder[i] || class[drawn.Class] {
				t.Errorf("%s: line %d is %s, in %s", c.Title, i, drawn.Name, drawn.Class)
			}
			class[drawn.Class] = true
			if n := strings.Count(reportCSS, "--"+drawn.Class+": #"); n != 3 || !strings.Contains(reportCSS, "."+drawn.Class+" {") {
				t.Errorf("%s has a colour in %d palettes of the style sheet, want 3", drawn.Class, n)
			}
		}
		if len(c.Lines) != len(partOrder) {
			t.Errorf("%s: %d of %d parts", c.Title, len(c.Lines), len(partOrder))
		}
	}
}
