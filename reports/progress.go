package reports

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"sgidcheck/internal/run"
)

// Progress shows a run while it goes on: on a terminal one line that is written
// anew, elsewhere one line a check. Its methods may be called from several
// goroutines.
type Progress struct {
	mu      sync.Mutex
	w       io.Writer
	mode    string
	color   bool
	width   int
	total   int
	done    int
	summary run.Record
	lined   bool      // the updating line stands on the screen
	status  time.Time // when Status last wrote a line of its own
}

// ProgressModes lists the values of --progress.
func ProgressModes() []string { return []string{"auto", "plain", "none"} }

// NewProgress shows the progress of a run of total checks on w; 0 means that
// the number is not known. mode is auto, plain or none: auto means an updating
// line where w is a terminal, plain otherwise.
func NewProgress(w io.Writer, mode string, total int) (*Progress, error) {
	p := &Progress{w: w, mode: mode, total: total, width: 80}
	switch mode {
	case "plain", "none":
	case "auto", "":
		p.mode = "plain"
		f, ok := w.(*os.File)
		if ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
			o := OptionsFor(f)
			p.mode, p.color = "line", o.Color
			if o.Width > 0 {
				p.width = o.Width
			}
		}
	default:
		return nil, fmt.Errorf("progress %q is not one of %s", inertLine(mode), strings.Join(ProgressModes(), ", "))
	}
	return p, nil
}

// Total sets the number of checks, once it is known.
func (p *Progress) Total(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = n
}

// Note shows what goes on beside the checks: waiting for the target, minting
// codes, a login that a person must do.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode == "none" {
		return
	}
	p.wipe()
	fmt.Fprintln(p.w, clip(text, 1000))
}

// statusEvery is how far apart the lines of Status are where no line is updated.
const statusEvery = 5 * time.Second

// Status shows where a long step is, called as often as there is news.
func (p *Progress) Status(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch now := time.Now(); {
	case p.mode == "line":
		text = inertLine(text)
		if utf8.RuneCountInString(text) >= p.width {
			text = string([]rune(text)[:p.width-1])
		}
		fmt.Fprint(p.w, "\r\x1b[2K"+text)
		p.lined = true
	case p.mode == "plain" && now.Sub(p.status) >= statusEvery:
		p.status = now
		fmt.Fprintln(p.w, clip(text, 1000))
	}
}

// Start says that a check has begun.
func (p *Progress) Start(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode == "line" {
		p.line(id)
	}
}

// Done shows the outcome of a check.
func (p *Progress) Done(c run.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.summary.Checks = append(p.summary.Checks, run.Check{Verdict: c.Verdict})
	paint := &paper{color: p.color}
	word := paint.tint(tones[c.Verdict], fmt.Sprintf("%-12s", strings.ToLower(label(c.Verdict))))
	switch {
	case p.mode == "none":
	case p.mode == "plain":
		fmt.Fprintf(p.w, "%s%s %s%s\n", p.count(), word, inertLine(c.ID), shortOutcome(&c))
	case c.Verdict == run.Fail || c.Verdict == run.Blocked:
		p.wipe()
		fmt.Fprintf(p.w, "%s %s%s\n", word, inertLine(c.ID), shortOutcome(&c))
		p.line(c.ID)
	default:
		p.line(c.ID)
	}
}

// Close takes the updating line away.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func shortOutcome(c *run.Check) string {
	switch c.Verdict {
	case run.Fail, run.Warn:
		return ": " + clip(c.Observed, 160)
	case run.Skip, run.Blocked:
		return ": " + clip(c.Reason, 160)
	}
	return ""
}

func (p *Progress) count() string {
	if p.total == 0 {
		return fmt.Sprintf("[%d] ", p.done)
	}
	width := len(fmt.Sprint(p.total))
	return fmt.Sprintf("[%*d/%d] ", width, p.done, p.total)
}

func (p *Progress) line(id string) {
	p.summary.Count()
	text := p.count()
	for _, v := range []run.Verdict{run.Pass, run.Fail, run.Warn, run.Blocked, run.Skip} {
		if n := p.summary.Summary.Of(v); n > 0 {
			text += fmt.Sprintf("%d %s  ", n, v)
		}
	}
	text += inertLine(id)
	if utf8.RuneCountInString(text) >= p.width {
		text = string([]rune(text)[:p.width-1])
	}
	fmt.Fprint(p.w, "\r\x1b[2K"+text)
	p.lined = true
}

func (p *Progress) wipe() {
	if p.lined {
		fmt.Fprint(p.w, "\r\x1b[2K")
		p.lined = false
	}
}
