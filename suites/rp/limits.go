package rp

import (
	"net/http"
	"net/url"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"
)

// An application that limits how often it may be asked.

// notLimited ends the case where the application has turned a request of the login
// away because there were too many: it has then refused, or shown, nothing else.
func (s *Session) notLimited(l *Login) {
	e := l.limited()
	if e == nil {
		if l.other != nil {
			s.notLimited(l.other)
		}
		return
	}
	path := ""
	if u, err := url.Parse(e.Request.URL); err == nil {
		path = u.Path
	}
	l.Keep()
	s.Block("application", "the application limits how often one may log in (%d at %s): raise its limit for this run", e.Status(), brief(path))
}

// limited is the answer of the login by which the application says that it is asked
// too often; nil: there is none. Where somebody shows, what scripts asked for beside
// the pages does not count.
func (l *Login) limited() *exchange.Exchange {
	for _, way := range l.ways {
		if way == l.paused || l.passesOn(way) {
			continue
		}
		for _, e := range way.Steps {
			if tooMany(e) && (e == way.Last() || !l.Look.In) {
				return e
			}
		}
	}
	return nil
}

// tooMany reports whether an answer says that there were too many requests
// (RFC6585 4; RFC9110 15.6.4).
func tooMany(e *exchange.Exchange) bool {
	return e.Status() == http.StatusTooManyRequests || e.Status() == http.StatusServiceUnavailable && e.Header().Get("Retry-After") != ""
}

// passesOn reports whether the application has asked the provider for what a
// navigation needs: what it then answers may be what the provider said.
func (l *Login) passesOn(way *application.Way) bool {
	switch way {
	case l.again:
		return false
	case l.Start:
		return len(l.Attempt.At(sgid.PathDiscovery)) > 0
	case l.Callback:
		return len(l.TokenRequests()) > 0
	}
	return false
}
