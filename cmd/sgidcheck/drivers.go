package main

import (
	"errors"

	"sgidcheck/browser"
	"sgidcheck/internal/target"
)

// chooseDriver makes the login driver that was asked for the run's.
func (j *job) chooseDriver() error {
	switch j.config.Login {
	case target.LoginBrowser:
		chrome, err := j.startChrome()
		if err != nil {
			return exit(exitUsage, err)
		}
		driver, err := browser.NewDriver(chrome, browser.DriverOptionsOf(j.config, j.redactor))
		if err != nil {
			return exit(exitUsage, err)
		}
		j.use(driver)
	case target.LoginInteractive:
		return exit(exitUsage, errors.New("--login interactive: this build has no interactive driver"))
	}
	return nil
}

func (j *job) use(d target.Driver) {
	j.driver = d
	j.closers = append(j.closers, d.Close)
}

// startChrome prepares the run's one browser; no process starts before its first page.
func (j *job) startChrome() (*browser.Chrome, error) {
	if j.chrome != nil {
		return j.chrome, nil
	}
	path, err := browser.Find(j.config.Chrome)
	if err != nil {
		return nil, err
	}
	j.chrome = browser.NewChrome(browser.ChromeOptionsOf(path, j.config, j.client, j.note))
	j.closers = append(j.closers, j.chrome.Close)
	return j.chrome, nil
}
