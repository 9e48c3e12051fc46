package browser

import (
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

// keptLogin is a login that a person made in a browser of ours, its profile left
// open: what the browser's checks look at in place of one of their own.
type keptLogin struct {
	screen   *browserScreen
	response *login.Response
}

// retain holds on to each client's first ordinary login that ended in the browser
// that shows the page, and reports whether it did: its profile is then the driver's
// to close.
func (d *Interactive) retain(v *vigil, l *login.Response) bool {
	screen, ok := v.page.(*browserScreen)
	client := v.auth.Params.Get("client_id")
	if !ok || d.kept[client] != nil || v.auth.Person > 0 || v.auth.Cancel || l.Code() == "" || screen.errand == nil || !screen.errand.over() {
		return false
	}
	d.kept[client] = &keptLogin{screen: screen, response: l}
	return true
}

// login is the login of a client that was kept; nil where there is none.
func (d *Interactive) login(client string) *keptLogin {
	d.turn.Lock()
	defer d.turn.Unlock()
	return d.kept[client]
}

// personsLogin is a person's login, made before by the other suites or, where
// they have made none, now. It is looked at where it stands: nobody scans again.
func (s *Session) personsLogin() *authorized {
	r := s.request()
	if s.Person.login(r.client.ClientID) == nil {
		s.askPerson(r)
	} else {
		r.pkce.Verifier = "" // that of the login at hand is whoever's made it
	}
	k := s.Person.login(r.client.ClientID)
	if k == nil {
		s.SkipFor(run.WantBrowser, "no login ended in a browser that the checks could look into: it was finished on another device, or led to no code")
	}
	one := &browserLogin{errand: k.screen.errand, session: s, request: r, tab: k.screen.tab}
	r.params = k.screen.auth.Params
	one.page = k.response
	l := &authorized{request: r, response: k.response, code: k.response.Code(), byPerson: one}
	l.hops, l.said = one.profile.log.all(), one.profile.console()
	for _, h := range l.hops {
		l.times.bytes += h.Bytes
	}
	l.times.usable = k.screen.usable
	if s.Redeemed != nil {
		l.tokens = s.Redeemed(l.code)
	}
	if l.tokens == nil && r.pkce.Verifier == "" {
		s.Block("TOKEN-01", "the code of the person's login was not redeemed")
	}
	for _, e := range l.response.Exchanges {
		s.keep(e)
	}
	s.pagePicture()
	return l
}

// askPerson has a person log in for the browser's checks, for as long as they need.
func (s *Session) askPerson(r *request) {
	asked := s.authorization(r)
	asked.Purpose = "A login for the checks of the page in a browser"
	defer judge.Pause(s.Context)()
	if _, err := s.Person.Authorize(s.Context, asked); err != nil {
		s.Block("login driver interactive", "%v", err)
	}
}

// pagePicture takes a picture of the login page in a profile of its own, where
// nobody logs in.
func (s *Session) pagePicture() {
	one := s.startLogin(s.request(), false, func(one *browserLogin) { one.film = true })
	one.show()
}
