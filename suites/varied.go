package suites

import (
	"net/http"
	"strings"

	"sgidcheck/internal/sgid"
)

// Logins that differ from an ordinary one. Where the ordinary one works, the check
// that judges it holds and cannot own that another does not: the check whose login is
// varied does, or nothing but the exchange itself is to blame.

// sharedByOthers is what blocks a check whose login other checks vary, too. It is
// judged once more, with a login of its own.
const sharedByOthers = "a login that other checks share"

// The requests that a valid login is followed by.
const (
	tokenRequest    = "token request"
	userinfoRequest = "userinfo request"
)

const ofSecondClient = " of the second client"

// varies says in what a login differs from an ordinary one; empty: in nothing.
func (l *Login) varies() string {
	all := l.varied
	if len(l.extra) > 0 {
		all = append(all[:len(all):len(all)], "redeemed with one parameter more")
	}
	return strings.Join(all, ", ")
}

// whose says for whom a login is that is not the first client's and the first
// person's, as a part of a sentence.
func (l *Login) whose() string {
	switch {
	case l.Second:
		return ofSecondClient
	case l.Person > 0:
		return " of another person"
	}
	return ""
}

// ordinary reports a login that differs from an ordinary one in nothing.
func (l *Login) ordinary() bool { return l.whole && l.varies() == "" }

// notLikeTheOrdinary ends the check where a request of its login is not served that is
// served for an ordinary login.
func (s *Session) notLikeTheOrdinary(login *Login, what string, e *Exchange, problem string) {
	s.stopIfInterrupted()
	s.limited(e)
	switch varied := login.varies(); {
	case login.riders > 1:
		s.Block(sharedByOthers, "a valid %s returns %s", what, problem)
	case varied != "" && (!login.Second || s.secondKnown()):
		s.Fail("a valid "+what+" of a login "+varied+" to be served like that of an ordinary login", problem, e.recorded())
	case login.Second && what == tokenRequest && !s.secondKnown() && refusesTheClient(e):
		s.Block("configuration", "the token request of the second client returns %s, and that of the first is served: check the second client's ID and secret", problem)
	}
	s.Block("a "+what, "a valid %s%s returns %s, although that of an ordinary login was served in this run", what, login.whose(), problem)
}

// secondKnown reports that the second client's credentials have led to tokens.
func (s *Session) secondKnown() bool { return s.secondWorked || s.worked("IDT-12") }

// refusesTheClient reports a token response that refuses who asks, and not what for.
func refusesTheClient(e *Exchange) bool {
	refusal, _ := sgid.ParseOAuthError(e.Body())
	if refusal == nil {
		return e.Status() == http.StatusUnauthorized
	}
	return refusal.Code == "invalid_client" || refusal.Code == "unauthorized_client"
}

// noTokens ends the check whose login's code is not redeemed: TOKEN-01 owns that where
// an ordinary login's is not, either.
func (s *Session) noTokens(login *Login, reply *TokenReply, problem string) {
	if !s.redeems() {
		s.NeedsLogin()
	}
	if !s.redeems() {
		s.owned("TOKEN-01", reply.Exchange, "a valid token request returns %s%s", problem, s.credentialsBlamed(login, reply))
	}
	s.notLikeTheOrdinary(login, tokenRequest, reply.Exchange, problem)
}

// redeems reports that an ordinary login's code has been redeemed in this run.
func (s *Session) redeems() bool { return s.redeemed || s.worked("TOKEN-01") }

// answers reports that the userinfo endpoint has answered an ordinary login in this run.
func (s *Session) answers() bool { return s.informed || s.worked("UINFO-01") }

// TokensOrRefusal are the tokens of a login that the target may refuse as late as at the
// token endpoint; nil where it does, in the right form.
func (s *Session) TokensOrRefusal(login *Login) *Tokens {
	reply := s.Redeem(login)
	if reply.unsuccessful() == "" {
		return s.granted(login, reply)
	}
	if !s.redeems() {
		s.NeedsLogin() // where no code is redeemed, a refusal says nothing
	}
	s.Expect(reply).To(BeRefused())
	return nil
}
