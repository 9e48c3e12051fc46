package suites

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"sgidcheck/internal/exchange"
)

// Do sends a request and keeps the exchange. Where no response comes, the
// target's health is asked and the request repeated once on a fresh
// connection: an exchange without a response is returned only from a target
// that is well otherwise. A target that went down ends the check: failed, with
// this request as the one that took it down, or blocked when it was down before.
func (s *Session) Do(r exchange.Request) *Exchange {
	s.standUp()
	e := s.Client.Do(s.Context, r)
	return s.answered(e, func() *exchange.Exchange {
		r.FreshConnection = true
		return s.Client.Do(s.Context, r)
	})
}

// answered applies the rule for requests without a response to e; again
// repeats the request.
func (s *Session) answered(e *exchange.Exchange, again func() *exchange.Exchange) *Exchange {
	if e.Kind() == exchange.FailedMachine {
		s.Client.Close() // which gives back what idle connections hold; nothing was sent
		e = again()
	}
	kept := s.keep(e)
	if !e.NoResponse() {
		s.answeredOnce()
		s.limited(kept)
		return kept
	}
	s.notTheTarget(e)
	if by := handshakeOwner(e.Err); by != "" {
		s.owned(by, kept, "connection failed: %s", kept.Reason())
	}
	if s.well() {
		s.answeredOnce()
		first := kept
		kept = s.keep(again())
		kept.first = first
		if !kept.NoResponse() {
			s.limited(kept)
			s.lostOnce(e)
			return kept
		}
		s.notTheTarget(kept.Exchange)
		if s.well() {
			s.fellSilent()
			return kept
		}
	}
	s.wentDown(kept)
	return kept
}

// well asks the target's health. Where it was not the target that kept the
// question from being answered, that ends the check.
func (s *Session) well() bool {
	e := s.askHealth(s.Context)
	if isWell(e) {
		return true
	}
	s.notTheTarget(e)
	return false
}

// notTheTarget ends the check where e has no response for a reason that lies on
// this side: the run was stopped, this machine made no connection, the way was
// lost.
func (s *Session) notTheTarget(e *exchange.Exchange) {
	s.stopIfInterrupted()
	if s.wayLost(e) {
		s.awaitTheWay(e)
	}
	var failure *exchange.Failure
	if errors.As(e.Err, &failure) {
		s.blockedOnTheWay(failure)
	}
}

// blockedOnTheWay ends the check where this machine made no connection or the
// proxy did not let it through.
func (s *Session) blockedOnTheWay(f *exchange.Failure) {
	switch f.Kind {
	case exchange.FailedMachine:
		s.Block("this machine", "%s", f)
	case exchange.FailedProxy:
		s.Block("proxy", "%s", f)
	}
}

// handshakeOwner is the TLS check that owns why a connection was not made;
// empty: its handshake is not to blame.
func handshakeOwner(err error) string {
	var failure *exchange.Failure
	if !errors.As(err, &failure) || failure.Kind != exchange.FailedTLS {
		return ""
	}
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verified  *tls.CertificateVerificationError
	)
	if errors.As(err, &verified) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid) {
		return "TLS-01"
	}
	return "TLS-02"
}

func (s *Session) stopIfInterrupted() {
	if s.Context.Err() != nil {
		s.Block("harness", "the run was interrupted, or the check exceeded its time limit")
	}
}

// standUp ends the check where the target is down, after giving it one chance
// to come back.
func (s *Session) standUp() {
	if s.recover(s.Context, "") {
		return
	}
	s.stopIfInterrupted()
	down, why := s.downSince()
	if why != nil && s.wayLost(why) {
		s.Block(lostBy(why), "the target could not be reached: %s", why.Reason())
	}
	s.Block(down, "the target has been down since %s", down)
}

// wentDown ends the check: this exchange got no response, and now nothing does.
func (s *Session) wentDown(e *Exchange) {
	before := s.markDown(s.Check.ID, e.Exchange)
	if !before {
		s.Block("target", "the target does not respond (%s) and has not responded to any request so far", e.Reason())
	}
	s.Fail("a response, from a target that stays up",
		fmt.Sprintf("no answer (%s), and the target is down: this request took it down", e.Reason()), e)
}

// health is what is known of the target's being up.
type health struct {
	mu        sync.Mutex
	down      string             // the check after which it was found down; empty: up
	why       *exchange.Exchange // what got no response then
	gaveUp    bool               // it did not come back within the time allowed
	asking    time.Duration      // spent on questions after that
	everAlive bool
	everDown  bool
}

func (h *health) answeredOnce() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.everAlive = true
}

func (h *health) markDown(by string, why *exchange.Exchange) (aliveBefore bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == "" {
		h.down, h.why = by, why
	}
	h.everDown = true
	return h.everAlive
}

// wasDown reports that the target was found down during the run.
func (h *health) wasDown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.everDown
}

// downSince is the check after which the target was found down, and what got
// no response then.
func (h *health) downSince() (check string, why *exchange.Exchange) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == "" {
		return "the start", nil
	}
	return h.down, h.why
}

// silent reports that the target was given up, and that asking it once more
// tells nothing that could be told in short time: it is no TLS that fails.
func (h *health) silent() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gaveUp && h.why != nil && h.why.Kind() != exchange.FailedTLS
}

// misdirected reports that not one request has got through the proxy: it is not
// waited for what is set wrongly.
func (h *health) misdirected() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.everAlive && h.why != nil && h.why.Kind() == exchange.FailedProxy
}

// askHealth asks for the provider metadata. A question whose connection is
// lost is asked once more, for that is no sign of a target that is down.
func (c *Campaign) askHealth(ctx context.Context) *exchange.Exchange {
	ask := func() *exchange.Exchange {
		return c.Client.Do(ctx, exchange.Request{Method: "GET", URL: c.discoveryURL(), FreshConnection: true})
	}
	e := ask()
	if e.Kind() == exchange.FailedReset || e.Kind() == exchange.FailedClosed {
		e = ask()
	}
	return e
}

// isWell reports whether a response to the question for its health means that
// the target is up: any but a 5xx does.
func isWell(e *exchange.Exchange) bool { return !e.NoResponse() && e.Status() < 500 }

// recover reports whether the target is up. One that was found down is waited
// for, the first time as long as --restart-wait allows; after that it is asked
// once a check, until as much time again, and two time limits of a request,
// have gone into questions without a response. By names the check after which
// the health is asked even of a target not known to be down.
func (c *Campaign) recover(ctx context.Context, by string) bool {
	h := &c.health
	h.mu.Lock()
	down, gaveUp, asking := h.down, h.gaveUp, h.asking
	h.mu.Unlock()
	if down == "" {
		if by == "" {
			return true
		}
		e := c.askHealth(ctx)
		if isWell(e) || e.Kind() == exchange.FailedMachine {
			return true
		}
		c.markDown(by, e)
		if c.wayLost(e) {
			c.Note(fmt.Sprintf("the connection to the target was lost after %s: %s", by, e.Reason()))
		} else {
			c.Note(fmt.Sprintf("the target was down after %s", by))
		}
	}
	if gaveUp && (h.misdirected() || asking >= c.Config.RestartWait+2*c.Client.Timeout()) {
		return false
	}
	wait := c.Config.RestartWait
	if h.misdirected() {
		wait = 0
	}
	deadline := time.Now().Add(wait)
	for {
		e := c.askHealth(ctx)
		if isWell(e) {
			c.cameBack()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if gaveUp || !time.Now().Before(deadline) {
			h.mu.Lock()
			if h.gaveUp {
				h.asking += e.Duration
			}
			h.gaveUp = true
			h.mu.Unlock()
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// cameBack forgets what a restarted target no longer knows.
func (c *Campaign) cameBack() {
	c.health.mu.Lock()
	c.health.down, c.health.why, c.health.gaveUp, c.health.asking = "", nil, false, 0
	c.health.mu.Unlock()
	if c.Driver.Name() != "interactive" {
		c.forgetLogins()
		c.loginFailures = 0
	}
}
