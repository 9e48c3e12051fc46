package loadtest

import (
	"context"
	"fmt"
	"math"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of minting ahead.
const (
	maxCodesAhead = 20_000                // codes held at once
	agedCode      = 30 * time.Second      // younger codes of unknown lifetime count as fresh
	codeMargin    = 2 * time.Second       // how long before its end a code of known lifetime is no longer used
	mintEvery     = 20 * time.Millisecond // minters that wait for a time of the plan look again no sooner
)

// minting says how codes are minted for a load.
type minting struct {
	minter  Minter
	minters int       // codes made at once
	plan    schedule  // whose requests take one code each, in turn
	begins  time.Time // when the plan does; zero: when begin is called

	// ahead is how long before the request that takes it a code is minted at most. It
	// becomes less where codes turn out to live shorter.
	ahead time.Duration

	restartWait time.Duration // for how long it is tried again where no code is to be had
	keepGoing   bool          // it is tried again for as long as the load lasts
	note        func(string)  // takes what a reader must know of it; may be nil
	passed      func(string)  // takes the kind of each error after which it is tried again; may be nil
}

// codeStore holds codes minted ahead, and goes on minting while they are used. No
// code is minted longer before its use than codes can be relied on to live: with a
// long load, those that are used last are made while it runs.
type codeStore struct {
	minting
	ready  chan *Code
	kept   time.Duration // older codes of unknown lifetime are not used
	oldest atomic.Int64  // the greatest age, in ns, at which a code was taken by the target

	mu       sync.Mutex
	changed  chan struct{} // closed when there may be more to mint, or minting has ended
	claimed  uint64        // made or being made
	thrown   uint64        // thrown away before use
	missed   uint64        // requests for which there was none
	first    time.Time     // when the first was minted, or the first after trouble
	troubled time.Time     // since when none could be minted; zero: they can
	noted    bool          // it was said that minting was tried again
	ended    bool
	failure  error

	stop    context.CancelFunc
	working sync.WaitGroup
}

// newCodeStore starts minting.
func newCodeStore(ctx context.Context, m minting) *codeStore {
	ctx, stop := context.WithCancel(ctx)
	s := &codeStore{
		minting: m, stop: stop, kept: m.ahead + m.ahead/2, changed: make(chan struct{}),
		ready: make(chan *Code, min(maxCodesAhead, m.plan.count())),
	}
	context.AfterFunc(ctx, func() { s.end(ctx.Err()) })
	for range m.minters {
		s.working.Go(func() { s.mint(ctx) })
	}
	return s
}

func (s *codeStore) mint(ctx context.Context) {
	for s.claim(ctx) {
		code, err := s.one(ctx)
		if err != nil {
			s.end(err)
			return
		}
		select {
		case s.ready <- code:
		case <-ctx.Done():
			return
		}
	}
}

// claim waits until a code is wanted; it is false when minting has ended.
func (s *codeStore) claim(ctx context.Context) bool {
	for {
		s.mu.Lock()
		ended, wait, changed := s.ended, s.untilWanted(), s.changed
		if !ended && wait <= 0 {
			s.claimed++
		}
		s.mu.Unlock()
		if ended || wait <= 0 {
			return !ended
		}
		timer := time.NewTimer(max(wait, mintEvery))
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// untilWanted is how long it is until the next code may be minted. s.mu is held.
func (s *codeStore) untilWanted() time.Duration {
	next := s.claimed - s.thrown + s.missed // the request that takes it
	if next >= s.plan.count() {
		return math.MaxInt64
	}
	wait := s.plan.at(next) - s.ahead
	switch {
	case wait <= 0 && s.begins.IsZero():
		return 0
	case s.begins.IsZero():
		return math.MaxInt64
	}
	return wait - time.Since(s.begins)
}

// begin says that the load begins now, unless it does at a time of the clock.
func (s *codeStore) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begins.IsZero() {
		s.begins = time.Now()
		s.wake()
	}
}

// wake has all who wait in claim look again. s.mu is held.
func (s *codeStore) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// made notes that a code was minted.
func (s *codeStore) made(c *Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() || !s.troubled.IsZero() {
		s.first = c.MintedAt
	}
	s.troubled = time.Time{}
	if c.Lifetime > 0 {
		s.ahead = min(s.ahead, c.Lifetime/3*2)
	}
}

func (s *codeStore) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended, s.failure = true, err
		s.wake()
	}
}

// err is why minting ended early, if it did.
func (s *codeStore) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// wanted is how many codes there are to be when the load begins, and whether no
// more can be: the first would be too old by the time that others are made.
func (s *codeStore) wanted() (n int, enough bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = sort.Search(cap(s.ready), func(i int) bool { return s.plan.at(uint64(i)) > s.ahead })
	return n, s.begins.IsZero() && !s.first.IsZero() && s.troubled.IsZero() && time.Since(s.first) >= s.ahead
}

// fill waits until as many codes are there as are wanted before the load begins, or
// can be had, or until it begins where that is a time of the clock, and calls
// progress now and then.
func (s *codeStore) fill(ctx context.Context, progress func(have, want int)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	want, enough := s.wanted()
	for len(s.ready) < want && !enough && s.err() == nil && (s.begins.IsZero() || time.Until(s.begins) > beforeStart) {
		progress(len(s.ready), want)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		want, enough = s.wanted()
	}
	if err := s.err(); err != nil {
		return fmt.Errorf("authorization codes could not be minted (%d of %d were): %w", len(s.ready), want, err)
	}
	progress(len(s.ready), want)
	return nil
}

// take is a code to use now, or nil when there is none. Codes that have run out, or
// may have by the time that they arrive, are thrown away, and new ones are minted in
// their place; ranOut is how many those were.
func (s *codeStore) take(now time.Time) (code *Code, ranOut uint64) {
	for {
		select {
		case c := <-s.ready:
			if now.Sub(c.MintedAt) <= s.usable(c) {
				return c, ranOut
			}
			ranOut++
			s.mu.Lock()
			s.thrown++
			s.wake()
			s.mu.Unlock()
		default:
			s.mu.Lock()
			s.missed++
			s.mu.Unlock()
			return nil, ranOut
		}
	}
}

// usable is the age up to which a code is used.
func (s *codeStore) usable(c *Code) time.Duration {
	if c.Lifetime > 0 {
		return c.Lifetime - min(codeMargin, c.Lifetime/10)
	}
	return s.kept
}

// accepted notes that the target took a code at that age.
func (s *codeStore) accepted(age time.Duration) {
	for {
		old := s.oldest.Load()
		if int64(age) <= old || s.oldest.CompareAndSwap(old, int64(age)) {
			return
		}
	}
}

// ranOut says whether a code that was refused as invalid_grant at that age was
// simply too old: older than its lifetime, or, where that is not known, neither
// fresh nor younger than one that was accepted.
func (s *codeStore) ranOut(c *Code, age time.Duration) bool {
	switch {
	case c.Lifetime > 0 && age < c.Lifetime:
		return false
	case c.Lifetime == 0 && (age < agedCode || int64(age) <= s.oldest.Load()):
		return false
	}
	return true
}

func (s *codeStore) close() {
	s.stop()
	s.working.Wait()
}
