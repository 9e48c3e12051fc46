package loadtest

import (
	"sync"
	"sync/atomic"
	"testing"
)

func newJob(size int) *job { return &job{answer: &answer{body: make([]byte, size)}} }

func TestABatchThatDoesNotFillUpIsJudgedAllTheSame(t *testing.T) {
	judged := make(chan struct{})
	p := newPool(1, 100, func(*job) { judged <- struct{}{} })
	p.submit(newJob(1))
	<-judged
	if dropped := p.close(); dropped != 0 {
		t.Errorf("%d dropped", dropped)
	}
}

func TestThePoolIsBoundedInNumberAndBytes(t *testing.T) {
	for name, c := range map[string]struct{ size, jobs int }{"number": {1, 3}, "bytes": {40 << 20, 3}} {
		var judged atomic.Int64
		hold := make(chan struct{})
		p := newPool(0, c.jobs, func(*job) { <-hold; judged.Add(1) })
		for i := range 3 {
			if waiting, full := p.submit(newJob(c.size)); full || waiting != i {
				t.Errorf("%s: %d waited before job %d, no room: %t", name, waiting, i, full)
			}
		}
		var late sync.WaitGroup
		var waited bool
		late.Go(func() { _, waited = p.submit(newJob(c.size)) })
		if err := waitFor(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.blocked == 1 }); err != nil {
			t.Fatalf("%s: the fourth did not wait", name)
		}
		p.add(2)
		close(hold)
		late.Wait()
		if dropped := p.close(); dropped != 0 || !waited || judged.Load() != 4 {
			t.Errorf("%s: %d judged, %d dropped, the last had to wait: %t", name, judged.Load(), dropped, waited)
		}
	}
}

func TestAnAbortedPoolLetsEverybodyGo(t *testing.T) {
	p := newPool(0, 2, func(*job) { t.Error("it was judged") })
	p.submit(newJob(1))
	p.submit(newJob(1))
	var late sync.WaitGroup
	late.Go(func() { p.submit(newJob(1)) })
	if err := waitFor(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.blocked == 1 }); err != nil {
		t.Fatal("the third did not wait")
	}
	p.abort()
	late.Wait()
	if dropped := p.close(); dropped != 3 {
		t.Errorf("%d dropped, want 3", dropped)
	}
}
