package loadtest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/reports"
)

// record puts n results into an accounting, from as many goroutines as there
// are processors, as the judges and workers of a load do.
func record(a *accounting, n uint64) {
	var wg sync.WaitGroup
	procs := uint64(runtime.GOMAXPROCS(0))
	for p := range procs {
		wg.Go(func() {
			for seq := p; seq < n; seq += procs {
				a.recordSent(seq, time.Duration(seq%100)*time.Microsecond)
				o := outcome{seq: seq, end: a.plan.at(seq)}
				o.take(partUserinfo, time.Duration(seq%100_000)*time.Microsecond)
				if seq%1000 == 7 {
					o.fail(partUserinfo, "status-503")
				}
				a.recordDone(&o)
			}
		})
	}
	wg.Wait()
}

func TestTenMillionResultsTakeLittleMemory(t *testing.T) {
	const n, rate = 10_000_000, 2000
	plan := newSchedule(rate, rate, 0, n/rate*time.Second, 0)
	a := newAccounting(plan, partUserinfo)
	record(a, n)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 100<<20 || m.Sys > 200<<20 {
		t.Errorf("%d MiB are in use and %d MiB taken from the system", m.HeapAlloc>>20, m.Sys>>20)
	}
	l := a.load(Userinfo, plan.duration)
	if l.Requests != n || l.Errors["status-503"] != n/1000 {
		t.Errorf("%d requests, errors %v", l.Requests, l.Errors)
	}
	p := l.Parts["userinfo"].Latency
	for _, c := range []struct{ got, want float64 }{{p.P50, 50}, {p.P90, 90}, {p.P99, 99}, {p.P999, 99.9}, {p.Max, 99.999}, {p.Mean, 49.9995}} {
		if math.Abs(c.got-c.want) > 0.001*c.want+0.001 {
			t.Errorf("latency %g, want %g within three digits: %+v", c.got, c.want, p)
		}
	}
	var asked float64
	var sent uint64
	for i, s := range l.Series {
		asked, sent = asked+s.Asked, sent+s.Sent
		if s.Width != 16 || s.Second != i*16 || s.Sent > 16*rate {
			t.Fatalf("point %d: %+v", i, s)
		}
	}
	if sent != n || math.Abs(asked-n) > 1 || len(l.Series) > maxSeconds {
		t.Errorf("%d points with %d sent of %g asked", len(l.Series), sent, asked)
	}
	body, err := json.Marshal(l)
	if err != nil || len(body) > 512<<10 {
		t.Errorf("the figures take %d bytes, %v", len(body), err)
	}
	checkRecord(t, l)
	dir := t.TempDir()
	if _, err := reports.Write(dir, &run.Record{Complete: true, Load: l}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "report.html")); err != nil || info.Size() > 2<<20 {
		t.Errorf("the report takes %d bytes, %v", info.Size(), err)
	}
	runtime.ReadMemStats(&m)
	if m.Sys > 200<<20 {
		t.Errorf("%d MiB were taken from the system", m.Sys>>20)
	}
	runtime.KeepAlive(a)
}

func TestFoldingKeepsEveryCount(t *testing.T) {
	s := newSeries(4)
	for i := range 37 {
		p := s.at(time.Duration(i) * time.Second)
		p.sent++
		p.backlog = max(p.backlog, i)
		p.latency.record(time.Duration(i) * time.Millisecond)
	}
	out := s.seconds(newSchedule(1, 1, 0, 37*time.Second, 0), 37*time.Second, false)
	if s.width != 16 || len(out) != 3 {
		t.Fatalf("%d points of %d seconds", len(out), s.width)
	}
	for i, want := range []run.Second{
		{Second: 0, Width: 16, Asked: 16, Sent: 16, Max: 15, Backlog: 15},
		{Second: 16, Width: 16, Asked: 16, Sent: 16, Max: 31, Backlog: 31},
		{Second: 32, Width: 16, Asked: 5, Sent: 5, Max: 36, Backlog: 36},
	} {
		got := out[i]
		got.P50, got.P99 = 0, 0
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestSecondsWithoutASendAreThere(t *testing.T) {
	plan := newSchedule(0.5, 0.5, 0, 6*time.Second, 0)
	a := newAccounting(plan, partToken)
	a.recordSent(2, 0)
	out := a.load(Token, plan.duration).Series
	if len(out) != 6 || out[4].Sent != 1 || out[1].Asked == 0 {
		t.Errorf("%+v", out)
	}
}

func TestRatesOfALoadThatWasCutShort(t *testing.T) {
	plan := newSchedule(100, 100, 0, time.Minute, 0)
	a := newAccounting(plan, partToken)
	for seq := range uint64(300) {
		a.recordSent(seq, 0)
		o := outcome{seq: seq, end: plan.at(seq)}
		o.take(partToken, time.Millisecond)
		a.recordDone(&o)
	}
	l := a.load(Token, 3*time.Second)
	if l.RateAsked != 100 || l.RateSent != 100 || l.RateAchieved != 100 || l.DurationS != 3 || len(l.Series) != 3 {
		t.Errorf("%+v", l)
	}
}

func TestLatenciesBeyondTheHistogramStayExactAtTheirEnds(t *testing.T) {
	l := newLatencies(partDigits)
	for _, d := range []time.Duration{-time.Second, 100, 20 * time.Minute} {
		l.record(d)
	}
	if s := l.summary(); s.Min != 0 || s.Max != 1_200_000 || l.count != 3 || l.hist.TotalCount() != 3 {
		t.Errorf("%+v of %d", s, l.hist.TotalCount())
	}
}

func TestOneExampleOfEachKind(t *testing.T) {
	a := newAccounting(newSchedule(1, 1, 0, time.Second, 0), partToken)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a.wantsExample("timeout") {
				a.setExample(run.ErrorExample{Kind: "timeout"})
			}
		})
	}
	wg.Wait()
	if l := a.load(Token, time.Second); len(l.Examples) != 1 {
		t.Errorf("%d examples", len(l.Examples))
	}
}

func BenchmarkAccounting(b *testing.B) {
	plan := newSchedule(2000, 2000, 0, 7*24*time.Hour, 0)
	const batch = 1_000_000
	for b.Loop() {
		record(newAccounting(plan, partUserinfo), batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/result")
}

func BenchmarkFigures(b *testing.B) {
	plan := newSchedule(2000, 2000, 0, 600*time.Second, 0)
	a := newAccounting(plan, partUserinfo)
	record(a, 1_200_000)
	size := 0
	for b.Loop() {
		body, err := json.Marshal(a.load(Userinfo, plan.duration))
		if err != nil {
			b.Fatal(err)
		}
		size = len(body)
	}
	b.ReportMetric(float64(size), "bytes/record")
}
