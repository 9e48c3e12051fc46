package suites

import (
	"maps"
	"slices"

	"sgidcheck/internal/run"
)

// A client that is locked out, such as after several wrong secrets, is refused whatever
// it sends. Where the code of refused requests is used up, is fit for no right request,
// or is not that client's, a later exchange that is granted to it shows that they were
// refused for what was wrong with them.

// ofClient is the index of a client's figures.
func ofClient(second bool) int {
	if second {
		return 1
	}
	return 0
}

// unproven is a case, or what is outside of one, that holds by refusals of a client.
type unproven struct {
	name   string
	second bool // the client's
}

// lockout is a right token request that was refused after what must be refused.
type lockout struct {
	login *Login
	reply *TokenReply
}

// refusedSoFar says that the case, or the check outside of one, holds by refusals of the
// client after which nothing was granted to it so far.
func (s *Session) refusedSoFar(second bool) {
	if s.unproven == nil {
		s.unproven = map[unproven]bool{}
		s.tentative = append(s.tentative, s)
	}
	s.unproven[unproven{s.CaseName(), second}] = true
	s.Tentative()
}

// grantedTo takes down that a right token request of the client was granted: what it was
// refused before was not refused because it was locked out.
func (c *Campaign) grantedTo(second bool) {
	c.exchanged[ofClient(second)]++
	c.lockedOut[ofClient(second)] = nil
	for _, s := range c.tentative {
		for u := range s.unproven {
			if u.second != second {
				continue
			}
			delete(s.unproven, u)
			if !s.unproven[unproven{u.name, !second}] {
				s.Proven(u.name)
			}
		}
	}
}

// confirmRefusals judges at the end of a check whether its client was locked out. It
// costs a login where no other check has had an exchange meanwhile: checks that are
// judged together need one for all of them.
func (s *Session) confirmRefusals() {
	defer func() { s.tentative = slices.DeleteFunc(s.tentative, func(other *Session) bool { return other == s }) }()
	s.Confirm(func() {
		s.stopIfInterrupted()
		s.afterOthers()
		for _, second := range []bool{false, true} {
			if slices.ContainsFunc(slices.Collect(maps.Keys(s.unproven)), func(u unproven) bool { return u.second == second }) {
				s.stillExchanged(second)
			}
		}
	})
}

// stillExchanged has a fresh code redeemed as it should be, and ends the case where that
// is refused, or no login is left for it.
func (s *Session) stillExchanged(second bool) {
	if s.lockedOut[ofClient(second)] == nil || !s.sparing() {
		if s.loginsLeft() < 1 {
			s.SkipFor(run.WantLogins, "no login is left to show that the client is not locked out, which would be refused the same (--login-budget)")
		}
		var vary []Vary
		if second {
			vary = append(vary, BySecondClient())
		}
		login, problem := s.tryLogIn(vary...)
		if problem != "" {
			s.noLogin(login, problem)
		}
		reply := s.Redeem(login)
		if reply.grants() {
			return
		}
		s.lockedOut[ofClient(second)] = &lockout{login, reply}
	}
	found := s.lockedOut[ofClient(second)]
	if second && s.exchanged[1] == 0 && !s.secondKnown() { // nothing was ever granted to it
		s.notLikeTheOrdinary(found.login, tokenRequest, found.reply.Exchange, found.reply.unsuccessful())
	}
	s.Block("target", "a right token request after the refused ones is refused, too (%s), as of a client that is locked out: their refusal proves nothing", found.reply.unsuccessful())
}
