// Package proof judges the demo application, right and with each of its flaws,
// and tells which checks noticed.
package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/suites/rp"
)

// Trials are what the trials of one selftest share.
type Trials struct {
	Credentials *provider.Credentials
	Select      []string // the checks that are judged; none: all
	Slow        bool
	// OwnChecks has a flaw judged by the checks that it is made for, and no other,
	// unless one of these sums up what the others have seen.
	OwnChecks bool
	// UserStarts has the application be one that the checks cannot start again.
	UserStarts bool
	// Browser, where it is set, drives the application in place of plain requests.
	Browser func(*application.Site, application.Manner) (application.Browser, error)

	ports atomic.Int64
}

// New makes the keys that the trials share.
func New() (*Trials, error) {
	credentials, err := provider.NewCredentials()
	return &Trials{Credentials: credentials}, err
}

// Flaw judges the demo application with one flaw, or, where it has no name,
// without one: the control.
func (t *Trials) Flaw(ctx context.Context, f demoapp.Flaw) matrix.Result {
	var o demoapp.Options
	if f.Name != "" {
		o.Flaws = []string{f.Name}
	}
	want, selected := f.Expectation, t.Select
	if t.OwnChecks && f.Name != "" && !slices.ContainsFunc(want.Checks, sumsUp) {
		selected = want.Checks
	}
	started := time.Now()
	record, err := t.judge(ctx, o, selected, t.Slow || f.Slow)
	result := matrix.Result{Expectation: want, Outcome: matrix.Broken}
	if err != nil {
		result.Problem = err.Error()
	} else {
		result = matrix.Judge(want, record)
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

// sumsUp reports whether a check judges what the whole run has shown.
func sumsUp(id string) bool {
	check, _ := judge.Lookup(id)
	return check.Phase == judge.Closing
}

// Judge judges a demo application in this process and returns the record.
func (t *Trials) Judge(ctx context.Context, o demoapp.Options) (*run.Record, error) {
	return t.judge(ctx, o, t.Select, t.Slow)
}

func (t *Trials) judge(ctx context.Context, o demoapp.Options, selected []string, slow bool) (*run.Record, error) {
	campaign, end, err := t.Open(ctx, o, slow)
	if err != nil {
		return nil, err
	}
	defer end()
	return recordOf(ctx, campaign, selected)
}

// Open starts a demo application and a front in this process, and readies the
// checks, with those that are slow where slow says so. Of the settings in o, it
// takes the scopes; it makes the rest. The caller calls end.
func (t *Trials) Open(ctx context.Context, o demoapp.Options, slow bool) (campaign *rp.Campaign, end func(), err error) {
	port, err := t.freePort()
	if err != nil {
		return nil, nil, err
	}
	origin := "http://localhost:" + port
	redactor := redact.New()
	front, err := provider.StartFront(ctx, provider.FrontOptions{Credentials: t.Credentials, RedirectURI: origin + "/callback"})
	if err != nil {
		return nil, nil, err
	}
	c := front.Client()
	app := &inProcess{options: o}
	app.options.Settings = demoapp.Settings{
		Hostname: strings.TrimSuffix(front.Issuer(), sgid.IssuerPath), ClientID: c.ID, ClientSecret: c.Secret, PrivateKey: c.PrivateKey,
		RedirectURI: c.RedirectURIs[0], Scopes: o.Settings.Scopes,
	}
	if len(o.Settings.Scopes) == 0 {
		app.options.Settings.Scopes = []string{sgid.ScopeOpenID, "myinfo.name", "myinfo.nric_number", "myinfo.date_of_birth", "myinfo.email"}
	}
	app.options.Log = &app.log
	if app.options.Timeout == 0 {
		app.options.Timeout = 2 * time.Second
	}
	sender, err := client.New(client.Options{Timeout: 6 * time.Second, Secrets: redactor, NoProxy: true})
	if err == nil {
		err = app.Start(ctx)
	}
	if err != nil {
		_ = front.Close()
		return nil, nil, err
	}
	site := &application.Site{
		Start: origin + demoapp.PathLogin, Protected: origin + demoapp.PathMe, Logout: origin + demoapp.PathLogout,
		RedirectURI: c.RedirectURIs[0], Provider: app.options.Settings.Hostname,
	}
	site.Authorize = site.Provider + sgid.PathAuthorize
	judging := rp.Options{
		Front: front, Site: site, Client: sender, Redactor: redactor, NewBrowser: t.Browser, Slow: slow,
		AppLog: func() ([]byte, error) { return app.log.bytes(), nil }, Advance: app.advance,
	}
	if !t.UserStarts {
		judging.Process = app
	}
	campaign = rp.Open(judging)
	return campaign, func() { sender.Close(); app.End(); _ = front.Close() }, nil
}

// recordOf judges the selected checks, all where none is, with a campaign.
func recordOf(ctx context.Context, campaign *rp.Campaign, selected []string) (*run.Record, error) {
	record := &run.Record{}
	if err := campaign.Learn(ctx); err != nil {
		if !errors.Is(err, application.ErrAlike) {
			return nil, err
		}
		// The user is asked for a marker: nothing passes, and RP-18 has told it.
		check, _ := judge.Lookup("RP-18")
		record.Checks = append(record.Checks, run.Check{ID: check.ID, Verdict: run.Fail, Observed: err.Error()})
		return record, nil
	}
	c := &judge.Campaign{
		Plan: judge.Plan(judge.Choice{Select: selected, Areas: []string{run.AreaRP}}),
		Body: campaign.Body, NoEvidence: true, CheckLimit: 3 * time.Minute,
		After: func(out run.Check) { record.Checks = append(record.Checks, out) },
	}
	if unreached := c.Run(ctx); unreached > 0 {
		record.Stopped = fmt.Sprintf("%d checks were not judged: %v", unreached, context.Cause(ctx))
	}
	return record, nil
}

// freePort is a port on which nothing listens, and which no other trial of these
// is given: an application that is started again must find it free. It lies
// below those that systems give away by themselves.
func (t *Trials) freePort() (string, error) {
	var err error
	for range 1000 {
		port := strconv.Itoa(20000 + (os.Getpid()*13+int(t.ports.Add(1)))%10000)
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			return port, l.Close()
		}
	}
	return "", err
}

// inProcess runs the demo application as a process of its own would run.
type inProcess struct {
	options demoapp.Options
	log     buffer

	mu  sync.Mutex
	app *demoapp.App
}

func (p *inProcess) Start(ctx context.Context) error {
	app, err := demoapp.Start(context.WithoutCancel(ctx), p.options)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.app = app
	return nil
}

func (p *inProcess) current() *demoapp.App {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.app
}

func (p *inProcess) End()                    { _ = p.current().Close() }
func (p *inProcess) Gone() <-chan struct{}   { return p.current().Done() }
func (p *inProcess) Tail() string            { return "" }
func (p *inProcess) advance(d time.Duration) { p.current().Advance(d) }

func (p *inProcess) Alive() bool {
	select {
	case <-p.Gone():
		return false
	default:
		return true
	}
}

func (p *inProcess) State() string {
	if err := p.current().Err(); err != nil {
		return err.Error()
	}
	return ""
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}
