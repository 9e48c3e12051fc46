package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/loadtest"

	"github.com/spf13/cobra"
)

func loadtestCommand() *cobra.Command {
	var (
		load     loadtest.Flags
		embedded embeddedOptions
		record   string
		printed  jobFlags
	)
	cmd := &cobra.Command{
		Use:   "loadtest token|userinfo|login",
		Short: "Put load on token, userinfo, or whole logins",
		Long: `Sends requests at a rate that the target's answers do not slow down, judges
every answer beside it, and says how long answers took, counted from when each
request was meant to be sent.

  token     token requests, each with an authorization code of its own
  userinfo  userinfo requests, with a few access tokens in turn
  login     the authorization request and the login page (minted ahead with
            --authorize ahead), token, verification of the ID token, userinfo
            and decryption, one after the other

Production is never put under load, and hosts other than this machine only with
--allow-host.

An answer that is wrong (another person's data or sub, a signature or a field
that does not verify) is a failure at any count. Other errors are one above
errors<1%, unless a --threshold of your own bounds them. A threshold on latency
or rates that is crossed while the harness is the limit says nothing of the
target; one on errors always does. Exit code 1 says that an answer was wrong or
a threshold crossed, 3 that the target went down, the load was interrupted, or
too little of it was put on the target to tell.`,
		Example: `  sgidcheck loadtest userinfo --rate 200 --duration 30s \
    --threshold 'userinfo.p99<300ms'
  sgidcheck loadtest token --rate 100 --results run.bin && vegeta report run.bin
  sgidcheck loadtest login --ramp 10:200 --duration 1m --warmup 5s
  sgidcheck loadtest login --shard 0/3 --rate 900 --record - \
    --start-at "$(date -u -d '+2 minutes' +%FT%TZ)" > part-0.log
  sgidcheck loadtest login --shards 10 --rate 3000 --print-job > job.yaml
  sgidcheck loadtest token --find-max --threshold 'token.p99<1s' \
    --threshold 'errors<0.1%'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("give one scenario: token, userinfo or login")
			}
			return oneOf("scenario", args[0], loadtest.Scenarios())
		},
		ValidArgs: loadtest.Scenarios(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Lookup("print-job").Value.String() == "true" { // asked before secrets are, of which it needs none
				return printed.printJob(cmd, loadtest.Scenario(args[0]), &load)
			}
			return runLoadtest(cmd, loadtest.Scenario(args[0]), &load, &embedded, &record)
		},
	}
	config.Bind(cmd.Flags(), load.Settings()...)
	config.BindFlags(cmd.Flags(), config.GroupTarget, config.GroupLogin, config.GroupNetwork, config.GroupOutput, config.GroupLoad, config.GroupCrypto)
	config.Bind(cmd.Flags(), embedded.settings()...)
	config.Bind(cmd.Flags(), config.Rows("sgidcheck loadtest", "loadtest",
		config.Setting{Flag: "record", Type: config.TypeFile, Into: &record, Once: true,
			Help: "write the record to this file (- for standard output) instead of a report: one line, preceded by lines with the figures so far"})...)
	config.Bind(cmd.Flags(), printed.settings()...)
	return cmd
}

func runLoadtest(cmd *cobra.Command, scenario loadtest.Scenario, flags *loadtest.Flags, embedded *embeddedOptions, record *string) error {
	settings, err := resolve(cmd)
	if err != nil {
		return err
	}
	o := loadtest.Options{Scenario: scenario, Attended: settings.Login == config.LoginInteractive}
	if err := flags.Apply(&o, settings); err != nil {
		return exit(exitUsage, err)
	}
	if o.Thresholds, err = loadtest.ParseThresholds(settings.Thresholds); err != nil {
		return exit(exitUsage, err)
	}
	o.LoginBudget = uint64(settings.LoginBudget)
	if cmd.Flags().Changed("shards") {
		return exit(exitUsage, errors.New("--shards is for --print-job; one part of a load is --shard I/N"))
	}
	if o.Shared && settings.Embedded() {
		return exit(exitUsage, errors.New("--shard needs --issuer: each part would load an embedded provider of its own"))
	}
	if *record != "" && settings.OnCommandLine("out") {
		return exit(exitUsage, errors.New("--record and --out exclude each other: 'sgidcheck report --out DIR FILE' draws the report from the record"))
	}
	ctx := cmd.Context()
	if settings.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, settings.MaxTime)
		defer cancel()
	}
	j, err := open(ctx, settings, *embedded, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer j.close()
	if err := j.readyLoad(ctx, &o); err != nil {
		return err
	}
	if path := flags.Results(); path != "" {
		file, err := os.Create(path)
		if err != nil {
			return exit(exitUsage, fmt.Errorf("--results: the file cannot be written: %w", err))
		}
		o.Results = file
		j.closers = append(j.closers, file.Close)
	}
	if err := j.recordTo(*record); err != nil {
		return err
	}
	if err := j.begin(nil, nil); err != nil {
		return err
	}
	if err := j.showProgress(0); err != nil {
		return err
	}
	stopped := j.load(ctx, o)
	j.progress.Close()
	return j.finish(stopped)
}

// readyLoad completes the options with the target, once its host is known to be
// one that may be loaded. Nothing is sent before that.
func (j *job) readyLoad(ctx context.Context, o *loadtest.Options) (err error) {
	c := j.config
	loadtest.Identify(version)
	o.Note = j.note
	if o.Guard, err = loadtest.NewGuard(c.AllowHosts, c.Resolve); err != nil {
		return exit(exitUsage, err)
	}
	if j.embedded != nil {
		o.ShareDescriptors()
	}
	o.Route = j.client.Route()
	o.Guard.Through(o.Route)
	if err := o.Guard.Check(ctx, c.Issuer); err != nil {
		return exit(exitUsage, err)
	}
	o.Issuer, o.ClientID, o.ClientSecret, o.RedirectURI = c.Issuer, c.First.ClientID, c.First.ClientSecret, c.First.RedirectURI
	o.Blame = func(body []byte) string { return c.BlameCredentials(&c.First, body) }
	o.Key, o.Engine, o.Timeout, o.MaxBody, o.Redactor = c.First.Key, c.Crypto, c.Timeout, c.MaxBody, j.redactor
	o.TLS = j.client.TLSConfig()
	o.Dial = func(ctx context.Context, _, hostport string) (net.Conn, error) { return j.client.Dial(ctx, hostport) }
	if o.Endpoints, err = sgid.DocumentedEndpoints(c.Issuer); err != nil {
		return exit(exitUsage, err)
	}
	o.Live = o.Live && j.driver.Name() == config.LoginDirect
	if o.Minter, err = j.minter(o.Endpoints.Authorization, o.Live); err != nil {
		return exit(exitUsage, err)
	}
	if err := o.Validate(); err != nil {
		return exit(exitUsage, err)
	}
	return nil
}

// load runs a load test into the record and returns why it ended early; empty:
// it did not.
func (j *job) load(ctx context.Context, o loadtest.Options) (stopped string) {
	documented := o.Endpoints.Authorization
	err := j.discover(ctx, &o.Endpoints)
	if err == nil && o.Endpoints.Authorization != documented {
		o.Minter, err = j.minter(o.Endpoints.Authorization, o.Live)
	}
	if err != nil {
		return "the load was not started: " + j.redactor.Text(err.Error())
	}
	o.Checkpoint = j.checkpoint
	step := loadSteps(&o, attended(j.config))
	load, err := loadtest.Run(ctx, o, func(p loadtest.Progress) { j.progress.Step(step(p)) })
	if err != nil && !o.Shared { // a part's record says which part it is, whatever came of it
		j.writer.Update(func(r *run.Record) { r.Load = nil })
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return ended(ctx)
	case err != nil:
		return "the load was not started: " + j.redactor.Text(err.Error())
	}
	j.writer.Update(func(r *run.Record) { r.Load = load })
	if o.Scenario != loadtest.Userinfo && !o.Live {
		j.note("authorization codes were minted ahead of the load: the authorization request and the login page are in none of its figures")
	}
	if o.Check == loadtest.CheckNone {
		j.note("the answers under load were not checked (--check none)")
	}
	if load.Harness.Limited && !o.Shared {
		j.note("the harness was the limit of the load, so its rates and latencies say nothing about the target: " + strings.Join(load.Harness.Reasons, "; "))
	}
	if ctx.Err() != nil {
		return ended(ctx)
	}
	return load.Stopped
}

// discover replaces the documented endpoints by those of the metadata, where
// that is how endpoints are found.
func (j *job) discover(ctx context.Context, endpoints *sgid.Endpoints) error {
	if j.config.EndpointsMode != config.EndpointsDiscovery {
		return nil
	}
	var e *exchange.Exchange
	if err := loadtest.Again(ctx, j.note, func() (int, http.Header, error) {
		e = j.client.Do(ctx, exchange.Request{URL: endpoints.Discovery})
		switch {
		case e.Err != nil:
			return 0, nil, fmt.Errorf("the metadata at %s: no response: %w (--endpoints documented works without metadata)", endpoints.Discovery, e.Err)
		case e.Status() != 200:
			return e.Status(), e.Header(), fmt.Errorf("the metadata at %s: status %d (--endpoints documented works without metadata)", endpoints.Discovery, e.Status())
		}
		return e.Status(), nil, nil
	}); err != nil {
		return err
	}
	m, err := sgid.ParseMetadata(e.Body())
	if m == nil {
		return fmt.Errorf("the metadata at %s: %w (--endpoints documented works without metadata)", endpoints.Discovery, err)
	}
	for _, found := range []struct {
		member, value string
		into          *string
	}{
		{"authorization_endpoint", m.AuthorizationEndpoint, &endpoints.Authorization},
		{"token_endpoint", m.TokenEndpoint, &endpoints.Token},
		{"userinfo_endpoint", m.UserInfoEndpoint, &endpoints.UserInfo},
		{"jwks_uri", m.JWKSURI, &endpoints.JWKS},
	} {
		if found.value == "" {
			return fmt.Errorf("the metadata at %s has no %s (--endpoints documented works without metadata)", endpoints.Discovery, found.member)
		}
		*found.into = found.value
	}
	return nil
}

// minter makes codes: at once at the embedded provider, elsewhere by logins.
func (j *job) minter(authorize string, live bool) (loadtest.Minter, error) {
	party := j.config.First
	if p := j.embedded; p != nil && !live {
		return loadtest.NewFuncMinter(func(challenge, nonce string) (string, error) {
			return p.Mint(party.ClientID, 0, party.Scopes, challenge, nonce)
		}, provider.DefaultCodeLifetime), nil
	}
	driver := j.driver
	if driver.Name() == config.LoginDirect {
		// A client of its own: one that does not remember every login, and does not
		// spread the logins over time.
		o := j.config.ClientOptions(version, nil)
		o.Pace = 0
		o.HonourRetryAfter = false // a response 429 is a finding, not a reason to wait
		httpClient, err := client.New(o)
		if err != nil {
			return nil, err
		}
		j.closers = append(j.closers, func() error { httpClient.Close(); return nil })
		driver = login.NewDirect(httpClient, j.config.Persona, j.config.SecondPersona)
	}
	return loadtest.NewLoginMinter(driver, authorize, sgid.AuthorizeRequest{
		ClientID: party.ClientID, RedirectURI: party.RedirectURI, Scopes: party.Scopes,
	}, 0), nil
}
