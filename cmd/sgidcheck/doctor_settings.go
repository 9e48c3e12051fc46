package main

import (
	"os"
	"strconv"
	"strings"
	"time"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/judge"
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
	if len(wrong) == 0 {
		return nil
	}
	return doctor.ConfigFindings(wrong)
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

// textOf is the value of a setting that takes one, as it was written.
func textOf(settings *config.Config, key string) string {
	for _, v := range settings.Values {
		if v.Setting.Key == key && len(v.Written()) > 0 {
			return strings.TrimSpace(v.Written()[0])
		}
	}
	return ""
}
