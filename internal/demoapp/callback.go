package demoapp

import (
	"context"
	"net/http"
	"net/url"
)

// refusal is why a login is refused, in words that hold nothing of the response.
type refusal string

func (r refusal) Error() string { return string(r) }

// answer is an authorization response.
type answer struct {
	code, state, err string
	iss              string
	hasError, hasIss bool
}

const maxParameter = 2048 // characters of a parameter of the callback

// readAnswer takes an authorization response apart; a parameter that stands
// twice makes it none (RFC6749 3.1).
func readAnswer(q url.Values) (answer, error) {
	for name, values := range q {
		if len(values) > 1 {
			return answer{}, refusal("a parameter is repeated")
		}
		if len(values[0]) > maxParameter {
			return answer{}, refusal("the parameter " + known(name) + " is too long")
		}
	}
	return answer{code: q.Get("code"), state: q.Get("state"), err: q.Get("error"), iss: q.Get("iss"),
		hasError: q.Has("error"), hasIss: q.Has("iss")}, nil
}

// known is the name of a parameter if it is one of the protocol's.
func known(name string) string {
	switch name {
	case "code", "state", "error", "iss":
		return name
	}
	return "of another name"
}

// receive is the callback: the provider's response to the authorization request.
func (a *App) receive(w http.ResponseWriter, r *http.Request) {
	got, err := a.conduct.readAnswer(r.URL.Query())
	if err != nil {
		a.conduct.refuse(w, r, err)
		return
	}
	s := a.sessionOf(r)
	l := a.attemptOf(s, got.state)
	if l == nil || !a.conduct.spend(s, l) {
		a.conduct.unknown(w, r, s, got)
		return
	}
	t, p, err := a.finish(r.Context(), got, l)
	if err != nil {
		a.conduct.refuse(w, r, err)
		return
	}
	for _, tell := range a.conduct.tell {
		tell(l, t, p)
	}
	a.conduct.admit(w, s, p)
	a.conduct.onward(w, r, l, t, p)
}

// attemptOf is the login under way that a state belongs to, nil if none.
func (a *App) attemptOf(s *session, state string) *attempt {
	if s == nil {
		s = &session{}
	}
	all := a.conduct.mayBelong(s)
	for i := len(all) - 1; i >= 0; i-- {
		if a.conduct.sameState(all[i].state, state) {
			return all[i]
		}
	}
	return nil
}

// finish makes a person of a response that belongs to the login l.
func (a *App) finish(ctx context.Context, got answer, l *attempt) (*tokens, *person, error) {
	switch {
	case got.hasError && got.err == "access_denied":
		return nil, nil, refusal("the login was cancelled")
	case got.hasError:
		return nil, nil, refusal("the provider refused the login")
	case got.hasIss && got.iss != a.settings.issuer(): // RFC9207 2.4
		return nil, nil, refusal("the answer is another provider's")
	case got.code == "":
		return nil, nil, refusal("the answer has no code")
	}
	t, err := a.exchange(ctx, got.code, l)
	if err != nil {
		return nil, nil, err
	}
	sub, err := a.verify(ctx, t, l)
	if err != nil {
		return nil, nil, err
	}
	data, err := a.conduct.readUserInfo(ctx, t.access, sub, l)
	if err = a.conduct.userInfoFailed(err); err != nil {
		return nil, nil, err
	}
	return t, &person{sub: sub, data: data}, nil
}

// admit logs a person in, in a session with a new identifier.
func (a *App) admit(w http.ResponseWriter, s *session, p *person) {
	if s == nil {
		s = &session{}
	}
	a.setCookie(w, a.sessions.rotate(s, p).id)
}

// onward takes the browser away from the URL that holds the code.
func (a *App) onward(w http.ResponseWriter, r *http.Request, l *attempt, _ *tokens, _ *person) {
	to := l.next
	if to == "" {
		to = PathMe
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
