package suites

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// A connection that is reset once, before the target got the request, after
// it, or in the middle of the response, changes no verdict: a code that may be
// spent is not presented again. Of each check a request is lost in each way,
// spread over all of them; LOSSES=all loses each in every way.
func TestALostAnswerChangesNoVerdict(t *testing.T) {
	w := newWorld(t)
	ways := []struct {
		name string
		lose func(http.ResponseWriter, *http.Request)
	}{
		{"before the target got it", func(rw http.ResponseWriter, _ *http.Request) { hangUp(rw) }},
		{"after the target got it", func(rw http.ResponseWriter, r *http.Request) {
			w.provider.Handler().ServeHTTP(httptest.NewRecorder(), r)
			hangUp(rw)
		}},
		{"in the middle of the answer", func(rw http.ResponseWriter, r *http.Request) {
			got := httptest.NewRecorder()
			w.provider.Handler().ServeHTTP(got, r)
			rw.Header().Set("Content-Type", got.Header().Get("Content-Type"))
			rw.Header().Set("Content-Length", "100000")
			rw.WriteHeader(got.Code)
			io.CopyN(rw, got.Body, int64(got.Body.Len()/2))
			rw.(http.Flusher).Flush()
			hangUp(rw)
		}},
	}
	const all = 1 << 20
	most := len(ways)
	if os.Getenv("LOSSES") == "all" {
		most = all
	}
	disturb := func(t *testing.T, selected []string, most int) {
		w.on = nil
		want, requests := control(t, w, selected...)
		every := max(1, requests*len(ways)/most)
		if every%len(ways) == 0 {
			every++ // so that each of the ways has its turn
		}
		for i := 0; i < requests*len(ways); i += every {
			k, way := i/len(ways), ways[i%len(ways)]
			w.on = func(n int, rw http.ResponseWriter, r *http.Request) bool {
				if n == k {
					way.lose(rw, r)
				}
				return n == k
			}
			for id, c := range differing(want, w.judge(t, selected...)) {
				t.Errorf("request %d lost %s: %s: %s: %s%s", k, way.name, id, c.Verdict, c.Observed, c.Reason)
			}
		}
	}
	t.Run("every request in every way", func(t *testing.T) { disturb(t, everyEndpoint, all) })
	for _, p := range judge.Plan(judge.Choice{Missing: map[judge.Need]string{judge.HTTPS: "plain http", judge.Time: "too long"}}) {
		if p.Skip == "" {
			t.Run(p.Check.ID, func(t *testing.T) { disturb(t, []string{p.Check.ID}, most) })
		}
	}
}

// With few logins one check sends what others wait for: what is lost then costs
// none of them its verdict either.
func TestALostAnswerOfASharedLoginChangesNoVerdict(t *testing.T) {
	w := newWorld(t)
	w.few = true
	selected := []string{"AUTHZ-02", "NONCE-01", "NONCE-04", "PKCE-06", "PKCE-07", "TOKEN-05", "TOKEN-06", "TOKEN-14", "IDT-11"}
	want, requests := control(t, w, selected...)
	step := 4
	if os.Getenv("LOSSES") == "all" {
		step = 1
	}
	for i := 0; i < 2*requests; i += step {
		k, first := i/2, (i/step)%2 == 0 // whether the target got it
		w.on = func(n int, rw http.ResponseWriter, r *http.Request) bool {
			if n == k {
				if first {
					w.provider.Handler().ServeHTTP(httptest.NewRecorder(), r)
				}
				hangUp(rw)
			}
			return n == k
		}
		for id, c := range differing(want, w.judge(t, selected...)) {
			t.Errorf("request %d lost, which the target got: %t: %s: %s: %s%s", k, first, id, c.Verdict, c.Observed, c.Reason)
		}
	}
}

// A target that is started anew at some request has forgotten every code and
// token. The check whose request it was fails by the rule or is judged again;
// no other verdict changes, and nothing passes that did not.
func TestATargetThatComesBackIsJudgedOn(t *testing.T) {
	w := newWorld(t)
	want, requests := control(t, w, everyEndpoint...)
	for _, refused := range []int{1, 3} {
		for k := range requests {
			t.Run(fmt.Sprintf("at request %d, away for %d", k, refused), func(t *testing.T) {
				w.on = func(n int, rw http.ResponseWriter, r *http.Request) bool {
					if n == k {
						w.mu.Lock()
						w.restart(t)
						w.mu.Unlock()
					}
					if n >= k && n < k+refused {
						hangUp(rw)
						return true
					}
					return false
				}
				changed := differing(want, w.judge(t, everyEndpoint...))
				for id, c := range changed {
					if c.Verdict == run.Pass || !strings.Contains(c.Observed+c.Reason, "no answer") && !strings.Contains(c.Reason, "does not respond") {
						t.Errorf("%s: %s: %s%s", id, c.Verdict, c.Observed, c.Reason)
					}
				}
				if len(changed) > 1 || refused == 1 && len(changed) > 0 {
					t.Errorf("%d verdicts changed", len(changed))
				}
			})
		}
	}
}

// A name that does not resolve for a while is no fault of the target.
func TestANameThatDoesNotResolveForAWhileChangesNoVerdict(t *testing.T) {
	w := newWorld(t)
	selected := append([]string{}, everyEndpoint...)
	want, _ := control(t, w, selected...)
	// Every request has a connection of its own here, so that each looks the name up.
	w.on = func(_ int, rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("Connection", "close")
		return false
	}
	w.judge(t, selected...)
	broken := 0
	for k := 0; k < w.dialled; k += 3 {
		hits := 0
		w.dial = func(n int) error {
			if n >= k && n < k+2 {
				hits++
				return &net.DNSError{Err: "no such host", Name: "idp.example", IsNotFound: true}
			}
			return nil
		}
		for id, c := range differing(want, w.judge(t, selected...)) {
			t.Errorf("connection %d: %s: %s: %s%s", k, id, c.Verdict, c.Observed, c.Reason)
		}
		if hits > 0 && w.noted("was lost for a while") == 0 {
			t.Errorf("connection %d: notes %q", k, w.notes)
		}
		broken += hits
	}
	if broken == 0 {
		t.Error("no connection was refused")
	}
}

// A clock that is an hour off is reported once, by the check that owns it.
func TestAWrongClockIsOneFinding(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			w := newWorld(t)
			selected := []string{"DISC", "JWKS", "AUTHZ-01", "TOKEN-01", "TOKEN-05", "IDT", "NONCE", "UINFO-01"}
			want, _ := control(t, w, selected...)
			w.provider.Advance(off)
			w.on = func(_ int, rw http.ResponseWriter, _ *http.Request) bool {
				rw.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				return false
			}
			changed := differing(want, w.judge(t, selected...))
			if changed["IDT-06"].Verdict != run.Fail || !strings.Contains(changed["IDT-06"].Observed, "clock") {
				t.Errorf("IDT-06: %s: %s", changed["IDT-06"].Verdict, changed["IDT-06"].Observed)
			}
			for id, c := range changed {
				if id != "IDT-06" {
					t.Errorf("%s: %s: %s%s", id, c.Verdict, c.Observed, c.Reason)
				}
			}
			if w.noted("clock") != 1 {
				t.Errorf("notes %q", w.notes)
			}
		})
	}
}

// Keys that are rotated at any request of a run are fetched anew.
func TestKeysRotatedInTheMiddleOfARun(t *testing.T) {
	w := newWorld(t)
	selected := []string{"JWKS-01", "TOKEN-01", "IDT-01", "IDT-02", "UINFO-01"}
	want, requests := control(t, w, selected...)
	for k := range requests {
		// Twice: the set that was fetched before then lacks the key that signs now.
		w.on = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
			if n == k {
				w.provider.Rotate()
				w.provider.Rotate()
			}
			return false
		}
		for id, c := range differing(want, w.judge(t, selected...)) {
			t.Errorf("rotated at request %d: %s: %s: %s%s", k, id, c.Verdict, c.Observed, c.Reason)
		}
	}
}

// A target that limits requests is waited for as it asks. One that goes on
// limiting them passes nothing.
func TestRateLimitsAreNoVerdict(t *testing.T) {
	w := newWorld(t)
	want, requests := control(t, w, everyEndpoint...)
	limit := func(rw http.ResponseWriter, after string) bool {
		rw.Header().Set("Retry-After", after)
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	for k := range requests {
		w.on = func(n int, rw http.ResponseWriter, _ *http.Request) bool {
			return n >= k && n < k+2 && limit(rw, "0")
		}
		for id, c := range differing(want, w.judge(t, everyEndpoint...)) {
			t.Errorf("limited at request %d: %s: %s: %s%s", k, id, c.Verdict, c.Observed, c.Reason)
		}
		w.on = func(n int, rw http.ResponseWriter, _ *http.Request) bool { return n >= k && limit(rw, "3600") }
		for id, c := range differing(want, w.judge(t, everyEndpoint...)) {
			if c.Verdict != run.Blocked {
				t.Errorf("limited from request %d on: %s: %s: %s%s", k, id, c.Verdict, c.Observed, c.Reason)
			}
		}
	}
}
