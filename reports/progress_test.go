package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// aBar is a progress bar of so many columns, and what puts its clock on.
func aBar(columns, total int) (p *Progress, b *bytes.Buffer, pass func(time.Duration)) {
	b = new(bytes.Buffer)
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	p = &Progress{w: b, mode: "line", width: columns, total: total, now: func() time.Time { return now }}
	p.clock.began, p.clock.mark = now, now
	return p, b, func(d time.Duration) {
		p.mu.Lock()
		defer p.mu.Unlock()
		now = now.Add(d)
	}
}

// shown is the bar as it stands.
func shown(p *Progress) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line()
}

const wiped = "\r\x1b[2K"

func TestTheBarStaysOneLine(t *testing.T) {
	for _, columns := range []int{30, 40, 80, 120} {
		p, b, pass := aBar(columns, 3)
		p.Start(strings.Repeat("X", 200))
		pass(time.Minute)
		p.Done(run.Check{ID: "DISC-01", Verdict: run.Pass})
		p.Done(run.Check{ID: "TOKEN-05", Verdict: run.Fail, Observed: "200" + strings.Repeat(" and more", 50)})
		p.Step(Step{Text: strings.Repeat("陈 ", 100), Share: 0.5, Left: time.Hour})
		p.Close()
		lines := strings.Split(b.String(), wiped)
		for _, l := range lines {
			if layout.Width(strings.TrimSuffix(l, "\n")) > columns || !strings.HasSuffix(l, "\n") && layout.Width(l) >= columns {
				t.Errorf("%d columns, and the line takes %d: %q", columns, layout.Width(l), l)
			}
		}
		if strings.Count(b.String(), "\n") != 1 || !strings.Contains(b.String(), "TOKEN-05") || lines[len(lines)-1] != "" {
			t.Errorf("%q: want the failure on a line of its own, and nothing left at the end", b.String())
		}
	}
}

// What is left is reckoned from what was done, kind by kind, and not told before
// enough was done to know.
func TestTheTimeThatIsLeft(t *testing.T) {
	p, _, pass := aBar(100, 8)
	work := map[string]Work{"slow": {"waiting", 1}, "skipped": {"requests", 0}}
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		work[id] = Work{"requests", 2}
	}
	p.Work(work)
	p.Done(run.Check{ID: "skipped", Verdict: run.Skip})
	for i, id := range []string{"a", "b", "c", "d"} {
		p.Start(id)
		if got := shown(p); i < 3 && strings.Contains(got, "left") {
			t.Errorf("after %d checks: %q", i, got)
		}
		pass(10 * time.Second)
		p.Done(run.Check{ID: id, Verdict: run.Pass})
	}
	// Two checks of ten seconds, and one of which nothing is known.
	if got := shown(p); !strings.Contains(got, "5/8  0:40, 0:20 or more left  d") || !strings.HasPrefix(got, "[====") {
		t.Errorf("%q", got)
	}
	p.Start("e")
	pass(4 * time.Second)
	if got := shown(p); !strings.Contains(got, "0:44, 0:16 or more left  e") {
		t.Errorf("%q", got)
	}
	pass(time.Hour) // far longer than it should take: what comes after it stays
	if got := shown(p); !strings.Contains(got, "1:00:44, 0:10 or more left") {
		t.Errorf("%q", got)
	}
	p.Close()
}

// A person's time is not taken for the target's, and the screen is theirs.
func TestAPersonsTimeIsNotReckonedWith(t *testing.T) {
	p, b, pass := aBar(100, 4)
	p.Work(map[string]Work{"a": {"requests", 1}, "b": {"requests", 1}, "c": {"requests", 1}, "d": {"requests", 1}})
	p.Ahead(3 * time.Second)
	for _, id := range []string{"a", "b", "c"} {
		p.Start(id)
		resume := p.Pause()
		before := b.Len()
		pass(time.Hour)
		p.Start(id)
		if b.Len() != before || !strings.HasSuffix(b.String(), wiped) {
			t.Errorf("something was written while a person had the screen: %q", b.String()[before:])
		}
		resume()
		resume() // once is enough
		pass(2 * time.Second)
		p.Done(run.Check{ID: id, Verdict: run.Pass})
	}
	if got := shown(p); !strings.Contains(got, "3/4  3:00:06, 0:05 left") {
		t.Errorf("%q", got)
	}
	p.Close()
}

func TestCountedStepsHaveTimesToo(t *testing.T) {
	p, b, pass := aBar(80, 0)
	p.Step(Step{Text: "measuring", Share: -1, Left: -1})
	if got := shown(p); got != "0:00  measuring" {
		t.Errorf("%q", got)
	}
	p.Total(10)
	for range 4 {
		pass(3 * time.Second)
		p.Counted("caught     a", false)
	}
	if got := shown(p); !strings.Contains(got, "4/10  0:12, 0:18 left  caught a") {
		t.Errorf("%q", got)
	}
	p.Counted("missed     b", true)
	p.Step(Step{Text: "load at 200/s", Share: 0.25, Left: 90 * time.Second})
	if got := shown(p); !strings.Contains(got, "0:12, 1:30 left  load at 200/s") || !strings.HasPrefix(got, "[======    ") {
		t.Errorf("%q", got)
	}
	p.Close()
	if !strings.Contains(b.String(), wiped+"missed b\n") {
		t.Errorf("%q", b.String())
	}
}

func TestPlainLinesFitTheirColumns(t *testing.T) {
	var b bytes.Buffer
	p, err := NewProgress(&b, "plain", 100)
	if err != nil {
		t.Fatal(err)
	}
	p.Done(run.Check{ID: "TOKEN-05", Verdict: run.Fail, Observed: long})
	p.Note(long)
	p.Counted(long, true)
	p.Step(Step{Text: long, Share: -1, Left: time.Minute})
	p.Close()
	fitsColumns(t, b.String(), layout.Columns)
	if strings.Count(b.String(), "\n") < 5 || strings.Contains(b.String(), "\r") {
		t.Errorf("%q", b.String())
	}
	silent := new(bytes.Buffer)
	p, err = NewProgress(silent, "none", 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Note("waiting")
	p.Step(Step{Text: "load"})
	p.Warn("the disk is full")
	if silent.String() != "the disk is full\n" {
		t.Errorf("%q: want the warning alone", silent.String())
	}
}
