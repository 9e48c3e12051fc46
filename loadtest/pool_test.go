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
	if dropped, full := p.close(); dropped != 0 || full != 0 {
		t.Errorf("%d dropped, %d waited", dropped, full)
	}
}

func TestThePoolIsBoundedInNumberAndBytes(t *testing.T) {
	for name, c := range map[string]struct{ size, jobs int }{"number": {1, 3}, "bytes": {40 << 20, 3}} {
		var judged atomic.Int64
		hold := make(chan struct{})
		p := newPool(0, c.jobs, func(*job) { <-hold; judged.Add(1) })
		for range 3 {
			p.submit(newJob(c.size))
		}
		var late sync.WaitGroup
		late.Go(func() { p.submit(newJob(c.size)) })
		if err := waitFor(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.full == 1 }); err != nil {
			t.Fatalf("%s: the fourth did not wait", name)
		}
		p.add(2)
		close(hold)
		late.Wait()
		if dropped, full := p.close(); dropped != 0 || full != 1 || judged.Load() != 4 {
			t.Errorf("%s: %d judged, %d dropped, %d waited", name, judged.Load(), dropped, full)
		}
	}
}

func TestAnAbortedPoolLetsEverybodyGo(t *testing.T) {
	p := newPool(0, 2, func(*job) { t.Error("it was judged") })
	p.submit(newJob(1))
	p.submit(newJob(1))
	var late sync.WaitGroup
	late.Go(func() { p.submit(newJob(1)) })
	if err := waitFor(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.full == 1 }); err != nil {
		t.Fatal("the third did not wait")
	}
	p.abort()
	late.Wait()
	if dropped, _ := p.close(); dropped != 3 {
		t.Errorf("%d dropped, want 3", dropped)
	}
}
