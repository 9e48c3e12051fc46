package proof_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp"
	"sgidcheck/suites/rp/proof"
)

// learnt is a campaign over the demo application, which has learnt its looks.
func learnt(t *testing.T, trials *proof.Trials, o demoapp.Options) *rp.Campaign {
	t.Helper()
	campaign, end, err := trials.Open(t.Context(), o, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	if err := campaign.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return campaign
}

// limit turns requests for a path away from one on, as a limit does that is
// counted over many minutes.
type limit struct {
	path     string
	status   int
	from     atomic.Int64 // how many are served
	forNow   atomic.Bool  // it is counted
	answered atomic.Int64
}

func (l *limit) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.forNow.Load() && r.URL.Path == l.path && l.answered.Add(1) > l.from.Load() {
			w.Header().Set("Retry-After", "900")
			http.Error(w, "too many logins", l.status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// begin counts from now on; the first served requests are answered.
func (l *limit) begin(served int64) {
	l.answered.Store(0)
	l.from.Store(served)
	l.forNow.Store(true)
}

// What an application turns away because there are too many logins it has not
// refused, and has not made a mistake in.
func TestALimitOfLoginsIsNoRefusal(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{
		"RP-09", "RP-19", "RP-20", "RP-21", "RP-23", "RP-24", "RP-25", "RP-26", "RP-27", "RP-28", "RP-30", "RP-31", "RP-32", "RP-33", "RP-34",
		"RP-54", "RP-59", "RP-62", "RP-63", "RP-64", "RP-70", "RP-73", "RP-74", "RP-76",
	}
	for _, l := range []*limit{
		{path: "/login", status: http.StatusTooManyRequests}, {path: "/callback", status: http.StatusTooManyRequests},
		{path: "/me", status: http.StatusTooManyRequests}, {path: "/callback", status: http.StatusServiceUnavailable},
	} {
		t.Run(strings.TrimPrefix(l.path, "/")+" "+http.StatusText(l.status), func(t *testing.T) {
			t.Parallel()
			campaign := learnt(t, trials, demoapp.Options{Wrap: l.wrap})
			for _, id := range ids {
				if id == "RP-09" && l.path != "/login" {
					continue // it goes no further
				}
				l.forNow.Store(false)
				if got := judged(t.Context(), t, campaign, "RP-69"); got.Verdict != run.Pass {
					t.Fatalf("before %s: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
				}
				l.begin(0)
				if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked || got.BlockedBy != "application" || !strings.Contains(got.Reason, l.path) {
					t.Errorf("%s: %s by %q: %s%s", id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
				}
			}
		})
	}
}

// An application that locks itself after what it was sent, in words of its own, has
// not shown why it refused; where it accepted what is wrong before, that is told.
func TestALockAfterFailuresIsNoRefusal(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for id, flaw := range map[string]string{
		"RP-19": "state-unchecked", "RP-20": "", "RP-21": "", "RP-23": "", "RP-24": "", "RP-25": "", "RP-28": "", "RP-34": "",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			l := &limit{path: "/callback", status: http.StatusForbidden}
			campaign := learnt(t, trials, demoapp.Options{Wrap: l.wrap})
			l.begin(1)
			if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked || got.BlockedBy != "application" {
				t.Errorf("%s by %q: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
			}
			if got := judged(t.Context(), t, campaign, "RP-69"); got.Verdict != run.Blocked || got.BlockedBy != id {
				t.Errorf("RP-69 afterwards: %s by %q: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
			}
			if flaw == "" {
				return
			}
			l = &limit{path: "/callback", status: http.StatusForbidden}
			campaign = learnt(t, trials, demoapp.Options{Flaws: []string{flaw}, Wrap: l.wrap})
			l.begin(1)
			if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Fail {
				t.Errorf("with %s: %s %s%s", flaw, got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}

// An application that lets nobody in any more keeps nobody out for what was done in
// one login.
func TestALockIsNoMistake(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"RP-32", "RP-33", "RP-54", "RP-63", "RP-73"} {
		l := &limit{path: "/callback", status: http.StatusForbidden}
		campaign := learnt(t, trials, demoapp.Options{Wrap: l.wrap})
		l.begin(1)
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked {
			t.Errorf("%s: %s by %q: %s%s", id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
		}
	}
}

// A limit that is reached in the middle of a check hides no mistake, and is none.
func TestALimitThatIsReachedInACheck(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, flaws := range [][]string{nil, {"logged-in-next-anywhere"}} {
		l := &limit{path: "/login", status: http.StatusTooManyRequests}
		campaign := learnt(t, trials, demoapp.Options{Flaws: flaws, Wrap: l.wrap})
		for _, served := range []int64{1, 18, 19, 40} {
			l.forNow.Store(false)
			judged(t.Context(), t, campaign, "RP-69") // a clean login where one is due
			l.begin(served)
			want := run.Blocked
			switch {
			case served == 40 && len(flaws) > 0:
				want = run.Fail
			case served == 40:
				want = run.Pass
			}
			if got := judged(t.Context(), t, campaign, "RP-30"); got.Verdict != want {
				t.Errorf("%v, %d logins: %s %s%s, want %s", flaws, served, got.Verdict, got.Observed, got.Reason, want)
			}
		}
	}
}

// An application that has reached its limit before the run, as in one that follows
// another, is blamed for nothing.
func TestALimitThatIsReachedBeforeTheRun(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for served := range int64(3) {
		for _, path := range []string{"/login", "/callback", "/me"} {
			l := &limit{path: path, status: http.StatusTooManyRequests}
			l.begin(served)
			campaign := learnt(t, trials, demoapp.Options{Wrap: l.wrap})
			for _, id := range []string{"RP-01", "RP-18", "RP-30"} {
				if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked || !strings.Contains(got.Reason, "limits how often") {
					t.Errorf("%s, %d served, %s: %s by %q: %s%s", path, served, id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
				}
			}
		}
	}
}

// The page that says that there were too many requests is not the page of nobody.
func TestALimitIsNotThePageOfNobody(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Bool
	campaign := learnt(t, trials, demoapp.Options{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/me" && !asked.Swap(true) {
				http.Error(w, "too many requests", http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if got := judged(t.Context(), t, campaign, "RP-19"); got.Verdict != run.Blocked || !strings.Contains(got.Reason, "limits how often") {
		t.Errorf("%s by %q: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
	}
}

// Where an application asks to come back in a second, it is judged a second later.
func TestAShortLimitIsWaitedFor(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/login", "/callback", "/me"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			campaign := learnt(t, trials, demoapp.Options{Wrap: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == path && asked.Add(1)%7 == 0 {
						w.Header().Set("Retry-After", "1")
						http.Error(w, "too many logins", http.StatusTooManyRequests)
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			if got := judged(t.Context(), t, campaign, "RP-19"); got.Verdict != run.Pass {
				t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}

// What an application that cannot reach the provider answers is no limit.
func TestAFailureOfTheProviderThatIsPassedOnIsNoLimit(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var fails atomic.Bool
	campaign := learnt(t, trials, demoapp.Options{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if fails.Load() && r.URL.Path == "/callback" {
				w = &comeBack{w}
			}
			next.ServeHTTP(w, r)
		})
	}})
	fails.Store(true)
	if got := judged(t.Context(), t, campaign, "RP-50"); got.Verdict != run.Pass {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// comeBack answers a refusal by 503 and Retry-After.
type comeBack struct{ http.ResponseWriter }

func (c *comeBack) WriteHeader(status int) {
	if status == http.StatusBadRequest {
		status = http.StatusServiceUnavailable
		c.Header().Set("Retry-After", "30")
	}
	c.ResponseWriter.WriteHeader(status)
}
