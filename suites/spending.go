package suites

import (
	"fmt"
	"slices"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"
)

// attempt is a token request that must be refused.
type attempt struct {
	name   string // of the case; empty: the check has none
	send   func(*Login) *TokenReply
	expect func(*TokenReply)
}

// refused is an attempt whose form is changed, and that must be refused: with
// one of the error codes, where some are given.
func (s *Session) refused(name string, changes []Change, errors ...string) attempt {
	return attempt{name, func(login *Login) *TokenReply { return s.Redeem(login, changes...) }, func(reply *TokenReply) {
		s.mayBeFirewalled(reply)
		if len(errors) == 0 {
			s.Expect(reply).To(BeRefused())
			return
		}
		s.Expect(reply).To(BeRefusedWith(errors...))
	}}
}

// refusedEach are attempts that are refused, one a case.
func (s *Session) refusedEach(changes cases[Change]) []attempt {
	var attempts []attempt
	for _, change := range changes {
		attempts = append(attempts, s.refused(change.name, []Change{change.input}))
	}
	return attempts
}

// onOneCode judges attempts on the code of a single login, for logins may cost a
// person's time, and has it redeemed as it should be in the end: that shows that
// the code was good all the while, and each was refused for what was changed.
// Where it was not, the first attempt on the code counts, and those whose refusal
// is none that a dead code gets; the others get a login of their own each. Then a
// later exchange must show that the client was not locked out meanwhile.
func (s *Session) onOneCode(logIn func() *Login, attempts ...attempt) {
	attempts = slices.DeleteFunc(attempts, func(a attempt) bool { return a.name != "" && s.Holds(a.name) && s.held(a.name) })
	if len(attempts) == 0 {
		return
	}
	login := logIn()
	first := login.wrong == 0
	replies, lived := s.tryEach(login, attempts)
	if lived == doubtful {
		login = logIn()
		first = login.wrong == 0
		replies, lived = s.tryEach(login, attempts)
	}
	for i, reply := range replies {
		a, counts := attempts[i], lived == alive || first && i == 0 || reply.grants() || !s.likeADeadCode(login, reply)
		s.either(a.name, func() {
			proven := lived == alive
			switch {
			case reply.grants():
				s.Certain()
			case s.Alone() || !counts:
				reply, proven = s.tryAlone(logIn(), a)
			case login.riders > 1:
				s.Mixed()
			}
			s.root(!reply.refuses())
			a.expect(reply)
			if !proven {
				s.refusedSoFar(login.Second)
			}
		})
	}
	if rest := attempts[len(replies):]; len(rest) > 0 {
		s.onOneCode(logIn, rest...)
	}
}

// held takes down a case that an earlier part of the run has seen hold.
func (s *Session) held(name string) bool {
	s.Case(name, func() {})
	return true
}

// tryEach sends the attempts up to the first that is granted, which uses the code
// up.
func (s *Session) tryEach(login *Login, attempts []attempt) (replies []*TokenReply, lived life) {
	for _, a := range attempts {
		reply := a.send(login)
		replies = append(replies, reply)
		if reply.grants() {
			login.spent = true
			break
		}
	}
	return replies, s.lived(login)
}

// tryAlone sends an attempt on the code of a login of its own, and reports whether
// that is good afterwards.
func (s *Session) tryAlone(login *Login, a attempt) (reply *TokenReply, proven bool) {
	replies, lived := s.tryEach(login, []attempt{a})
	return replies[0], lived == alive
}

// either judges a case, or where it has no name what is no case.
func (s *Session) either(name string, body func()) {
	if name == "" {
		body()
		return
	}
	s.Case(name, body)
}

// likeADeadCode reports whether the reply is one that a code gets which is not
// known, or that the login's code got when it was redeemed as it should be.
func (s *Session) likeADeadCode(login *Login, reply *TokenReply) bool {
	return len(login.uses) > 0 && refusalShape(login.uses[0]) == refusalShape(reply) || s.likeAnUnknownCode(reply)
}

// likeAnUnknownCode reports whether the reply is the one that a code gets
// which is not known.
func (s *Session) likeAnUnknownCode(reply *TokenReply) bool {
	if s.unknownCode == "" {
		s.unknownCode = refusalShape(s.TokenPost(form(s.Endpoint(token), sgid.TokenRequest{
			ClientID: s.Config.First.ClientID, ClientSecret: s.Config.First.ClientSecret, Code: random(32),
			RedirectURI: s.Config.First.RedirectURI, CodeVerifier: random(48),
		}.Values())))
	}
	shape := refusalShape(reply)
	return shape == s.unknownCode || shape == "400 invalid_grant"
}

func refusalShape(r *TokenReply) string {
	code := ""
	if e, _ := sgid.ParseOAuthError(r.Body()); e != nil {
		code = e.Code
	}
	return fmt.Sprintf("%d %s", r.Status(), code)
}

// RedeemByHeader sends a login's code with an Authorization header that must not be
// taken.
func (s *Session) RedeemByHeader(login *Login, authorization string, changes ...Change) *TokenReply {
	r := form(s.Endpoint(token), s.TokenForm(login, changes...))
	r.Header.Set("Authorization", authorization)
	return s.wrongly(login, r)
}

// wrongly sends a login's code in a request that must be refused.
func (s *Session) wrongly(login *Login, r exchange.Request) *TokenReply {
	reply := s.TokenPost(r)
	login.wrong++
	login.spent = login.spent || reply.grants()
	return reply
}
