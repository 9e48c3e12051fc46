package loadtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"
)

// unwell is a login driver whose target answers logins by response, given how long
// the test has lasted; nil: as it should. Time is that of a synctest bubble.
type unwell struct {
	login.Driver
	began    time.Time
	response func(at time.Duration) *login.Response

	mu    sync.Mutex
	asked []time.Duration
}

func (d *unwell) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	at := time.Since(d.began)
	d.mu.Lock()
	d.asked = append(d.asked, at)
	d.mu.Unlock()
	if r := d.response(at); r != nil {
		return r, nil
	}
	return redirecting{}.Authorize(ctx, a)
}

func answered(status int, header http.Header) *login.Response {
	return &login.Response{Kind: login.ResponseRefusal, Status: status, Final: &exchange.Exchange{Response: &exchange.Response{Status: status, Header: header}}}
}

func unanswered() *login.Response {
	f := exchange.Classify(context.Background(), fmt.Errorf("dial: %w", syscall.ECONNREFUSED), time.Second)
	return &login.Response{Kind: login.ResponseNone, Final: &exchange.Exchange{Err: f}}
}

// mintingFrom is a store with codes from d, for a load of that plan.
func mintingFrom(t *testing.T, d *unwell, plan schedule, change func(*minting)) *codeStore {
	d.began = time.Now()
	m := minting{
		minter: NewLoginMinter(d, "http://127.0.0.1/", sgid.AuthorizeRequest{}, 0), minters: 2, plan: plan,
		ahead: 30 * time.Second, restartWait: 30 * time.Second,
	}
	if change != nil {
		change(&m)
	}
	return newCodeStore(t.Context(), m)
}

// A target that is too busy, or not there, for a while is waited for: as it asks, or
// with growing pauses.
func TestMintingWaitsForATargetThatGivesNoCodes(t *testing.T) {
	const trouble = 25 * time.Second
	for name, c := range map[string]struct {
		response *login.Response
		kind     string
		tries    int // of each minter while there is trouble, at most
	}{
		"429 with Retry-After": {answered(429, http.Header{"Retry-After": {"10"}}), "status-429", 3},
		"503":                  {answered(503, nil), "status-503", 13},
		"no connection":        {unanswered(), "refused", 13},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &unwell{response: func(at time.Duration) *login.Response {
					if at < trouble {
						return c.response
					}
					return nil
				}}
				var mu sync.Mutex
				var notes []string
				passed := map[string]int{}
				s := mintingFrom(t, d, steady(10, time.Second), func(m *minting) {
					m.note = func(text string) { notes = append(notes, text) }
					m.passed = func(kind string) { mu.Lock(); defer mu.Unlock(); passed[kind]++ }
				})
				defer s.close()
				if err := s.fill(t.Context(), func(int, int) {}); err != nil || len(s.ready) != 10 {
					t.Fatalf("%v, %d codes", err, len(s.ready))
				}
				s.close()
				if failed := len(d.asked) - 10; failed > 2*c.tries || passed[c.kind] != failed || len(passed) != 1 {
					t.Errorf("%d tries failed, counted as %v: at %v", failed, passed, d.asked)
				}
				if len(notes) != 1 || !strings.Contains(notes[0], "could not be minted") {
					t.Errorf("notes %q", notes)
				}
			})
		})
	}
}

func TestMintingEndsWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		response *login.Response
		wait     time.Duration
		says     string
		from, to time.Duration // when it ends
	}{
		"503 all the time":               {answered(503, nil), 30 * time.Second, "status 503) (it was tried again for 30s: --restart-wait)", 30 * time.Second, 31 * time.Second},
		"no connection":                  {unanswered(), 30 * time.Second, "the login got no answer: ", 30 * time.Second, 31 * time.Second},
		"Retry-After an hour":            {answered(503, http.Header{"Retry-After": {"3600"}}), 30 * time.Second, "it asks to be left alone for 1h0m0s, and is waited for no longer than 30s", 0, 0},
		"Retry-After time and again":     {answered(429, http.Header{"Retry-After": {"20"}}), 30 * time.Second, "it asks to be left alone for 20s", 20 * time.Second, 20 * time.Second},
		"nobody is to be waited for":     {answered(503, nil), time.Millisecond, "status 503", time.Second, 3 * time.Second},
		"a refusal, which does not pass": {answered(400, nil), 30 * time.Second, "status 400", time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &unwell{response: func(time.Duration) *login.Response { return c.response }}
				s := mintingFrom(t, d, steady(10, time.Second), func(m *minting) { m.restartWait = c.wait })
				defer s.close()
				err := s.fill(t.Context(), func(int, int) {})
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "0 of 10") {
					t.Errorf("%v, want it to say %q", err, c.says)
				}
				s.close() // the others may be at their last try
				if last := d.asked[len(d.asked)-1]; last < c.from || last > c.to {
					t.Errorf("the last try was after %s", last)
				}
			})
		})
	}
}

// One minter that the target keeps refusing ends nothing while others get codes.
func TestMintingGoesOnWhileAnyCodeComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		d := &unwell{response: func(time.Duration) *login.Response {
			if time.Sleep(100 * time.Millisecond); n.Add(1)%4 != 0 {
				return answered(429, http.Header{"Retry-After": {"1"}})
			}
			return nil
		}}
		s := mintingFrom(t, d, steady(1, 10*time.Minute), func(m *minting) { m.minters = 8 })
		defer s.close()
		if u := useAll(t, s, nil); s.err() != nil || u.codes != 600 {
			t.Errorf("%v, %+v", s.err(), u)
		}
	})
}

// With --keep-going a load lasts longer than an outage of the login, however long;
// before it begins the wait is bounded.
func TestMintingKeepsGoing(t *testing.T) {
	for _, keepGoing := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := &unwell{response: func(at time.Duration) *login.Response {
				if at > time.Minute && at < 6*time.Minute {
					return unanswered()
				}
				return nil
			}}
			s := mintingFrom(t, d, steady(10, 10*time.Minute), func(m *minting) { m.keepGoing = keepGoing })
			defer s.close()
			u := useAll(t, s, nil)
			if back := u.lastMissing < 7*time.Minute; back != keepGoing || (s.err() == nil) != keepGoing || u.missing == 0 {
				t.Errorf("keep going %t: %v, %+v", keepGoing, s.err(), u)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		d := &unwell{response: func(time.Duration) *login.Response { return unanswered() }}
		s := mintingFrom(t, d, steady(10, time.Minute), func(m *minting) { m.keepGoing = true })
		defer s.close()
		if err := s.fill(t.Context(), func(int, int) {}); err == nil {
			t.Error("it is filled")
		}
	})
}

func TestASpentBudgetEndsMintingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		s := newCodeStore(t.Context(), minting{minters: 1, plan: steady(1, time.Second), minter: minterFunc(func(context.Context) (*Code, error) {
			tries++
			return nil, errBudget
		})})
		defer s.close()
		if err := s.fill(t.Context(), func(int, int) {}); !errors.Is(err, errBudget) || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
	})
}

// The preparation leaves the login alone for as long as it asks, too.
func TestALoginOfThePreparationObservesRetryAfter(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration = 20, 100*time.Millisecond
	logins := 0
	inner := o.Minter
	failing := NewLoginMinter(redirecting{land: func(_ url.Values, l *login.Response) {
		*l = *answered(503, http.Header{"Retry-After": {"17"}})
	}}, "http://127.0.0.1/", sgid.AuthorizeRequest{}, 0)
	o.Minters = 1
	o.Minter = minterFunc(func(ctx context.Context) (*Code, error) {
		if logins++; logins == 1 {
			return failing.Mint(ctx)
		}
		return inner.Mint(ctx)
	})
	var pauses []time.Duration
	o.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	if _, err := Run(t.Context(), o, nil); err != nil || len(pauses) != 1 || pauses[0] != 17*time.Second {
		t.Errorf("%v, waited %v", err, pauses)
	}
}

// A load for which there are no more codes ends, and says why; it is incomplete.
func TestALoadWithoutMoreCodesEnds(t *testing.T) {
	for _, keepGoing := range []bool{false, true} {
		s := newStandIn(t, httptest.NewServer)
		o := s.options(t, Token)
		m := &failingMinter{Minter: o.Minter, left: referenceLogins + 20}
		o.Minter, o.Minters, o.MintAhead, o.KeepGoing = m, 1, 100*time.Millisecond, keepGoing
		o.Rate, o.Duration = 20, 3*time.Second
		load, err := Run(t.Context(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ended := strings.HasPrefix(load.Stopped, "no more authorization codes could be minted: no code after "); ended == keepGoing {
			t.Errorf("keep going %t: %q", keepGoing, load.Stopped)
		}
		if keepGoing && !load.Judge().Undecided() {
			t.Errorf("%d of %d requests are enough: %v", load.Requests, load.Planned, maps.Clone(load.Errors))
		}
		if strings.Contains(load.Stopped, m.last) {
			t.Errorf("%q stands in %q", m.last, load.Stopped)
		}
	}
}
