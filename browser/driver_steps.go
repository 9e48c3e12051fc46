package browser

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/config"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed survey.js
var surveyScript string

// inPage is an expression that calls a function of the survey.
func inPage(expression string) string {
	return "(async () => { const page = " + surveyScript + ";\nreturn " + expression + "; })()"
}

// CheckSteps names the first step that cannot be carried out as it is written.
func CheckSteps(steps []config.Step) error {
	for i, s := range steps {
		switch s.Action {
		case "fill", "click", "select", "wait":
		case "press":
			if keyFor(s.Target) == "" {
				return fmt.Errorf("login step %d: the key %q is not known; use Enter, Tab, Escape, Space, an arrow such as ArrowDown, or one character", i+1, s.Target)
			}
		default:
			return fmt.Errorf("login step %d: %q is not one of fill, click, select, press and wait", i+1, s.Action)
		}
	}
	return nil
}

var keys = map[string]string{
	"enter": kb.Enter, "tab": kb.Tab, "escape": kb.Escape, "space": " ", "backspace": kb.Backspace,
	"arrowdown": kb.ArrowDown, "arrowup": kb.ArrowUp, "arrowleft": kb.ArrowLeft, "arrowright": kb.ArrowRight,
}

func keyFor(name string) string {
	if key, ok := keys[strings.ToLower(name)]; ok {
		return key
	}
	if len([]rune(name)) == 1 {
		return name
	}
	return ""
}

// perform does one step, waiting for its element in every open tab, the newest
// first.
func (p *profile) perform(ctx context.Context, s config.Step, persona string) error {
	value := strings.ReplaceAll(s.Value, "$PERSONA", persona)
	if s.Action == "press" {
		_, err := do(ctx, p.front(), chromedp.KeyEvent(keyFor(s.Target)))
		return err
	}
	kind := map[string]string{"fill": "'field'", "select": "'field'", "wait": "'anything'", "click": "'control'"}[s.Action]
	t, path, err := p.find(ctx, fmt.Sprintf("page.until(() => page.find(%s, %s), %d)", quote(s.Target), kind, searchTurn.Milliseconds()))
	if err != nil {
		return err
	}
	switch s.Action {
	case "fill":
		return t.fill(ctx, path, value)
	case "select":
		return t.choose(ctx, path, value)
	case "click":
		return t.click(ctx, path)
	}
	return nil
}

// searchTurn is how long one question for an element stays open in a page
// before it is asked anew.
const searchTurn = 10 * time.Second

// front is the tab that was opened last and is still there.
func (p *profile) front() *tab {
	tabs := p.present()
	return tabs[len(tabs)-1]
}

// present is the tabs that are still there, in the order in which they were opened.
func (p *profile) present() []*tab {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*tab
	for _, t := range p.tabs {
		if !t.gone && t.id != "" {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return p.tabs[:1]
	}
	return out
}

// find evaluates an expression that resolves to the path of an element, in
// every open tab, until one has it.
func (p *profile) find(ctx context.Context, expression string) (*tab, string, error) {
	type result struct {
		t    *tab
		path string
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan result)
	asked := map[*tab]bool{}
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		for _, t := range p.present() {
			if asked[t] {
				continue
			}
			asked[t] = true
			go func() {
				path, err := evaluate[*string](ctx, t, inPage(expression))
				r := result{t: t, err: err}
				if path != nil {
					r.path = *path
				}
				select {
				case results <- r:
				case <-ctx.Done():
				}
			}()
		}
		select {
		case r := <-results:
			if r.path != "" {
				return r.t, r.path, nil
			}
			if errors.Is(r.err, ErrGone) || ctx.Err() != nil {
				return nil, "", p.explain(ctx, r.err)
			}
			delete(asked, r.t)
			if r.err != nil { // the page is being replaced: ask the next one
				select {
				case <-changed:
				case <-ctx.Done():
					return nil, "", p.explain(ctx, ctx.Err())
				}
			}
		case <-changed:
		case <-ctx.Done():
			return nil, "", p.explain(ctx, ctx.Err())
		case <-p.proc.gone:
			return nil, "", p.proc.lost()
		}
	}
}

// fill replaces what is in a field by the text, in one go, as by pasting.
func (t *tab) fill(ctx context.Context, path, text string) error {
	if err := t.click(ctx, path); err != nil {
		return err
	}
	selected := fmt.Sprintf(`(() => { const el = document.querySelector(%s); el.focus(); if (el.select) el.select(); })()`, quote(path))
	if _, err := evaluate[chromedp.Void](ctx, t, selected); err != nil {
		return err
	}
	_, err := call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// choose picks an option of a select by its value or its text.
func (t *tab) choose(ctx context.Context, path, option string) error {
	script := fmt.Sprintf(`(() => {
		const el = document.querySelector(%s), wanted = %s;
		const option = [...el.options].find(o => o.value === wanted || o.text.trim() === wanted);
		if (!option) return false;
		el.focus(); el.value = option.value;
		el.dispatchEvent(new Event('input', {bubbles: true})); el.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, quote(path), quote(option))
	found, err := evaluate[bool](ctx, t, script)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("it offers no option %q", option)
	}
	return nil
}

// quote writes a string as a JavaScript literal.
func quote(s string) string {
	// Go quotes control characters in ways that JavaScript does not know.
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x2028 || r == 0x2029 || r == '<':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
