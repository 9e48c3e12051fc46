package loadtest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

// kindNoCode is the kind of error of a login that was answered, and did not come
// back with a code.
const kindNoCode = "no-code"

// carry has the logins of a minter sent over the wire, as the rest of each login is:
// with the connections, the protocol and the guard of the load, and in its figures.
func (w *wire) carry(m Minter) Minter {
	logins, ok := m.(*loginMinter)
	if !ok {
		return m
	}
	direct, ok := logins.driver.(*login.Direct)
	if !ok {
		return m
	}
	carried := *logins
	carried.driver = direct.Over(w.transport)
	return &carried
}

// front is what became of the part of a login that goes through the browser: the
// authorization request, and then whatever pages and redirects follow from it.
type front struct {
	authorize, page time.Duration
	paged           bool // something followed from the authorization request
	status          int
	last            *exchange.Exchange
}

// frontOf takes the figures of a login from its exchanges.
func frontOf(response *login.Response) front {
	f := front{last: response.Final, status: response.Final.Status()}
	if len(response.Exchanges) == 0 {
		return f
	}
	first := response.Exchanges[0]
	f.authorize = first.Duration
	if len(response.Exchanges) > 1 {
		last := response.Exchanges[len(response.Exchanges)-1]
		f.paged = true
		f.page = last.Started.Add(last.Duration).Sub(first.Started.Add(first.Duration))
	}
	return f
}

// loginError says that a login gave no code, and where it ended.
type loginError struct {
	error
	front front
	login []secret
}

func (e *loginError) Unwrap() error { return e.error }

// wholeLogin is one transaction of the scenario login whose authorization request
// is made at its time, by the login driver.
func (a *attack) wholeLogin(seq uint64) error {
	o := outcome{seq: seq}
	due := a.pace.intended(seq)
	began := time.Now()
	o.late = lateBy(began.Sub(due))
	a.acc.recordSent(seq, began.Sub(due))
	code, err := a.o.Minter.Mint(a.ctx)
	ended := time.Now()
	if err != nil && a.ctx.Err() != nil {
		a.abandoned.Add(1)
		return errStopped
	}
	if errors.Is(err, errBudget) {
		a.acc.takeBack(seq)
		if a.counts(seq) {
			a.forbidden.Add(1)
		}
		return err
	}
	var f front
	var learn []secret
	if failed := (*loginError)(nil); errors.As(err, &failed) {
		f, learn = failed.front, failed.login
	} else if err == nil {
		f = code.front
	}
	o.end, o.answered = a.sinceStart(ended), f.status != 0
	if err != nil {
		return a.noCode(&o, f, err, due, ended, learn)
	}
	o.take(partAuthorize, began.Sub(due)+f.authorize)
	if f.paged {
		o.take(partPage, f.page)
	}
	a.judge.recent.remember(code.secrets()...)
	form := a.redemption(code)
	got := a.wire.do(a.ctx, postForm(a.tokenURL, form))
	ok, err := a.look(&o, partToken, got.began, got)
	switch {
	case err != nil:
		return err
	case !ok:
		if o.taken[partToken] {
			o.take(partLogin, got.ended.Sub(due))
		}
		a.finish(&o, got, "", code.secrets()...)
		return nil
	}
	return a.logIn(o, due, got, code)
}

// noCode accounts for a login that came back without a code.
func (a *attack) noCode(o *outcome, f front, err error, due, ended time.Time, learn []secret) error {
	part, kind := partAuthorize, kindNoCode
	if f.paged {
		part = partPage
	}
	got := &answer{request: &request{method: http.MethodGet, url: &url.URL{}, header: http.Header{}}, began: due, ended: ended}
	if e := f.last; e != nil {
		if u, parseErr := url.Parse(e.Request.URL); parseErr == nil {
			got.request = &request{method: e.Request.Method, url: u, header: e.Request.Header, body: string(e.Request.Body)}
		}
		if e.Response != nil {
			got.status, got.header, got.proto = e.Response.Status, e.Response.Header, e.Response.Proto
			got.body = append([]byte{}, e.Response.Body...)
		}
		got.err = e.Err
	}
	switch {
	case got.err != nil:
		kind = a.failureKind(o.seq, got.err)
	case got.status >= 400:
		kind = fmt.Sprintf("status-%d", got.status)
	}
	if kind != kindLocal {
		a.health.note(got.err)
	}
	if run.Reached(kind) && f.last != nil {
		o.take(partAuthorize, ended.Sub(due)-f.page)
		if f.paged {
			o.take(partPage, f.page)
		}
		o.take(partLogin, ended.Sub(due))
	}
	o.fail(part, kind)
	a.finish(o, got, err.Error(), learn...)
	return nil
}
