package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// Options says how a terminal is written to.
type Options struct {
	Color   bool
	Width   int  // columns of the terminal; 0 means that there is none, and 80
	Lines   int  // that a summary may take; 0 means 24
	Verbose bool // everything, and not the summary
}

// OptionsFor returns what suits f: its size where it is a terminal, and colour where
// NO_COLOR is not set; plain text of 80 columns otherwise.
func OptionsFor(f *os.File) Options {
	if !term.IsTerminal(int(f.Fd())) {
		return Options{}
	}
	return Options{Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", Width: widthOf(f), Lines: linesOf(f)}
}

// linesOf is how many lines of a terminal a summary may take: its height, yet no
// fewer than those of the smallest that is usual, and no more than can be taken in.
func linesOf(f *os.File) int {
	_, height, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return max(SummaryLines, min(height-1, 50))
}

// widthOf is the width of a terminal, as far as lines of text may use it.
func widthOf(f *os.File) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return min(width, 120)
	}
	return layout.Columns
}

// paper writes text to a terminal: indented, wrapped, coloured where allowed.
type paper struct {
	w     *bufio.Writer
	color bool
	width int
	piped bool // no terminal shows it
}

func newPaper(w io.Writer, o Options) *paper {
	p := &paper{w: bufio.NewWriter(w), color: o.Color, width: max(o.Width, 40)}
	if o.Width <= 0 {
		p.width, p.piped = layout.Columns, true
	}
	return p
}

var tones = map[run.Verdict]string{
	run.Pass: "32", run.Fail: "1;31", run.Warn: "33", run.Info: "34", run.Skip: "90", run.Blocked: "35", run.Waived: "36", run.StaleWaiver: "33",
}

// headlineTones are those of the first line of a report.
var headlineTones = map[string]string{green: "1;32", amber: "1;33", red: "1;31"}

func (p *paper) tint(code, s string) string {
	if !p.color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// nameWidth is the room for the name before a block.
const nameWidth = 10

// block writes text behind a name, wrapped, its further lines indented.
func (p *paper) block(indent int, name, text string) {
	if text == "" {
		return
	}
	lead := strings.Repeat(" ", indent)
	gap := strings.Repeat(" ", max(1, nameWidth-layout.Width(name)))
	p.hang(lead+p.tint("2", name)+gap, indent+layout.Width(name)+len(gap), prose(text))
}

// hang writes text behind a lead that takes so many columns, wrapped, its further
// lines indented by as many.
func (p *paper) hang(lead string, columns int, text string) {
	for i, l := range layout.Wrap(text, p.width-columns) {
		if i > 0 {
			lead = strings.Repeat(" ", columns)
		}
		fmt.Fprintln(p.w, lead+l)
	}
}

// Terminal writes the record for reading in a terminal: a summary of one screen,
// or with Verbose all there is, the verdict first and last, failures before
// anything else.
func Terminal(w io.Writer, r *run.Record, o Options) error {
	p := newPaper(w, o)
	if !o.Verbose {
		p.summary(r, cmp.Or(o.Lines, SummaryLines))
		return p.w.Flush()
	}
	p.verdict(r)
	p.hang("", 0, about(r))
	for _, c := range failing(r) {
		p.finding(c)
	}
	p.gaps(r, run.Blocked)
	p.findings(r, run.Warn, run.StaleWaiver)
	p.findings(r, run.Waived)
	p.gaps(r, run.Skip)
	p.figures(r)
	if len(failing(r)) > 0 {
		p.variables(r)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(p.w)
		p.block(0, "note", n)
	}
	for i, l := range p.counts(r) {
		if i == 0 {
			fmt.Fprintln(p.w)
		}
		fmt.Fprintln(p.w, l)
	}
	p.verdict(r)
	return p.w.Flush()
}

// headline is the first line of every report. It is one line where no terminal
// shows it: a program may read it.
func (p *paper) headline(r *run.Record) []string {
	if p.piped {
		return []string{headlineOf(r).String()}
	}
	return layout.Wrap(headlineOf(r).String(), p.width)
}

func (p *paper) verdict(r *run.Record) {
	h := headlineOf(r)
	for _, l := range p.headline(r) {
		fmt.Fprintln(p.w, p.tint(headlineTones[h.Tone], l))
	}
}

// about says what was judged, when and with what.
func about(r *run.Record) string {
	return fmt.Sprintf("%s · %s · %s %s", clip(r.Target.Name(), 200)+standIn(r.Target), r.Started.UTC().Format("2006-01-02 15:04 UTC"), inertLine(r.Tool.Name), inertLine(r.Tool.Version))
}

// counts is how many checks came to each verdict, in lines; nil where none were
// judged.
func (p *paper) counts(r *run.Record) []string {
	var lines []string
	line, columns := "", 0
	for _, v := range run.Verdicts() {
		n := r.Summary.Of(v)
		if n == 0 || len(r.Checks) == 0 {
			continue
		}
		word := fmt.Sprintf("%d %s", n, v)
		switch {
		case line == "":
		case columns+3+len(word) > p.width:
			lines, line, columns = append(lines, line), "", 0
		default:
			line, columns = line+" · ", columns+3
		}
		line, columns = line+p.tint(tones[v], word), columns+len(word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func (p *paper) findings(r *run.Record, verdicts ...run.Verdict) {
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, v := range verdicts {
			if c.Verdict == v {
				p.finding(c)
			}
		}
	}
}

func (p *paper) finding(c *run.Check) {
	tag, id := strings.ToUpper(label(c.Verdict)), inertLine(c.ID)
	fmt.Fprintln(p.w)
	p.hang(p.tint(tones[c.Verdict], tag)+" "+p.tint("1", id)+" ", layout.Width(tag+id)+2, clip(saidOf(c), 200))
	p.block(2, "expected", c.Expected)
	p.block(2, "observed", c.Observed)
	if c.Verdict != run.Waived {
		p.block(2, "reason", c.Reason)
	}
	if c.Waiver != nil && c.Verdict == run.Waived {
		p.block(2, "waived", waivedWhat(c)+", "+c.Waiver.Accepted())
	}
	if c.Verdict == run.Fail || c.Verdict == run.Warn {
		p.block(2, "level", levelAndSeverity(c))
		p.block(2, "fix", c.Remediation)
	}
	if c.Verdict != run.Fail {
		return
	}
	p.block(2, "clause", clauses(c.Basis))
	for _, e := range c.Exchanges {
		if e.Judged && e.Curl != "" {
			// As it was recorded, so that it can be copied; a shell would not take a wrapped one.
			fmt.Fprintln(p.w, "  "+p.tint("2", "repeat")+"    "+repeatLine(e.Curl))
			return
		}
	}
}

// variables explains what the lines to repeat leave to the reader.
func (p *paper) variables(r *run.Record) {
	shown := &run.Record{}
	for _, c := range failing(r) {
		shown.Checks = append(shown.Checks, *c)
	}
	used := variablesOf(shown)
	if len(used) > 0 {
		fmt.Fprintln(p.w, "\n"+p.tint("1", "VARIABLES")+" of the lines to repeat; no record holds their values")
	}
	for _, v := range used {
		p.block(2, "$"+v.Name, v.Says)
		if v.Get != "" {
			fmt.Fprintln(p.w, "            "+v.Get)
		}
	}
}

func (p *paper) gaps(r *run.Record, v run.Verdict) {
	for _, g := range untested(r, v) {
		name := label(v)
		if g.Absent || g.InPart {
			name = "Left out"
		}
		name = strings.ToUpper(name)
		fmt.Fprintln(p.w)
		p.hang(p.tint(tones[v], name)+" ", layout.Width(name)+1, plural(len(g.IDs), "check")+" "+g.What())
		p.block(2, "reason", g.Reason)
		if !g.Absent { // there may be nearly all of the catalogue
			p.block(2, "checks", strings.Join(g.IDs, " "))
		}
	}
}
