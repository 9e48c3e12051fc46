package reports

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// oneLogin is a login that exchanges of a check belong to. Its number is given
// when it is sure that it came to a code.
type oneLogin struct {
	state  string
	number int
}

// ledger tells which login each exchange of a check belongs to, by what the record
// shows of it: state and challenge, the labels of code and access token.
type ledger struct {
	places *places
	by     map[string]*oneLogin // challenge, state, or label
	open   []*oneLogin          // begun, and not back with a code yet
	count  int
}

// loginsOf returns for each exchange, which are in order of time, the login that
// it belongs to: "login 2"; "" where it belongs to none.
func (p *places) loginsOf(exchanges []run.Exchange) []string {
	l := &ledger{places: p, by: map[string]*oneLogin{}}
	owners := make([]*oneLogin, len(exchanges))
	for i := range exchanges {
		owners[i] = l.owner(&exchanges[i])
	}
	names := make([]string, len(exchanges))
	for i, o := range owners {
		if o != nil && o.number > 0 {
			names[i] = fmt.Sprintf("login %d", o.number)
		}
	}
	return names
}

// owner finds the login of an exchange, and notes what the exchange tells of it.
func (l *ledger) owner(e *run.Exchange) *oneLogin {
	switch l.places.stepOf(e) {
	case stepMetadata, stepKeys, stepPart:
		return nil
	case stepAuthorize:
		return l.begun(e, e.Request.URL)
	case stepRedeem:
		of := l.known(labelOf(valuesOf(e.Request.Body).Get("code")))
		if of == nil {
			of = l.known(labelOf(queryOf(e.Request.URL).Get("code")))
		}
		if e.Response != nil && of != nil {
			if token := labelOf(member(e.Response.Body, "access_token")); token != "" {
				l.by[token] = of
			}
		}
		return of
	case stepData:
		scheme, token, _ := strings.Cut(headerOf(e.Request.Headers, "Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil
		}
		return l.known(labelOf(token))
	}
	return l.onTheWay(e)
}

// known is the login that a code or an access token was issued in. One that is new
// in this check is of a login that other checks share.
func (l *ledger) known(label string) *oneLogin {
	if label == "" || !l.places.issued[label] {
		return nil
	}
	if l.by[label] == nil {
		l.by[label] = &oneLogin{}
		l.number(l.by[label])
	}
	return l.by[label]
}

// number gives a login its number: it came to a code.
func (l *ledger) number(of *oneLogin) {
	if of.number == 0 {
		l.count++
		of.number = l.count
	}
	l.open = slices.DeleteFunc(l.open, func(o *oneLogin) bool { return o == of })
}

// begun begins a login with an authorization request, or finds the one that the
// same request began before.
func (l *ledger) begun(e *run.Exchange, request string) *oneLogin {
	query := queryOf(request)
	key := "challenge " + query.Get("code_challenge")
	of := l.by[key]
	if of == nil || query.Get("code_challenge") == "" {
		of = &oneLogin{state: query.Get("state")}
		l.by[key], l.open = of, append(l.open, of)
	}
	if of.state != "" {
		l.by["state "+of.state] = of
	}
	l.landed(e, of)
	return of
}

// onTheWay is an exchange between the authorization request and the callback: a
// page of the login, or of the application.
func (l *ledger) onTheWay(e *run.Exchange) *oneLogin {
	if e.Response != nil {
		if to := queryOf(locationOf(e)); to.Has("code_challenge") {
			return l.begun(e, locationOf(e)) // the application sends the browser to the provider
		}
	}
	query := queryOf(e.Request.URL)
	of := l.by["state "+query.Get("state")]
	if code := labelOf(query.Get("code")); l.places.issued[code] {
		if of != nil && l.by[code] == nil {
			l.by[code] = of
			l.number(of)
		}
		of = l.known(code)
	}
	if of == nil && e.Response != nil {
		of = l.by["state "+queryOf(locationOf(e)).Get("state")]
	}
	if of == nil && e.Side == "" && len(l.open) == 1 {
		of = l.open[0] // a page without a mark, while no other login is under way
	}
	if of != nil {
		l.landed(e, of)
	}
	return of
}

// landed notes the code that an answer sends back to the relying party.
func (l *ledger) landed(e *run.Exchange, of *oneLogin) {
	if e.Response == nil {
		return
	}
	if code := labelOf(queryOf(locationOf(e)).Get("code")); code != "" {
		l.by[code] = of
		l.number(of)
	}
}
