package loadtest

import (
	"context"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// pacer drives vegeta's attack along a schedule. vegeta asks it before each
// request, with the count of requests so far; that count is the sequence number
// of the request to come, so the schedule answers when it is due.
//
// vegeta's own pacers are not used, because the intended send time of each
// request must be known afterwards: a result's timestamp is when the request
// was sent, and measuring from there hides the wait of requests that were sent
// late because earlier ones had stalled.
type pacer struct {
	ctx   context.Context
	plan  schedule
	grace time.Duration // how long after the plan's end late requests may still go out

	start time.Time // when the plan begins; zero: with vegeta's attack

	once  sync.Once
	ready chan struct{}
	began time.Time     // when the plan began; set before ready is closed
	ahead time.Duration // by how much vegeta's attack began after that
}

// aheadOfSleep is how long before a send the pacer gives control back to
// vegeta, which then sleeps without listening for a stop.
const aheadOfSleep = 20 * time.Millisecond

func newPacer(ctx context.Context, plan schedule, grace time.Duration, start time.Time) *pacer {
	return &pacer{ctx: ctx, plan: plan, grace: grace, start: start, ready: make(chan struct{})}
}

// Pace implements vegeta.Pacer.
func (p *pacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	p.once.Do(func() {
		now := time.Now()
		p.began = now.Add(-elapsed)
		if !p.start.IsZero() {
			// From here on by this machine's monotonic clock.
			p.began = now.Add(p.start.Sub(now))
			p.ahead = now.Add(-elapsed).Sub(p.began)
		}
		close(p.ready)
	})
	elapsed += p.ahead
	if hits >= p.plan.count() || p.ctx.Err() != nil || elapsed > p.plan.end()+p.grace {
		return 0, true
	}
	wait := p.plan.at(hits) - elapsed
	if wait <= 4*aheadOfSleep {
		return wait, false
	}
	asked := time.Now()
	timer := time.NewTimer(wait - aheadOfSleep)
	defer timer.Stop()
	select {
	case <-p.ctx.Done():
		return 0, true
	case <-timer.C:
		return wait - time.Since(asked), false
	}
}

// Rate implements vegeta.Pacer.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.plan.rate(elapsed) }

// intended is the moment at which request seq was meant to be sent. It may be
// called once the first request is on its way.
func (p *pacer) intended(seq uint64) time.Time {
	<-p.ready
	return p.began.Add(p.plan.at(seq))
}

var _ vegeta.Pacer = (*pacer)(nil)
