package reports

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"sgidcheck/internal/run"
)

// Options says how a terminal is written to.
type Options struct {
	Color bool
	Width int // columns; 0 means 100
}

// OptionsFor returns what suits f: colour and its width where it is a terminal
// and NO_COLOR is not set, plain text of 100 columns otherwise.
func OptionsFor(f *os.File) Options {
	if !term.IsTerminal(int(f.Fd())) {
		return Options{}
	}
	o := Options{Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		o.Width = min(width, 120)
	}
	return o
}

// paper writes text to a terminal: indented, wrapped, coloured where allowed.
type paper struct {
	w     *bufio.Writer
	color bool
	width int
}

func newPaper(w io.Writer, o Options) *paper {
	if o.Width <= 0 {
		o.Width = 100
	}
	return &paper{bufio.NewWriter(w), o.Color, max(o.Width, 40)}
}

var tones = map[run.Verdict]string{
	run.Pass: "32", run.Fail: "1;31", run.Warn: "33", run.Info: "34", run.Skip: "90", run.Blocked: "35", run.Waived: "36", run.StaleWaiver: "33",
}

func (p *paper) tint(code, s string) string {
	if !p.color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// block writes text behind a name, wrapped, its further lines indented.
func (p *paper) block(indent int, name, text string) {
	if text == "" {
		return
	}
	const nameWidth = 10
	lead := strings.Repeat(" ", indent) + p.tint("2", name) + strings.Repeat(" ", max(1, nameWidth-utf8.RuneCountInString(name)))
	for i, l := range wrap(prose(text), p.width-indent-nameWidth) {
		if i > 0 {
			lead = strings.Repeat(" ", indent+nameWidth)
		}
		fmt.Fprintln(p.w, lead+l)
	}
}

// wrap breaks s into lines of at most width runes, at spaces where it can.
func wrap(s string, width int) []string {
	width = max(width, 20)
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimSpace(s), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			for utf8.RuneCountInString(word) > width {
				if line != "" {
					lines, line = append(lines, line), ""
				}
				runes := []rune(word)
				lines, word = append(lines, string(runes[:width])), string(runes[width:])
			}
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// Terminal writes the record for reading in a terminal: the verdict first and
// last, failures before anything else.
func Terminal(w io.Writer, r *run.Record, o Options) error {
	p := newPaper(w, o)
	p.verdict(r)
	fmt.Fprintf(p.w, "%s · %s · %s %s\n", clip(r.Target.Name(), 200), r.Started.UTC().Format("2006-01-02 15:04 UTC"), inertLine(r.Tool.Name), inertLine(r.Tool.Version))
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
	if len(r.Checks) > 0 {
		var counts []string
		for _, v := range run.Verdicts() {
			if n := r.Summary.Of(v); n > 0 {
				counts = append(counts, p.tint(tones[v], fmt.Sprintf("%d %s", n, v)))
			}
		}
		fmt.Fprintln(p.w, "\n"+strings.Join(counts, " · "))
	}
	p.verdict(r)
	return p.w.Flush()
}

func (p *paper) verdict(r *run.Record) {
	h := headlineOf(r)
	fmt.Fprintln(p.w, p.tint(map[string]string{green: "1;32", amber: "1;33", red: "1;31"}[h.Tone], h.String()))
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
	fmt.Fprintf(p.w, "\n%s %s %s\n", p.tint(tones[c.Verdict], strings.ToUpper(label(c.Verdict))), p.tint("1", inertLine(c.ID)), clip(c.Title, 200))
	p.block(2, "expected", c.Expected)
	p.block(2, "observed", c.Observed)
	if c.Verdict != run.Waived {
		p.block(2, "reason", c.Reason)
	}
	if c.Waiver != nil && c.Verdict == run.Waived {
		p.block(2, "waived", waivedWhat(c)+", "+c.Waiver.Accepted())
	}
	if c.Verdict != run.Fail {
		return
	}
	p.block(2, "fix", c.Remediation)
	p.block(2, "clause", clauses(c.Basis))
	for _, e := range c.Exchanges {
		if e.Judged && e.Curl != "" {
			// One line, so that it can be copied; a shell would not take a wrapped one.
			fmt.Fprintln(p.w, "  "+p.tint("2", "repeat")+"    "+clip(e.Curl, 2000))
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
		if g.Absent {
			name = "Left out"
		}
		fmt.Fprintf(p.w, "\n%s %s %s\n", p.tint(tones[v], strings.ToUpper(name)), plural(len(g.IDs), "check"), g.What())
		p.block(2, "reason", g.Reason)
		if !g.Absent { // there may be nearly all of the catalogue
			p.block(2, "checks", strings.Join(g.IDs, " "))
		}
	}
}

func (p *paper) figures(r *run.Record) {
	if l := r.Load; l != nil {
		fmt.Fprintf(p.w, "\n%s %s: %s/s asked, %s/s sent, %s/s achieved, %s, %s\n", p.tint("1", "LOAD"), clip(l.Scenario, 40), number(l.RateAsked), number(l.RateSent), number(l.RateAchieved),
			plural(int(l.Requests), "request"), plural(errorCount(l), "error"))
		if l.Harness.Limited {
			p.block(2, "notice", "the harness was the limit of rates and latencies, not the target: "+strings.Join(l.Harness.Reasons, "; "))
		}
		p.block(2, "stopped", l.Stopped)
		p.search(l)
		p.shards(l)
		fmt.Fprintf(p.w, "  %-10s %10s %10s %10s %10s %10s %8s\n", "", "p50", "p90", "p99", "p99.9", "slowest", "errors")
		for _, name := range partNames(l) {
			a := l.Parts[name].Latency
			fmt.Fprintf(p.w, "  %-10s %10s %10s %10s %10s %10s %8d\n", clip(name, 10), milliseconds(a.P50), milliseconds(a.P90), milliseconds(a.P99), milliseconds(a.P999), milliseconds(a.Max), l.Parts[name].Errors)
		}
		for _, kind := range sortedKinds(l.Errors) {
			p.block(2, "error", fmt.Sprintf("%s: %d", kind, l.Errors[kind]))
		}
		judged := l.Judge()
		if judged.WrongResponses() > 0 {
			fmt.Fprintf(p.w, "  %s %s\n", p.tint("1;31", "wrong"), clip(judged.Failures()[0], 300))
		}
		for _, t := range l.Thresholds {
			word := thresholdOutcome(judged, t)
			tone := map[string]string{thresholdKept: "32", thresholdCrossed: "1;31"}[word]
			if tone == "" {
				tone = "35"
			}
			fmt.Fprintf(p.w, "  %s %s (measured %s)\n", p.tint(tone, word), clip(t.Expression, 200), measuredValue(t))
		}
		if m := l.Harness.Machine; m != nil {
			p.block(2, "machine", machine(m))
		}
	}
	p.decryption(r.Decrypt)
}
