package rp

import (
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// newcomers are people whom no login of the run has brought yet: an application that
// keeps a person's data by sub asks userinfo for them alone.
type newcomers struct {
	begun  int    // how many have been taken
	now    string // who has not been let in yet; empty: the next is to be taken
	needed bool   // the application was seen to keep a person's data
	let    bool   // it was seen to let one in, and to ask for their data
	stored bool   // what it keeps, it keeps when it is started anew, too
	closed bool   // it does not let them in, or does not ask for their data either
}

// mostNewcomers is how many may be tried for one login: an application may keep data
// by less than the whole sub.
const mostNewcomers = 8

// logInFor is LogIn for a check of what an endpoint answers; empty: of no endpoint.
// Where that is userinfo, and the application has kept the data of who logs in, it is
// done as somebody whom the application does not know, or, where that does not help,
// after it was started anew.
func (s *Session) logInFor(path string, c provider.Conduct) *Login {
	if path != sgid.PathUserInfo {
		return s.LogIn(c)
	}
	s.needsUserinfo()
	if s.keepsData() {
		c.Person = s.unknownPerson(c.Person)
	}
	l := s.logInNewly(c)
	for range mostNewcomers {
		if !l.broughtByWhatWasKept() {
			break
		}
		s.unknown.needed = true
		next := s.unknownPerson("")
		if next == "" {
			break
		}
		c.Person = next
		l = s.logInNewly(c)
	}
	if l.broughtByWhatWasKept() && s.Process != nil && !s.unknown.stored {
		if !s.back() {
			s.Block("RP-71", "%s", s.down)
		}
		l = s.logInNewly(c)
		s.unknown.stored = l.broughtByWhatWasKept()
	}
	return l
}

// logInNewly is LogIn, after which who was let in is no longer unknown.
func (s *Session) logInNewly(c provider.Conduct) *Login {
	l := s.LogIn(c)
	if c.Person == s.unknown.now && l.Look.In {
		s.unknown.now = ""
	}
	return l
}

// broughtByWhatWasKept reports whether the login worked by the ID token alone: what
// the application shows of the person, it has kept of an earlier login.
func (l *Login) broughtByWhatWasKept() bool {
	return l.Look.In && l.given(sgid.PathToken) && len(l.Attempt.At(sgid.PathUserInfo)) == 0
}

// keepsData reports whether the application was seen to log somebody in without
// asking for their data, which it asked for before.
func (s *Session) keepsData() bool {
	for _, l := range s.Campaign.clean {
		s.unknown.needed = s.unknown.needed || l.broughtByWhatWasKept()
	}
	return s.unknown.needed
}

// unknownPerson is somebody whom the application has not let in yet; person, where
// it lets in nobody new. The first is let in once, to see that it does.
func (s *Session) unknownPerson(person string) string {
	u := &s.unknown
	all := provider.Newcomers()
	for u.now == "" && !u.closed && u.begun < len(all) {
		next := all[u.begun].ID
		u.begun++
		if u.let {
			u.now = next
			break
		}
		l := s.LogIn(provider.Conduct{Person: next})
		works := s.works(l)
		s.sure(works)
		u.let = works && !l.broughtByWhatWasKept()
		u.closed = !works || !u.let && u.begun >= mostNewcomers
		if u.let {
			s.Note("the application keeps a person's data by sub: where a check needs it to ask for them, people log in whom it does not know yet")
		}
	}
	if u.now == "" {
		return person
	}
	return u.now
}
