package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/page"
)

// evidence is what the browser saw over the run.
type evidence struct {
	started time.Time

	mu      sync.Mutex
	steps   []run.BrowserStep
	shown   []string // the text on the picture of each step
	kept    []keptHop
	timings []run.Timing
	lines   map[*profile]int // how much of a console is told already
}

// keptHop is one request with the check it was made for.
type keptHop struct {
	check string
	hop   *hop
}

func (v *evidence) keep(check string, hops []*hop) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, h := range hops {
		if strings.HasPrefix(h.URL, "http") {
			v.kept = append(v.kept, keptHop{check, h})
		}
	}
}

func (v *evidence) time(name string, value float64, unit string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.timings = append(v.timings, run.Timing{Name: name, Value: value, Unit: unit})
}

// picture records a step with a screenshot. Of a target whose people may be
// real, nothing past the login page is photographed, and no page with a text
// that would be redacted elsewhere.
func (s *Session) picture(name string, t *tab, past bool) {
	if s.NoEvidence {
		return
	}
	step := run.BrowserStep{
		Check: s.Check.ID, Name: name, AtMS: float64(time.Since(s.evidence.started).Microseconds()) / 1000,
		URL: s.Redactor.Text(bare(t.where())),
	}
	step.Console = s.news(t.profile)
	text := ""
	if synthetic := s.Embedded || s.Config.ShowPersonalData; synthetic || !past {
		var err error
		if !synthetic {
			text, err = t.visibleText(s.Context)
		}
		var shot []byte
		if err == nil && !s.Redactor.Holds(text) {
			shot, err = t.photograph(s.Context)
		}
		if err == nil && len(shot) > 0 {
			step.Screenshot = s.store(name, shot)
			step.Thumbnail = thumbnail(shot)
		}
	}
	s.evidence.mu.Lock()
	defer s.evidence.mu.Unlock()
	s.evidence.steps = append(s.evidence.steps, step)
	s.evidence.shown = append(s.evidence.shown, text)
}

// visibleText is what a person can read on the page, in its fields too. An
// error says that nobody knows.
func (t *tab) visibleText(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return evaluate[string](ctx, t, `[document.title, document.body ? document.body.innerText : "", ...Array.from(document.querySelectorAll("input:not([type=hidden]), textarea"), e => e.value)].join("\n").slice(0, 1000000)`)
}

// discard takes away the pictures of what turned out to be a secret or a
// person's data after they were taken.
func (v *evidence) discard(out string, r *redact.Redactor) {
	for i, text := range v.shown {
		step := &v.steps[i]
		if step.Thumbnail == "" && step.Screenshot == "" || !r.Holds(text) {
			continue
		}
		if step.Screenshot != "" {
			os.Remove(filepath.Join(out, filepath.FromSlash(step.Screenshot)))
		}
		step.Screenshot, step.Thumbnail = "", ""
	}
}

// where is the address that the tab shows.
func (t *tab) where() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.address
}

// bare is an address without its query and fragment, which hold secrets.
func bare(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// news is what the profile's console said since the last step.
func (s *Session) news(p *profile) []string {
	said := p.console()
	s.evidence.mu.Lock()
	if s.evidence.lines == nil {
		s.evidence.lines = map[*profile]int{}
	}
	from := s.evidence.lines[p]
	s.evidence.lines[p] = len(said)
	s.evidence.mu.Unlock()
	var out []string
	for _, m := range said[from:] {
		text := s.Redactor.Text(m.Text)
		if len(text) > 500 {
			text = strings.ToValidUTF8(text[:500], "") + "…"
		}
		out = append(out, text)
	}
	return out
}

// photograph takes a picture of what the tab shows, as PNG.
func (t *tab) photograph(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	fast := true
	shot, err := call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, OptimizeForSpeed: &fast})
	return shot.Data, err
}

// store writes a picture into the folder of screenshots and returns its name
// under the output folder; empty where none is written.
func (s *Session) store(name string, shot []byte) string {
	if s.Out == "" {
		return ""
	}
	s.evidence.mu.Lock()
	number := len(s.evidence.steps) + 1
	s.evidence.mu.Unlock()
	file := filepath.Join("screenshots", fmt.Sprintf("%02d-%s-%s.png", number, s.Check.ID, slug(name)))
	if err := os.MkdirAll(filepath.Join(s.Out, "screenshots"), 0o755); err != nil {
		return ""
	}
	if err := os.WriteFile(filepath.Join(s.Out, file), shot, 0o600); err != nil {
		return ""
	}
	return filepath.ToSlash(file)
}

func slug(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// thumbnailWidth is the width of the small picture that stands in the record, in pixels.
const thumbnailWidth = 640

// thumbnail makes a small JPEG of a picture, as a data URI; empty where the
// picture cannot be read.
func thumbnail(shot []byte) string {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return ""
	}
	b := full.Bounds()
	width := min(thumbnailWidth, b.Dx())
	if width == 0 || b.Dy() == 0 {
		return ""
	}
	height := max(1, b.Dy()*width/b.Dx())
	plain := image.NewRGBA(b.Sub(b.Min))
	draw.Draw(plain, plain.Bounds(), full, b.Min, draw.Src)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			copy(small.Pix[small.PixOffset(x, y):], mean(plain, x*b.Dx()/width, (x+1)*b.Dx()/width, y*b.Dy()/height, (y+1)*b.Dy()/height))
		}
	}
	var out bytes.Buffer
	if jpeg.Encode(&out, small, &jpeg.Options{Quality: 60}) != nil {
		return ""
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out.Bytes())
}

// mean is the average colour of a part of a picture, from x0 and y0 up to x1
// and y1, as red, green, blue and opaque.
func mean(p *image.RGBA, x0, x1, y0, y1 int) []byte {
	var sum [3]int
	n := 0
	for y := y0; y < max(y1, y0+1); y++ {
		row := p.Pix[p.PixOffset(x0, y):]
		for x := range max(x1-x0, 1) {
			for c := range sum {
				sum[c] += int(row[4*x+c])
			}
			n++
		}
	}
	return []byte{byte(sum[0] / n), byte(sum[1] / n), byte(sum[2] / n), 255}
}

// collect is what the browser saw, for the record.
func (c *Campaign) collect() *run.Browser {
	c.evidence.mu.Lock()
	defer c.evidence.mu.Unlock()
	if c.Chrome.Product() == "" {
		return nil
	}
	c.evidence.discard(c.Out, c.Redactor)
	on, _ := Sandboxed()
	out := &run.Browser{Product: c.Chrome.Product(), Sandbox: on, Steps: c.evidence.steps, Timings: c.evidence.timings}
	if c.Out != "" && len(c.evidence.kept) > 0 {
		const name = "browser.har"
		if writeHAR(filepath.Join(c.Out, name), c.evidence.kept, c.Redactor, c.Chrome.Product()) == nil {
			out.HAR = name
		}
	}
	return out
}
