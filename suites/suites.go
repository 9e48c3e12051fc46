// Package suites holds the conformance checks as Ginkgo specs, one file an
// area. A check is data (what must hold, its level, its clauses, its remedy)
// beside one function that judges it.
package suites

import (
	"context"
	"fmt"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/target"

	"github.com/onsi/gomega/types"
)

// Options is what the checks have to judge with.
type Options struct {
	Config   *target.Config
	Client   *target.Client
	Redactor *target.Redactor
	Driver   target.Driver  // how logins are made
	Direct   *target.Direct // for requests that end at the login page
	OpenAPI  []byte         // the schemas; nil: the embedded document
	// Advance moves the target's clock; nil: time must be waited for.
	Advance func(time.Duration)
	// Note takes what a reader must know beside the verdicts.
	Note func(string)
}

// Open makes the checks ready to judge the target of o. It sends nothing.
// It returns an error where the OpenAPI document cannot be used.
func Open(o Options) error {
	document, err := loadSchemas(o.OpenAPI)
	if err != nil {
		return err
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	opened = &campaign{Options: o, schemas: document}
	return nil
}

// Between asks the target's health after a check that may have hurt it, and
// waits for it to come back where it is down.
func Between(ctx context.Context, c judge.Check) {
	if opened != nil {
		opened.recover(ctx, c.ID)
	}
}

// opened is the campaign that the registered checks judge; Ginkgo runs its
// specs once a process, and so there is one.
var opened *campaign

// judging is the session of the check that is judged now.
var judging *Session

// check registers a check of the conformance suites.
func check(c judge.Check, body func(*Session)) judge.Check {
	return judge.Register(c, func(t *judge.T) {
		if opened == nil {
			t.Block("harness", "no target was opened")
		}
		judging = &Session{T: t, campaign: opened}
		defer func() { judging = nil }()
		if c.Area() != "TLS" || opened.silent() { // they make their own connections
			judging.standUp()
		}
		body(judging)
	})
}

// Expect begins an assertion of the check that is judged now.
func Expect(actual any, extra ...any) judge.Assertion { return judging.Expect(actual, extra...) }

// Session is one check's view of the target: everything it sends is recorded,
// what several checks need is fetched once, and what cannot be had blocks the
// check by the one that owns the cause.
type Session struct {
	*judge.T
	*campaign
}

// owned ends the check when something it builds on is not there: the check
// that owns the statement fails, every other is blocked by it.
func (s *Session) owned(by string, evidence *Exchange, format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	if s.Check.ID == by {
		s.Fail("", problem, evidence.recorded())
	}
	s.Block(by, "%s", problem)
}

var _ types.GomegaMatcher = (*refusal)(nil)
