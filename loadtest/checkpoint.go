package loadtest

import (
	"time"

	"sgidcheck/internal/run"
)

// checkpoint hands over the figures so far, and says how long to wait until the
// next.
func (a *attack) checkpoint(l *run.Load) time.Duration {
	if a.o.Checkpoint == nil {
		return 0
	}
	a.shard.Checkpoint++
	if l.Shard != nil {
		l.Shard.Checkpoint = a.shard.Checkpoint
	}
	return a.o.Checkpoint(l)
}

// checkpoints hands over the figures so far while the load is sent, until the
// function it returns is called.
func (a *attack) checkpoints() (stop func()) {
	if a.o.Checkpoint == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			timer := time.NewTimer(a.checkpoint(a.soFar()))
			select {
			case <-done:
				timer.Stop()
				return
			case <-timer.C:
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		a.shard.Checkpoint++ // the record's last state
	}
}

// soFar is the figures of the load at this moment.
func (a *attack) soFar() *run.Load {
	var covered time.Duration
	select {
	case <-a.pace.ready:
		covered = max(0, min(a.sinceStart(time.Now()), a.plan.duration))
	default:
	}
	l := a.figures(covered)
	l.Examples = nil // they have not been redacted for the last time
	l.Aside = a.aside.counts()
	a.limited(l, true)
	return l
}
