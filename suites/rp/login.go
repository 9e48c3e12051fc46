package rp

import (
	"cmp"
	"slices"

	"sgidcheck/internal/application"
	"sgidcheck/internal/disclosure"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// Login is one login at the application.
type Login struct {
	Browser  application.Browser
	Attempt  *provider.Attempt
	Start    *application.Way // to the provider's login page
	Callback *application.Way // from there back; nil: it was not gone
	Look     application.Look // what the protected page then showed

	s      *Session
	steps  map[any]*step
	ways   []*application.Way
	wasIn  bool             // a look has shown somebody logged in
	again  *application.Way // the callback, loaded again
	other  *Login           // another login that takes part in it
	paused *application.Way // the start page that asked to wait, and was then opened again
}

// Browser is a new browser without cookies.
func (s *Session) Browser() application.Browser { return s.browserAt(s.Site, application.Manner{}) }

// browserAt is a new browser at a site.
func (s *Session) browserAt(site *application.Site, manner application.Manner) application.Browser {
	manner.KeepStrict = s.keepStrict
	if s.NewBrowser != nil {
		b, err := s.NewBrowser(site, manner)
		if err != nil {
			s.cutOff()
			s.Block("harness", "a browser could not be opened: %v", err)
		}
		s.open = append(s.open, b)
		return b
	}
	b := &application.HTTP{Site: site, Client: s.Client, KeepStrict: manner.KeepStrict}
	if manner.Timeout > 0 && s.Patient != nil {
		b.Client = s.Patient
	}
	return b
}

// Begin begins a login in a browser and goes as far as the provider's login page.
func (s *Session) Begin(b application.Browser, c provider.Conduct) *Login {
	a, err := s.Front.Prepare(c)
	if err != nil {
		s.Block("harness", "%v", err)
	}
	s.Campaign.attempts = append(s.Campaign.attempts, a)
	l := s.loginIn(b, a)
	s.Front.Expect(a)
	l.Start = b.Begin(s.Context, a.Mark)
	if s.waitedOut(l.Start.Last()) {
		l.add(l.Start)
		l.paused = l.Start
		l.Start = b.Begin(s.Context, a.Mark)
	}
	l.add(l.Start)
	return l
}

// loginIn is a login, or a part of one, in a browser: nothing of it is done yet.
func (s *Session) loginIn(b application.Browser, a *provider.Attempt) *Login {
	return &Login{Browser: b, Attempt: a, s: s, steps: map[any]*step{}}
}

// add keeps a navigation of the login, and notes what its answers tell of the
// application's inside.
func (l *Login) add(way *application.Way) {
	l.ways = append(l.ways, way)
	l.lookForSecrets(way)
	for _, e := range way.Steps {
		what := disclosure.Of(e)
		if what == "" || slices.ContainsFunc(l.s.told, func(t told) bool { return t.what == what }) {
			continue
		}
		l.s.told = append(l.s.told, told{what: what, answer: l.at(e)})
	}
}

// at is an answer of the login's with the check in which it came.
func (l *Login) at(e *exchange.Exchange) answer {
	return answer{check: l.s.Check.ID, caseName: l.s.CaseName(), evidence: l.step(e)}
}

// Return goes back to the application with what the provider answers.
func (l *Login) Return() *application.Way { return l.ReturnTo(l.Attempt.Back()) }

// ReturnTo goes from the provider's page to an address; nowhere, where it is empty.
func (l *Login) ReturnTo(to string) *application.Way {
	if to == "" {
		return &application.Way{Stuck: "the provider showed no login page"}
	}
	l.s.Front.Expect(l.Attempt)
	l.Callback = l.Browser.Return(l.s.Context, to)
	l.add(l.Callback)
	return l.Callback
}

// See opens the protected page and keeps what it shows.
func (l *Login) See() application.Look {
	l.Look = l.s.Look(l.Browser)
	l.wasIn = l.wasIn || l.Look.In
	l.add(l.Look.Way)
	return l.Look
}

// Open opens an address of the application as one that was typed in.
func (l *Login) Open(address string) *application.Way {
	way := l.Browser.Open(l.s.Context, address)
	l.add(way)
	return way
}

// Submit sends a form of a page of the application, without its scripts.
func (l *Login) Submit(form exchange.Request, page string) *application.Way {
	b, ok := l.Browser.(*application.HTTP)
	if !ok {
		b = l.s.browserWith(form.URL, l.Browser.Cookies(form.URL))
	}
	way := b.Submit(l.s.Context, form, page)
	l.add(way)
	return way
}

// Look opens the protected page in a browser.
func (s *Session) Look(b application.Browser) application.Look {
	way := b.Open(s.Context, s.Site.Protected)
	if s.signs == nil {
		return application.Look{Way: way, Persons: application.Shown(s.people, way.Body())}
	}
	return s.signs.Read(way)
}

// whole makes a whole login in a new browser, and looks.
func (s *Session) whole(c provider.Conduct) *Login {
	l := s.Begin(s.Browser(), c)
	if l.Attempt.Back() != "" {
		l.Return()
		l.See()
	}
	return l
}

// TokenRequests are those that the provider received in the login.
func (l *Login) TokenRequests() []*provider.Received { return l.Attempt.At(sgid.PathToken) }

// tokenRequest is the token request with index i, nil where there were fewer.
func (l *Login) tokenRequest(i int) *provider.Received {
	if all := l.TokenRequests(); i < len(all) {
		return all[i]
	}
	return nil
}

// Shows reports whether the protected page shows that person.
func (l *Login) Shows(person string) bool { return slices.Contains(l.Look.Persons, person) }

// Evidence is the last answer of the application's that the login came to: what
// the protected page showed, or the callback's.
func (l *Login) Evidence() judge.Recorded {
	for _, way := range slices.Backward(l.ways) {
		if e := way.Last(); e != nil {
			return l.step(e)
		}
	}
	return nil
}

// AtCallback is the application's answer to the callback as evidence.
func (l *Login) AtCallback() judge.Recorded {
	if l.Callback == nil || len(l.Callback.Steps) == 0 {
		return l.Evidence()
	}
	return l.step(l.Callback.Steps[0])
}

// AtProvider is what the provider received as evidence.
func (l *Login) AtProvider(r *provider.Received) judge.Recorded {
	if r == nil {
		return l.Evidence()
	}
	return l.received(r)
}

// Require is Session.Require for what the login showed: where that does not hold,
// both sides of the login are kept as evidence.
func (l *Login) Require(ok bool, expected, observed string, evidence judge.Recorded) {
	l.keepUnless(ok)
	l.s.Require(ok, expected, observed, evidence)
}

// Assert is Require that goes on where the statement does not hold. It returns ok.
func (l *Login) Assert(ok bool, expected, observed string, evidence judge.Recorded) bool {
	l.keepUnless(ok)
	return l.s.Assert(ok, expected, observed, evidence)
}

// AssertAt is Assert for a part of the statement that has a level of its own.
func (l *Login) AssertAt(level judge.Level, ok bool, expected, observed string, evidence judge.Recorded) bool {
	l.keepUnless(ok)
	return l.s.AssertAt(level, ok, expected, observed, evidence)
}

// AssertNone is Session.AssertNone for what the login showed.
func (l *Login) AssertNone(expected string, found []judge.Finding) {
	l.keepUnless(len(found) == 0)
	l.s.AssertNone(expected, found)
}

func (l *Login) keepUnless(ok bool) {
	if !ok {
		l.Keep()
	}
}

// Keep keeps both sides of the login as evidence, in order.
func (l *Login) Keep() {
	var all []*step
	for _, way := range l.ways {
		for _, e := range way.Steps {
			all = append(all, l.step(e))
		}
	}
	for _, r := range l.Attempt.Received() {
		all = append(all, l.received(r))
	}
	slices.SortStableFunc(all, func(a, b *step) int {
		return cmp.Compare(a.exchange.Started.UnixNano(), b.exchange.Started.UnixNano())
	})
	for _, one := range slices.CompactFunc(all, func(a, b *step) bool { return a == b }) {
		if !l.s.kept[one] {
			l.s.kept[one] = true
			l.s.T.Keep(one)
		}
	}
}

// step is one exchange of a login as evidence.
type step struct {
	exchange     *exchange.Exchange
	redactor     *redact.Redactor
	side         string
	wrong, shows string
}

// Record is the exchange as the record holds it.
func (e *step) Record() run.Exchange {
	out := e.redactor.Exchange(e.exchange)
	out.Side, out.Wrong, out.Shows = e.side, e.wrong, e.shows
	return out
}

// step is an exchange with the application.
func (l *Login) step(e *exchange.Exchange) *step {
	if l.steps[e] == nil {
		l.steps[e] = &step{exchange: e, redactor: l.s.Redactor, side: "application", wrong: l.Attempt.Conduct.Wrong}
	}
	if l.Look.Way != nil && e == l.Look.Way.Last() {
		l.steps[e].shows = l.Look.Shows()
	}
	return l.steps[e]
}

// received is an exchange of the application's with the provider.
func (l *Login) received(r *provider.Received) *step {
	if l.steps[r] == nil {
		e := exchangeOf(r, l.s.Front.Issuer())
		l.s.Redactor.Observe(e)
		l.steps[r] = &step{exchange: e, redactor: l.s.Redactor, side: "provider", wrong: r.Wrong}
	}
	return l.steps[r]
}
