package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// errNoCancelSteps is what giving up comes to where the login is configured.
var errNoCancelSteps = errors.New("the configured login steps only log in; they do not say how to cancel")

func isGone(err error) bool { return errors.Is(err, ErrGone) }

// navigate opens an address without waiting for the page: what comes of it is
// told by events.
func (t *tab) navigate(ctx context.Context, address string) error {
	done := make(chan error, 1)
	go func() {
		_, err := call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
		done <- err
	}()
	// The command is answered when the response's headers are there, which may
	// take as long as the target likes; what matters is that it was taken.
	return t.await(ctx, func() bool {
		select {
		case err := <-done:
			done <- err
			return true
		default:
		}
		for _, h := range t.log.all() {
			if h.Tab == t.ident() && h.document() {
				return true
			}
		}
		return false
	})
}

// read keeps the body of the page that the hop loaded.
func (t *tab) read(ctx context.Context, h *hop) {
	body := t.body(ctx, h.ID)
	if body == nil {
		return
	}
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	if kept := t.log.last(h.ID); kept != nil {
		kept.Content = body
	}
}

// body is what was answered to a request of the page that is shown; nil: the
// browser no longer has it.
func (t *tab) body(ctx context.Context, id network.RequestID) []byte {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	res, err := call(ctx, t, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
	if err != nil {
		return nil
	}
	return res.Body
}

// readLast fills in the body of the response that the request ended with.
func (e *errand) readLast(ctx context.Context, l *login.Response) {
	for _, t := range e.tabs() {
		h := lastDocument(e.profile.log.all(), t.ident())
		if h == nil || l.Final == nil || !strings.HasPrefix(h.URL, l.Final.Request.URL) {
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
		_ = e.profile.await(bounded, func() bool {
			last := lastDocument(e.profile.log.all(), t.ident())
			return last != nil && last.Done
		})
		cancel()
		t.read(ctx, h)
		if now := lastDocument(e.profile.log.all(), t.ident()); now != nil && l.Final.Response != nil {
			l.Final.Response.Body = now.Content
		}
	}
}

// surveyed is what a person can see and use on a page.
type surveyed struct {
	HTML      string   `json:"html"`
	Paths     []string `json:"paths"`
	Signature string   `json:"signature"`
	Form      bool     `json:"form"`
	Opener    string   `json:"opener"` // what to click where no form is seen; empty: nothing
}

// document identifies the page that the tab shows.
func (t *tab) document() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.loader)
}

func (t *tab) survey(ctx context.Context) (surveyed, error) {
	return evaluate[surveyed](ctx, t, inPage("page.survey()"))
}

// used is what using a page came to.
type used struct {
	persona string
	pending string // what to say where nothing comes of it
}

// use does on the page what the login asks for: the configured steps, or what
// a person would do with the page's one login form.
func (e *errand) use(ctx context.Context, t *tab) (used, error) {
	steps := e.driver.opt.Steps
	if e.auth.Cancel && len(steps) > 0 {
		return used{}, errNoCancelSteps
	}
	if len(steps) > 0 {
		return e.walkSteps(ctx, steps)
	}
	return e.fillIn(ctx, t)
}

func (e *errand) personas() [2]string {
	return [2]string{e.driver.opt.Persona, e.driver.opt.SecondPersona}
}

// walkSteps carries out the configured steps. They go through all the pages of
// the login, and so nothing but the callback is awaited after them.
func (e *errand) walkSteps(ctx context.Context, steps []config.Step) (used, error) {
	persona := login.Choices(e.personas(), e.auth.Person).Name
	for i, s := range steps {
		if e.over() {
			return used{persona: persona}, nil
		}
		if err := e.unlessOver(ctx, func(ctx context.Context) error { return e.profile.perform(ctx, s, persona) }); err != nil {
			if isGone(err) {
				return used{}, err
			}
			return used{}, fmt.Errorf("login step %d (%s %s): %w", i+1, s.Action, s.Target, err)
		}
		e.step(fmt.Sprintf("step %d", i+1), e.profile.front())
	}
	err := e.profile.await(ctx, e.over)
	return used{persona: persona, pending: "the configured steps are done, but no callback was received"}, err
}

// unlessOver runs do, and gives up on it when the request lands meanwhile.
func (e *errand) unlessOver(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.mu.Lock()
	landed := e.landed
	e.mu.Unlock()
	go func() {
		select {
		case <-landed:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := do(ctx)
	if e.over() {
		return nil
	}
	return err
}

// A page without a login form may still be putting it together; one with a
// form that lacks something is given less time.
const (
	lateForm    = 4 * time.Second
	lateControl = time.Second
)

// fillIn finds the page's login form, waiting for one that appears late, and
// uses it.
func (e *errand) fillIn(ctx context.Context, t *tab) (used, error) {
	started, opened := time.Now(), false
	late := e.driver.opt.Late
	_, err := evaluate[*bool](ctx, t, inPage(fmt.Sprintf("page.until(() => page.visible().length > 0, %d)", late.Milliseconds())))
	if err != nil && isGone(err) {
		return used{}, err
	}
	for {
		seen, err := t.survey(ctx)
		if err != nil {
			return e.replaced(ctx, t, err)
		}
		pick, why := e.pick(seen)
		if why == nil {
			return e.act(ctx, t, seen, pick)
		}
		if !seen.Form && seen.Opener != "" && !opened {
			opened = true
			err := e.unlessOver(ctx, func(ctx context.Context) error { return t.click(ctx, seen.Opener) })
			if err != nil {
				return e.replaced(ctx, t, err)
			}
			started = time.Now()
		}
		wait := late
		if seen.Form && len(seen.Paths) > 0 {
			wait = min(late, lateControl)
		}
		left := time.Until(started.Add(wait))
		if left <= 0 {
			return used{}, why
		}
		changed, err := evaluate[*bool](ctx, t, inPage(fmt.Sprintf("page.until(() => page.signature() !== %s, %d)", quote(seen.Signature), left.Milliseconds())))
		if err != nil {
			return e.replaced(ctx, t, err)
		}
		if changed == nil {
			return used{}, why
		}
	}
}

// replaced is what to make of a page that went away while it was looked at: go
// on with the next, unless the browser itself is gone.
func (e *errand) replaced(ctx context.Context, t *tab, err error) (used, error) {
	if isGone(err) || ctx.Err() != nil {
		return used{}, err
	}
	if e.over() {
		return used{}, nil
	}
	t.mu.Lock()
	shown := t.loader
	t.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, lateForm)
	defer cancel()
	moved := e.profile.await(bounded, func() bool {
		h := lastDocument(e.profile.log.all(), t.ident())
		return e.over() || !slices.Contains(e.profile.present(), t) || h != nil && h.Loader != shown
	})
	if moved != nil {
		return used{}, fmt.Errorf("the page cannot be used: %w", err)
	}
	return used{}, nil
}

func (e *errand) pick(seen surveyed) (login.Pick, error) {
	p, err := login.ReadPage([]byte(seen.HTML))
	if err != nil {
		return login.Pick{}, err
	}
	return p.Pick(login.Choices(e.personas(), e.auth.Person), e.auth.Cancel)
}

// at is the path of the element that the survey numbered in a name.
func (s surveyed) at(name string) string {
	number, err := strconv.Atoi(name[strings.LastIndexByte(name, '@')+1:])
	if err != nil || number < 0 || number >= len(s.Paths) {
		return ""
	}
	return s.Paths[number]
}

// act does what was picked, with mouse and keyboard.
func (e *errand) act(ctx context.Context, t *tab, seen surveyed, pick login.Pick) (used, error) {
	out := used{persona: pick.Persona()}
	if pick.Made {
		out.persona = ""
	}
	if pick.Go == "" { // else it may have gone by itself
		e.submitted = time.Now()
	}
	err := e.unlessOver(ctx, func(ctx context.Context) error { return t.carryOut(ctx, seen, pick) })
	if err != nil {
		if isGone(err) || ctx.Err() != nil {
			return out, err
		}
		return out, fmt.Errorf("the login form cannot be used: %w", err)
	}
	e.step("submitted", t)
	out.pending = "the login form was submitted, but the page did not navigate"
	return out, e.leads(ctx, t, seen.Signature)
}

func (t *tab) carryOut(ctx context.Context, seen surveyed, pick login.Pick) error {
	switch {
	case pick.Go != "":
		return t.await(ctx, func() bool { return false }) // it goes by itself
	case pick.Follow != nil:
		return t.click(ctx, seen.at(pick.Follow.URL))
	}
	if f := pick.Person; f != nil {
		path := seen.at(f.ID)
		var err error
		switch {
		case f.Type == "radio":
			err = t.click(ctx, path)
		case f.Type == "select":
			err = t.choose(ctx, path, pick.Option.Value)
		case pick.Option.Value != "":
			err = t.fill(ctx, path, pick.Option.Value)
		default:
			err = t.fill(ctx, path, pick.Typed)
		}
		if err != nil {
			return err
		}
	}
	for _, f := range pick.Tick {
		if err := t.click(ctx, seen.at(f.ID)); err != nil {
			return err
		}
	}
	for _, f := range pick.Fill {
		if err := t.fill(ctx, seen.at(f.ID), "password"); err != nil {
			return err
		}
	}
	switch {
	case pick.Option.URL != "":
		return nil // choosing is enough
	case pick.Press != nil:
		return t.click(ctx, seen.at(pick.Press.ID))
	}
	return t.enter(ctx)
}

// leads waits until what was done has led on: to the callback, to another
// page, or to other controls on the same one.
func (e *errand) leads(ctx context.Context, t *tab, before string) error {
	t.mu.Lock()
	shown := t.loader
	t.mu.Unlock()
	other := make(chan struct{})
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		script := fmt.Sprintf("page.until(() => page.signature() && page.signature() !== %s, %d)", quote(before), e.driver.opt.Timeout.Milliseconds())
		if changed, err := evaluate[*bool](asking, t, inPage(script)); err == nil && changed != nil {
			close(other)
			e.profile.wake()
		}
	}()
	again := false
	err := e.profile.await(ctx, func() bool {
		select {
		case <-other:
			again = true
			return true
		default:
		}
		for _, present := range e.tabs() {
			h := lastDocument(e.profile.log.all(), present.ident())
			if h != nil && (present != t || h.Loader != shown) {
				return true
			}
		}
		return e.over() || e.formRefused()
	})
	if err == nil && again && !e.over() {
		_, err = e.fillIn(ctx, t)
	}
	return err
}
