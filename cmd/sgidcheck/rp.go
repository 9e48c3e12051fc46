package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp"

	"github.com/spf13/cobra"
)

// rpFlags are what `sgidcheck rp` knows beside the settings.
type rpFlags struct {
	site         application.Site
	addr         string
	clientFile   string
	login        string
	startCommand string
	startWait    time.Duration
	appLog       string
	tls          bool
	serve        bool
	dryRun       bool
	scopes       string
}

// rpGroups are the groups of settings that `sgidcheck rp` takes.
var rpGroups = []config.Group{config.GroupChecks, config.GroupNetwork, config.GroupOutput, config.GroupBrowser}

func rpCommand() *cobra.Command {
	var f rpFlags
	cmd := &cobra.Command{
		Use:   "rp",
		Short: "Judge a relying party: an application that logs in with sgID",
		Long: `Serves a provider that misbehaves once per login, logs in at your application
with it again and again, and judges what the application does with wrong tokens,
tampered callbacks and broken answers. The application is addressed as
localhost, the provider is on 127.0.0.1: they are two sites, as in production.

The application takes its settings from the environment that --start-command is
run with: SGID_HOSTNAME, SGID_CLIENT_ID, SGID_CLIENT_SECRET, SGID_PRIVATE_KEY,
SGID_PRIVATE_KEY_FILE, SGID_REDIRECT_URI and SGID_SCOPES. Without it, start the
application yourself with what 'sgidcheck rp --serve' prints.

Hostile strings reach the application and its database: use a test database.`,
		Example: `  sgidcheck rp --start-command 'npm start' --start http://localhost:3000/login \
    --protected http://localhost:3000/profile \
    --redirect-uri http://localhost:3000/callback
  sgidcheck rp --serve --redirect-uri http://localhost:3000/callback \
    --client-file sgid-client.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	config.BindFlags(cmd.Flags(), rpGroups...)
	config.Bind(cmd.Flags(), f.settings()...)
	return cmd
}

// settings is the rows of `sgidcheck rp`.
func (f *rpFlags) settings() config.Table {
	return config.Rows("sgidcheck rp", "rp",
		config.Setting{Flag: "start", Type: config.TypeURL, Into: &f.site.Start, Common: true,
			Help: "the page on which a login begins, such as http://localhost:3000/login"},
		config.Setting{Flag: "protected", Type: config.TypeURL, Into: &f.site.Protected, Common: true,
			Help: "a page that shows who is logged in, such as http://localhost:3000/profile"},
		config.Setting{Flag: "logout", Type: config.TypeURL, Into: &f.site.Logout, Common: true,
			Help: "the URL that logs out, by GET or by a form; without it the logout checks are skipped"},
		config.Setting{Flag: "redirect-uri", Type: config.TypeURL, Into: &f.site.RedirectURI, Common: true,
			Help: "the application's redirect URI, such as http://localhost:3000/callback"},
		config.Setting{Flag: "addr", Default: "127.0.0.1:8189", Into: &f.addr,
			Help: "loopback address that the provider listens on, HOST:PORT; the application's configuration holds it"},
		config.Setting{Flag: "client-file", Type: config.TypeFile, Into: &f.clientFile,
			Help: "file with the client's credentials and the provider's signing keys, JSON; read if it exists, created if it does not"},
		config.Setting{Flag: "login", Choices: []string{"http", "browser"}, Default: "http", Into: &f.login, Common: true,
			Help: "how the application is driven: http, or browser for one that needs JavaScript"},
		config.Setting{Flag: "start-click", Into: &f.site.Click,
			Help: "CSS selector of the element that starts the login on the start page (with --login browser)"},
		config.Setting{Flag: "success-text", Into: &f.site.Success.Text,
			Help: "text that the protected page has only when somebody is logged in"},
		config.Setting{Flag: "success-selector", Into: &f.site.Success.Selector,
			Help: "CSS selector of an element that it has only when somebody is logged in: element, #id, .class, [attribute]"},
		config.Setting{Flag: "success-status", Default: "0", Into: &f.site.Success.Status,
			Help: "HTTP status that it returns only when somebody is logged in; 0: not used"},
		config.Setting{Flag: "start-command", Into: &f.startCommand, Common: true,
			Help: "shell command that starts the application; it is stopped at the end of the run"},
		config.Setting{Flag: "start-wait", Default: "30s", Into: &f.startWait,
			Help: "how long the application may take to start"},
		config.Setting{Flag: "app-log", Type: config.TypeFile, Into: &f.appLog,
			Help: "log file of the application"},
		config.Setting{Flag: "tls", Into: &f.tls,
			Help: "serve https with a private CA, written next to --client-file"},
		config.Setting{Flag: "serve", Into: &f.serve, Once: true, Common: true,
			Help: "only serve a conformant provider and print the settings to copy"},
		config.Setting{Flag: "dry-run", Into: &f.dryRun, Once: true, Common: true,
			Help: "print what would be judged, and send nothing"},
		config.Setting{Flag: "scopes", Type: config.TypeScopes, Default: "openid myinfo.name", Into: &f.scopes,
			Help: "value for SGID_SCOPES, separated by spaces"})
}

func (f *rpFlags) run(cmd *cobra.Command) error {
	c, err := resolve(cmd, rpGroups...)
	if err != nil {
		return err
	}
	if err := f.check(c); err != nil {
		return exit(exitUsage, err)
	}
	if f.serve {
		return f.serveOnly(cmd)
	}
	for flag, patterns := range map[string][]string{"--select": c.Select, "--skip": c.Skip} {
		if err := judge.CheckPatterns(patterns); err != nil {
			return exit(exitUsage, fmt.Errorf("%s: %w", flag, err))
		}
	}
	choice := f.choice(c)
	if f.dryRun {
		return printPlan(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()), judge.Plan(choice))
	}
	waivers, err := readWaivers(c)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	if c.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.MaxTime)
		defer cancel()
	}
	a := &rpJob{flags: f, choice: choice}
	a.job = &job{config: c, out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), redactor: redact.New()}
	defer a.close()
	if err := a.open(ctx); err != nil {
		return err
	}
	return a.judge(ctx, waivers)
}

// choice says what is judged, and what it cannot be judged with.
func (f *rpFlags) choice(c *config.Config) judge.Choice {
	missing := map[judge.Need]string{}
	if !c.Slow {
		missing[judge.Time] = "it waits for codes and tokens to expire; run it with --slow"
	}
	if f.site.Logout == "" {
		missing[judge.Logout] = "no logout URL is known; give it with --logout"
	}
	if f.appLog == "" && f.startCommand == "" {
		missing[judge.AppLog] = "the application's log is not known; give it with --app-log"
	}
	return judge.Choice{Select: c.Select, Skip: c.Skip, Areas: []string{run.AreaRP}, Missing: missing}
}

// rpJob is one run against an application.
type rpJob struct {
	*job
	flags    *rpFlags
	choice   judge.Choice
	front    *provider.Front
	process  *application.Process
	log      appLog
	campaign *rp.Campaign
}

// judge learns what "logged in" looks like, judges the checks, and reports.
func (a *rpJob) judge(ctx context.Context, waivers []run.Waiver) error {
	plan := judge.Plan(a.choice)
	if err := a.campaign.Learn(ctx); err != nil {
		return exit(exitUsage, howToTell(err))
	}
	head := run.Record{
		Target:  run.Target{Issuer: a.front.Issuer(), Kind: "external", Application: a.redactor.Text(a.flags.site.Start), Login: a.flags.login},
		Started: time.Now().UTC(), Strict: a.config.Strict, Coverage: a.choice.Coverage(),
	}
	if a.config.Require != config.RequireNone {
		head.Require = a.config.Require
	}
	if err := a.record(head); err != nil {
		return err
	}
	if err := a.showProgress(len(plan)); err != nil {
		return err
	}
	a.progress.Work(works(plan, false))
	verdicts := map[string]run.Verdict{}
	campaign := &judge.Campaign{
		Plan: plan, Body: a.campaign.Body, Waivers: waivers, Redact: a.redactor.Verdict,
		CheckLimit: max(12*a.config.Timeout, 4*time.Minute),
		Before:     func(check judge.Check) { a.progress.Start(check.ID) },
		After: func(out run.Check) {
			a.progress.Done(out)
			a.add(out)
			verdicts[out.ID] = out.Verdict
			_ = a.log.follow() // RP-72 tells it
			a.tellUnwritten()
		},
	}
	stopped := ""
	if unreached := campaign.Run(ctx); unreached > 0 {
		stopped = fmt.Sprintf("%s; %d of %d checks were not judged", ended(ctx), unreached, len(plan))
	}
	if rp.NotVerified(verdicts) {
		a.note("the ID token is not verified at all: RP-35 to RP-46 fail for this one reason")
	}
	a.progress.Close()
	return a.finish(stopped)
}

// howToTell is the error of a page that looks alike for everybody, with what to do.
func howToTell(err error) error {
	if errors.Is(err, application.ErrAlike) {
		return fmt.Errorf("%w; name a page in --protected that shows who is logged in, or say how a logged-in person's differs: --success-text, --success-selector or --success-status", err)
	}
	return err
}
