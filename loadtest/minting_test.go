package loadtest

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowly is a minter whose every code takes that long.
func slowly(each, lifetime time.Duration) Minter {
	return minterFunc(func(ctx context.Context) (*Code, error) {
		c := &Code{MintedAt: time.Now(), Lifetime: lifetime}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(each):
			return c, nil
		}
	})
}

// used is what became of the codes of a load.
type used struct {
	codes, missing int
	thrown         uint64
	oldest         time.Duration // at use
	lastMissing    time.Duration // from the start
}

// useAll takes a code at the time of each request of a plan. Time is that of a
// synctest bubble.
func useAll(t *testing.T, s *codeStore, before func(at time.Duration)) (u used) {
	t.Helper()
	if err := s.fill(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	s.begin()
	for seq := range s.plan.count() {
		at := s.plan.at(seq)
		time.Sleep(time.Until(s.begins.Add(at)))
		if before != nil {
			before(at)
		}
		c, thrown := s.take(time.Now())
		u.thrown += thrown
		if c == nil {
			u.missing++
			u.lastMissing = at
			continue
		}
		u.codes++
		u.oldest = max(u.oldest, time.Since(c.MintedAt))
	}
	return u
}

func steady(rate float64, d time.Duration) schedule { return newSchedule(rate, rate, 0, d, 0) }

// With a long load at about the rate of minting, no code is older at its use than
// codes are minted ahead.
func TestNoCodeOfALongLoadIsOld(t *testing.T) {
	const ahead = 30 * time.Second
	for name, c := range map[string]struct {
		each, lifetime, oldest time.Duration
		plan                   schedule
		startsIn               time.Duration
	}{
		"minted a little faster than used": {75 * time.Millisecond, 0, ahead, steady(100, 5*time.Minute), 0},
		"minted much faster than used":     {time.Millisecond, 0, ahead, steady(100, 5*time.Minute), 0},
		"a ramp":                           {30 * time.Millisecond, 0, ahead, newSchedule(1, 200, 0, 5*time.Minute, 0), 0},
		"at a time of the clock":           {75 * time.Millisecond, 0, ahead, steady(100, 5*time.Minute), time.Minute},
		"codes that live 15 s":             {75 * time.Millisecond, 15 * time.Second, 10 * time.Second, steady(100, 5*time.Minute), 0},
		"after a warm-up":                  {75 * time.Millisecond, 0, ahead, newSchedule(100, 100, time.Minute, time.Minute, 0), 0},
		"one part of several":              {75 * time.Millisecond, 0, ahead, steady(300, time.Minute).split(1, 3), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := minting{minter: slowly(c.each, c.lifetime), minters: 8, plan: c.plan, ahead: ahead}
				if c.startsIn > 0 {
					m.begins = time.Now().Add(c.startsIn)
				}
				s := newCodeStore(t.Context(), m)
				defer s.close()
				u := useAll(t, s, nil)
				if slack := time.Second; u.missing > 0 || u.thrown > 0 || u.oldest > c.oldest+slack {
					t.Errorf("%+v, want all codes at hand and none older than %s", u, c.oldest)
				}
				if s.claimed != c.plan.count() {
					t.Errorf("%d codes were minted for %d requests", s.claimed, c.plan.count())
				}
			})
		})
	}
}

// Where minting is slower than the load, codes are lacking; none is used that may have run out.
func TestMintingThatIsTooSlowMakesNoOldCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newCodeStore(t.Context(), minting{minter: slowly(200*time.Millisecond, 0), minters: 8, plan: steady(100, 5*time.Minute), ahead: 30 * time.Second})
		defer s.close()
		began := time.Now()
		u := useAll(t, s, func(at time.Duration) {
			if at == 0 && time.Since(began) > 31*time.Second {
				t.Errorf("the load waited for %s", time.Since(began))
			}
		})
		if u.missing == 0 || u.thrown > 0 || u.oldest > 31*time.Second || u.codes < 40*300 {
			t.Errorf("%+v", u)
		}
	})
}

// A load that stands still for a while, and a target that gives no codes for a
// while, leave no old codes behind.
func TestAfterAStandstillCodesAreFresh(t *testing.T) {
	t.Run("of the load", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newCodeStore(t.Context(), minting{minter: slowly(time.Millisecond, 0), minters: 8, plan: steady(10, 5*time.Minute), ahead: 30 * time.Second})
			defer s.close()
			u := useAll(t, s, func(at time.Duration) {
				if at == 100*time.Second {
					time.Sleep(time.Minute)
				}
			})
			if u.thrown == 0 || u.oldest > 45*time.Second {
				t.Errorf("%+v", u)
			}
		})
	})
	t.Run("of the minter", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			fast := slowly(time.Millisecond, 0)
			s := newCodeStore(t.Context(), minting{minters: 8, plan: steady(10, 5*time.Minute), ahead: 30 * time.Second, minter: minterFunc(func(ctx context.Context) (*Code, error) {
				if at := time.Since(began); at > 100*time.Second && at < 160*time.Second {
					time.Sleep(160*time.Second - at)
				}
				return fast.Mint(ctx)
			})})
			defer s.close()
			if u := useAll(t, s, nil); u.missing < 200 || u.lastMissing > 165*time.Second || u.thrown > 0 || u.oldest > 35*time.Second {
				t.Errorf("%+v", u)
			}
		})
	})
}

// The load begins with the codes of the time that they are minted ahead, and no more.
func TestARunMintsNoFurtherAheadThanItIsTold(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration, o.MintAhead = 100, 400*time.Millisecond, 100*time.Millisecond
	var before atomic.Uint64
	load, err := Run(t.Context(), o, func(p Progress) {
		if strings.HasPrefix(p.Phase, "sending") {
			before.Store(s.minted.Load())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := before.Load(); got != referenceLogins+11 {
		t.Errorf("%d codes were minted before the load, want %d", got, referenceLogins+11)
	}
	if load.Requests+load.ExpiredCodes == 0 || len(load.Errors) > 0 {
		t.Errorf("%d requests, errors %v", load.Requests, load.Errors)
	}
}
