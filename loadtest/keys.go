package loadtest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// signingKeys is the provider's key set, fetched again when a token names a key
// that it lacks: keys are rotated while load goes on.
type signingKeys struct {
	mu    sync.Mutex
	set   *sgid.KeySet
	asked map[string]int // how often the set was fetched again for a key ID
	fetch func() (*sgid.KeySet, error)
}

// have is the set to verify a token with.
func (k *signingKeys) have(compact string) *sgid.KeySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, err := sgid.ParseIDToken(compact)
	if err != nil || t.KID == "" || k.asked[t.KID] >= maxFetches || len(k.asked) >= maxRotations {
		return k.set
	}
	for _, key := range k.set.Keys {
		if key.KID == t.KID {
			return k.set
		}
	}
	if k.asked == nil {
		k.asked = map[string]int{}
	}
	k.asked[t.KID]++
	if set, err := k.fetch(); err == nil {
		k.set, k.asked[t.KID] = set, maxFetches
	}
	return k.set
}

// How often a target is asked for its keys: of so many key IDs, in case it makes
// them up, and for each until it has given them, in case it is too busy.
const (
	maxRotations = 16
	maxFetches   = 3
)

// clock is the time to judge a response's ID token by: this machine's, or the
// target's own where its Date says that it is another. A clock that is off is
// told once; it would otherwise be the error of every response.
func (a *attack) clock(got *answer, now time.Time) time.Time {
	date, err := http.ParseTime(got.header.Get("Date"))
	if err != nil || date.Sub(now).Abs() <= clockSkew {
		return now
	}
	a.clockTold.Do(func() {
		if a.o.Note != nil {
			off, side := date.Sub(now).Round(time.Second), "ahead of"
			if off < 0 {
				off, side = -off, "behind"
			}
			a.o.Note(fmt.Sprintf("the target's clock is %s %s this machine's, according to the Date header of its responses; ID tokens under load were judged by that time", off, side))
		}
	})
	return date
}

func (a *attack) fetchKeys(ctx context.Context) error {
	fetch := func() (set *sgid.KeySet, err error) {
		err = a.again(ctx, func() (err error) {
			set, err = a.askForKeys(ctx)
			return err
		})
		return set, err
	}
	set, err := fetch()
	a.judge.keys = &signingKeys{set: set, fetch: fetch}
	return err
}
