package suites

import (
	"sgidcheck/internal/run"
)

// A client that is locked out, such as after several wrong secrets, is refused whatever
// it sends. Where the code of refused requests is used up, a later exchange that is
// granted shows that they were refused for what was wrong with them.

// ofClient is the index of a client's figures.
func ofClient(second bool) int {
	if second {
		return 1
	}
	return 0
}

// unproven is what a case that holds by refusals rests on.
type unproven struct {
	second bool // the client's
	after  int  // exchanges that were granted to it before
}

// refusedSoFar says that the case, or the check outside of one, holds by refusals of the
// client after which nothing was granted to it so far.
func (s *Session) refusedSoFar(second bool) {
	if s.unproven == nil {
		s.unproven = map[string]unproven{}
	}
	s.unproven[s.CaseName()] = unproven{second, s.exchanged[ofClient(second)]}
	s.Tentative()
}

// confirmRefusals judges at the end of a check whether its client was locked out. It
// costs a login where no other check has had an exchange meanwhile: checks that are
// judged together need one for all of them.
func (s *Session) confirmRefusals() {
	s.Confirm(func() {
		s.stopIfInterrupted()
		s.afterOthers()
		for name, u := range s.unproven {
			if s.exchanged[ofClient(u.second)] > u.after {
				s.Proven(name)
			}
		}
		for _, u := range s.unproven {
			if s.exchanged[ofClient(u.second)] == u.after {
				s.stillExchanged(u.second)
			}
		}
	})
}

// stillExchanged has a fresh code redeemed as it should be, and ends the case where that
// is refused, or no login is left for it.
func (s *Session) stillExchanged(second bool) {
	if s.lockedOut[ofClient(second)] == "" || !s.sparing() {
		if s.loginsLeft() < 1 {
			s.SkipFor(run.WantLogins, "the codes of the refused requests are used up, and no login is left to show that the client is not locked out (--login-budget)")
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
		s.lockedOut[ofClient(second)] = reply.unsuccessful()
	}
	s.Block("target", "a right token request after the refused ones is refused, too (%s), as of a client that is locked out: their refusal proves nothing", s.lockedOut[ofClient(second)])
}
