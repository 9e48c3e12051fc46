package loadtest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
)

// perform carries out transactions first to last of an attack by hand, one after the
// other, all of them due long ago.
func perform(t *testing.T, a *attack, first, last uint64) {
	t.Helper()
	for seq := first; seq <= last; seq++ {
		r := &http.Request{Header: http.Header{}}
		r.Header.Set(sequenceHeader, strconv.FormatUint(seq, 10))
		if res, err := a.RoundTrip(r); err == nil {
			res.Body.Close()
		}
	}
}

// byHand is a load of ten requests after a warm-up of ten that perform carries out.
func byHand(t *testing.T, o *Options) *attack {
	t.Helper()
	o.Rate, o.Warmup, o.Duration, o.Check = 10, time.Second, time.Second, CheckNone
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	w := newWire(o, (&net.Dialer{}).DialContext)
	t.Cleanup(w.close)
	first := &attack{o: o, ctx: t.Context(), wire: w, aside: &aside{}, shard: o.shard(), judge: &judge{}}
	first.tokenURL, first.userinfoURL = mustURL(t, o.Endpoints.Token), mustURL(t, o.Endpoints.UserInfo)
	first.ring = newGrantRing([]*grant{{request: getRequest(first.userinfoURL, "at-0")}})
	a := first.at(o.Rate, o.RampTo, o.Duration)
	a.ctx = t.Context()
	a.pace = newPacer(a.ctx, a.plan, o.grace, time.Time{})
	a.pace.Pace(o.Warmup+o.Duration, 0)
	return a
}

// What the warm-up used is in none of the figures: processor time, connections and bytes.
func TestTheWarmUpIsNotInWhatTheLoadUsed(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	s.start(nil, func(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Connection", "close") // one connection a request
		w.Write(make([]byte, 10_000))
		return true
	})
	o := s.options(t, Userinfo)
	o.usage = func() (time.Duration, uint64) { return time.Duration(s.userinfos.Load()) * time.Second, 1 }
	a := byHand(t, &o)
	perform(t, a, 0, 9)
	if l := a.soFar(); l.Connections != 0 || l.BytesIn != 0 || l.Harness.CPUSeconds != 0 {
		t.Errorf("during the warm-up: %d connections, %d bytes, %g s", l.Connections, l.BytesIn, l.Harness.CPUSeconds)
	}
	perform(t, a, 10, 19)
	l := a.result(&ending{}, 0)
	if l.Requests != 10 || l.Connections != 10 || l.Harness.CPUSeconds != 10 {
		t.Errorf("%d requests, %d connections, %g s of processor time, want 10 of each", l.Requests, l.Connections, l.Harness.CPUSeconds)
	}
	if l.BytesIn < 100_000 || l.BytesIn >= 150_000 || l.BytesOut == 0 || l.BytesOut > 10*1000 {
		t.Errorf("%d bytes in, %d out", l.BytesIn, l.BytesOut)
	}
}

// What went wrong on this side during the warm-up excuses nothing after it.
func TestTheWarmUpExcusesNothing(t *testing.T) {
	full := fmt.Errorf("dial: %w", syscall.EMFILE)
	for name, c := range map[string]struct {
		says    string
		happens func(a *attack, seq uint64)
	}{
		"no code": {"no authorization code was ready", func(a *attack, seq uint64) {
			_ = a.redeem(seq)
		}},
		"codes that ran out": {"", func(a *attack, seq uint64) {
			a.codes.ready <- &Code{MintedAt: time.Now().Add(-time.Hour), Lifetime: time.Minute}
			_ = a.redeem(seq)
		}},
		"a code that was refused as run out": {"1 requests say nothing", func(a *attack, seq uint64) {
			a.codes.kept = time.Hour
			a.codes.ready <- &Code{Value: "gone", MintedAt: time.Now().Add(-agedCode - time.Second)}
			_ = a.redeem(seq)
		}},
		"no file descriptor": {"requests could not be sent:", func(a *attack, seq uint64) {
			a.failureKind(seq, full)
		}},
		"a login page without a file descriptor": {"requests could not be sent:", func(a *attack, seq uint64) {
			f := exchange.Classify(a.ctx, full, time.Second)
			_ = a.noCode(&outcome{seq: seq}, front{last: &exchange.Exchange{Err: f}}, f, time.Now(), time.Now(), nil)
		}},
		"no login left": {"logins were not made", func(a *attack, seq uint64) {
			a.o.Minter = a.o.bound(minterFunc(nil))
			_ = a.wholeLogin(seq)
		}},
		"judging": {"judging could not keep up", func(a *attack, seq uint64) {
			a.pool = newPool(0, 1, func(*job) {})
			a.submit(&job{outcome: outcome{seq: seq}, answer: &answer{}})
			done := make(chan struct{})
			go func() {
				defer close(done)
				a.submit(&job{outcome: outcome{seq: seq}, answer: &answer{}})
			}()
			if err := waitFor(t, func() bool { a.pool.mu.Lock(); defer a.pool.mu.Unlock(); return a.pool.blocked == 1 }); err != nil {
				t.Error("there was room for the second")
			}
			a.pool.add(1)
			<-done
			a.pool.close()
		}},
		"busy workers": {"", func(a *attack, seq uint64) {
			a.underWay.Add(99)
			perform(t, a, seq, seq)
			a.underWay.Add(-99)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			o := s.options(t, Token)
			o.LoginBudget = 1000
			a := byHand(t, &o)
			a.o.LoginBudget, a.o.Part, a.o.Parts = 1, 1, 2 // of one login this part has none
			a.codes = newCodeStore(t.Context(), minting{plan: a.plan})
			a.o.Redactor = redact.New()
			for _, counts := range []bool{false, true} {
				c.happens(a, map[bool]uint64{false: 3, true: 13}[counts])
				l := a.result(&ending{}, 0)
				got := strings.Join(l.Harness.Reasons, "; ")
				if said := c.says != "" && strings.Contains(got, c.says); said != (counts && c.says != "") {
					t.Errorf("measured %t: %q", counts, got)
				}
				if (l.ExpiredCodes > 0) != (counts && (name == "codes that ran out" || name == "a code that was refused as run out")) {
					t.Errorf("measured %t: %d codes ran out", counts, l.ExpiredCodes)
				}
				if busy := a.busiest.Load() == 100; busy != (counts && name == "busy workers") {
					t.Errorf("measured %t: %d under way", counts, a.busiest.Load())
				}
				if !counts && a.acc.backlog != 0 {
					t.Errorf("%d answers waited during the warm-up", a.acc.backlog)
				}
			}
		})
	}
}
