package loadtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// signingKeys is the provider's key set, fetched again when a token names a key
// that it lacks: keys are rotated while load goes on. Only tokens that name such a key
// wait for that.
type signingKeys struct {
	fetch func() (*sgid.KeySet, error) // called once at a time

	mu       sync.Mutex
	set      *sgid.KeySet
	asked    map[string]int // how often the set was fetched again for a key ID
	fetching chan struct{}  // closed when the set has been fetched; nil: it is not being
}

// have is the set to verify a token with.
func (k *signingKeys) have(compact string) *sgid.KeySet {
	t, err := sgid.ParseIDToken(compact)
	k.mu.Lock()
	defer k.mu.Unlock()
	for err == nil && k.lacks(t.KID) {
		if fetching := k.fetching; fetching != nil {
			k.mu.Unlock()
			<-fetching
			k.mu.Lock()
			continue
		}
		k.renew(t.KID)
		break
	}
	return k.set
}

// lacks says whether the set lacks a key that it may be fetched again for. k.mu is held.
func (k *signingKeys) lacks(kid string) bool {
	if kid == "" || k.asked[kid] >= maxFetches || len(k.asked) >= maxRotations {
		return false
	}
	return !slices.ContainsFunc(k.set.Keys, func(key sgid.Key) bool { return key.KID == kid })
}

// renew fetches the set for a key that it lacks. k.mu is held, but for the time that
// this takes.
func (k *signingKeys) renew(kid string) {
	if k.asked == nil {
		k.asked = map[string]int{}
	}
	k.asked[kid]++
	done := make(chan struct{})
	k.fetching = done
	k.mu.Unlock()
	set, err := k.fetch()
	k.mu.Lock()
	if err == nil {
		k.set, k.asked[kid] = set, maxFetches
	}
	k.fetching = nil
	close(done)
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
