package suites

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// A target that is not on loopback is asked no more than so many times a second, and
// is asked at the same time all the same where that is what a check judges.
func TestAPaceKeepsNothingFromBeingConcurrent(t *testing.T) {
	for id, tt := range map[string]struct {
		fault string
		pace  float64 // so slow that requests which wait for it meet no other's
	}{
		"TOKEN-07": {"code-redeemed-in-parallel", 15},
		"NONCE-03": {"nonce-mixed-in-flight", 15},
		"UINFO-15": {"userinfo-mixes-people", 40},
	} {
		for _, faults := range [][]string{{tt.fault}, nil} {
			w := newWorldAt(t, "idp.example", faults...)
			w.limits = func(c *config.Config) { c.Pace = tt.pace }
			if faults == nil {
				w.limits = func(c *config.Config) { c.Pace = 10 * tt.pace }
			}
			want := map[bool]run.Verdict{true: run.Fail, false: run.Pass}[len(faults) > 0]
			if c := w.judge(t, id)[id]; c.Verdict != want {
				t.Errorf("%s, faults %v: %s %s%s, want %s", id, faults, c.Verdict, c.Reason, c.Observed, want)
			}
		}
	}
}

// Where the way lets one request at a time through, nothing is concurrent, and nothing
// that was seen says that a code works once.
func TestWhatIsNeverConcurrentIsNotJudged(t *testing.T) {
	w := newWorld(t)
	w.limits = func(c *config.Config) { c.Timeout = 2 * time.Second }
	free := make(chan struct{}, 1)
	free <- struct{}{}
	w.dial = func(n int) error {
		if n > 0 { // the first is kept for what is sent alone
			<-free
		}
		return nil
	}
	w.through = func(n int, conn net.Conn) net.Conn {
		if n == 0 {
			return conn
		}
		return &closing{Conn: conn, closed: sync.OnceFunc(func() { free <- struct{}{} })}
	}
	c := w.judge(t, "TOKEN-07")["TOKEN-07"]
	if c.Verdict != run.Skip || c.Gap != run.WantEvidence || !strings.Contains(c.Reason, "at the same time") {
		t.Errorf("%s for want of %s: %s%s", c.Verdict, c.Gap, c.Reason, c.Observed)
	}
	if len(c.Cases) != rounds || slices.ContainsFunc(c.Cases, func(one run.Case) bool { return one.Verdict != run.Skip }) {
		t.Errorf("%+v", c.Cases)
	}
	if w.dialled < 1+rounds*mostTries*atOnce {
		t.Errorf("it was tried with %d connections alone", w.dialled)
	}
}

// closing is a connection whose end is told.
type closing struct {
	net.Conn
	closed func()
}

func (c *closing) Close() error {
	err := c.Conn.Close()
	c.closed()
	return err
}
