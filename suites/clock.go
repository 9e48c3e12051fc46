package suites

import (
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// LetPass lets time pass at the target: its clock is moved where that can be
// done, and waited for where it cannot. The shared logins and the key set are
// forgotten afterwards, for they may have run out.
func (s *Session) LetPass(d time.Duration) {
	if s.Advance != nil {
		s.Advance(d)
	} else {
		if left, limited := judge.Left(s.Context); limited && left < d {
			s.SkipFor(run.WantTime, "it takes %s, longer than one check may", d.Round(time.Second))
		}
		select {
		case <-s.Context.Done():
			s.stopIfInterrupted()
		case <-time.After(d):
		}
	}
	s.login, s.fresh, s.shared, s.second, s.other = nil, nil, nil, nil, nil
	s.jwks, s.keys = nil, nil
}
