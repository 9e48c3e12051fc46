package loadtest

import (
	"context"
	"sync/atomic"
	"time"
)

// renewEvery is the age at which an access token is replaced, so that a long
// load on userinfo does not meet tokens that have run out.
const renewEvery = 4 * time.Minute

// grantRing holds the access tokens that userinfo requests take in turn.
type grantRing []atomic.Pointer[grant]

func newGrantRing(list []*grant) grantRing {
	r := make(grantRing, len(list))
	for i, g := range list {
		r[i].Store(g)
	}
	return r
}

func (r grantRing) at(seq uint64) *grant { return r[seq%uint64(len(r))].Load() }

// renew replaces one access token after the other, each when it is every old,
// until ctx is done. What a new one should answer is known from the old one; a
// login that fails, or is another person's, leaves the old one in its place: what
// was wrong with it, login has counted.
func (r grantRing) renew(ctx context.Context, every time.Duration, login func(context.Context) (*grant, error)) {
	tick := time.NewTicker(every / time.Duration(len(r)))
	defer tick.Stop()
	for i := 0; ; i = (i + 1) % len(r) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		old := r[i].Load()
		g, err := login(ctx)
		if err != nil || g.subject != old.subject {
			continue
		}
		g.reference = old.reference
		r[i].Store(g)
	}
}
