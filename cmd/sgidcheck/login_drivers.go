package main

import (
	"context"
	"os"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/login"

	"golang.org/x/term"
)

// chooseDriver makes the login driver that was asked for the run's.
func (j *job) chooseDriver() error {
	switch j.config.Login {
	case config.LoginBrowser:
		chrome, err := j.startChrome()
		if err != nil {
			return exit(exitUsage, err)
		}
		driver, err := browser.NewDriver(chrome, browser.DriverOptionsOf(j.config, j.redactor))
		if err != nil {
			return exit(exitUsage, err)
		}
		j.use(driver)
	case config.LoginInteractive:
		driver, err := j.interactive()
		if err != nil {
			return exit(exitUsage, err)
		}
		j.use(driver)
	}
	return nil
}

// interactive asks a person to log in: in a window where there is a display,
// by QR code in the terminal elsewhere, and with the address alone where there
// is no browser either.
func (j *job) interactive() (*browser.Interactive, error) {
	o := browser.InteractiveOptions{
		Client: j.client, Redactor: j.redactor, In: os.Stdin, Out: j.err, Wait: j.config.LoginWait,
		Colour: term.IsTerminal(int(os.Stderr.Fd())), Waiting: j.waiting,
	}
	if path, err := browser.Find(j.config.Chrome); err == nil {
		options := browser.ChromeOptionsOf(path, j.config, j.client, j.note)
		options.Guard = guardCommandLine()
		options.Visible = browser.HasDisplay()
		o.Chrome = browser.NewChrome(options)
		j.closers = append(j.closers, o.Chrome.Close)
	} else if j.config.Chrome != "" || j.config.RequireBrowser {
		return nil, err
	}
	return browser.NewInteractive(o)
}

// look is how the suites have a browser look at a page; nil where there is none.
// No browser is started before the first page that takes one.
func (j *job) look() func(context.Context, login.Authorization) (*login.Response, error) {
	chrome, err := j.startChrome()
	if err != nil {
		return nil
	}
	driver, err := browser.NewDriver(chrome, browser.DriverOptionsOf(j.config, j.redactor))
	if err != nil {
		return nil
	}
	j.closers = append(j.closers, driver.Close)
	return driver.Look
}

func (j *job) use(d login.Driver) {
	j.driver = d
	j.closers = append(j.closers, d.Close)
}

// startChrome prepares the run's one browser, with its options changed; no process
// starts before its first page.
func (j *job) startChrome(change ...func(*browser.ChromeOptions)) (*browser.Chrome, error) {
	if j.chrome != nil {
		return j.chrome, nil
	}
	path, err := browser.Find(j.config.Chrome)
	if err != nil {
		return nil, err
	}
	options := browser.ChromeOptionsOf(path, j.config, j.client, j.note)
	options.Guard = guardCommandLine()
	for _, f := range change {
		f(&options)
	}
	j.chrome = browser.NewChrome(options)
	j.closers = append(j.closers, j.chrome.Close)
	return j.chrome, nil
}
