package reports

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"sgidcheck/internal/layout"
)

// point is one place on a line: x and y in the units of the axes.
type point struct{ X, Y float64 }

// mostClasses is how many lines the style sheet tells apart: one for each part of a login.
const mostClasses = 7

// line is one series of a chart. Class is its place in the style sheet (s1 …
// s7), which also gives it a dash pattern, so that print in grey can be read.
type line struct {
	Name   string
	Class  string
	Points []point
	Area   bool // filled down to the axis
	Dots   bool // each point drawn
	Loose  bool // no line between the points
}

// tick is one mark of an axis.
type tick struct {
	At    float64
	Label string
}

// chart is a line chart, drawn as SVG without script or style attributes, so
// that it lives under a strict content security policy.
type chart struct {
	Title, Text    string // what it shows, and its message in words for those who cannot see it
	XLabel, YLabel string
	Lines          []line
	XTicks         []tick // made from the points where nil
	LogX           bool   // the ticks are placed so; it is only said here
	LogY           bool
}

const (
	chartWidth, chartHeight               = 640.0, 280.0
	marginLeft, marginRight, marginBottom = 56.0, 24.0, 44.0
	marginTop                             = 30.0
)

// svg draws the chart with its legend.
func (c chart) svg() template.HTML {
	xs, ys := extent(c.Lines)
	if math.IsInf(xs[0], 0) {
		return ""
	}
	yTicks := linearTicks(0, ys[1], 5)
	low, high := 0.0, max(yTicks[len(yTicks)-1].At, ys[1])
	if c.LogY {
		yTicks = logTicks(ys[0], ys[1])
		low, high = math.Log10(yTicks[0].At), math.Log10(roundUp(ys[1], yTicks[len(yTicks)-1].At))
	}
	xTicks := c.XTicks
	if xTicks == nil {
		xTicks = linearTicks(xs[0], xs[1], 8)
	}
	if xs[1] == xs[0] {
		xs[1] = xs[0] + 1
	}
	x := func(v float64) float64 {
		return marginLeft + (v-xs[0])/(xs[1]-xs[0])*(chartWidth-marginLeft-marginRight)
	}
	y := func(v float64) float64 {
		if c.LogY {
			v = math.Log10(max(v, yTicks[0].At))
		}
		return chartHeight - marginBottom - (v-low)/(high-low)*(chartHeight-marginTop-marginBottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, chartHeight, attr(c.Title+". "+c.Text))
	for _, t := range yTicks {
		if y(t.At) < marginTop-1 {
			continue
		}
		fmt.Fprintf(&b, `<path class="grid" d="M%s %sH%s"/><text class="tick end" x="%s" y="%s">%s</text>`,
			px(marginLeft), px(y(t.At)), px(chartWidth-marginRight), px(marginLeft-8), px(y(t.At)+4), escapeText(t.Label))
	}
	for _, t := range xTicks {
		if t.At < xs[0] || t.At > xs[1] {
			continue
		}
		anchor, at := "tick mid", x(t.At)
		if half := 4 * float64(len(t.Label)); at+half > chartWidth { // a long label at an end stays inside
			anchor, at = "tick end", chartWidth
		} else if at < half {
			anchor, at = "tick", 0
		}
		fmt.Fprintf(&b, `<path class="notch" d="M%s %sv5"/><text class="%s" x="%s" y="%s">%s</text>`,
			px(x(t.At)), px(chartHeight-marginBottom), anchor, px(at), px(chartHeight-marginBottom+18), escapeText(t.Label))
	}
	fmt.Fprintf(&b, `<path class="axis" d="M%s %sH%s"/>`, px(marginLeft), px(chartHeight-marginBottom), px(chartWidth-marginRight))
	fmt.Fprintf(&b, `<text class="label mid" x="%s" y="%s">%s</text>`, px((marginLeft+chartWidth-marginRight)/2), px(chartHeight-6), escapeText(c.XLabel+scale(c.LogX)))
	fmt.Fprintf(&b, `<text class="label" x="0" y="14">%s</text>`, escapeText(c.YLabel+scale(c.LogY)))
	for _, l := range c.Lines {
		l.draw(&b, x, y, chartHeight-marginBottom)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

func scale(log bool) string {
	if log {
		return " (log scale)"
	}
	return " (linear scale)"
}

func (l line) draw(b *strings.Builder, x, y func(float64) float64, floor float64) {
	if len(l.Points) == 0 {
		return
	}
	var path strings.Builder
	for i, p := range l.Points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		path.WriteString(command + px(x(p.X)) + " " + px(y(p.Y)))
	}
	if l.Area {
		fmt.Fprintf(b, `<path class="area %s" d="%sV%sH%sZ"/>`, l.Class, path.String(), px(floor), px(x(l.Points[0].X)))
	}
	if !l.Loose {
		fmt.Fprintf(b, `<path class="line %s" d="%s"/>`, l.Class, path.String())
	}
	if l.Dots || len(l.Points) == 1 {
		for _, p := range l.Points {
			fmt.Fprintf(b, `<circle class="dot %s" cx="%s" cy="%s" r="4"/>`, l.Class, px(x(p.X)), px(y(p.Y)))
		}
	}
}

// bar is one stacked bar: a label and its parts, in the order of the legend.
type bar struct {
	Label string
	Parts []float64
	Note  string // at the bar's end
}

// bars draws stacked horizontal bars; parts are coloured by place, s1 … s7.
func bars(title, text string, rows []bar) template.HTML {
	const rowHeight, barHeight, letter = 30.0, 16.0, 7.4
	longest, labelWidth := 0.0, 236.0
	for _, r := range rows {
		longest = max(longest, sum(r.Parts))
		labelWidth = min(400, max(labelWidth, 16+letter*float64(layout.Width(clip(r.Label, 60)))))
	}
	if longest <= 0 {
		return ""
	}
	height := float64(len(rows))*rowHeight + 4
	room := chartWidth - labelWidth - 84
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, height, attr(title+". "+text))
	for i, r := range rows {
		top := float64(i)*rowHeight + 6
		fmt.Fprintf(&b, `<text class="tick end" x="%s" y="%s">%s</text>`, px(labelWidth-10), px(top+12.5), escapeText(clip(r.Label, 60)))
		at := labelWidth
		for j, v := range r.Parts {
			width := v / longest * room
			if width > 0 {
				fmt.Fprintf(&b, `<rect class="fill s%d" x="%s" y="%s" width="%s" height="%g"/>`, j+1, px(at), px(top), px(width), barHeight)
			}
			at += width
		}
		fmt.Fprintf(&b, `<text class="tick" x="%s" y="%s">%s</text>`, px(at+8), px(top+12.5), escapeText(clip(r.Note, 40)))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func extent(lines []line) (xs, ys [2]float64) {
	xs, ys = [2]float64{math.Inf(1), math.Inf(-1)}, [2]float64{math.Inf(1), math.Inf(-1)}
	for _, l := range lines {
		for _, p := range l.Points {
			xs[0], xs[1] = min(xs[0], p.X), max(xs[1], p.X)
			ys[0], ys[1] = min(ys[0], p.Y), max(ys[1], p.Y)
		}
	}
	return xs, ys
}

// linearTicks returns about n round values that cover low to high.
func linearTicks(low, high float64, n int) []tick {
	if high <= low {
		high = low + max(1, math.Abs(low))
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*factor) <= float64(n) {
			step *= factor
			break
		}
	}
	var out []tick
	for i := math.Floor(low / step); ; i++ {
		out = append(out, tick{i * step, number(i * step)})
		if !(i*step < high-step*1e-9) || len(out) > 4*n {
			return out
		}
	}
}

// logTicks returns the powers of ten that cover low to high.
func logTicks(low, high float64) []tick {
	if low <= 0 {
		low = 0.01
	}
	high = max(high, low)
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	if last == first {
		last++
	}
	var out []tick
	for p := first; p <= last; p++ {
		v := math.Pow(10, p)
		out = append(out, tick{v, number(v)})
	}
	return out
}

// roundUp returns the smallest of 1, 2 and 5 times a power of ten that is not
// below v, and at most limit.
func roundUp(v, limit float64) float64 {
	for _, part := range []float64{5, 2} {
		if v <= limit/part && limit/part > 0 {
			return limit / part
		}
	}
	return limit
}

// px writes a coordinate with a tenth of a pixel, which is all that shows.
func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// attr escapes s for an attribute in double quotes.
func attr(s string) string { return template.HTMLEscapeString(inertLine(s)) }
