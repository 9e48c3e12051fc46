package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/onsi/ginkgo/v2"
)

// Whether everybody can use the page: on a small screen, by keyboard, with a
// screen reader.

const narrow = 360 // CSS pixels

var BROW11 = judge.Check{
	ID: "BROW-11", Title: "usable at a width of 360 pixels",
	Problem: "the login page is not usable at a width of 360 pixels", Level: judge.SHOULD,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "At a width of 360 CSS pixels the login page needs no horizontal scrolling, and every control is on screen and not covered.",
	Why:    "Most citizens log in on a phone, many of them on a small one.",
	Remedy: "Give the page <meta name=viewport content=\"width=device-width\">, and no element a fixed width above that of the screen.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("BROW-11 usable at a width of 360 pixels", check(BROW11, func(s *Session) {
	one := s.startLogin(s.request(), false)
	ctx, cancel := s.limited()
	defer cancel()
	_, err := do(ctx, one.tab, chromedp.EmulateViewport(narrow, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
	s.must(err)
	one.show()
	s.must(one.wholePage(ctx))
	s.film(one, "at 360 pixels")
	type layout struct {
		Width    float64  `json:"width"`
		Outside  []string `json:"outside"`
		Covered  []string `json:"covered"`
		Controls int      `json:"controls"`
	}
	const script = `(() => {
		const page = SURVEY, name = el => (el.getAttribute('aria-label') || el.innerText || el.name || el.id || el.localName).trim().slice(0, 40);
		const out = {width: Math.max(document.documentElement.scrollWidth, document.body ? document.body.scrollWidth : 0), outside: [], covered: [], controls: 0};
		for (const el of page.visible()) {
			out.controls++;
			el.scrollIntoView({block: 'center', inline: 'nearest'});
			const box = el.getBoundingClientRect(), left = box.left + scrollX, right = box.right + scrollX;
			if (left < -1 || right > NARROW + 1) { out.outside.push(name(el)); continue; }
			const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
			if (top && !el.contains(top) && !top.contains(el) && ![...(el.labels || [])].some(l => l.contains(top))) out.covered.push(name(el));
		}
		scrollTo(0, 0);
		return out;
	})()`
	seen, err := evaluate[layout](ctx, one.tab, strings.NewReplacer("SURVEY", surveyScript, "NARROW", fmt.Sprint(narrow)).Replace(script))
	s.must(err)
	s.Assert(seen.Width <= narrow+1, "", fmt.Sprintf("at %d pixels the page is %.0f pixels wide", narrow, seen.Width), s.evidenceOf(one.page.Page))
	for _, name := range seen.Outside {
		s.Found("", fmt.Sprintf("the control %q reaches beyond the screen", s.Redactor.Text(name)), nil)
	}
	for _, name := range seen.Covered {
		s.Found("", fmt.Sprintf("the control %q is covered by something else", s.Redactor.Text(name)), nil)
	}
	s.Observe("%d controls, page %.0f pixels wide", seen.Controls, seen.Width)
}))

// wholePage waits until styles and images of the page are there.
func (one *browserLogin) wholePage(ctx context.Context) error {
	return one.profile.await(ctx, func() bool {
		one.tab.mu.Lock()
		defer one.tab.mu.Unlock()
		return one.tab.loaded
	})
}

var BROW12 = judge.Check{
	ID: "BROW-12", Title: "controls have names and work by keyboard; the page has a language and a title",
	Problem: "the login page lacks names, a language or a title, or does not work by keyboard", Level: judge.SHOULD,
	Basis: []run.Basis{
		judge.WCAG("2.1.1", "keyboard"), judge.WCAG("2.4.2", "page-titled"), judge.WCAG("3.1.1", "language-of-page"), judge.WCAG("4.1.2", "name-role-value"),
	},
	Expect: "Every control of the login page has an accessible name and can be reached with the Tab key; the login can be completed with the keyboard only; the page declares its language and has a title.",
	Why:    "Citizens who cannot see the page or use a mouse have the same right to the service.",
	Remedy: "Use native buttons, links and fields with labels, leave tabindex alone, and set <html lang> and <title>.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{"language and title", "names", "keyboard"},
}

var _ = ginkgo.It("BROW-12 controls have names and work by keyboard; the page has a language and a title", check(BROW12, func(s *Session) {
	one := s.startLogin(s.request(), false)
	one.show()
	ctx, cancel := s.limited()
	defer cancel()
	s.must(one.wholePage(ctx))
	s.Case("language and title", func() { s.languageAndTitle(ctx, one) })
	s.Case("names", func() { s.names(ctx, one) })
	s.Case("keyboard", func() {
		if s.Person != nil { // the phone finishes the login
			s.reachable(ctx, one)
			return
		}
		s.sharedLogin() // with the mouse it works, or the page is not to be judged by the keyboard
		if s.reachable(ctx, one) {
			s.byKeyboard(one)
		}
	})
}))

func (s *Session) languageAndTitle(ctx context.Context, one *browserLogin) {
	head, err := evaluate[map[string]string](ctx, one.tab, `({lang: document.documentElement.lang.trim(), title: document.title.trim()})`)
	s.must(err)
	s.Assert(head["lang"] != "", "a language", "the page declares no language (<html lang>)", s.evidenceOf(one.page.Page))
	s.Assert(head["title"] != "", "a title", "the page has no title", s.evidenceOf(one.page.Page))
}

// interactive are the roles of the accessibility tree that a person operates.
var interactive = []string{
	"button", "link", "textbox", "searchbox", "combobox", "listbox", "radio", "checkbox", "switch", "slider", "spinbutton", "menuitem", "tab",
	"ToggleButton", "PopUpButton", "ComboBoxSelect", "ComboBoxMenuButton", "TextFieldWithComboBox",
}

func (s *Session) names(ctx context.Context, one *browserLogin) {
	tree, err := call(ctx, one.tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	s.must(err)
	controls := 0
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		if !slices.Contains(interactive, role) {
			continue
		}
		controls++
		named := n.Name != nil && strings.TrimSpace(strings.Trim(string(n.Name.Value), `"`)) != ""
		s.Assert(named, "", "a "+role+" has no accessible name", s.evidenceOf(one.page.Page))
	}
	onlyQR := controls == 0 && one.drawsQR(ctx)
	if onlyQR {
		s.Observe("the page has a QR code, and nothing to operate")
	}
	s.Assert(controls > 0 || onlyQR, "", "the accessibility tree has no controls", s.evidenceOf(one.page.Page))
}

// drawsQR reports whether the page shows a QR code, at once or when its script
// has drawn it.
func (one *browserLogin) drawsQR(ctx context.Context) bool {
	screen := one.watch(ctx)
	return screen != nil && screen.QR
}

// press sends one key to the page.
func (s *Session) press(ctx context.Context, one *browserLogin, key string) {
	_, err := do(ctx, one.tab, chromedp.KeyEvent(key))
	s.must(err)
}

// focused is the path of the element that has the focus.
func (s *Session) focused(ctx context.Context, one *browserLogin) string {
	path, err := evaluate[string](ctx, one.tab, inPage("document.activeElement && document.activeElement !== document.body ? page.path(document.activeElement) : ''"))
	s.must(err)
	return path
}

// reachable walks through the page with the Tab key and reports whether every
// control got the focus.
func (s *Session) reachable(ctx context.Context, one *browserLogin) bool {
	type control struct {
		Path  string `json:"path"`
		Group string `json:"group"`
		Name  string `json:"name"`
	}
	// Of a group of radio buttons one is reached with Tab, the others with the arrows.
	const script = `page.visible().map(el => ({path: page.path(el),
		group: el.type === 'radio' && el.name ? 'radio ' + el.name : page.path(el),
		name: (el.getAttribute('aria-label') || el.innerText || el.name || el.id || el.localName).trim().slice(0, 40)}))`
	controls, err := evaluate[[]control](ctx, one.tab, inPage(script))
	s.must(err)
	groupOf, missing := map[string]string{}, map[string]string{}
	for _, c := range controls {
		groupOf[c.Path] = c.Group
		missing[c.Group] = c.Name
	}
	_, err = evaluate[chromedp.Void](ctx, one.tab, `document.activeElement && document.activeElement.blur()`)
	s.must(err)
	lost := 0
	for range 2*len(controls) + 10 {
		if len(missing) == 0 {
			break
		}
		s.press(ctx, one, keys["tab"])
		path := s.focused(ctx, one)
		if path == "" {
			if lost++; lost > 1 {
				break // round the page once, and once more for a page that starts in its middle
			}
			continue
		}
		delete(missing, groupOf[path])
	}
	var unreached []judge.Finding
	for _, name := range missing {
		unreached = append(unreached, judge.Finding{Observed: fmt.Sprintf("the Tab key does not reach %q", s.Redactor.Text(name)), Evidence: s.evidenceOf(one.page.Page)})
	}
	s.AssertNone("every control reached with the Tab key", unreached)
	return len(missing) == 0
}

// byKeyboard finishes the login without the mouse.
func (s *Session) byKeyboard(one *browserLogin) {
	ctx, cancel := s.limited()
	defer cancel()
	one.auth.PageOnly = false
	used := map[string]bool{}
	for range maxPages {
		used[one.tab.document()] = true
		if !s.pressThrough(ctx, one) {
			s.Observe("the login was not completed with the keyboard: the page is driven by configured steps, or has no login form")
			return
		}
		further, err := one.errand.next(ctx, used)
		if err != nil && (isGone(err) || s.Context.Err() != nil) {
			s.must(err)
		}
		if further.tab == nil {
			break
		}
		one.tab = further.tab
	}
	l := one.errand.response(s.Context, login.ResponseCallback, "", "")
	if l.Code() == "" {
		s.unhindered(lastDocument(one.profile.log.all(), one.tab.ident()))
	}
	s.Require(l.Code() != "", "the login completed with the keyboard", "with only Tab, Space and Enter the login does not return a code", s.evidenceOf(l.Final))
}

// pressThrough fills in and submits the page that is shown, by keyboard alone. It is
// false where the page has no login form, or is driven by configured steps.
func (s *Session) pressThrough(ctx context.Context, one *browserLogin) bool {
	seen, err := one.tab.survey(ctx)
	s.must(err)
	pick, why := one.errand.pick(seen)
	if why != nil || len(s.Driver.opt.Steps) > 0 {
		return false
	}
	if f := pick.Person; f != nil && f.Type != "select" {
		s.tabTo(ctx, one, seen, f.ID, f.Type == "radio")
		if f.Type != "radio" {
			text := pick.Typed
			if pick.Option.Value != "" {
				text = pick.Option.Value
			}
			_, err := call(ctx, one.tab, input.InsertText, input.InsertTextParams{Text: text})
			s.must(err)
		}
	}
	if !one.over() && (pick.Option.URL == "" || pick.Follow != nil) {
		if pick.Follow != nil {
			s.tabTo(ctx, one, seen, pick.Follow.URL, false)
		}
		if pick.Press != nil {
			s.tabTo(ctx, one, seen, pick.Press.ID, false)
		}
		s.press(ctx, one, keys["enter"])
	}
	return true
}

// tabTo presses Tab until the control has the focus; a radio button that is
// not the one in the Tab order is reached with the arrows.
func (s *Session) tabTo(ctx context.Context, one *browserLogin, seen surveyed, id string, radio bool) {
	wanted := seen.at(id)
	for range 2*len(seen.Paths) + 10 {
		path := s.focused(ctx, one)
		if path == wanted {
			if radio {
				s.press(ctx, one, " ")
			}
			return
		}
		if radio && s.sameGroup(ctx, one, wanted) {
			s.press(ctx, one, keys["arrowdown"])
			continue
		}
		s.press(ctx, one, keys["tab"])
	}
	s.Fail("every control reached with the Tab key", "a control that the login needs cannot be reached with the keyboard", nil)
}

func (s *Session) sameGroup(ctx context.Context, one *browserLogin, wanted string) bool {
	same, err := evaluate[bool](ctx, one.tab, fmt.Sprintf(`(() => { const a = document.activeElement, b = document.querySelector(%s); return !!a && !!b && a.type === 'radio' && a.name === b.name })()`, quote(wanted)))
	s.must(err)
	return same
}
