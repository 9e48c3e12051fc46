package loadtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// What an interruption took away is not measured; what was measured counts.
func TestAnInterruptionMeasuresNoCountAndNoRate(t *testing.T) {
	for expression, c := range map[string]struct {
		interrupted, whole string
	}{
		"requests>=100":           {run.RunIncomplete, run.RunFail},
		"requests>100":            {run.RunIncomplete, run.RunFail},
		"requests==100":           {run.RunIncomplete, run.RunFail},
		"requests==10":            {run.RunFail, run.RunFail}, // it has gone beyond that already
		"requests<10":             {run.RunFail, run.RunFail},
		"userinfo.count>=100":     {run.RunIncomplete, run.RunFail},
		"rate_achieved>=10/s":     {run.RunIncomplete, run.RunFail},
		"rate_sent==10/s":         {run.RunIncomplete, run.RunFail},
		"rate_asked<1/s":          {run.RunFail, run.RunFail},
		"userinfo.p99<1us":        {run.RunFail, run.RunFail},
		"userinfo.min>1s":         {run.RunFail, run.RunFail},
		"errors>=1":               {run.RunFail, run.RunFail},
		"requests>=10":            {run.RunIncomplete, run.RunPass}, // it holds, and the load was stopped
		"userinfo.errors>0.00001": {run.RunFail, run.RunFail},
	} {
		for interrupted, want := range map[bool]string{true: c.interrupted, false: c.whole} {
			a, l := lagging(t, 0, 0, expression)
			if a.cut = interrupted; interrupted {
				l.Stopped = "interrupted"
			}
			a.evaluate(l)
			r := &run.Record{Complete: true, Load: l}
			if r.Count(); r.Verdict != want {
				t.Errorf("%s, interrupted %t: %s, want %s; %+v", expression, interrupted, r.Verdict, want, l.Thresholds)
			}
		}
	}
}

func TestWhoEndedTheLoadDecidesWhatWasMeasured(t *testing.T) {
	for name, interrupt := range map[string]bool{"interrupted": true, "the target went down": false} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			o := s.options(t, Userinfo)
			o.Rate, o.Duration = 200, time.Hour
			var err error
			if o.Thresholds, err = ParseThresholds([]string{"requests>=1000000", "rate_achieved>=1000000/s"}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			load, err := Run(ctx, o, afterPreparation(s, nil, func(n uint64, _ http.ResponseWriter, _ *http.Request) bool {
				switch {
				case n != 20:
				case interrupt:
					cancel()
				default:
					s.Listener.Close()
					go s.CloseClientConnections()
				}
				return false
			}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(load.Stopped, name) {
				t.Errorf("stopped %q", load.Stopped)
			}
			for _, judged := range load.Thresholds[:2] {
				if judged.OK || judged.Unmeasured != interrupt {
					t.Errorf("%+v", judged)
				}
			}
		})
	}
}

// A load that came too late to send anything has measured nothing either.
func TestALoadThatCameTooLateCrossesNoCount(t *testing.T) {
	a, _ := lagging(t, 0, 0, "requests>=1")
	a.acc = newAccounting(a.plan, partUserinfo)
	l := a.late(3 * time.Second)
	a.evaluate(l)
	if j := l.Judge(); j.Failed() || !j.Undecided() {
		t.Errorf("%+v", j)
	}
}
