package rp

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
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
	if e.Status() == http.StatusServiceUnavailable {
		s.Block("application", "the application asks to come back later (503 with Retry-After at %s): where it limits how often one may log in, raise its limit for this run", brief(path))
	}
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

// waitedOut waits as long as an answer asks to, as one does of an application that
// has seen the provider fail, or too many logins (RFC9110 10.2.3). False: it does not
// ask, or asks for longer than an application may take to come back.
func (s *Session) waitedOut(e *exchange.Exchange) bool {
	if !tooMany(e) {
		return false
	}
	seconds, err := strconv.ParseUint(e.Header().Get("Retry-After"), 10, 16)
	pause := time.Duration(seconds) * time.Second
	if err != nil || pause == 0 || pause > s.RestartWait {
		return false
	}
	return client.Sleep(s.Context, pause) == nil
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
