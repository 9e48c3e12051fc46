package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// SummaryLines is the height of a terminal, which a summary fits into.
const SummaryLines = 24

// tagWidth is the room for the word before each entry of a summary.
const tagWidth = 9

// entry is one thing that a summary says.
type entry struct {
	tag, tone string
	lines     []string
	whole     bool // without room for a tag
}

// wholeLines is lines that stand as they are.
func wholeLines(lines []string) []entry {
	out := make([]entry, len(lines))
	for i, l := range lines {
		out[i] = entry{lines: []string{l}, whole: true}
	}
	return out
}

// saidOf is what is wrong with a check that does not hold, and elsewhere what it
// states.
func saidOf(c *run.Check) string {
	if c.Verdict == run.Fail || c.Verdict == run.Warn || c.Verdict == run.Waived {
		return problemOf(c)
	}
	return c.Title
}

// summary writes the record in at most so many lines: the headline, the gravest
// failures with what to do, then as much of the rest as there is room for.
func (p *paper) summary(r *run.Record, lines int) {
	counts := p.counts(r)
	room := max(8, lines-len(p.headline(r))-2)
	var entries []entry
	if len(r.Checks) == 0 {
		tables := room
		if p.width < layout.Columns-2 { // which the tables take
			tables = 0
		}
		entries = first(slices.Concat(p.loadEntries(r.Load, tables), p.decryptEntries(r.Decrypt, tables), p.noteEntries(r, 2)), room)
	} else {
		room -= 1 + len(counts)
		entries = p.checkEntries(r, room)
	}
	p.verdict(r)
	fmt.Fprintln(p.w, layout.Cut(about(r), p.width))
	if len(entries) > 0 {
		fmt.Fprintln(p.w)
	}
	for _, e := range entries {
		lead := p.tint(e.tone, e.tag) + strings.Repeat(" ", max(1, tagWidth-layout.Width(e.tag)))
		if e.whole {
			lead = ""
		}
		for _, l := range e.lines {
			fmt.Fprintln(p.w, strings.TrimRight(lead+l, " "))
			lead = strings.Repeat(" ", tagWidth)
		}
	}
	for i, l := range counts {
		if i == 0 {
			fmt.Fprintln(p.w)
		}
		fmt.Fprintln(p.w, l)
	}
}

// checkEntries is a run of checks in so many lines.
func (p *paper) checkEntries(r *run.Record, room int) []entry {
	failed, warned := failing(r), warning(r)
	figures := slices.Concat(first(p.loadEntries(r.Load, 0), 3), first(p.decryptEntries(r.Decrypt, 0), 1))
	groups := 1
	if len(failed)+len(warned) == 0 {
		groups = 3
	}
	gaps := first(p.gapEntries(r, groups), max(1, room-height(figures)-min(len(failed), 2)-min(len(warned), 1)))
	room -= height(figures) + height(gaps)
	entries := p.several("FAIL", run.Fail, failed, room-min(len(warned), 1))
	entries = append(entries, p.several("WARNING", run.Warn, warned, room-height(entries))...)
	return slices.Concat(entries, gaps, figures)
}

// first is as many of the entries as so many lines hold.
func first(entries []entry, lines int) []entry {
	for i, e := range entries {
		if lines -= len(e.lines); lines < 0 {
			return entries[:i]
		}
	}
	return entries
}

func height(entries []entry) int {
	n := 0
	for _, e := range entries {
		n += len(e.lines)
	}
	return n
}

// warning is the checks that warn, those with a waiver that is not needed last.
func warning(r *run.Record) []*run.Check {
	var out []*run.Check
	for _, v := range []run.Verdict{run.Warn, run.StaleWaiver} {
		for i := range r.Checks {
			if r.Checks[i].Verdict == v {
				out = append(out, &r.Checks[i])
			}
		}
	}
	return out
}

// several is the checks with what to do, and where there is no room for them all a
// line with the IDs of those left over.
func (p *paper) several(tag string, v run.Verdict, checks []*run.Check, room int) []entry {
	if len(checks) == 0 {
		return nil
	}
	entries := make([]entry, len(checks))
	for _, most := range []int{3, 2} {
		for i, c := range checks {
			entries[i] = p.checkEntry(tag, c, most)
		}
		if height(entries) <= room {
			return entries
		}
	}
	shown := first(entries, room-1)
	what := " more: "
	if len(shown) == 0 {
		what = ": "
	}
	return append(shown, p.listed(tag, v, what, checks[len(shown):]))
}

// checkEntry is one check that does not hold, and what to do about it in at most so
// many lines.
func (p *paper) checkEntry(tag string, c *run.Check, most int) entry {
	e := entry{tag: tag, tone: tones[c.Verdict], lines: p.short(inertLine(c.ID)+" "+clip(saidOf(c), 300), 2)}
	remedy := c.Remediation
	if c.Verdict == run.StaleWaiver {
		e.tag, remedy = "STALE", cmp.Or(c.Reason, "its waiver is not needed: remove it")
	}
	for _, l := range p.sentences(clip(remedy, 400), most) {
		if l != "" {
			e.lines = append(e.lines, l)
		}
	}
	return e
}

// sentences is as many sentences of text as so many lines hold. The first is cut
// only where it is longer than three lines.
func (p *paper) sentences(text string, most int) []string {
	columns := p.width - tagWidth
	for end := len(text); end > 0; end = strings.LastIndex(text[:end], ". ") + 1 {
		if lines := layout.Wrap(text[:end], columns); len(lines) <= most {
			return lines
		}
	}
	begin, _, more := strings.Cut(text, ". ")
	if more {
		begin += "."
	}
	return p.short(begin, 3)
}

// listed is the IDs of checks in a line.
func (p *paper) listed(tag string, v run.Verdict, what string, checks []*run.Check) entry {
	ids := make([]string, len(checks))
	for i, c := range checks {
		ids[i] = inertLine(c.ID)
	}
	return entry{tag: tag, tone: tones[v], lines: p.short(fmt.Sprint(len(ids))+what+strings.Join(ids, " "), 1)}
}

// short is text in at most so many lines behind a tag, inert wherever it comes from.
func (p *paper) short(text string, most int) []string {
	columns := p.width - tagWidth
	lines := layout.Wrap(inert.Text(text), columns)
	if len(lines) <= most {
		return lines
	}
	last := strings.Join(lines[most-1:], " ")
	return append(lines[:most-1], layout.Cut(last, max(columns, 20)))
}

// gapEntries says what was not judged, for so many reasons each, and what waivers
// accept.
func (p *paper) gapEntries(r *run.Record, reasons int) []entry {
	out := p.groupEntries("BLOCKED", run.Blocked, untested(r, run.Blocked), reasons)
	var waived []*run.Check
	for i := range r.Checks {
		if r.Checks[i].Verdict == run.Waived {
			waived = append(waived, &r.Checks[i])
		}
	}
	if len(waived) > 0 {
		out = append(out, p.listed("WAIVED", run.Waived, " accepted: ", waived))
	}
	out = append(out, p.groupEntries("SKIPPED", run.Skip, untested(r, run.Skip), reasons)...)
	return append(out, p.noteEntries(r, min(reasons, 2))...)
}

// groupEntries is checks by what kept them from being judged, the most first.
func (p *paper) groupEntries(tag string, v run.Verdict, groups []reasonGroup, most int) []entry {
	slices.SortStableFunc(groups, func(a, b reasonGroup) int { return len(b.IDs) - len(a.IDs) })
	all := 0
	for _, g := range groups {
		all += len(g.IDs)
	}
	var out []entry
	for i, g := range groups[:min(most, len(groups))] {
		text := plural(len(g.IDs), "check") + ": " + g.Text()
		if i == most-1 && i < len(groups)-1 {
			text = fmt.Sprintf("%s for %d reasons, %d of them: %s", plural(all, "check"), len(groups)-i, len(g.IDs), g.Reason)
		}
		all -= len(g.IDs)
		out = append(out, entry{tag: tag, tone: tones[v], lines: p.short(text, min(most, 2))})
	}
	return out
}

func (p *paper) noteEntries(r *run.Record, most int) []entry {
	if len(r.Notes) == 0 {
		return nil
	}
	text := clip(r.Notes[0], 300)
	if n := len(r.Notes) - 1; n > 0 {
		text = fmt.Sprintf("(1 of %d) %s", n+1, text)
	}
	return []entry{{tag: "NOTE", lines: p.short(text, most)}}
}
