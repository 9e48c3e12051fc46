package suites

import (
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// patience is the longest time that a check waits for something to expire.
const patience = 30 * time.Minute

// LetPass lets time pass at the target: its clock is moved where that can be
// done, and waited for where it cannot, up to patience. What is waited does not count
// towards the check's limit. The shared logins and the key set are forgotten
// afterwards, for they may have run out.
func (s *Session) LetPass(d time.Duration) {
	if s.Advance != nil {
		s.Advance(d)
	} else {
		if d > patience {
			s.SkipFor(run.WantTime, "it takes %s, and no check waits longer than %s", d.Round(time.Second), patience)
		}
		s.waitFor(d)
	}
	s.login, s.fresh, s.shared, s.second, s.other = nil, nil, nil, nil, nil
	s.jwks, s.keys = nil, nil
}

func (s *Session) waitFor(d time.Duration) {
	defer judge.Pause(s.Context)()
	select {
	case <-s.Context.Done():
		s.stopIfInterrupted()
	case <-time.After(d):
	}
}
