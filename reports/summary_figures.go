package reports

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// loadEntries is a load test in a few lines, what counts most first, with its
// tables where these are all that room is needed for: room is then above 0.
func (p *paper) loadEntries(l *run.Load, room int) []entry {
	if l == nil {
		return nil
	}
	text := loadLine(l)
	if room == 0 {
		text = fmt.Sprintf("%s: %s/s asked, %s/s achieved, %s", clip(l.Scenario, 20), number(l.RateAsked), number(l.RateAchieved), plural(errorCount(l), "error"))
		if names := partNames(l); len(names) > 0 {
			last := names[len(names)-1]
			text += fmt.Sprintf(", %s p99 %s", inertLine(last), milliseconds(l.Parts[last].Latency.P99))
		}
	}
	out := []entry{{tag: "LOAD", tone: "1", lines: p.short(text, 2)}}
	judged := l.Judge()
	if judged.WrongResponses() > 0 {
		out = append(out, entry{tag: "WRONG", tone: "1;31", lines: p.short(clip(judged.Failures()[0], 300), 1)})
	}
	var kept []string
	for _, t := range l.Thresholds {
		if word := thresholdOutcome(judged, t); word == thresholdKept {
			kept = append(kept, clip(t.Expression, 60))
		} else {
			out = append(out, entry{lines: p.short(fmt.Sprintf("%s: %s (measured %s)", word, clip(t.Expression, 100), measuredValue(t)), 1)})
		}
	}
	if len(kept) > 0 {
		out = append(out, entry{lines: p.short("kept: "+strings.Join(kept, ", "), 1)})
	}
	if l.Harness.Limited {
		out = append(out, entry{tag: "NOTICE", tone: "35", lines: p.short("the harness was the limit, not the target: "+strings.Join(l.Harness.Reasons, "; "), 2)})
	}
	if lost := slices.DeleteFunc(shardRows(l), func(s shardRow) bool { return !s.Lost }); len(lost) > 0 {
		out = append(out, entry{tag: "PARTS", tone: "35", lines: p.short(plural(len(lost), "part")+" of the load lost: "+clip(lost[0].Name, 40)+" "+lost[0].Why, 1)})
	}
	if room == 0 {
		return out
	}
	if l.Stopped != "" {
		out = append(out, entry{tag: "STOPPED", tone: "35", lines: p.short(clip(l.Stopped, 300), 2)})
	}
	if found := l.Found(); found != "" {
		out = append(out, entry{tag: "FOUND", tone: "1", lines: p.short(clip(found, 300), 2)})
	}
	for _, table := range []func(*run.Load){p.latencies, p.shards} {
		if lines := p.drawn(func() { table(l) }); height(out)+len(lines) <= room {
			out = append(out, wholeLines(lines)...)
		}
	}
	for _, kind := range sortedKinds(l.Errors) {
		out = append(out, entry{lines: p.short(fmt.Sprintf("error %s: %d", kind, l.Errors[kind]), 1)})
	}
	return out
}

// decryptEntries is what decryption costs in a few lines: the plan and the best of
// each engine, or in their place the table where there is room for it, and then
// as many of the measurements beside it.
func (p *paper) decryptEntries(d *run.Decrypt, room int) []entry {
	if d == nil {
		return nil
	}
	var out []entry
	add := func(most int, format string, args ...any) {
		out = append(out, entry{tone: "1", lines: p.short(fmt.Sprintf(format, args...), most)})
	}
	if best := bestCell(d); best != nil && room == 0 {
		add(1, "%s: up to %s answers/s on %s (RSA %d, %s)", clip(best.Engine, 20), number(best.AnswersPerS), plural(best.Cores, "core"), best.RSABits, plural(best.Fields, "field"))
	}
	for _, v := range d.Void[:min(1, len(d.Void))] {
		add(3, "void, %d in all: %s: %s", len(d.Void), clip(v.What, 100), clip(v.Reason, 200))
	}
	rates, byRate := planned(d.Plan)
	for _, rate := range rates[:min(3, len(rates))] {
		add(2, "your %s logins a second: %s", number(rate), runtimes(byRate[rate]))
	}
	if len(d.Missing) > 0 {
		add(1, "not measured, %d in all: %s: %s", len(d.Missing), clip(d.Missing[0].What, 100), clip(d.Missing[0].Reason, 200))
	}
	var table []string
	if room > 0 && len(d.Cells) > 0 {
		table = p.drawn(func() { p.cells(d) })
		if left := max(2, room-height(out)-1); len(table) > left {
			table = append(table[:left-1], fmt.Sprintf("  … and %d more", len(table)-left+1))
		}
	}
	for i, l := range d.Peers {
		one := entry{tone: "1", lines: p.short(fmt.Sprintf("%s answers/s on %s: %s", number(l.AnswersPerS), plural(l.Cores, "core"), clip(l.Name, 120)), 2)}
		if room > 0 && height(out)+len(table)+len(one.lines) >= room {
			add(1, "and %s beside them, with --verbose and in the report", plural(len(d.Peers)-i, "measurement"))
			break
		}
		out = append(out, one)
	}
	if len(out) > 0 {
		out[0].tag = "DECRYPT"
	}
	return append(wholeLines(table), out...)
}

// bestCell is the cell that decrypts most; nil where there is none.
func bestCell(d *run.Decrypt) *run.Cell {
	var best *run.Cell
	for i := range d.Cells {
		if best == nil || d.Cells[i].AnswersPerS > best.AnswersPerS {
			best = &d.Cells[i]
		}
	}
	return best
}

// drawn is what draw writes, as lines.
func (p *paper) drawn(draw func()) []string {
	var b bytes.Buffer
	to := p.w
	p.w = bufio.NewWriter(&b)
	draw()
	_ = p.w.Flush()
	p.w = to
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}
