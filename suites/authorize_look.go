package suites

import (
	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
)

// Login pages that nobody here can submit: a QR code for a phone, drawn by
// script. What is refused there is told without a login, by the page and, where
// the page does not tell, by what a browser shows of it.

// GoodRequest makes sure that an ordinary request is served, without which the
// refusal of another says nothing. A login shows it, or, where it takes a phone
// and nobody has scanned yet, a page that asks for the phone.
func (s *Session) GoodRequest() {
	if s.login != nil || s.Driver.Name() == config.LoginBrowser || !s.asksForPhone() {
		s.SharedLogin()
	}
}

// asksForPhone reports whether the login page of an ordinary request shows a QR
// code, and has nothing to submit.
func (s *Session) asksForPhone() bool {
	page := s.goodPage()
	if page == nil {
		return false
	}
	if login.OffersQR(page) {
		return true
	}
	screen := s.goodScreen()
	return screen != nil && screen.QR
}

// goodScreen is what a browser shows of the login page of an ordinary request;
// nil where there is no browser, or no page that takes one.
func (s *Session) goodScreen() *login.Screen {
	if !s.looked && s.Look != nil && login.TakesScript(s.goodPage()) {
		s.looked = true
		if response, err := s.Look(s.Context, s.authorization(s.request(), true)); err == nil {
			s.screen = response.Screen
		}
	}
	return s.screen
}

// tellByLooking has a browser look at a page that is not told for an error by
// what it was sent with, where scripts decide what it shows. It says what sort of
// page that is, and puts where the script leads, or why it cannot be told, into l.
func (s *Session) tellByLooking(l *AuthorizationResponse, r *request, sort login.PageSort) login.PageSort {
	good := s.goodScreen()
	if good == nil || !good.QR {
		return sort
	}
	response, err := s.Look(s.Context, s.authorization(r, true))
	if err != nil {
		s.stopIfInterrupted()
		l.Untold = "the browser cannot look at it: " + err.Error()
		return login.PageUnclear
	}
	if response.Kind == login.ResponseNone { // the target has answered just before
		l.Untold = "the browser received no response"
		return login.PageUnclear
	}
	if response.Kind != login.ResponsePage {
		l.Response, l.Untold = response, ""
		return sort
	}
	if response.Screen == nil {
		return sort
	}
	sort, l.Untold = login.TellScreen(response.Screen, good)
	return sort
}
