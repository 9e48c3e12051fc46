package rp

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// denial is what the provider answers when the person cancels the login.
var denial = provider.Conduct{
	Wrong: "the login is cancelled: error=access_denied",
	Callback: func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
		q.Set("error_description", "The login was cancelled.")
	},
}

// Learn makes the logins by which the rest is judged: nobody's look, two clean
// logins, and one that is cancelled. What keeps the application from being
// judged is kept for the check that owns it. The error is for the user: a marker
// is needed, or the one that was given does not fit.
func (c *Campaign) Learn(ctx context.Context) (err error) {
	learnt := false
	out := judge.Judge(ctx, judge.Check{ID: "RP-18", Level: judge.MUST, Phase: judge.Reading}, func(t *judge.T) {
		s := &Session{T: t, Campaign: c, kept: map[*step]bool{}}
		defer s.close()
		err = s.learn()
		learnt = true
	})
	if !learnt && c.cause == "" && c.down == "" {
		c.owns(out.BlockedBy, out.Reason, nil)
	}
	return err
}

// owns keeps what the check owner will be found by; every other is blocked by it.
func (c *Campaign) owns(owner, reason string, l *Login) {
	c.cause, c.causeReason, c.baseline = owner, reason, l
}

func (s *Session) learn() error {
	s.nobody = s.Look(s.Browser())
	switch {
	case s.nobody.Way.Last() == nil:
		s.owns("harness", "the protected page could not be opened: "+s.nobody.Way.Stuck, nil)
		return nil
	case s.nobody.Way.NoResponse():
		s.owns("application", "the protected page gives no answer: "+s.nobody.Way.Last().Reason(), nil)
		return nil
	case tooMany(s.nobody.Way.Last()):
		s.owns("application", fmt.Sprintf("the application limits how often it may be asked (%d at the protected page): raise its limit for this run", s.nobody.Way.Status()), nil)
		return nil
	case len(s.nobody.Persons) > 0:
		s.owns("RP-33", "a browser that has never logged in is shown somebody", nil)
		return nil
	}
	first := s.withStrictCookies(s.wholly(provider.Conduct{}))
	if owner, problem := s.diagnose(first); problem != "" {
		s.owns(owner, problem, first)
		return nil
	}
	s.baseline = first
	if other := s.Look(s.Browser()); len(other.Persons) > 0 {
		s.owns("RP-33", "a browser that has never logged in is shown who logged in in another", first)
		return nil
	}
	second := s.wholly(provider.Conduct{Person: provider.People()[1].ID})
	denied := s.wholly(denial)
	if silent := denied.unanswered(); silent != nil {
		s.note(denied, silent)
	}
	if s.down != "" {
		return nil
	}
	return s.readSigns([]*Login{first, second}, denied)
}

// withStrictCookies is the login, or, where it did not work, one in which cookies are
// sent that browsers withhold, if that one works, or comes to the tokens as the first
// did not: a page may show nobody's name.
func (s *Session) withStrictCookies(l *Login) *Login {
	if s.cameIn(l) || l.Attempt.Back() == "" || l.unanswered() != nil {
		return l
	}
	s.keepStrict = true
	again := s.wholly(provider.Conduct{})
	if s.cameIn(again) || again.given(sgid.PathToken) && !l.given(sgid.PathToken) && l.strictCookie() != "" {
		return again
	}
	s.keepStrict = false
	return l
}

// cameIn reports whether the login shows somebody, or the marker that the user gave,
// which nobody is shown.
func (s *Session) cameIn(l *Login) bool {
	return len(l.Look.Persons) > 0 || s.worked(l) && !s.Site.Success.On(s.nobody.Way)
}

// readSigns learns from the looks, and finds out where the login does not work
// though the provider refused nothing.
func (s *Session) readSigns(in []*Login, denied *Login) error {
	pages, out := map[string]*application.Way{}, []*application.Way{s.nobody.Way}
	for _, l := range in {
		if l.Look.Way != nil && !l.Look.Way.NoResponse() {
			pages[personOf(l.Attempt.Conduct)] = l.Look.Way
		}
	}
	if denied.Look.Way != nil && !denied.Look.Way.NoResponse() && len(denied.Look.Persons) == 0 && !s.opened(denied, in) {
		out = append(out, denied.Look.Way)
	}
	signs, err := application.Learn(s.people, s.Site.Success, pages, out)
	if l := s.leftOut(in, err != nil); l != nil {
		owner, why := s.diagnose(l)
		if why == "" {
			owner, why = "RP-18", s.whyLeftOut(l, in)
		}
		s.owns(owner, why, l)
		return nil
	}
	if err != nil {
		return err
	}
	s.signs = signs
	for _, l := range in {
		if l.Look.Way == nil {
			continue
		}
		if l.Look = signs.Read(l.Look.Way); l.Look.In {
			s.Campaign.clean = append(s.Campaign.clean, l)
		}
	}
	return nil
}

// leftOut is the first of the logins that has logged nobody in, though the provider
// refused nothing; nil: each may have. Where the signs could be learnt, only a page
// with an error says so. It blocks where the page's scripts were not answered in time.
func (s *Session) leftOut(in []*Login, unlearnt bool) *Login {
	marker, turnedAway, oneWorks := s.Site.Success.Set(), s.turnsAway(), slices.ContainsFunc(in, s.worked)
	var doubtful *Login
	for _, l := range in {
		way := l.Look.Way
		if way == nil || way.NoResponse() || s.worked(l) {
			continue
		}
		where, refused := application.SamePlace(way, s.nobody.Way), l.Callback.Status() >= 400
		switch {
		case way.Status() >= 500, oneWorks && way.Status() >= 400:
			s.showedAll(l)
			return l
		case !unlearnt:
		case oneWorks && where,
			where && refused,
			where && turnedAway && !(marker && application.SaysMore(way, s.nobody.Way)): // a marker may be misspelt
			s.showedAll(l)
			return l
		case doubtful == nil && !marker && (turnedAway || refused):
			doubtful = l
		}
	}
	if doubtful != nil {
		s.showedAll(doubtful)
	}
	return doubtful
}

// worked reports whether somebody is seen to be logged in after the login.
func (s *Session) worked(l *Login) bool {
	return len(l.Look.Persons) > 0 || s.Site.Success.Set() && l.Look.Way != nil && s.Site.Success.On(l.Look.Way)
}

// whyLeftOut says why a login has logged nobody in: of the application's settings
// only where no other login works with them.
func (s *Session) whyLeftOut(l *Login, in []*Login) string {
	other := slices.IndexFunc(in, s.worked)
	if other < 0 {
		return s.whyOut(l)
	}
	return fmt.Sprintf("%s%s; the login of %s works, and that of %s does not: where the application lets in only those whom it knows, have it let in everybody for this run",
		l.Look.Shows(), l.how(), personOf(in[other].Attempt.Conduct), personOf(l.Attempt.Conduct))
}

// opened reports whether the protected page is open after a cancelled login as it is
// after those that worked, and is not to who never logged in: that is no page of nobody.
func (s *Session) opened(denied *Login, in []*Login) bool {
	var pages []*application.Way
	for _, l := range in {
		if l.Look.Way != nil {
			pages = append(pages, l.Look.Way)
		}
	}
	return application.Opens(denied.Look.Way, pages, s.nobody.Way)
}

// turnsAway reports whether the protected page does not show itself to a browser
// that is not logged in.
func (s *Session) turnsAway() bool {
	way := s.nobody.Way
	if way.Login || way.Leads != "" || way.Status() >= 400 {
		return true
	}
	asked, err := url.Parse(s.Site.Protected)
	came, failed := url.Parse(way.URL)
	return err == nil && failed == nil && (asked.Host != came.Host || asked.Path != came.Path)
}
