package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"sgidcheck/browser"
	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"

	"github.com/spf13/cobra"
)

func doctorCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Is everything ready: configuration, key, reachability, browser",
		Long: `Looks at everything that a run needs. The target sees a request for its
metadata, and an authorization request of each client, with which nobody logs
in. Exit code 0, or 2 where there is a problem.`,
		Example: `  sgidcheck doctor
  sgidcheck doctor --issuer https://api-stg.id.gov.sg/v2 --format json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var findings []doctor.Finding
			var values []config.Resolved
			var flags string
			settings, err := table(cmd.Root()).Resolve(cmd.Flags(), os.Environ(), "", config.Everything)
			if err != nil {
				findings = doctor.ConfigFindings(err)
			} else {
				findings, values = examine(cmd.Context(), settings), settings.Values
				redactor := redact.New()
				settings.Teach(redactor)
				flags = redactor.Sentence(givenFlags(cmd, settings, "format"))
			}
			told := tellFindings(cmd.OutOrStdout(), format, values, findings)
			if format == "text" {
				afterDoctor(findings, flags).tell(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()))
			}
			return told
		},
	}
	config.BindFlags(cmd.Flags())
	config.Bind(cmd.Flags(), config.Rows("sgidcheck doctor", "doctor",
		config.Setting{Flag: "format", Choices: []string{"text", "json"}, Default: "text", Into: &format, Common: true, Help: "what is printed"})...)
	return cmd
}

func examine(ctx context.Context, settings *config.Config) []doctor.Finding {
	look, end := looking(settings)
	defer end()
	return append(judgedByRun(settings), doctor.Examine(ctx, settings, doctor.Options{
		Version: version, Look: look,
		Probes: []func(context.Context) doctor.Finding{
			func(ctx context.Context) doctor.Finding { return probeBrowser(ctx, settings) },
			func(context.Context) doctor.Finding { return probeLibcrypto(sgid.Engines(), settings.Crypto) },
		},
	})...)
}

// looking is how doctor has a browser look at a page; nil where there is none.
func looking(settings *config.Config) (look func(context.Context, login.Authorization) (*login.Response, error), end func()) {
	path, err := browser.Find(settings.Chrome)
	if err != nil || settings.Embedded() {
		return nil, func() {}
	}
	redactor := redact.New()
	settings.Teach(redactor)
	httpClient, err := client.New(settings.ClientOptions(version, redactor))
	if err != nil {
		return nil, func() {}
	}
	options := browser.ChromeOptionsOf(path, settings, httpClient, nil)
	options.Guard = guardCommandLine()
	chrome := browser.NewChrome(options)
	driver, err := browser.NewDriver(chrome, browser.DriverOptionsOf(settings, redactor))
	if err != nil {
		return func(context.Context, login.Authorization) (*login.Response, error) { return nil, err }, httpClient.Close
	}
	return driver.Look, func() {
		_ = errors.Join(driver.Close(), chrome.Close())
		httpClient.Close()
	}
}

// probeBrowser says whether a browser is there and starts.
func probeBrowser(ctx context.Context, settings *config.Config) doctor.Finding {
	f := doctor.Finding{Name: "browser", Status: doctor.StatusWarning}
	if settings.RequireBrowser || settings.Login == config.LoginBrowser {
		f.Status = doctor.StatusProblem
	}
	path, err := browser.Find(settings.Chrome)
	if err != nil {
		f.Detail, f.Remedy = "no browser was found: the browser checks will be skipped", browser.InstallHint()
		if settings.Chrome != "" {
			f.Status, f.Detail, f.Remedy = doctor.StatusProblem, err.Error(), "give the path of the browser's executable"
		}
		return f
	}
	product, err := browser.Probe(ctx, path, guardCommandLine())
	if err != nil {
		f.Detail, f.Remedy = fmt.Sprintf("%s does not start: %v", path, err), "start it by hand with --headless to see why"
		return f
	}
	return doctor.Finding{Name: "browser", Status: doctor.StatusOK, Detail: product + " at " + path}
}

// probeLibcrypto says whether libcrypto can be used, without which a run that asks for
// it decrypts nothing.
func probeLibcrypto(engines []sgid.EngineStatus, crypto string) doctor.Finding {
	for _, e := range engines {
		if e.Name != sgid.EngineOpenSSL || e.Available {
			continue
		}
		f := doctor.Finding{Name: "libcrypto", Status: doctor.StatusWarning, Detail: "it is not usable: " + e.Reason,
			Remedy: "decryption runs on the standard library, which is slower"}
		if crypto == sgid.EngineOpenSSL {
			f.Status, f.Remedy = doctor.StatusProblem, "use --crypto auto or --crypto go"
		}
		if !e.NeverHere {
			f.Remedy += "; install OpenSSL 3 for the faster engine"
		}
		return f
	}
	return doctor.Finding{Name: "libcrypto", Status: doctor.StatusOK, Detail: "it is loaded for RSA"}
}

// tellFindings writes what was found; a problem ends the program with code 2.
func tellFindings(w io.Writer, format string, values []config.Resolved, findings []doctor.Finding) error {
	if format == "json" {
		if err := findingsJSON(w, values, findings); err != nil {
			return err
		}
	} else {
		findingsText(w, columnsOf(w), values, findings)
	}
	for _, f := range findings {
		if f.Status == doctor.StatusProblem {
			return exit(exitUsage, nil)
		}
	}
	return nil
}

func findingsText(w io.Writer, columns int, values []config.Resolved, findings []doctor.Finding) {
	for _, v := range values {
		if v.Origin != "default" && v.Origin != "not set" {
			tell(w, columns, "setting  ", fmt.Sprintf("%s = %s (%s)", v.Setting.Key, v.Value, v.Origin))
		}
	}
	for _, f := range findings {
		tell(w, columns, fmt.Sprintf("%-8s ", f.Status), f.Name+": "+f.Detail)
		if f.Remedy != "" {
			tell(w, columns, "         ", f.Remedy)
		}
	}
}

func findingsJSON(w io.Writer, values []config.Resolved, findings []doctor.Finding) error {
	type setting struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Origin string `json:"origin"`
	}
	out := struct {
		Settings []setting        `json:"settings"`
		Findings []doctor.Finding `json:"findings"`
	}{Settings: []setting{}, Findings: findings}
	for _, v := range values {
		out.Settings = append(out.Settings, setting{v.Setting.Key, v.Value, v.Origin})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
