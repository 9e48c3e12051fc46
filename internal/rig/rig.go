// Package rig readies what a target is judged with, from a configuration alone:
// the embedded provider where no other target is named, the client, the login
// driver, and the suites that the caller adds. A process may have many rigs, and
// several at once.
package rig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

// Options is what a rig is made of beside its configuration.
type Options struct {
	Provider provider.Options // the embedded provider; started where the configuration names no issuer
	Areas    []string         // the areas that are judged; nil: all
	Suites   []Opener         // the suites, in the order in which they are opened
	Gravity  func(string) int // see judge.Choice; may be nil
}

// Opener opens a suite of checks on a rig. What is to be ended is handed to
// OnClose; a suite that can log in may set the rig's Driver for those after it.
type Opener func(*Rig) (Suite, error)

// Suite is what judges the checks of some areas.
type Suite struct {
	Body    func(id string) func(*judge.T)     // nil where the check is not of this suite
	Between func(context.Context, judge.Check) // see judge.Campaign; may be nil
	Browser bool                               // it has a browser
	Broker  judge.Broker                       // see judge.Campaign; may be nil
	Planned func(logins int)                   // called with the number of logins planned; may be nil
}

// Rig is a target with everything to judge it with.
type Rig struct {
	Config   *config.Config
	Embedded *provider.Provider // nil: the target is external
	Redactor *redact.Redactor
	Client   *client.Client
	Direct   *login.Direct
	Driver   login.Driver

	areas   []string
	gravity func(id string) int
	suites  []Suite
	closers []func() error
}

// Open readies a rig against the target of config. It sends nothing to it. The
// caller closes the rig.
func Open(ctx context.Context, settings *config.Config, o Options) (*Rig, error) {
	r := &Rig{Config: settings, Redactor: redact.New(), areas: o.Areas, gravity: o.Gravity}
	if err := r.open(ctx, o); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Rig) open(ctx context.Context, o Options) error {
	if r.Config.Embedded() {
		p, end, err := Embed(ctx, r.Config, o.Provider)
		if err != nil {
			return err
		}
		r.Embedded = p
		r.OnClose(end)
	}
	r.Config.Teach(r.Redactor)
	httpClient, err := client.New(r.Config.ClientOptions("rig", r.Redactor))
	if err != nil {
		return err
	}
	r.Client = httpClient
	r.OnClose(func() error { httpClient.Close(); return nil })
	r.Direct = login.NewDirect(httpClient, r.Config.Persona, r.Config.SecondPersona)
	r.Driver = r.Direct
	for _, open := range o.Suites {
		s, err := open(r)
		if err != nil {
			return err
		}
		r.suites = append(r.suites, s)
	}
	if want := r.Config.Login; want != "" && want != r.Driver.Name() {
		return fmt.Errorf("--login %s: this login method is not available here", want)
	}
	return nil
}

// OnClose has f called when the rig is closed.
func (r *Rig) OnClose(f func() error) { r.closers = append(r.closers, f) }

// Close ends what the rig has started, the last first.
func (r *Rig) Close() error {
	var failed error
	for _, end := range slices.Backward(r.closers) {
		failed = errors.Join(failed, end())
	}
	r.closers = nil
	return failed
}

// Choice is what the rig's configuration asks for.
func (r *Rig) Choice() judge.Choice {
	missing := Missing(r.Config, r.Embedded != nil)
	if !slices.ContainsFunc(r.suites, func(s Suite) bool { return s.Browser }) {
		missing[judge.Browser] = "no browser was opened"
	}
	return judge.Choice{
		Select: r.Config.Select, Skip: r.Config.Skip, Areas: r.areas, Missing: missing,
		Scopes: r.Config.First.Scopes, LoginBudget: r.Config.LoginBudget, FewLogins: r.Config.FewLogins,
		Gravity: r.gravity, Mock: r.Config.Loopback(),
	}
}

// Campaign is a run over the rig's checks. It keeps no exchanges.
func (r *Rig) Campaign() *judge.Campaign {
	plan := judge.Plan(r.Choice())
	var broker judge.Broker
	for _, s := range r.suites {
		if s.Broker != nil {
			broker = s.Broker
		}
		if s.Planned != nil {
			s.Planned(judge.PlannedLogins(plan))
		}
	}
	return &judge.Campaign{
		Plan: plan, Broker: broker,
		Body: r.body, Between: r.between, Redact: r.Redactor.Verdict, NoEvidence: true,
		CheckLimit: CheckLimit(r.Config),
	}
}

func (r *Rig) body(id string) func(*judge.T) {
	for _, s := range r.suites {
		if body := s.Body(id); body != nil {
			return body
		}
	}
	return nil
}

func (r *Rig) between(ctx context.Context, c judge.Check) {
	for _, s := range r.suites {
		if s.Between != nil {
			s.Between(ctx, c)
		}
	}
}

// Judge judges every planned check and returns what a record says of them,
// without exchanges. The record is kept in memory alone.
func (r *Rig) Judge(ctx context.Context) *run.Record {
	record := &run.Record{}
	c := r.Campaign()
	c.After = func(out run.Check) { record.Checks = append(record.Checks, out) }
	if unreached := c.Run(ctx); unreached > 0 {
		record.Stopped = fmt.Sprintf("%d of %d checks were not judged: %v", unreached, len(c.Plan), context.Cause(ctx))
	}
	return record
}

// CheckLimit is how long one check may take under a configuration.
func CheckLimit(c *config.Config) time.Duration { return max(12*c.Timeout, 2*time.Minute) }

// Missing says which needs of the checks the configuration does not meet, each
// with the reason. Embedded says that the target is the embedded provider.
func Missing(c *config.Config, embedded bool) map[judge.Need]string {
	missing := map[judge.Need]string{}
	if c.Second == nil {
		missing[judge.SecondClient] = "no second client is configured (SGID_SECOND_CLIENT_ID, SGID_SECOND_CLIENT_SECRET, SGID_SECOND_PRIVATE_KEY, SGID_SECOND_REDIRECT_URI)"
	}
	if !c.Slow && !embedded { // the embedded provider's clock is moved, and nobody waits
		missing[judge.Time] = "it waits for codes and tokens to expire; run it with --slow"
	}
	if issuer, err := url.Parse(c.Issuer); err == nil && issuer.Scheme != "https" {
		missing[judge.HTTPS] = "the target is plain http"
	}
	if !c.Loopback() && !c.AllowDisruptive {
		reason := "the target is not on this machine; --allow-disruptive runs it"
		missing[judge.Disruption], missing[judge.Concurrency] = reason, reason
	}
	if c.Login == config.LoginInteractive {
		missing[judge.Unattended] = "it needs more logins than a person can be asked to make"
		if c.People < 2 {
			missing[judge.SecondPerson] = "it needs a second person, and only one scans the QR code (--people 2)"
		}
		missing[judge.LoginForm] = "a person logs in, and no program reads the page"
	}
	return missing
}
