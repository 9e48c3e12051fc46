package reports

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// Progress shows a run while it goes on: on a terminal a bar that is drawn anew,
// with the time that has passed and, where it can be estimated, the time that is left;
// elsewhere one line a check. Its methods may be called from several goroutines.
type Progress struct {
	mu      sync.Mutex
	w       io.Writer
	screen  *os.File // whose width may change; nil: none
	mode    string
	color   bool
	width   int
	total   int
	done    int
	current string
	summary run.Record
	told    map[string]bool // what blocks checks, and stands on a line of its own
	clock   pacer
	step    Step      // of what is no check
	stepped bool      // step is shown in place of the checks
	lined   bool      // the bar stands on the screen
	paused  int       // a person has the screen
	status  time.Time // when Step last wrote a line of its own
	now     func() time.Time
	closed  bool
	end     chan struct{} // closed where the bar is not drawn any more; nil: it never was
}

// ProgressModes lists the values of --progress.
func ProgressModes() []string { return []string{"auto", "plain", "none"} }

// NewProgress shows the progress of a run of total checks on w; 0 means that
// the number is not known. mode is auto, plain or none: auto means a bar where w
// is a terminal, plain otherwise.
func NewProgress(w io.Writer, mode string, total int) (*Progress, error) {
	p := &Progress{w: w, mode: mode, total: total, width: layout.Columns, now: time.Now}
	switch mode {
	case "plain", "none":
	case "auto", "":
		p.mode = "plain"
		f, ok := w.(*os.File)
		if ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
			p.mode, p.color, p.screen = "line", OptionsFor(f).Color, f
		}
	default:
		return nil, fmt.Errorf("progress %q is not one of %s", inertLine(mode), strings.Join(ProgressModes(), ", "))
	}
	p.clock.began, p.clock.mark = p.now(), p.now()
	return p, nil
}

// Work says what each check costs beside the others, and of which kind the work
// is: the time left is reckoned for each kind from what of it was done.
func (p *Progress) Work(of map[string]Work) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.plan(of)
}

// Ahead says that what follows the checks takes so long.
func (p *Progress) Ahead(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.ahead = d
}

// Total sets the number of checks or steps, once it is known.
func (p *Progress) Total(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = n
}

// Note shows what goes on beside the checks: waiting for the target, minting
// codes.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode != "none" {
		p.say(text)
	}
}

// Warn is Note for what is printed in every mode.
func (p *Progress) Warn(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say(text)
}

func (p *Progress) say(text string) {
	p.wipe()
	fmt.Fprintln(p.w, layout.Hanging("", clip(text, 1000), p.columns()))
}

// Pause takes the bar away until resume is called: what is on the screen, and the
// time that passes, are a person's.
func (p *Progress) Pause() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := p.now()
	p.paused++
	p.wipe()
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.paused--; p.paused == 0 {
			p.clock.skip(p.now().Sub(from))
		}
	})
}

// Step is where one long step that is no check is.
type Step struct {
	Text  string
	Share float64       // of it that is done, from 0 to 1; below 0: not known
	Left  time.Duration // until its end; below 0: not known
}

// statusEvery is how far apart the lines of a step are where no bar is drawn.
const statusEvery = 5 * time.Second

// Step shows where a long step is, called as often as there is news.
func (p *Progress) Step(s Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.stepped = s, true
	switch now := p.now(); {
	case p.mode == "line":
		p.draw()
	case p.mode == "plain" && now.Sub(p.status) >= statusEvery:
		p.status = now
		text := clip(s.Text, 1000)
		if s.Left >= 0 {
			text += ", " + minutes(s.Left) + " left"
		}
		fmt.Fprintln(p.w, layout.Cut(text, p.columns()))
	}
}

// Start says that a check has begun.
func (p *Progress) Start(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current, p.stepped = id, false
	p.draw()
}

// Done shows the outcome of a check.
func (p *Progress) Done(c run.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance(c.ID)
	p.summary.Checks = append(p.summary.Checks, run.Check{Verdict: c.Verdict})
	paint := &paper{color: p.color}
	word := fmt.Sprintf("%-12s", strings.ToLower(label(c.Verdict)))
	shown := paint.tint(tones[c.Verdict], word)
	text := inertLine(c.ID) + shortOutcome(&c)
	switch {
	case p.mode == "plain":
		fmt.Fprintf(p.w, "%s%s %s\n", p.count(), shown, layout.Cut(text, p.columns()-len(p.count())-len(word)-1))
	case p.mode == "line" && (c.Verdict == run.Fail || c.Verdict == run.Blocked && !p.told[c.BlockedBy+c.Reason]):
		if p.told == nil {
			p.told = map[string]bool{}
		}
		p.told[c.BlockedBy+c.Reason] = true // what one cause blocks is printed once
		p.wipe()
		fmt.Fprintf(p.w, "%s %s\n", shown, layout.Cut(text, p.columns()-len(word)-1))
	}
	p.draw()
}

// Counted shows that one more of the total is done, which is no check. worse says
// that it did not come out well, and is printed on a line of its own.
func (p *Progress) Counted(text string, worse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance(text)
	switch {
	case p.mode == "plain":
		fmt.Fprintln(p.w, layout.Cut(p.count()+inertLine(text), p.columns()))
	case p.mode == "line" && worse:
		p.wipe()
		fmt.Fprintln(p.w, layout.Cut(inertLine(text), p.columns()))
	}
	p.draw()
}

func (p *Progress) advance(id string) {
	p.done++
	p.current, p.stepped = id, false
	p.clock.done(id, p.now())
}

// Close takes the bar away, and what a terminal echoes of an interrupt.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lined = p.lined || p.mode == "line" && !p.closed
	p.closed = true
	p.wipe()
	if p.end != nil {
		close(p.end)
		p.end = nil
	}
	p.stepped, p.current = false, ""
}

func shortOutcome(c *run.Check) string {
	switch c.Verdict {
	case run.Fail, run.Warn:
		return ": " + clip(problemOf(c), 300)
	case run.Skip, run.Blocked:
		return ": " + clip(c.Reason, 300)
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
