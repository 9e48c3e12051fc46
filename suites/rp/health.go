package rp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/provider"
)

// mostDeaths is how many requests may end the application before the checks
// that send more of the kind are left out.
const mostDeaths = 8

// unanswered is the first request of the login that was not answered; nil: all were.
func (l *Login) unanswered() *exchange.Exchange {
	for _, way := range l.ways {
		for _, e := range way.Steps {
			if e.NoResponse() {
				return e
			}
		}
	}
	return nil
}

// failed says how a browser failed in the login, which then says nothing of the
// application; empty: none did.
func (l *Login) failed() string {
	for _, way := range l.ways {
		if len(way.Steps) == 0 && way.Stuck != "" {
			return way.Stuck
		}
	}
	if l.other != nil {
		return l.other.failed()
	}
	return ""
}

// undisturbed makes a login, and once more where a browser failed in it, or where the
// application asked to come back a little later. The case ends where it does so again.
func (s *Session) undisturbed(do func() *Login) *Login {
	l := do()
	if l.failed() != "" && s.Context.Err() == nil {
		l = do()
	}
	s.notFailed(l)
	if e := l.limited(); e != nil && s.waitedOut(e) {
		l = do()
		s.notFailed(l)
	}
	s.notLimited(l)
	return l
}

// wholly is whole in a browser that does not fail.
func (s *Session) wholly(c provider.Conduct) *Login {
	return s.undisturbed(func() *Login { return s.whole(c) })
}

// notFailed ends the case where a browser failed in the login.
func (s *Session) notFailed(l *Login) {
	why := l.failed()
	if why == "" {
		return
	}
	s.cutOff()
	l.Keep()
	s.Block("harness", "the browser failed: %s", why)
}

// answered makes a login, and once more where a request of it is not answered.
// A request that the application does not answer though it is healthy is a
// failure; one that ends it is counted for RP-71, which blocks the case.
func (s *Session) answered(do func() *Login) *Login {
	l := s.undisturbed(do)
	silent := l.unanswered()
	if silent == nil {
		return l
	}
	died := s.note(l, silent)
	if len(s.deaths) > mostDeaths {
		s.down = fmt.Sprintf("%d requests have ended the application; the rest is judged once RP-71 holds", len(s.deaths))
		s.Block("RP-71", "%s", s.down)
	}
	again := s.undisturbed(do)
	silent = again.unanswered()
	switch {
	case silent == nil:
		return again
	case s.note(again, silent) || died:
		again.Keep()
		s.Block("RP-71", "the application ends on it: %s", silent.Reason())
	}
	again.Keep()
	s.Fail("the application answers", fmt.Sprintf("the application gives no answer, twice, and is healthy: %s", silent.Reason()), again.step(silent))
	return nil
}

// note asks the application's health after a request that was not answered, and
// reports whether it was gone; it then waits until it is back.
func (s *Session) note(l *Login, silent *exchange.Exchange) (died bool) {
	s.cutOff()
	how := s.health()
	if how == "" {
		return false
	}
	evidence := l.step(silent)
	s.deaths = append(s.deaths, death{check: s.Check.ID, caseName: s.CaseName(), evidence: evidence, how: how})
	if !s.back() {
		s.Block("RP-71", "%s", s.down)
	}
	return true
}

// cutOff ends the check where its time is over or the run was interrupted: what is
// not answered then says nothing of the application.
func (s *Session) cutOff() {
	if s.Context.Err() != nil {
		s.Block("harness", "the check was cut off before the application had answered")
	}
}

// health is empty where the application is well, and says otherwise how it is gone.
func (s *Session) health() string {
	if s.Process != nil {
		select {
		case <-s.Process.Gone():
			return "its process has ended: " + s.Process.State()
		case <-time.After(100 * time.Millisecond): // a process that dies of it does so while the connection is reset
		}
	}
	way := (&application.HTTP{Site: s.Site, Client: s.Client}).Open(s.Context, s.Site.Protected)
	quiet := s.Site.Silent(s.Context)
	switch {
	case !way.NoResponse() && len(quiet) == 0:
		return ""
	case s.Process != nil && !s.Process.Alive():
		return "its process has ended: " + s.Process.State()
	case !way.NoResponse():
		return "it no longer takes connections at " + strings.Join(quiet, " and ")
	}
	return "it no longer answers: " + way.Last().Reason()
}

// hasEnded reports whether the application's process has ended, or does so in a moment.
func (s *Session) hasEnded() bool {
	select {
	case <-s.Process.Gone():
		return true
	case <-s.Context.Done():
	case <-time.After(2 * time.Second):
	}
	return false
}

// back waits until the application answers again, and starts it where it is for
// the harness to start, with a provider that is right. False: it does not come back.
func (s *Session) back() bool {
	s.otherwise(provider.Conduct{})
	s.cutOff()
	ctx, cancel := context.WithTimeout(s.Context, s.RestartWait)
	defer cancel()
	if s.Process != nil {
		s.Process.End()
		if err := s.Process.Start(ctx); err != nil {
			s.down = "the application does not start again: " + err.Error()
			return false
		}
	}
	s.Client.Close() // its connections were to the application that is gone
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		way := (&application.HTTP{Site: s.Site, Client: s.Client}).Open(ctx, s.Site.Protected)
		if way.Last() != nil && !way.NoResponse() && len(s.Site.Silent(ctx)) == 0 {
			return true
		}
		select {
		case <-ctx.Done():
			s.down = fmt.Sprintf("the application has not come back within %s", s.RestartWait)
			return false
		case <-tick.C:
		}
	}
}
