package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/loadtest"
	"sgidcheck/suites"
)

// judgedByRun are the settings on which a run would end before it has sent anything, as
// only what reads them can judge: a problem each.
func judgedByRun(settings *config.Config) []doctor.Finding {
	var wrong config.Errors
	say := func(key, problem, remedy string) {
		wrong = append(wrong, settings.Wrong(key, problem, remedy))
	}
	patterns := func(key string, list []string) {
		for _, pattern := range list {
			if err := judge.CheckPatterns([]string{pattern}); err != nil {
				say(key, err.Error(), "name checks as 'sgidcheck checks' lists them")
			}
		}
	}
	patterns("select", settings.Select)
	patterns("skip", settings.Skip)
	if _, err := loadWaivers(settings); err != nil {
		for line := range strings.Lines(err.Error()) {
			say("waivers", strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "waivers: "), "correct the file")
		}
	}
	for _, expression := range settings.Thresholds {
		if _, err := loadtest.ParseThreshold(expression); err != nil {
			say("thresholds", err.Error(), "write it such as userinfo.p99<300ms or errors<1%")
		}
	}
	if err := browser.CheckSteps(settings.LoginSteps); err != nil {
		say("login-steps", err.Error(), "correct the step")
	}
	if err := readsOpenAPI(settings.OpenAPI); err != nil {
		say("openapi", err.Error(), "name an OpenAPI 3 document of the endpoints, or leave it out")
	}
	if err := loadtest.CheckRate(loadRate(settings)); err != nil {
		say("run-load-rate", err.Error(), "write a lower one, such as 20")
	}
	if err := loadtest.CheckDuration(loadDuration(settings)); err != nil {
		say("run-load-duration", err.Error(), "write a shorter one, such as 3s")
	}
	if _, err := loadtest.NewGuard(settings.AllowHosts, settings.Resolve); err != nil && isTrue(textOf(settings, "run-load")) {
		say("allow-host", err.Error(), "write the name or address of a host")
	}
	embeddedByRun(settings, say)
	if len(wrong) == 0 {
		return nil
	}
	return doctor.ConfigFindings(wrong)
}

// embeddedByRun judges what the embedded provider is asked for: it has to have it, and
// to be the target.
func embeddedByRun(settings *config.Config, say func(key, problem, remedy string)) {
	https := isTrue(textOf(settings, "embedded-tls"))
	elsewhere := func(key string) {
		say(key, "it is for the embedded provider, and an issuer is set", "leave out the issuer, or this setting")
	}
	each := func(key string, check func(name string, https bool) error) {
		names := listOf(settings, key)
		if len(names) > 0 && !settings.Embedded() {
			elsewhere(key)
			return
		}
		for _, name := range names {
			if err := check(name, https); err != nil {
				say(key, err.Error(), "correct the name, set embedded-tls as it needs it, or leave it out")
			}
		}
	}
	each("embedded-fault", provider.CheckFault)
	each("embedded-variant", provider.CheckVariant)
	if https && !settings.Embedded() {
		elsewhere("embedded-tls")
	}
}

// readsOpenAPI says why a document cannot be used; no name is the one that is built in.
func readsOpenAPI(name string) error {
	if name == "" {
		return nil
	}
	document, err := os.ReadFile(name)
	if err == nil {
		_, err = suites.Open(suites.Options{OpenAPI: document})
	}
	return err
}

// loadRate is the rate of the load test that ends a run; it was held against its form.
func loadRate(settings *config.Config) float64 {
	rate, _ := strconv.ParseFloat(textOf(settings, "run-load-rate"), 64)
	return rate
}

func loadDuration(settings *config.Config) time.Duration {
	duration, _ := time.ParseDuration(textOf(settings, "run-load-duration"))
	return duration
}

// listOf is the members of a setting that is a list.
func listOf(settings *config.Config, key string) []string {
	for _, v := range settings.Values {
		if v.Setting.Key == key {
			return v.Written()
		}
	}
	return nil
}

// isTrue reads what was written for a setting that is true or false.
func isTrue(text string) bool {
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(strings.TrimSpace(text)))
}

// textOf is the value of a setting that takes one, as it was written.
func textOf(settings *config.Config, key string) string {
	for _, v := range settings.Values {
		if v.Setting.Key == key && len(v.Written()) > 0 {
			return strings.TrimSpace(v.Written()[0])
		}
	}
	return ""
}
