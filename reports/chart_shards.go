package reports

import (
	"bufio"
	"fmt"
	"strings"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// shardRow is what one part of a load came to, as every form shows it.
type shardRow struct {
	Name, State               string
	Planned, Sent, Errors     uint64
	RateSent, Achieved, Cores float64
	P99, Max                  float64
	Limited, Lost             bool
	Why                       string // of what was not as it should be
}

func shardRows(l *run.Load) []shardRow {
	rows := make([]shardRow, 0, len(l.Shards))
	for i := range l.Shards {
		s := &l.Shards[i]
		row := shardRow{
			Name: s.Name(), State: s.State, Planned: s.Planned, Sent: s.Sent, Errors: s.Errors, RateSent: s.RateSent, Achieved: s.Achieved,
			P99: s.P99, Max: s.Max, Limited: s.Harness.Limited, Lost: !s.Whole(), Why: s.Reason,
		}
		if l.DurationS > 0 {
			row.Cores = s.Harness.CPUSeconds / l.DurationS
		}
		if s.Harness.Limited {
			if row.State == run.ShardWhole {
				row.State = "at its limit"
			}
			row.Why = clausesOf(row.Why, strings.Join(s.Harness.Reasons, "; "))
		}
		rows = append(rows, row)
	}
	return rows
}

// sentByPart draws a line for each part of a load. Where there are more than can
// be told apart, those that held have one colour, and those that were lost or at
// their limit another.
func sentByPart(l *run.Load) chart {
	c := chart{
		Title: "Sent by each part", Text: "Each part sends its share of one plan: a line that ends or falls away is a part that was lost or could not keep up.",
		XLabel: "seconds from the start, by intended send time", YLabel: "requests a second",
	}
	named := map[string]bool{}
	for i := range l.Shards {
		s := &l.Shards[i]
		one := line{Name: clip(s.Name(), 40), Class: fmt.Sprintf("s%d", i%mostClasses+1)}
		if len(l.Shards) > mostClasses {
			one.Name, one.Class = "parts that held", "s4"
			switch {
			case !s.Whole():
				one.Name, one.Class = "parts that were lost", "s3"
			case s.Harness.Limited:
				one.Name, one.Class = "parts at their limit", "s2"
			}
		}
		group := max(1, (len(s.Series)+maxPoints-1)/maxPoints)
		for j := 0; j < len(s.Series); j += group {
			stretch := s.Series[j:min(j+group, len(s.Series))]
			one.Points = append(one.Points, point{float64(j * max(1, s.WidthS)), sum(stretch) / float64(len(stretch))})
		}
		if len(one.Points) == 0 {
			continue
		}
		if len(l.Shards) > mostClasses && named[one.Name] {
			one.Name = "" // the legend has it
		}
		named[one.Name] = true
		c.Lines = append(c.Lines, one)
	}
	return c
}

func (p *paper) shards(l *run.Load) {
	if len(l.Shards) == 0 {
		return
	}
	fmt.Fprintf(p.w, "  %-14s %-12s %8s %8s %7s %6s %11s %5s\n", "part", "", "planned", "sent", "sent/s", "errors", "p99", "cores")
	for _, s := range shardRows(l) {
		tone := ""
		if s.Lost || s.Limited {
			tone = "35"
		}
		state := p.tint(tone, fmt.Sprintf("%-12s", layout.Cut(inertLine(s.State), 12)))
		fmt.Fprintf(p.w, "  %-14s %s %8d %8d %7s %6d %11s %5s\n", layout.Cut(inertLine(s.Name), 14), state, s.Planned, s.Sent, number(s.RateSent), s.Errors, milliseconds(s.P99), number(s.Cores))
	}
	fmt.Fprintln(p.w)
}

func markdownShards(b *bufio.Writer, l *run.Load) {
	if len(l.Shards) == 0 {
		return
	}
	fmt.Fprintf(b, "| Part of the load | State | Planned | Sent | Sent/s | Errors | p99 | Cores |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range shardRows(l) {
		state := md(clip(s.State, 20))
		if s.Why != "" {
			state += ": " + md(clip(s.Why, 200))
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %s | %d | %s | %s |\n", md(clip(s.Name, 60)), state, s.Planned, s.Sent, number(s.RateSent), s.Errors, milliseconds(s.P99), number(s.Cores))
	}
	fmt.Fprintln(b)
}

// junitShards is whether every part of a load came to its end.
func junitShards(l *run.Load) *junitTestCase {
	if len(l.Shards) == 0 {
		return nil
	}
	c := &junitTestCase{ClassName: "sgidcheck.thresholds", Name: "every part of the load is whole", Out: plural(len(l.Shards), "part")}
	if l.Stopped != "" {
		c.Error = &junitOutcome{Message: clip(l.Stopped, 300), Type: "incomplete", Text: clip(l.Stopped, 2000)}
	}
	return c
}
