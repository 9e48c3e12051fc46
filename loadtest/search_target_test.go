package loadtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// later is a target whose answers each take that long, however many are under way.
func later(d time.Duration) func(uint64, http.ResponseWriter, *http.Request) bool {
	return func(uint64, http.ResponseWriter, *http.Request) bool {
		<-time.After(d)
		return false
	}
}

// The latency is longer than a twentieth of the step, and no rate is lost by it.
//
// A machine that is busy elsewhere can keep any search from its rate, but not three.
func TestAConstantLatencyDoesNotLowerTheRateThatIsFound(t *testing.T) {
	var l *run.Load
	for range 3 {
		s := newStandIn(t, httptest.NewServer)
		o := s.options(t, Userinfo)
		o.Rate, o.Duration = 40, 2*time.Second
		o.FindMax = &Search{Step: 2 * time.Second, Max: 40}
		var err error
		if l, err = Run(t.Context(), o, afterPreparation(s, nil, later(300*time.Millisecond))); err != nil {
			t.Fatal(err)
		}
		if l.RateAchieved > 38 {
			t.Errorf("the record says %g/s: that is over the time until the last answer came", l.RateAchieved)
		}
		if l.RateAsked == 40 && len(l.Search) == 2 && l.Search[1].OK {
			return
		}
	}
	t.Errorf("found %g/s, steps %+v", l.RateAsked, l.Search)
}

// A threshold on errors says how many may fail, and not that a queue may grow.
func TestABoundOnErrorsDoesNotPassARateThatQueues(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 200, 300*time.Millisecond
	var err error
	if o.Thresholds, err = ParseThresholds([]string{"errors<5%"}); err != nil {
		t.Fatal(err)
	}
	o.FindMax = &Search{Step: 500 * time.Millisecond, Max: 400, Precision: 0.9}
	var worker sync.Mutex
	work := later(10 * time.Millisecond)
	l, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, r *http.Request) bool {
		worker.Lock()
		defer worker.Unlock()
		return work(n, w, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if l.Search[0].OK || l.RateAsked > 106 || len(l.Errors) != 0 {
		t.Errorf("found %g/s of a target that does 100 at most, errors %v, steps %+v", l.RateAsked, l.Errors, l.Search)
	}
}

// frail is a target that goes down at the first request of the load, and stays down
// until it is set up again.
type frail struct {
	down atomic.Bool
	once sync.Once
}

func (f *frail) answer(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
	f.once.Do(func() { f.down.Store(true) })
	if !f.down.Load() {
		return false
	}
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
	return true
}

func (f *frail) dial(ctx context.Context, network, hostport string) (net.Conn, error) {
	if f.down.Load() {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	return (&net.Dialer{}).DialContext(ctx, network, hostport)
}

// search looks for the highest rate, and calls waiting when the search waits for it.
func (f *frail) search(ctx context.Context, t *testing.T, wait time.Duration, waiting func()) *run.Load {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.Dial = 100, 100*time.Millisecond, f.dial
	o.FindMax = &Search{Step: 1500 * time.Millisecond, Max: 100, Precision: 0.9, Wait: wait}
	began := afterPreparation(s, nil, f.answer)
	l, err := Run(ctx, o, func(p Progress) {
		if began(p); strings.HasPrefix(p.Phase, "waiting for the target after 100/s") {
			waiting()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	checkRecord(t, l)
	return l
}

func TestASearchWaitsForATargetThatItTookDown(t *testing.T) {
	f := &frail{}
	l := f.search(t.Context(), t, time.Minute, func() { f.down.Store(false) })
	if n := len(l.Search); n < 3 || l.Search[0].OK || !strings.HasPrefix(l.Search[0].Reason, run.WentDown) || l.RateAsked >= 100 {
		t.Fatalf("%g/s, steps %+v", l.RateAsked, l.Search)
	}
	if l.Stopped != "" || !strings.Contains(l.Found(), "at 100/s the target went down") || l.Aside["refused"]+l.Aside["reset"] == 0 {
		t.Errorf("stopped %q, aside %v: %s", l.Stopped, l.Aside, l.Found())
	}
}

func TestASearchEndsWhereTheTargetStaysAwayOrItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for says, l := range map[string]*run.Load{
		"the target did not answer again within 1ms after 100/s": (&frail{}).search(t.Context(), t, time.Millisecond, func() {}),
		"interrupted while it waited for the target after 100/s": (&frail{}).search(ctx, t, time.Hour, cancel),
	} {
		if len(l.Search) != 1 || !strings.Contains(l.Stopped, says) || !l.Judge().Undecided() {
			t.Errorf("stopped %q, want %q; steps %+v", l.Stopped, says, l.Search)
		}
	}
}

// The rate that is tried crosses thresholds as a search's rates do: how it ends does not
// hang on the moment at which it is interrupted.
func TestASearchThatIsInterruptedFailsNothing(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.FindMax = 100, time.Second, &Search{Step: time.Hour}
	var err error
	if o.Thresholds, err = ParseThresholds([]string{"userinfo.min<1us", "errors==0"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, err := Run(ctx, o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
		if n == 20 {
			cancel()
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	}))
	if err != nil {
		t.Fatal(err)
	}
	if j := l.Judge(); l.Requests == 0 || l.Thresholds[0].OK || l.Thresholds[1].OK || j.Failed() || !j.Undecided() {
		t.Errorf("stopped %q, thresholds %+v, %+v", l.Stopped, l.Thresholds, j)
	}
}

func TestTheTargetIsAskedUntilItAnswers(t *testing.T) {
	tries := 0
	if err := answersAgain(t.Context(), func(context.Context) error {
		if tries++; tries < 2 {
			return errors.New("not yet")
		}
		return nil
	}, time.Minute); err != nil || tries != 2 {
		t.Errorf("%v after %d", err, tries)
	}
}

// Each step is shorter than the time between two renewals.
func TestASearchRenewsAccessTokensOverAllItsSteps(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.renewEvery = 20, 40*time.Millisecond, 300*time.Millisecond
	o.FindMax = &Search{Step: 50 * time.Millisecond, Max: 5000, Precision: 1e-4} // so many steps that there is time for all renewals
	var err error
	if o.Thresholds, err = ParseThresholds([]string{"requests<50"}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	sending := afterPreparation(s, nil, func(_ uint64, _ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Header.Get("Authorization")] = true
		return false
	})
	l, err := Run(t.Context(), o, sending)
	if err != nil {
		t.Fatal(err)
	}
	// All three in the ring, and then the first again.
	if s.minted.Load() < uint64(o.Tokens)+4 || len(seen) < o.Tokens+3 {
		t.Errorf("%d logins, %d access tokens seen in %d steps", s.minted.Load(), len(seen), len(l.Search))
	}
}

// A search begins by the clock, and each further rate when the one before has ended.
func TestASearchThatStartsByTheClockGoesOn(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.StartAt = 10, 100*time.Millisecond, time.Now().Add(2*time.Second)
	o.FindMax = &Search{Step: mostLate + 200*time.Millisecond, Max: 20}
	l, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Search) < 3 || l.Stopped != "" {
		t.Errorf("stopped %q, steps %+v", l.Stopped, l.Search)
	}
}
