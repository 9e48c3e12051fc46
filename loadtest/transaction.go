package loadtest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// sequenceHeader is where vegeta writes the number of a request.
const sequenceHeader = "X-Vegeta-Seq"

// attack is one run of load at one rate.
type attack struct {
	o         *Options
	ctx       context.Context // done when the run is to stop
	plan      schedule
	pace      *pacer
	acc       *accounting
	wire      *wire
	dial      dialFunc
	judge     *judge
	pool      *pool // nil without checking
	clockTold sync.Once
	codes     *codeStore
	noCodes   func(error) // ends the load because no more codes can be had; nil: it goes on without
	codesTold sync.Once

	tokenURL, userinfoURL *url.URL
	ring                  grantRing // userinfo: the access tokens that are taken in turn
	health                *health
	aside                 *aside   // errors that enter no figure
	results               *results // nil: nobody asks for them
	shard                 *run.Shard
	clockAhead            atomic.Int64 // by how much the target's clock is ahead of this one, in ns, where clockSeen
	clockSeen             atomic.Bool
	cut                   bool // the load ended early, and the target has no part in that

	abandoned atomic.Uint64 // under way when the run was stopped
	underWay  atomic.Int64  // transactions that a worker is busy with

	// Of the transactions after the warm-up alone.
	measuring sync.Once
	base      atomic.Pointer[spending]         // what had been used before the first of them; nil until then
	forbidden atomic.Uint64                    // logins that were not made, because the budget of logins was spent
	busiest   atomic.Int64                     // the most under way at once, those of the warm-up among them
	full      atomic.Uint64                    // responses that had to wait until there was room for them
	starved   atomic.Uint64                    // requests for which this machine had no file descriptor, port or the like
	starvedBy atomic.Pointer[exchange.Failure] // of the first of them
	missing   atomic.Uint64                    // that had no authorization code
	expired   atomic.Uint64                    // codes that ran out before use
	spoilt    atomic.Uint64                    // requests whose codes were refused because they had run out
}

// RoundTrip carries out the transaction that vegeta's request stands for. It
// implements http.RoundTripper; the response is empty.
func (a *attack) RoundTrip(r *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(r.Header.Get(sequenceHeader), 10, 64)
	if err != nil {
		return nil, err
	}
	defer a.underWay.Add(-1)
	if n := a.underWay.Add(1); a.counts(seq) {
		a.measure(n)
	}
	switch {
	case a.o.Scenario == Userinfo:
		err = a.userinfo(seq)
	case a.o.Live:
		err = a.wholeLogin(seq)
	default:
		err = a.redeem(seq)
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// counts says whether transaction seq is measured, and not of the warm-up.
func (a *attack) counts(seq uint64) bool {
	_, ok := a.plan.offset(seq)
	return ok
}

// measure begins what is measured, with the first transaction that is, and notes
// how many are under way.
func (a *attack) measure(underWay int64) {
	a.measuring.Do(func() {
		now := a.spent()
		a.base.Store(&now)
	})
	for {
		most := a.busiest.Load()
		if underWay <= most || a.busiest.CompareAndSwap(most, underWay) {
			return
		}
	}
}

// send sends the first request of transaction seq; due is when it was meant to go.
func (a *attack) send(seq uint64, r *request) (due time.Time, got *answer) {
	due = a.pace.intended(seq)
	a.acc.recordSent(seq, time.Since(due))
	return due, a.wire.do(a.ctx, r)
}

var errStopped = errors.New("stopped")

// look takes the latency of a request and notes whether it was answered with
// 200. It is an error when the run was stopped before the response arrived.
func (a *attack) look(o *outcome, part int, due time.Time, got *answer) (ok bool, err error) {
	if got.err != nil && a.ctx.Err() != nil {
		a.abandoned.Add(1)
		got.release()
		return false, errStopped
	}
	o.end = a.sinceStart(got.ended)
	o.late += lateBy(got.began.Sub(due))
	if a.o.Shared {
		a.noteClock(got)
	}
	kind := ""
	if got.err != nil {
		kind = a.failureKind(o.seq, got.err)
	}
	if run.Reached(kind) {
		o.take(part, got.ended.Sub(due))
	}
	if kind != kindLocal {
		a.health.note(got.err)
	}
	o.answered = o.answered || got.status != 0
	switch {
	case got.err != nil:
		o.fail(part, kind)
	case got.status != http.StatusOK:
		o.fail(part, "status-"+strconv.Itoa(got.status))
	}
	return o.kind == "", nil
}

func (a *attack) sinceStart(t time.Time) time.Duration {
	return t.Sub(a.pace.began) - a.plan.warmup
}

// failureKind is the kind of error of a request without a response. Whether a
// connection is dropped by an end or by a reset is a matter of timing, so both
// are reset. What this machine could not do is no fault of the target's and has
// a kind of its own.
func (a *attack) failureKind(seq uint64, err error) string {
	f := failure(a.ctx, err, a.wire.timeout)
	kind := kindOf(f)
	if kind == kindLocal && a.counts(seq) {
		a.starved.Add(1)
		a.starvedBy.CompareAndSwap(nil, f)
	}
	return kind
}

func kindOf(f *exchange.Failure) string {
	switch f.Kind {
	case exchange.FailedMachine:
		return kindLocal
	case exchange.FailedClosed:
		return string(exchange.FailedReset)
	default:
		return string(f.Kind)
	}
}

// finish accounts for a transaction that is judged, and gives up its response.
func (a *attack) finish(o *outcome, got *answer, detail string, learn ...secret) {
	counts := a.counts(o.seq)
	if o.kind != "" && !counts {
		a.aside.add(o.kind)
	}
	if o.kind != "" && (counts || run.Wrong(o.kind)) && a.acc.wantsExample(o.kind) {
		a.acc.setExample(a.example(o.kind, detail, got, learn))
	}
	if counts && a.results != nil {
		a.results.add(a.vegetaResult(o, got))
	}
	a.acc.recordDone(o)
	got.release()
}

// userinfo is one transaction of the scenario userinfo.
func (a *attack) userinfo(seq uint64) error {
	g := a.ring.at(seq)
	o := outcome{seq: seq}
	due, got := a.send(seq, g.request)
	ok, err := a.look(&o, partUserinfo, due, got)
	if err != nil {
		return err
	}
	if !ok || a.pool == nil {
		a.finish(&o, got, "", g.secrets()...)
		return nil
	}
	a.submit(&job{outcome: o, answer: got, grant: g})
	return nil
}

func (a *attack) submit(j *job) {
	seq := j.outcome.seq
	waiting, full := a.pool.submit(j)
	a.acc.recordBacklog(seq, waiting)
	if full && a.counts(seq) {
		a.full.Add(1)
	}
}

// redeem is one transaction of the scenarios token and login.
func (a *attack) redeem(seq uint64) error {
	counts := a.counts(seq)
	code, ranOut := a.codes.take(a.o.now())
	if counts {
		a.expired.Add(ranOut)
	}
	if code == nil {
		if counts {
			a.missing.Add(1)
		}
		a.endWithoutCodes()
		return errNoCode
	}
	a.judge.recent.remember(code.secrets()...)
	o := outcome{seq: seq}
	form := a.redemption(code)
	age := a.o.now().Sub(code.MintedAt)
	due, got := a.send(seq, postForm(a.tokenURL, form))
	ok, err := a.look(&o, partToken, due, got)
	if err != nil {
		return err
	}
	if ok {
		a.codes.accepted(age)
	} else if got.err == nil && refusedGrant(got.body) && a.codes.ranOut(code, age) {
		if counts {
			a.expired.Add(1)
			a.spoilt.Add(1)
		}
		a.acc.takeBack(seq)
		got.release()
		return nil
	}
	switch {
	case !ok, a.pool == nil && a.o.Scenario == Token:
		if a.o.Scenario == Login && o.taken[partToken] {
			o.take(partLogin, o.took[partToken])
		}
		a.finish(&o, got, "", code.secrets()...)
	case a.o.Scenario == Token:
		a.submit(&job{outcome: o, answer: got, code: code})
	default:
		return a.logIn(o, due, got, code)
	}
	return nil
}

// endWithoutCodes ends the load where there is no code and there will be none,
// because the target gives none. That the logins are spent ends nothing.
func (a *attack) endWithoutCodes() {
	err := a.codes.err()
	if err == nil || a.noCodes == nil || a.ctx.Err() != nil || errors.Is(err, errBudget) {
		return
	}
	a.codesTold.Do(func() { a.noCodes(err) })
}

// redemption is the body of the token request for a code.
func (a *attack) redemption(code *Code) string {
	return sgid.TokenRequest{
		ClientID:     a.o.ClientID,
		ClientSecret: a.o.ClientSecret,
		Code:         code.Value,
		RedirectURI:  a.o.RedirectURI,
		CodeVerifier: code.Verifier,
	}.Values().Encode()
}

var errNoCode = errors.New("no authorization code was ready")

func refusedGrant(body []byte) bool {
	e, _ := sgid.ParseOAuthError(body)
	return e != nil && e.Code == "invalid_grant"
}

// logIn goes on from a token response to the userinfo response, as a relying party
// does: nothing is asked for with an ID token that does not hold.
func (a *attack) logIn(o outcome, due time.Time, got *answer, code *Code) error {
	g, detail := a.judge.token(&o, got, code)
	o.end = a.sinceStart(time.Now())
	if o.kind != "" {
		o.take(partLogin, o.end-a.sinceStart(due))
		a.finish(&o, got, detail, code.secrets()...)
		return nil
	}
	got.release()
	got = a.wire.do(a.ctx, getRequest(a.userinfoURL, g.accessToken))
	ok, err := a.look(&o, partUserinfo, got.began, got)
	if err != nil {
		return err
	}
	if o.taken[partUserinfo] {
		// The time of decryption is added by the judge.
		o.take(partLogin, got.ended.Sub(due))
	}
	if !ok || a.pool == nil {
		a.finish(&o, got, "", g.secrets()...)
		return nil
	}
	a.submit(&job{outcome: o, answer: got, grant: g})
	return nil
}

// judgeJob is what the pool does with each response.
func (a *attack) judgeJob(j *job) {
	var detail string
	o := &j.outcome
	if j.code != nil {
		_, detail = a.judge.token(o, j.answer, j.code)
		a.finish(o, j.answer, detail, j.code.secrets()...)
		return
	}
	detail = a.judge.userinfo(o, j.answer, j.grant)
	if a.o.Scenario == Login && o.taken[partDecrypt] {
		o.took[partLogin] += o.took[partDecrypt]
		o.end += o.took[partDecrypt]
	}
	a.finish(o, j.answer, detail, j.grant.secrets()...)
}
