package loadtest

import (
	"sync"
	"time"
)

// job is one response, or the last response of one login, waiting to be judged.
type job struct {
	outcome outcome
	answer  *answer
	grant   *grant // userinfo and login: whose response it should be
	code    *Code  // token: what it was asked with
}

// pool judges answers off the sending path. Both how many responses wait and how
// many bytes they hold are bounded; when a bound is reached, submit blocks: no
// answer goes unjudged, and that it happened is known by what submit returns.
//
// A judge is woken for a batch of responses and not for each: waking one for every
// answer costs the process about as much as sending the request did.
type pool struct {
	judge    func(*job)
	maxJobs  int
	maxBytes int

	mu       sync.Mutex
	notEmpty *sync.Cond
	notFull  *sync.Cond
	queue    []*job // a ring
	head, n  int
	bytes    int
	closed   bool
	blocked  int    // submissions that wait for room
	dropped  uint64 // answers given up when a run was stopped
	judges   sync.WaitGroup
	stop     chan struct{} // closed when no more is to be flushed
}

// maxWaitingBytes bounds the memory of responses that wait to be judged.
const maxWaitingBytes = 128 << 20

// A batch is judged when it is full, or when its first response has waited so long.
const (
	batchSize  = 32
	flushEvery = 25 * time.Millisecond
)

func newPool(judges, backlog int, judge func(*job)) *pool {
	p := &pool{judge: judge, maxJobs: backlog, maxBytes: maxWaitingBytes, queue: make([]*job, backlog), stop: make(chan struct{})}
	p.notEmpty, p.notFull = sync.NewCond(&p.mu), sync.NewCond(&p.mu)
	p.add(judges)
	go p.flush()
	return p
}

// flush wakes a judge now and then for batches that do not fill up.
func (p *pool) flush() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.mu.Lock()
			if p.n > 0 {
				p.notEmpty.Signal()
			}
			p.mu.Unlock()
		}
	}
}

// add starts more judges.
func (p *pool) add(judges int) {
	for range judges {
		p.judges.Go(func() {
			for j := p.next(); j != nil; j = p.next() {
				p.judge(j)
			}
		})
	}
}

// submit hands over a response. It returns how many were waiting before it, and
// whether there was no room for it until one of them was judged.
func (p *pool) submit(j *job) (waiting int, full bool) {
	size := len(j.answer.body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if full = p.isFull(size); full {
		p.blocked++
		p.notEmpty.Signal()
		for p.isFull(size) && !p.closed {
			p.notFull.Wait()
		}
		p.blocked--
	}
	if p.closed {
		p.dropped++
		return p.n, full
	}
	p.queue[(p.head+p.n)%p.maxJobs] = j
	waiting = p.n
	p.n++
	p.bytes += size
	if p.n%batchSize == 0 {
		p.notEmpty.Signal()
	}
	return waiting, full
}

func (p *pool) isFull(size int) bool {
	return p.n == p.maxJobs || p.n > 0 && p.bytes+size > p.maxBytes
}

func (p *pool) next() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.n == 0 && !p.closed {
		p.notEmpty.Wait()
	}
	if p.n == 0 {
		return nil
	}
	j := p.queue[p.head]
	p.queue[p.head] = nil
	p.head = (p.head + 1) % p.maxJobs
	p.n--
	p.bytes -= len(j.answer.body)
	p.notFull.Broadcast()
	return j
}

func (p *pool) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// abort gives up whatever waits to be judged or to be submitted.
func (p *pool) abort() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.dropped += uint64(p.n)
	p.n, p.bytes = 0, 0
	clear(p.queue)
	p.notEmpty.Broadcast()
	p.notFull.Broadcast()
}

// close waits until everything is judged or given up. It returns how many
// answers were given up.
func (p *pool) close() (dropped uint64) {
	p.mu.Lock()
	p.closed = true
	p.notEmpty.Broadcast()
	p.mu.Unlock()
	p.judges.Wait()
	close(p.stop)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}
