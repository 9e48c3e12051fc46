// Package suites holds the conformance checks as Ginkgo specs, one file an
// area. A check is data (what must hold, its level, its clauses, its remedy)
// beside one function that judges it.
package suites

import (
	"context"
	"fmt"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/rig"

	"github.com/onsi/gomega/types"
)

// Options is what the checks have to judge with.
type Options struct {
	Config   *config.Config
	Client   *client.Client
	Redactor *redact.Redactor
	Driver   login.Driver  // how logins are made
	Direct   *login.Direct // for requests that end at the login page
	OpenAPI  []byte        // the schemas; nil: the embedded document
	// Look shows a request's page in a browser, once its script has run; nil: there
	// is none.
	Look func(context.Context, login.Authorization) (*login.Response, error)
	// Advance moves the target's clock; nil: time must be waited for.
	Advance func(time.Duration)
	// FewLogins says that a login is dear: checks share them (see Broker).
	FewLogins bool
	LoggedIn  func(what string) // called with what each login is for; may be nil
	// Worked are the checks that an earlier part of the run has seen hold, and those
	// cases of others, each as its check's ID and its name.
	Worked map[string]bool
	// Roots are the checks whose finding, in an earlier part of the run, is the cause
	// of what others would find.
	Roots       map[string]bool
	LoginBudget int // how many may be spent; 0: no limit
	// Now tells the time by which logins are known to have grown old; nil: the clock.
	Now func() time.Time
	// Note takes what a reader must know beside the verdicts.
	Note func(string)
}

// Open returns a campaign over the target of o. It sends nothing. It returns an
// error where the OpenAPI document cannot be used.
func Open(o Options) (*Campaign, error) {
	document, err := loadSchemas(o.OpenAPI)
	if err != nil {
		return nil, err
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Redactor != nil {
		o.Redactor.TellWrong()
	}
	return &Campaign{Options: o, schemas: document}, nil
}

// ofOneCode is a login whose code is lent to requests that must be refused.
var ofOneCode = []judge.Want{{Code: judge.Refused}}

// caseWants is a login for each case, of which one parameter is varied.
func caseWants(names []string, use judge.CodeUse, parameter string) []judge.Want {
	var wants []judge.Want
	for _, name := range names {
		wants = append(wants, judge.Want{Case: name, Varies: []string{parameter}, Code: use})
	}
	return wants
}

// On opens the suites on a rig.
func On(r *rig.Rig) (rig.Suite, error) { return Again(r, nil, nil, nil) }

// Again opens the suites on a rig for a resumed run: worked and roots are what
// Options has of the earlier part. Now is the clock for the age of logins; nil: the
// machine's.
func Again(r *rig.Rig, worked, roots map[string]bool, now func() time.Time) (rig.Suite, error) {
	o := Options{
		Config: r.Config, Client: r.Client, Redactor: r.Redactor, Driver: r.Driver, Direct: r.Direct,
		FewLogins: r.Config.FewLogins, LoginBudget: r.Config.LoginBudget, Worked: worked, Roots: roots, Now: now,
	}
	if r.Embedded != nil {
		o.Advance = r.Embedded.Advance
	}
	c, err := Open(o)
	if err != nil {
		return rig.Suite{}, err
	}
	return rig.Suite{Body: c.Body, Between: c.Between, Broker: c.Broker(), Planned: c.Planned}, nil
}

// Planned tells how many logins the run will take, so that a person hears how many
// are to come.
func (c *Campaign) Planned(logins int) { c.planned = logins }

// Between asks the target's health after a check that may have hurt it, and
// waits for it to come back where it is down.
func (c *Campaign) Between(ctx context.Context, check judge.Check) { c.recover(ctx, check.ID) }

// Body returns the function that judges the check with the given ID; nil: it is
// none of the suites'.
func (c *Campaign) Body(id string) func(*judge.T) {
	return bodies.With(id, func(t *judge.T, body func(*Session)) {
		s := &Session{T: t, Campaign: c}
		if t.Check.Area() != "TLS" || c.silent() { // they make their own connections
			s.standUp()
		}
		defer s.confirmRefusals()
		body(s)
		s.stillServed()
	})
}

var bodies = judge.Bodies[*Session]{}

// check registers a check of the conformance suites and returns what Ginkgo is
// told of it.
func check(c judge.Check, body func(*Session)) []any {
	return bodies.Add(c, body)
}

// Session is one check's view of the target: everything it sends is recorded,
// what several checks need is fetched once, and what cannot be had blocks the
// check by the one that owns the cause.
type Session struct {
	*judge.T
	*Campaign
	unproven    map[unproven]bool // see refusedSoFar
	refusedAt   int               // the last request of the check that was refused, by its number; 0: none
	refusedPage []byte            // and what it got
}

// root takes down, where found is true, that the check finds what others would find
// as well, so that these are blocked by it.
func (s *Session) root(found bool) {
	if found {
		s.Root()
		if s.roots == nil {
			s.roots = map[string]*judge.T{}
		}
		s.roots[s.Check.ID] = s.T
	}
}

// isRoot reports a check that has taken that down and still finds it, be it in an
// earlier part of the run.
func (s *Session) isRoot(id string) bool {
	t := s.roots[id]
	return t != nil && t.IsRoot() || s.Roots[id]
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
