package loadtest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"sgidcheck/internal/run"
)

// slower counts the recorded latencies of at least d.
func slower(t *testing.T, p run.Part, d time.Duration) int {
	t.Helper()
	h, err := hdr.Decode([]byte(p.Histogram))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, bar := range h.Distribution() {
		if bar.From >= d.Microseconds() {
			n += int(bar.Count)
		}
	}
	return n
}

// At 200/s the target answers nothing from request 200 on until request 400
// arrives, which is due one second later. Request 200+i then takes at least
// 1 s - i*5 ms from when it was due, and that is arithmetic: request 400 can be
// late, never early. So at least 100 requests take 500 ms or more. How many more
// there may be follows from how late the target was released, which it measures.
func TestAStallIsSeenInFull(t *testing.T) {
	const rate, from, until, total = 200, 200, 400, 500
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = rate, total*time.Second/rate
	released := make(chan struct{})
	var began, end time.Time
	var once sync.Once
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, _ http.ResponseWriter, _ *http.Request) bool {
		switch {
		case n == 0:
			began = time.Now() // request 0 is due at the start, and cannot be early
		case n >= until:
			once.Do(func() { end = time.Now(); close(released) })
		case n >= from:
			<-released
		}
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if load.Requests != total || len(load.Errors) != 0 {
		t.Fatalf("%d requests with errors %v", load.Requests, load.Errors)
	}
	late := end.Sub(began) - until*time.Second/rate
	p := load.Parts["userinfo"]
	got := slower(t, p, 500*time.Millisecond)
	// The histogram's three digits may put a value of 500.0 ms a little lower.
	least := 99
	most := 101 + int(max(0, late)/(time.Second/rate)) + 60 // 60: 300 ms for a response to be read once the target is released
	if got < least || got > most {
		t.Errorf("%d requests took 500 ms or more, want %d to %d (the target was released %v late)", got, least, most, late)
	}
	if p.Latency.Max < 999 || p.Latency.P999 < 994 {
		t.Errorf("max %g ms and p99.9 %g ms do not show a stall of one second", p.Latency.Max, p.Latency.P999)
	}
	if s := load.Series[1]; s.P50 < 490 || s.Sent != rate {
		t.Errorf("the second of the stall: %+v", s)
	}
	if s := load.Series[0]; s.P50 > 490 {
		t.Errorf("the second before the stall: %+v", s)
	}
}

// With four workers the sender itself stands still while the target does. The
// requests that it sends late are slow all the same, as no closed loop would
// tell, and the result says that the workers were the limit.
func TestAStallIsSeenInFullWhenTheWorkersRunOut(t *testing.T) {
	const rate, from, total = 200, 100, 400
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.Workers = rate, total*time.Second/rate, 4
	var once sync.Once
	released := make(chan struct{})
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, _ http.ResponseWriter, _ *http.Request) bool {
		if n >= from {
			once.Do(func() { time.AfterFunc(time.Second, func() { close(released) }) })
			<-released
		}
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := slower(t, load.Parts["userinfo"], 500*time.Millisecond); got < 99 {
		t.Errorf("%d requests took 500 ms or more, want at least 99", got)
	}
	if !load.Harness.Limited {
		t.Error("the result does not say that the harness was the limit")
	}
}
