package loadtest

import (
	"sync"
	"time"

	"sgidcheck/internal/run"
)

// The parts of a load test that have figures of their own.
const (
	partToken     = iota // one token request
	partUserinfo         // one userinfo request
	partVerify           // verification of one ID token
	partDecrypt          // decryption of one userinfo response
	partLogin            // all of these, one after the other
	partAuthorize        // one authorization request
	partPage             // what follows from it until the code comes: the login page, redirects
	partCount
)

var partNames = [partCount]string{"token", "userinfo", "verify", "decrypt", "login", "authorize", "login-page"}

// outcome is what became of one transaction: of one request in the scenarios
// token and userinfo, of one login in the scenario login.
type outcome struct {
	seq      uint64
	kind     string // the kind of error; empty when all is right
	failed   int    // the part that failed, when kind is not empty
	answered bool   // something came back, whatever it was
	taken    [partCount]bool
	took     [partCount]time.Duration // latency of each part that was taken
	end      time.Duration            // when it was answered, from the start of the load
	late     time.Duration            // by how much it began late, which the first part and the whole count; see lateBy
}

func (o *outcome) take(part int, d time.Duration) {
	o.taken[part] = true
	o.took[part] = d
}

func (o *outcome) fail(part int, kind string) {
	o.failed, o.kind = part, kind
}

// part is the figures of one part.
type part struct {
	latency *latencies
	prompt  *latencies // from when each went out, not when it was due; nil: none was late
	errors  uint64
}

func (p *part) record(took, late time.Duration) {
	if late > 0 && p.prompt == nil {
		p.prompt = p.latency.clone()
	}
	p.latency.record(took)
	if p.prompt != nil {
		p.prompt.record(took - late)
	}
}

// accounting gathers the figures of a load test. What it holds depends on the
// number of parts, kinds of error and seconds (which are folded together when a
// run is long), and not on the number of requests. It is safe for concurrent use;
// one record costs well under a microsecond.
type accounting struct {
	plan     schedule
	main     int  // the part whose latency is that of the whole transaction
	first    int  // the part that it begins with
	detailed bool // the distribution of each second is kept in the figures, so that they can be merged

	mu          sync.Mutex
	parts       [partCount]*part
	kinds       map[string]int
	series      *series
	lag         *latencies // how long after its due time each request was sent
	sent        uint64
	done        uint64
	answers     uint64        // of those done
	warm        uint64        // transactions of the warm-up that ended, not in any figure
	warmSent    uint64        // requests of the warm-up sent
	lastSend    time.Duration // from the load's start
	lastRight   time.Duration // when the last right response came, from the load's start
	promptRight time.Duration // the same, had each request gone out when it was due
	backlog     int           // the most answers that waited to be judged
	ends        *completions  // nil: nobody asks for them

	examples sync.Map // kind -> *run.ErrorExample, or nil while it is being made
}

func newAccounting(plan schedule, main int) *accounting {
	return &accounting{
		plan:   plan,
		main:   main,
		first:  main,
		kinds:  map[string]int{},
		series: newSeries(maxSeconds),
		lag:    newLatencies(secondDigits),
	}
}

// recordSent notes that request seq went out lag after it was due.
func (a *accounting) recordSent(seq uint64, lag time.Duration) {
	at, ok := a.plan.offset(seq)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok {
		a.warmSent++
		return
	}
	a.sent++
	a.lastSend = max(a.lastSend, at+lag)
	a.lag.record(lag)
	a.series.at(at).sent++
	a.series.at(at+max(0, lag)).left++
}

// takeBack undoes recordSent: the request turned out to say nothing of the target.
func (a *accounting) takeBack(seq uint64) {
	at, ok := a.plan.offset(seq)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok {
		a.warmSent--
		return
	}
	a.sent--
	s := a.series.at(at)
	s.sent--
	s.left -= min(s.left, 1)
}

// recordBacklog notes how many responses waited to be judged when the response to
// request seq came.
func (a *accounting) recordBacklog(seq uint64, waiting int) {
	if waiting == 0 {
		return
	}
	at, ok := a.plan.offset(seq)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok {
		return
	}
	a.backlog = max(a.backlog, waiting)
	s := a.series.at(at)
	s.backlog = max(s.backlog, waiting)
}

// recordDone notes the end of a transaction.
func (a *accounting) recordDone(o *outcome) {
	at, ok := a.plan.offset(o.seq)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok {
		a.warm++
		return
	}
	a.done++
	a.ends.record(o)
	if o.answered {
		a.answers++
	}
	a.series.at(max(at, o.end)).came++
	s := a.series.at(at)
	s.done++
	for i, taken := range o.taken {
		if !taken {
			continue
		}
		late := time.Duration(0)
		if i == a.main || i == a.first {
			late = o.late
		}
		a.part(i).record(o.took[i], late)
	}
	if o.taken[a.main] {
		s.latency.record(o.took[a.main])
	}
	if o.kind == "" {
		a.lastRight = max(a.lastRight, o.end)
		a.promptRight = max(a.promptRight, o.end-o.late)
		return
	}
	a.kinds[o.kind]++
	s.errors++
	if !run.Reached(o.kind) {
		return
	}
	a.part(o.failed).errors++
	if o.failed != a.main {
		a.part(a.main).errors++
	}
}

func (a *accounting) part(i int) *part {
	if a.parts[i] == nil {
		a.parts[i] = &part{latency: newLatencies(partDigits)}
	}
	return a.parts[i]
}

// wantsExample says whether no example of this kind of error is there yet, and
// if so leaves it to the caller to give one by setExample.
func (a *accounting) wantsExample(kind string) bool {
	if _, ok := a.examples.Load(kind); ok {
		return false
	}
	_, there := a.examples.LoadOrStore(kind, (*run.ErrorExample)(nil))
	return !there
}

func (a *accounting) setExample(e run.ErrorExample) { a.examples.Store(e.Kind, &e) }

// counts are the figures for progress.
type counts struct {
	sent, done, errors uint64
}

func (a *accounting) counts() counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := counts{sent: a.sent + a.warmSent, done: a.done + a.warm}
	for _, n := range a.kinds {
		c.errors += uint64(n)
	}
	return c
}
