package main

import (
	"errors"
	"slices"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/run"

	"github.com/spf13/cobra"
)

// browserAreas are the areas that need a browser.
var browserAreas = []string{"BROW"}

func browserCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "browser",
		Short: "Judge the login in a real browser",
		Long: `Drives Chromium or Chrome through the login as a person would, and judges what
only a browser can see. Screenshots go to the output folder, the network log
beside them as browser.har.`,
		Example: `  sgidcheck browser
  sgidcheck browser --issuer http://127.0.0.1:5156/v2 --endpoints documented
  sgidcheck browser --chrome /opt/google/chrome/chrome --select BROW-01,BROW-05`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmd.Flags().Set("require-browser", "true"); err != nil {
				return err
			}
			return f.judge(cmd, course{areas: browserAreas})
		},
	}
	config.BindFlags(cmd.Flags(), config.GroupTarget, config.GroupLogin, config.GroupChecks, config.GroupNetwork, config.GroupOutput, config.GroupBrowser, config.GroupCrypto)
	config.Bind(cmd.Flags(), f.settings()...)
	return cmd
}

// openBrowser readies the browser checks, where they are among the areas (none: all). With
// no browser on this machine they are skipped, unless one is required.
func (j *job) openBrowser(areas []string) error {
	if len(areas) > 0 && !slices.ContainsFunc(areas, func(a string) bool { return slices.Contains(browserAreas, a) }) {
		return nil
	}
	chrome, err := j.startChrome()
	var missing *browser.MissingError
	if errors.As(err, &missing) && !j.config.RequireBrowser {
		j.noBrowser = err.Error()
		return nil
	}
	if err != nil {
		return exit(exitUsage, err)
	}
	driver, _ := j.driver.(*browser.Driver)
	person, _ := j.driver.(*browser.Interactive)
	j.browsing, err = browser.Open(browser.Options{
		Chrome: chrome, Driver: driver, Config: j.config, Client: j.client, Redactor: j.redactor,
		Person: person, Redeemed: j.suites.Redeemed,
		Embedded: j.embedded != nil, Out: j.config.Out, NoEvidence: j.verdictsOnly,
	})
	if err != nil {
		return exit(exitUsage, err)
	}
	j.closers = append(j.closers, j.browsing.Close)
	return nil
}

// addEvidence puts what the browser saw into the record.
func (j *job) addEvidence() {
	if j.browsing != nil {
		seen := j.browsing.Evidence()
		j.writer.Update(func(r *run.Record) { r.Browser = seen })
	}
}
