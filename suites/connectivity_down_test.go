package suites

import (
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"io"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
)

var manyAreas = []string{"DISC", "JWKS", "AUTHZ", "PKCE", "TOKEN", "IDT", "NONCE", "UINFO", "CRYPT"}

// A target that hangs is given up once, not once a check: what it is asked
// after that is a handful of questions, however many checks there are.
func TestATargetThatHangsIsGivenUpOnce(t *testing.T) {
	w := newWorld(t)
	w.limits = func(c *config.Config) { c.Timeout, c.RestartWait = 100*time.Millisecond, 0 }
	for _, from := range []int{0, 1, 12, 40} {
		var hung atomic.Int32
		w.on = func(n int, _ http.ResponseWriter, r *http.Request) bool {
			if n < from {
				return false
			}
			hung.Add(1)
			io.Copy(io.Discard, r.Body) // without that the server does not see the client go
			<-r.Context().Done()
			return true
		}
		verdicts := w.judge(t, manyAreas...)
		blocked := 0
		for id, c := range verdicts {
			switch {
			case c.Verdict == run.Blocked:
				blocked++
			case c.Verdict == run.Pass && from == 0:
				t.Errorf("%s passes without an answer", id)
			}
			if c.Verdict == run.Blocked && !strings.Contains(c.Reason, "no complete response") && !strings.Contains(c.Reason, "has been down since") {
				t.Errorf("from request %d: %s: %s", from, id, c.Reason)
			}
		}
		// The request itself, its health, the wait, and questions for two time limits more.
		if n := hung.Load(); n > 6 || blocked < 50 {
			t.Errorf("from request %d: %d requests hung, %d of %d checks were blocked", from, n, blocked, len(verdicts))
		}
	}
}

// A target that was given up and comes back is judged on.
func TestATargetThatWasGivenUpMayComeBack(t *testing.T) {
	w := newWorld(t)
	want, _ := control(t, w, everyEndpoint...)
	w.limits = func(c *config.Config) { c.RestartWait = 0 }
	w.on = func(n int, rw http.ResponseWriter, _ *http.Request) bool {
		if n >= 2 && n < 12 {
			hangUp(rw)
			return true
		}
		return false
	}
	got := w.judge(t, everyEndpoint...)
	last := everyEndpoint[len(everyEndpoint)-1]
	if got[last].Verdict != want[last].Verdict {
		t.Errorf("%s: %s: %s%s", last, got[last].Verdict, got[last].Observed, got[last].Reason)
	}
	if len(differing(want, got)) == 0 {
		t.Error("no verdict tells of the time it was away")
	}
}

// What this machine or the proxy does blocks, by its name, and fails nothing.
func TestNobodyIsBlamedForThisMachineOrTheProxy(t *testing.T) {
	for _, c := range []struct {
		name, by, says string
		err            error
	}{
		{"descriptors", "this machine", "descriptor limit", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}},
		{"ports", "this machine", "no local address or port", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}},
		{"firewall", "this machine", "firewall", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EPERM)}},
		{"proxy", "proxy", "HTTPS_PROXY", &exchange.Failure{Kind: exchange.FailedProxy, Text: "the proxy p:3128 (HTTPS_PROXY) cannot be reached: connection refused"}},
		{"no route", "network", "this machine has no route", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}},
	} {
		w := newWorld(t)
		w.limits = func(c *config.Config) { c.RestartWait = 0 }
		w.on = func(_ int, rw http.ResponseWriter, _ *http.Request) bool {
			rw.Header().Set("Connection", "close")
			return false
		}
		want := w.judge(t, everyEndpoint...)
		for _, from := range []int{0, 1, 5} {
			w.dial = func(n int) error {
				if n >= from {
					return c.err
				}
				return nil
			}
			blocked := 0
			for id, got := range differing(want, w.judge(t, everyEndpoint...)) {
				if got.Verdict != run.Blocked || got.BlockedBy != c.by || !strings.Contains(got.Reason, c.says) {
					t.Errorf("%s from connection %d: %s: %s by %s: %s%s", c.name, from, id, got.Verdict, got.BlockedBy, got.Observed, got.Reason)
				}
				blocked++
			}
			if blocked < 5 || w.noted("was down") > 0 {
				t.Errorf("%s from connection %d: %d blocked, notes %q", c.name, from, blocked, w.notes)
			}
			// Once is no reason to block: nothing was sent.
			w.dial = func(n int) error {
				if n == from {
					return c.err
				}
				return nil
			}
			for id, got := range differing(want, w.judge(t, everyEndpoint...)) {
				t.Errorf("%s at connection %d alone: %s: %s: %s%s", c.name, from, id, got.Verdict, got.Observed, got.Reason)
			}
		}
	}
}
