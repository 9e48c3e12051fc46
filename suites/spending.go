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
