package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/reports"
	"sgidcheck/suites"

	"github.com/spf13/cobra"
)

// conformanceAreas are the areas of a provider that need no browser.
var conformanceAreas = slices.DeleteFunc(run.ProviderAreas(), func(area string) bool { return slices.Contains(browserAreas, area) })

// checkFlags are the flags of the commands that judge checks, beside the settings.
type checkFlags struct {
	embedded     embeddedOptions
	dryRun       bool
	resume       string
	writeWaivers string
	verdictsOnly bool
}

// settings is the rows of the commands that judge checks.
func (f *checkFlags) settings() config.Table {
	return append(config.Rows("The run", "",
		config.Setting{Flag: "dry-run", Into: &f.dryRun, Once: true, Common: true,
			Help: "print what would run, in which order and with how many logins; send nothing"},
		config.Setting{Flag: "resume", Type: config.TypeDir, Into: &f.resume, Once: true,
			Help: "resume the run whose record is in this folder"},
		config.Setting{Flag: "verdicts-only", Into: &f.verdictsOnly,
			Help: "write only the record, without exchanges, and no reports"},
		config.Setting{Flag: "write-waivers", Type: config.TypeFile, Into: &f.writeWaivers, Once: true,
			Help: "write a waivers file for every failure and warning, with the reasons to be filled in"},
	), f.embedded.settings()...)
}

func conformanceCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Judge the checks of every endpoint",
		Example: `  sgidcheck conformance
  sgidcheck conformance --issuer http://127.0.0.1:5156/v2 --endpoints documented
  sgidcheck conformance --select TOKEN,'PKCE-0*' --dry-run`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.judge(cmd, course{areas: conformanceAreas})
		},
	}
	config.BindFlags(cmd.Flags(), config.GroupTarget, config.GroupLogin, config.GroupChecks, config.GroupNetwork, config.GroupOutput, config.GroupBrowser, config.GroupCrypto)
	config.Bind(cmd.Flags(), f.settings()...)
	return cmd
}

// course is what a command judges, and what it does after that.
type course struct {
	areas []string                   // empty: the whole catalogue
	ready func(*config.Config) error // says what of the configuration after cannot use; nil: nothing
	after func(context.Context, *job) (stopped string)
	takes time.Duration // how long that takes, as far as it is known
}

// judge runs the checks of a course, from the command line to the reports.
func (f *checkFlags) judge(cmd *cobra.Command, c course) error {
	settings, err := f.resolve(cmd)
	if err != nil {
		return err
	}
	if c.ready != nil {
		if err := c.ready(settings); err != nil {
			return exit(exitUsage, err)
		}
	}
	waivers, err := readWaivers(settings)
	if err != nil {
		return err
	}
	if err := waiversPlace(f.writeWaivers); err != nil {
		return err
	}
	ctx := cmd.Context()
	if settings.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = judge.WithLimit(ctx, settings.MaxTime)
		defer cancel()
	}
	j, err := open(ctx, settings, f.embedded, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer j.close()
	j.verdictsOnly = f.verdictsOnly
	j.command = cmd.CommandPath() + givenFlags(cmd, settings, "resume", "out", "dry-run")
	if err := j.openSuites(); err != nil {
		return err
	}
	if err := j.openBrowser(c.areas); err != nil {
		return err
	}
	earlier, err := readEarlier(f.resume, j.target(), settingsOf(j.config, j.redactor), j.keys(), waivers, j.choice(c.areas).Missing)
	if err != nil {
		return err
	}
	plan := judge.Plan(earlier.goesOn(j.choice(c.areas)))
	j.suites.Worked, j.suites.Roots = earlier.worked(), earlier.roots()
	if f.dryRun {
		return printPlan(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()), plan)
	}
	if err := j.begin(earlier, j.choice(c.areas).Coverage()); err != nil {
		return err
	}
	j.suites.Planned(judge.PlannedLogins(plan))
	if !settings.Quiet {
		j.printDemands(plan)
	}
	if err := j.showProgress(len(plan)); err != nil {
		return err
	}
	j.progress.Work(works(plan, j.embedded != nil))
	j.progress.Ahead(c.takes)
	stopped := j.judge(ctx, plan, waivers, earlier)
	if stopped == "" && c.after != nil {
		j.setClockBack()
		stopped = c.after(ctx, j)
	}
	j.progress.Close()
	var notWritten error
	if f.writeWaivers != "" {
		notWritten = j.writeWaivers(f.writeWaivers)
	}
	if err := j.finish(stopped); err != nil {
		return errors.Join(err, notWritten)
	}
	return notWritten
}

// resolve reads the configuration and says everything that is wrong with it.
func (f *checkFlags) resolve(cmd *cobra.Command) (*config.Config, error) {
	settings, err := resolve(cmd)
	if err != nil {
		return nil, err
	}
	if f.resume != "" && !settings.OnCommandLine("out") {
		settings.Out = f.resume
		settings.Follows("out", f.resume, "flag --resume")
	}
	for flag, patterns := range map[string][]string{"--select": settings.Select, "--skip": settings.Skip} {
		if err := judge.CheckPatterns(patterns); err != nil {
			return nil, exit(exitUsage, fmt.Errorf("%s: %w", flag, err))
		}
	}
	return settings, nil
}

func readWaivers(settings *config.Config) ([]run.Waiver, error) {
	waivers, err := loadWaivers(settings)
	if err != nil {
		return nil, exit(exitUsage, err)
	}
	return waivers, nil
}

func loadWaivers(settings *config.Config) ([]run.Waiver, error) {
	if settings.Waivers == "" {
		return nil, nil
	}
	return config.LoadWaivers(settings.Waivers, func(id string) ([]string, bool, string) {
		check, known := judge.Lookup(id)
		return check.Cases, known, judge.NearestID(id)
	})
}

// openSuites readies the conformance checks.
func (j *job) openSuites() error {
	o := suites.Options{Config: j.config, Client: j.client, Redactor: j.redactor, Driver: j.driver, Direct: j.direct, Note: j.note, Look: j.look(),
		FewLogins: j.config.FewLogins, LoginBudget: j.config.LoginBudget, LoggedIn: j.loggedIn}
	if j.embedded != nil {
		o.Advance = func(d time.Duration) {
			j.embedded.Advance(d)
			j.advanced += d
		}
	}
	if j.config.OpenAPI != "" {
		document, err := os.ReadFile(j.config.OpenAPI)
		if err != nil {
			return exit(exitUsage, fmt.Errorf("--openapi: %w", err))
		}
		o.OpenAPI = document
	}
	var err error
	if j.suites, err = suites.Open(o); err != nil {
		return exit(exitUsage, fmt.Errorf("--openapi: %w", err))
	}
	return nil
}

// setClockBack undoes what checks have let pass at the embedded provider: load
// judges its tokens by this machine's clock.
func (j *job) setClockBack() {
	if j.embedded != nil {
		j.embedded.Advance(-j.advanced)
		j.advanced = 0
	}
}

// choice says what is asked for and which needs are not met.
func (j *job) choice(areas []string) judge.Choice {
	c := j.config
	missing := rig.Missing(c, j.embedded != nil)
	if j.noBrowser != "" {
		missing[judge.Browser] = j.noBrowser
	}
	return judge.Choice{Select: c.Select, Skip: c.Skip, Areas: areas, Missing: missing, Scopes: c.First.Scopes, LoginBudget: c.LoginBudget, FewLogins: c.FewLogins, Gravity: reports.Gravity, Mock: j.target().Mock()}
}
