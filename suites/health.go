package suites

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"sgidcheck/internal/target"
)

// Do sends a request and keeps the exchange. Where no answer comes, the
// target's health is asked and the request repeated once on a fresh
// connection: an exchange without an answer is returned only from a target
// that is well otherwise. A target that went down ends the check: failed, with
// this request as the one that took it down, or blocked when it was down before.
func (s *Session) Do(r target.Request) *Exchange {
	s.standUp()
	e := s.Client.Do(s.Context, r)
	return s.answered(e, func() *target.Exchange {
		r.FreshConnection = true
		return s.Client.Do(s.Context, r)
	})
}

// answered applies the rule for requests without an answer to e; again
// repeats the request.
func (s *Session) answered(e *target.Exchange, again func() *target.Exchange) *Exchange {
	kept := s.keep(e)
	if !e.NoAnswer() {
		s.answeredOnce()
		s.limited(kept)
		return kept
	}
	s.stopIfInterrupted()
	if s.wayLost(e) {
		s.awaitTheWay(kept)
	}
	if by := handshakeOwner(e.Err); by != "" {
		s.owned(by, kept, "no connection: %s", kept.Reason())
	}
	if s.healthy(s.Context) {
		s.answeredOnce()
		kept = s.keep(again())
		if !kept.NoAnswer() {
			s.limited(kept)
			s.lostOnce(e)
			return kept
		}
		s.stopIfInterrupted()
		if s.healthy(s.Context) {
			return kept
		}
	}
	s.stopIfInterrupted()
	s.wentDown(kept)
	return kept
}

// handshakeOwner is the TLS check that owns why a connection was not made;
// empty: its handshake is not to blame.
func handshakeOwner(err error) string {
	var failure *target.Failure
	if !errors.As(err, &failure) || failure.Kind != target.FailedTLS {
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
		s.Block("harness", "the run was interrupted, or the check took longer than it may")
	}
}

// standUp ends the check where the target is down, after giving it one chance
// to come back.
func (s *Session) standUp() {
	if s.recover(s.Context, "") {
		return
	}
	s.stopIfInterrupted()
	s.Block(s.downSince(), "the target is down since %s", s.downSince())
}

// wentDown ends the check: this exchange got no answer, and now nothing does.
func (s *Session) wentDown(e *Exchange) {
	before := s.markDown(s.Check.ID)
	if !before {
		s.Block("target", "the target does not answer (%s), nor has it before", e.Reason())
	}
	s.Fail("an answer, from a target that stays up",
		fmt.Sprintf("no answer (%s), and the target is down: this request took it down", e.Reason()), e)
}

// health is what is known of the target's being up.
type health struct {
	mu        sync.Mutex
	down      string // the check after which it was found down; empty: up
	gaveUp    bool   // it did not come back within the time allowed
	everAlive bool
}

func (h *health) answeredOnce() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.everAlive = true
}

func (h *health) markDown(by string) (aliveBefore bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == "" {
		h.down = by
	}
	return h.everAlive
}

func (h *health) downSince() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == "" {
		return "the start"
	}
	return h.down
}

// healthy asks for the provider metadata: any answer but a 5xx means the
// target is up. A question whose connection is lost is asked once more, for that
// is no sign of a target that is down.
func (c *campaign) healthy(ctx context.Context) bool {
	ask := func() *target.Exchange {
		return c.Client.Do(ctx, target.Request{Method: "GET", URL: c.discoveryURL(), FreshConnection: true})
	}
	e := ask()
	if e.Kind() == target.FailedReset || e.Kind() == target.FailedClosed {
		e = ask()
	}
	return !e.NoAnswer() && e.Status() < 500
}

// recover reports whether the target is up. One that was found down is waited
// for, the first time as long as --restart-wait allows. By names the check
// after which the health is asked even of a target not known to be down.
func (c *campaign) recover(ctx context.Context, by string) bool {
	c.health.mu.Lock()
	down, gaveUp := c.health.down, c.health.gaveUp
	c.health.mu.Unlock()
	if down == "" {
		if by == "" || c.healthy(ctx) {
			return true
		}
		c.markDown(by)
		c.Note(fmt.Sprintf("the target was down after %s", by))
	}
	limit := c.Config.RestartWait
	if gaveUp {
		limit = 0
	}
	deadline := time.Now().Add(limit)
	for {
		if c.healthy(ctx) {
			c.cameBack()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !time.Now().Before(deadline) {
			c.health.mu.Lock()
			c.health.gaveUp = true
			c.health.mu.Unlock()
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// cameBack forgets what a restarted target no longer knows.
func (c *campaign) cameBack() {
	c.health.mu.Lock()
	c.health.down, c.health.gaveUp = "", false
	c.health.mu.Unlock()
	if c.Driver.Name() != "interactive" {
		c.forgetLogins()
		c.loginFailures = 0
	}
}
