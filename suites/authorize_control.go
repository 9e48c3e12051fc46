package suites

import (
	"fmt"
	"net/http"

	"sgidcheck/internal/login"
)

// A firewall or a rate limit in front of a target turns every request away alike,
// and with the statuses that a refusal has: 403, 405, 503. What was refused counts
// only where an ordinary request is still served after it.

// order numbers the authorization requests of a run: how many were sent, and which
// was the last ordinary one that was served.
type order struct{ sent, served int }

// ordinary reports a request of the first client that differs in nothing from
// that of an ordinary login.
func (r *request) ordinary() bool { return len(r.varied) == 0 && !r.second && !r.cancel }

// serves reports a response to an ordinary request that leads on towards a login, or
// past it.
func (s *Session) serves(l *AuthorizationResponse) bool {
	return l.Granted() || l.Kind == login.ResponsePage && !s.inPlaceOfLogin(l.Final.Body())
}

// inPlaceOfLogin reports a page that is not the run's login page, and says that it is
// an error, or is what a wrong request got as well, such as a CAPTCHA.
func (s *Session) inPlaceOfLogin(page []byte) bool {
	if len(s.good) == 0 || len(page) == 0 || login.SamePage(page, s.good) {
		return false
	}
	sort, _ := login.TellPage(page, s.knownPage())
	return sort == login.PageError || sort == login.PageUnclear && login.SamePage(page, s.refusedPage)
}

// noteServing takes down whether the n-th request was served or refused. What cannot be
// told may be a refusal.
func (s *Session) noteServing(n int, l *AuthorizationResponse, r *request) {
	switch {
	case l.Kind == login.ResponseRefusal, !r.ordinary() && l.Kind == login.ResponsePage && l.Untold != "":
		s.refusedAt, s.refusedPage = n, l.Final.Body()
	case !r.ordinary():
		s.unlessBusy(l.Status)
	case s.serves(l):
		s.order.served = n
	}
}

// noteAnswer takes down that a request was answered which no login begins with, and
// which the firewall may have answered, too.
func (s *Session) noteAnswer(e *Exchange) {
	s.order.sent++
	s.refusedAt, s.refusedPage = s.order.sent, e.Body()
	s.unlessBusy(e.Status())
}

// noteRefusal is noteAnswer for what must be refused: where it is not, a firewall may
// have answered with a page.
func (s *Session) noteRefusal(e *Exchange) {
	s.noteAnswer(e)
	if e.Status() < 400 {
		s.stillServed()
	}
}

// stillServed ends the check where it was refused something and an ordinary
// request, sent after that, is turned away as well. One that was served since then
// is not sent again. It stops at the login page, and takes nobody's login.
func (s *Session) stillServed() {
	if s.refusedAt <= s.order.served {
		return
	}
	if control := s.Authorize(); !s.serves(control) {
		s.turnedAway(control)
	}
}

// mostControls is how many ordinary requests are sent where one was answered with
// 503: a limit on the rate lets some of them through.
const mostControls = 3

// unlessBusy ends the check where a request got 503 and an ordinary one gets it, too.
func (s *Session) unlessBusy(status int) {
	if status != http.StatusServiceUnavailable {
		return
	}
	for range mostControls {
		if control := s.Authorize(); control.Status == http.StatusServiceUnavailable {
			s.turnedAway(control)
		}
	}
}

// turnedAway ends the check: what it got says nothing about what it sent.
func (s *Session) turnedAway(control *AuthorizationResponse) {
	who := "a firewall"
	if tooMany(control.Status) {
		who = "a rate limit"
	}
	s.Note(fmt.Sprintf("the target, or %s in front of it, turned ordinary authorization requests away after it had served some; %s", who, remedyFor(control.Status)))
	s.Block("target", "an ordinary request, sent after those that were refused, leads to %s as well, as behind %s: the refusals say nothing", control.Saw(), who)
}

// tooMany reports a status by which a server says that too much is asked of it.
func tooMany(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// remedyFor is what helps where requests are turned away with the status.
func remedyFor(status int) string {
	if tooMany(status) {
		return "slow the run down with --pace"
	}
	return "ask whoever runs the firewall to let this machine through"
}

// firewallFields are response fields that a firewall marks its own answers with.
var firewallFields = []string{"x-amzn-waf-action", "cf-mitigated"}

// firewalled names the field by which a firewall says that the response is its
// own; empty: there is none.
func firewalled(e *Exchange) string {
	for _, name := range firewallFields {
		if value := e.Header(name); value != "" {
			return clip(name + ": " + value)
		}
	}
	return ""
}
