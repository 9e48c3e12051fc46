package suites

import (
	"fmt"

	"sgidcheck/internal/sgid"
)

// spending lends one login's code to several token requests that must be
// refused: logins may cost a person's time. A refusal proves something only
// while the code is good. Where a refusal is one that a code gets which is not
// known, and an earlier request may have used the code up, the request is
// repeated with the code of a fresh login.
type spending struct {
	s     *Session
	login *Login
	used  bool
}

// oneCode begins spending a login's code.
func (s *Session) oneCode() *spending { return &spending{s: s} }

// redeem sends the code, the request changed as asked.
func (o *spending) redeem(changes ...Change) *TokenReply {
	if o.login == nil {
		o.login, o.used = o.s.LogIn(), false
	}
	reply := o.s.Redeem(o.login, changes...)
	if o.used && !reply.grants() && o.s.likeAnUnknownCode(reply) {
		o.login = o.s.LogIn()
		reply = o.s.Redeem(o.login, changes...)
	}
	o.used = true
	if reply.grants() {
		o.login = nil
	}
	return reply
}

// attempt is a token request that must be refused with invalid_grant, which is
// also how a code is refused that was used up.
type attempt struct {
	name   string
	change Change
	errors []string // the error codes that are right; none: invalid_grant
}

// onOneCode judges attempts on the code of a single login, and redeems it as
// it should be in the end: only that shows that each was refused for what was
// changed. Where the code does not live so long, each gets a login of its own.
func (s *Session) onOneCode(logIn func() *Login, attempts []attempt) {
	replies := make([]*TokenReply, len(attempts))
	login := logIn()
	for i, a := range attempts {
		replies[i] = s.Redeem(login, a.change)
		if replies[i].grants() {
			login = logIn()
		}
	}
	alive := s.Redeem(login).grants()
	for i, a := range attempts {
		s.Case(a.name, func() {
			if !alive && !replies[i].grants() {
				replies[i] = s.Redeem(logIn(), a.change)
			}
			if len(a.errors) == 0 {
				a.errors = []string{"invalid_grant"}
			}
			s.Expect(replies[i]).To(BeRefusedWith(a.errors...))
		})
	}
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
