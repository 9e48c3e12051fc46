package rp

import (
	"fmt"
	"net/http"
	"slices"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// trial is one case of a check: what the provider does in one login.
type trial struct {
	Case    string
	Conduct provider.Conduct
}

// named are the names of the cases, for the catalogue.
func named(trials ...[]trial) (names []string) {
	for _, list := range trials {
		for _, t := range list {
			names = append(names, t.Case)
		}
	}
	return names
}

// conduct is the trial's, which says in its case's words what it does wrong.
func (t trial) conduct() provider.Conduct {
	c := t.Conduct
	if c.Wrong == "" {
		c.Wrong = t.Case
	}
	return c
}

// RefusesEach tries each case in a login of its own: the application answers the
// callback, and its protected page then shows nobody.
func (s *Session) RefusesEach(trials []trial) {
	for _, t := range trials {
		s.Case(t.Case, func() { s.Refuses(t.conduct()) })
	}
}

// WorksEach tries each case in a login of its own: it works, and whoever logs in shows.
func (s *Session) WorksEach(trials []trial) {
	for _, t := range trials {
		s.Case(t.Case, func() {
			l := s.LogIn(t.conduct())
			s.sure(s.works(l))
			s.WorksAs(l)
		})
	}
}

// sure ends the case where a login did not work and a clean one no longer does,
// either: that says nothing of what was done in it.
func (s *Session) sure(works bool) {
	if !works {
		s.Clean()
	}
}

// Refuses judges that a login conducted so is refused.
func (s *Session) Refuses(c provider.Conduct) *Login {
	l := s.logInGiven(c)
	s.RefusedAs(l)
	return l
}

// RefusedAs judges that the login was refused.
func (s *Session) RefusedAs(l *Login) {
	s.cameToRest(l)
	if l.Assert(!l.Look.In, "", "it is accepted: "+l.Look.Shows(), l.Evidence()) {
		s.count5xx(l)
	}
}

// cameToRest ends the case where nobody shows on a protected page whose scripts
// still wait for an answer, as they do not on the page that nobody is shown.
func (s *Session) cameToRest(l *Login) {
	if !l.Look.In {
		s.showedAll(l)
	}
}

// showedAll is cameToRest whoever shows.
func (s *Session) showedAll(l *Login) {
	way, nobody := l.Look.Way, s.nobody.Way
	if way == nil || len(way.Open) == 0 || nobody != nil && len(nobody.Open) > 0 {
		return
	}
	l.Keep()
	s.Block("application", "a request of the protected page's scripts was not answered in time, and so it is not known whom the page would have shown: %s", brief(way.Open[0].Request.URL))
}

// WorksAs judges that the login worked: the protected page shows whoever it was.
func (s *Session) WorksAs(l *Login) {
	l.Assert(s.works(l), "", fmt.Sprintf("the login does not work: %s%s", l.Look.Shows(), l.how()), l.AtCallback())
}

// works reports whether the protected page shows whoever logged in.
func (s *Session) works(l *Login) bool {
	return l.Look.In && (!s.signs.Shown() || l.Shows(personOf(l.Attempt.Conduct)))
}

// how is how the callback was answered, in words.
func (l *Login) how() string {
	switch {
	case l.Callback == nil:
		return ""
	case l.Callback.Stuck != "":
		return " (the callback: " + l.Callback.Stuck + ")"
	case len(l.Callback.Steps) > 0:
		return fmt.Sprintf(" (the callback was answered %d)", l.Callback.Steps[0].Status())
	}
	return ""
}

// personOf is who logs in under a conduct.
func personOf(c provider.Conduct) string {
	if c.Person != "" {
		return c.Person
	}
	return provider.People()[0].ID
}

// LogIn makes a login in a new browser and looks at the protected page. Where
// the application gives no answer, that is judged here, and the case ends.
func (s *Session) LogIn(c provider.Conduct) *Login {
	l := s.answered(func() *Login { return s.whole(c) })
	s.begun(l)
	return l
}

// logInGiven is LogIn; the case is blocked where the application was never given
// the answer that the conduct edits: it has refused something else.
func (s *Session) logInGiven(c provider.Conduct) *Login {
	path := ""
	switch {
	case c.IDToken != nil || c.Token != nil:
		path = sgid.PathToken
	case c.Userinfo != nil || c.Answer != nil:
		path = sgid.PathUserInfo
	}
	l := s.logInFor(path, c)
	if path != "" && !l.given(path) {
		l.Keep()
		s.Block("application", "the application was given no answer of %s in this login, and so not what is wrong in it", path)
	}
	return l
}

// needsUserinfo ends the check where the application asks for no userinfo.
func (s *Session) needsUserinfo() {
	if len(s.baseline.Attempt.At(sgid.PathUserInfo)) == 0 {
		s.NotApplicable("the application asks for no userinfo")
	}
}

// Begun begins a login in a browser; the case ends where it does not come to the
// provider's login page.
func (s *Session) Begun(b application.Browser, c provider.Conduct) *Login {
	l := s.Begin(b, c)
	s.begun(l)
	return l
}

// begun ends the case where the login did not come to the provider's page.
func (s *Session) begun(l *Login) {
	if c := l.Attempt.Conduct; c.Wrong != "" || len(c.Faults) > 0 {
		s.unclean = true
	}
	if l.Attempt.Back() == "" {
		s.notFailed(l)
		s.cutOff()
		s.notLimited(l)
		l.Keep()
		s.Block("RP-18", "the start page no longer leads to a login: %s", l.whyNoLogin())
	}
}

// Clean is a login in which nothing is done wrong and which works; the check is
// blocked where it does not.
func (s *Session) Clean() *Login { return s.CleanAs("") }

// CleanAs is Clean for one of the people.
func (s *Session) CleanAs(person string) *Login {
	l := s.LogIn(provider.Conduct{Person: person})
	if !l.Look.In {
		l.Keep()
		s.Block("RP-18", "a clean login, which worked before, does not now: %s%s", l.Look.Shows(), l.how())
	}
	s.Campaign.clean = append(s.Campaign.clean, l)
	return l
}

// tryClean is a clean login that may fail.
func (s *Session) tryClean() *Login {
	l := s.wholly(provider.Conduct{})
	if l.unanswered() != nil {
		s.back()
		l = s.wholly(provider.Conduct{})
	}
	s.cutOff()
	return l
}

// Seven are seven logins, the last two in two tabs of one browser; of these, one
// that the application did not finish is replaced by one that follows them there.
func (s *Session) Seven() []*Login {
	if len(s.Campaign.seven) > 0 {
		return s.Campaign.seven
	}
	var all []*Login
	for range 5 {
		all = append(all, s.Clean())
	}
	b := s.Browser()
	tabs := []*Login{s.Begun(b, provider.Conduct{}), s.Begun(b, provider.Conduct{})}
	for _, l := range tabs {
		l.Return()
		s.notLimited(l)
		if l.given(sgid.PathToken) {
			all = append(all, l)
		}
	}
	if len(all) < 7 { // the second tab has ended the first: once more, in a browser that has logged in
		again := s.Begin(b, provider.Conduct{}) // which may lead nowhere where somebody is logged in
		again.Return()
		s.notFailed(again)
		s.notLimited(again)
		if again.given(sgid.PathToken) {
			all = append(all, again)
		}
	}
	s.Campaign.seven = all
	return all
}

// given reports whether an endpoint, named by its path, answered 200 in the login.
func (l *Login) given(path string) bool {
	return slices.ContainsFunc(l.Attempt.At(path), func(r *provider.Received) bool { return r.Status == http.StatusOK })
}

// count5xx counts a refusal that was answered with a status of 500 or above, at the
// callback or by the protected page after it: not where that fails for nobody, too.
func (s *Session) count5xx(l *Login) {
	e := l.Callback.First5xx()
	if e == nil && s.nobody.Way.First5xx() == nil {
		e = l.Look.Way.First5xx()
	}
	if e != nil {
		s.fives = append(s.fives, l.at(e))
	}
}

// NoServerError judges a part of a statement: no answer has a status of 500 or above.
func (s *Session) NoServerError(level judge.Level, l *Login, ways ...*application.Way) {
	saw, evidence := "", judge.Recorded(nil)
	for _, way := range ways {
		if e := way.First5xx(); e != nil && saw == "" {
			saw, evidence = fmt.Sprintf("the application answers %d %s", e.Status(), http.StatusText(e.Status())), l.step(e)
		}
	}
	l.AssertAt(level, saw == "", "no answer with a status of 500 or above", saw, evidence)
}
