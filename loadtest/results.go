package loadtest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// resultsAhead is how many results wait to be written at most.
const resultsAhead = 8192

// results writes the outcome of each transaction in vegeta's own encoding, off
// the path of sending and judging: what it cannot write in time it drops and
// counts, so that a slow disk does not slow the load.
type results struct {
	queue   chan vegeta.Result
	dropped atomic.Uint64
	done    chan struct{}
	err     error // of the writer, valid when done is closed
}

func newResults(w io.Writer) *results {
	r := &results{queue: make(chan vegeta.Result, resultsAhead), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		out := bufio.NewWriterSize(w, 64<<10)
		encode := vegeta.NewEncoder(out)
		for one := range r.queue {
			if r.err == nil {
				r.err = encode(&one)
			}
		}
		if r.err == nil {
			r.err = out.Flush()
		}
	}()
	return r
}

func (r *results) add(one vegeta.Result) {
	select {
	case r.queue <- one:
	default:
		r.dropped.Add(1)
	}
}

// close waits until all is written and says what is missing, or "".
func (r *results) close() string {
	close(r.queue)
	<-r.done
	switch n := r.dropped.Load(); {
	case r.err != nil:
		return fmt.Sprintf("the results file is incomplete: %v", r.err)
	case n > 0:
		return fmt.Sprintf("the results file is incomplete: %d results could not be written as fast as they came", n)
	}
	return ""
}

// vegetaResult is a transaction as vegeta has it: counted from when it was due,
// with the kind of error for its text. Its code is the status that was answered,
// and 0 where that says nothing, as for a wrong response, which vegeta would take
// for a success otherwise.
func (a *attack) vegetaResult(o *outcome, got *answer) vegeta.Result {
	r := vegeta.Result{
		Attack:    fmt.Sprintf("%s at %.4g/s", a.o.Scenario, a.plan.from),
		Seq:       a.plan.number(o.seq) - a.plan.warm,
		Timestamp: a.pace.intended(o.seq),
		Latency:   o.took[a.acc.main],
		BytesIn:   uint64(len(got.body)),
		BytesOut:  uint64(len(got.request.body)),
		Error:     o.kind,
		Method:    http.MethodPost,
		URL:       a.mainURL().Redacted(),
	}
	if a.o.Scenario == Userinfo {
		r.Method = http.MethodGet
	}
	if o.kind == "" || strings.HasPrefix(o.kind, "status-") {
		r.Code = uint16(got.status)
	}
	return r
}
