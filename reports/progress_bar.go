package reports

import (
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// redrawn is how often the bar is drawn where nothing else happens.
const redrawn = time.Second

// draw draws the bar anew, and from then on once a second.
func (p *Progress) draw() {
	if p.mode != "line" || p.paused > 0 {
		return
	}
	fmt.Fprint(p.w, "\r\x1b[2K"+p.line())
	p.lined = true
	if p.end != nil {
		return
	}
	p.end = make(chan struct{})
	go p.keepDrawing(p.end)
}

func (p *Progress) keepDrawing(end chan struct{}) {
	tick := time.NewTicker(redrawn)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return
		case <-tick.C:
			p.mu.Lock()
			if p.end == end && p.lined {
				p.draw()
			}
			p.mu.Unlock()
		}
	}
}

func (p *Progress) wipe() {
	if p.lined {
		fmt.Fprint(p.w, "\r\x1b[2K")
		p.lined = false
	}
}

func (p *Progress) columns() int {
	if p.screen != nil {
		return widthOf(p.screen)
	}
	return p.width
}

// line is the bar with what stands beside it, in one line of the screen.
func (p *Progress) line() string {
	var parts []string
	share, more := -1.0, false
	var left time.Duration // less than 0: not known
	if p.stepped {
		share, left = p.step.Share, p.step.Left
	} else {
		left, more = p.clock.left(p.current, p.now(), p.done, p.total)
		if p.total > 0 {
			share = float64(p.done) / float64(p.total)
			parts = append(parts, fmt.Sprintf("%d/%d", p.done, p.total))
		} else if p.done > 0 {
			parts = append(parts, fmt.Sprint(p.done))
		}
		parts = append(parts, p.tallies()...)
	}
	times := minutes(p.now().Sub(p.clock.began))
	if left >= 0 && share < 1 {
		times += ", " + minutes(left)
		if more {
			times += " or more"
		}
		times += " left"
	}
	parts = append(parts, times)
	if text := inertLine(p.step.Text); p.stepped {
		parts = append(parts, text)
	} else if p.current != "" {
		parts = append(parts, inertLine(p.current))
	}
	room := p.columns() - 1
	text := layout.Cut(strings.Join(parts, "  "), room)
	const least, most = 8, 24
	if cells := min(most, room-layout.Width(text)-4); share >= 0 && cells >= least {
		full := min(cells, int(share*float64(cells)))
		text = "[" + strings.Repeat("=", full) + strings.Repeat(" ", cells-full) + "]  " + text
	}
	return text
}

func (p *Progress) tallies() []string {
	p.summary.Count()
	var words []string
	for _, v := range []run.Verdict{run.Fail, run.Warn, run.Blocked} {
		if n := p.summary.Summary.Of(v); n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, v))
		}
	}
	return words
}

// minutes writes a time as 0:05, 12:30 or 1:02:03.
func minutes(d time.Duration) string {
	s := int(max(0, d).Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Work is what a check costs.
type Work struct {
	Kind string  // of work that takes about as long for the same cost
	Cost float64 // beside others of its kind
}

// pacer reckons how long the rest takes, from what was done.
type pacer struct {
	began, mark time.Time // of the run; and when a check was last done
	work        map[string]Work
	kinds       map[string]*pace // nil: each step of the total costs the same
	spent       time.Duration    // on what was done
	ahead       time.Duration    // what follows, and takes a time that is known
}

// pace is the work of one kind.
type pace struct {
	done, total   float64
	checked, left int
	spent         time.Duration
}

func (c *pacer) plan(work map[string]Work) {
	c.work, c.kinds = work, map[string]*pace{}
	for _, w := range work {
		if c.kinds[w.Kind] == nil {
			c.kinds[w.Kind] = &pace{}
		}
		if w.Cost > 0 {
			c.kinds[w.Kind].total += w.Cost
			c.kinds[w.Kind].left++
		}
	}
}

// done keeps what a check took: the time since the one before it.
func (c *pacer) done(id string, now time.Time) {
	if w := c.work[id]; w.Cost > 0 {
		k := c.kinds[w.Kind]
		k.done, k.checked, k.left, k.spent = k.done+w.Cost, k.checked+1, k.left-1, k.spent+now.Sub(c.mark)
	}
	c.spent += now.Sub(c.mark)
	c.mark = now
}

// skip takes a time out of the reckoning.
func (c *pacer) skip(d time.Duration) { c.mark = c.mark.Add(d) }

// enough is how many checks of a kind must be done, beside a tenth of the work, before
// anything is said of the rest of them.
const enough = 3

// left is how long the rest takes, at the pace so far. It is below 0 where nothing
// is known; more says that it is known of a part of the rest alone.
func (c *pacer) left(current string, now time.Time, done, total int) (left time.Duration, more bool) {
	if c.kinds == nil {
		if done < max(enough, total/10) || done >= total {
			return -1, false
		}
		each := c.spent / time.Duration(done)
		return max(0, each*time.Duration(total-done)-min(now.Sub(c.mark), each)), false
	}
	known := false
	for _, k := range c.kinds {
		switch {
		case k.left <= 0:
		case k.checked < enough || k.done < k.total/10:
			more = true
		default:
			known = true
			left += time.Duration((k.total - k.done) / k.done * float64(k.spent))
		}
	}
	if !known {
		return -1, false
	}
	if w := c.work[current]; w.Cost > 0 && c.kinds[w.Kind].done > 0 {
		k := c.kinds[w.Kind]
		left -= min(now.Sub(c.mark), time.Duration(w.Cost/k.done*float64(k.spent)))
	}
	return max(left, 0) + c.ahead, more
}
