package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sgidcheck/browser"
	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
	"sgidcheck/suites/rp"

	"github.com/spf13/cobra"
)

// check says everything that is wrong with the flags.
func (f *rpFlags) check(c *config.Config) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	needed := map[string]string{"--redirect-uri": f.site.RedirectURI}
	if !f.serve {
		needed["--start"], needed["--protected"] = f.site.Start, f.site.Protected
	}
	addresses := map[string]string{"--start": f.site.Start, "--protected": f.site.Protected, "--logout": f.site.Logout, "--redirect-uri": f.site.RedirectURI}
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		bad("--addr %q: want HOST:PORT, such as 127.0.0.1:8189", f.addr)
	}
	for _, flag := range []string{"--start", "--protected", "--logout", "--redirect-uri"} {
		raw := addresses[flag]
		u, err := url.Parse(raw)
		_, must := needed[flag]
		switch {
		case raw == "" && must:
			bad("%s is missing", flag)
		case raw == "":
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			bad("%s %q: want an address such as http://localhost:3000/login", flag, raw)
		case u.Hostname() == host:
			bad("%s %s: the application is on the provider's host, and browsers would take the two for one site; address it as localhost", flag, raw)
		case !near(u.Hostname()) && !c.Allows(u.Hostname()):
			bad("%s %s: the host is neither this machine nor in a private network, and hostile strings would reach the application there; --allow-host %s allows it", flag, raw, u.Hostname())
		}
	}
	switch {
	case f.login != "http" && f.login != "browser":
		bad("--login %q: want http or browser", f.login)
	case f.login == "http" && f.site.Click != "":
		bad("--start-click needs --login browser")
	case f.login == "http" && f.site.Success.Selector != "" && !application.SimpleSelector(f.site.Success.Selector):
		bad("--success-selector %q: with --login http it is one element: a name, #id, .class, [attribute], or several of these together", f.site.Success.Selector)
	}
	return errors.Join(errs...)
}

// near reports whether a host is this machine or in a private network.
func near(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	if ip == nil {
		found, err := net.LookupIP(host)
		if err != nil || len(found) == 0 {
			return false
		}
		return !slices.ContainsFunc(found, func(ip net.IP) bool { return !ip.IsLoopback() && !ip.IsPrivate() })
	}
	return ip.IsLoopback() || ip.IsPrivate()
}

// environment is the application's settings under the SDK world's names.
func (a *rpJob) environment(keyFile, caFile string) []string {
	c := a.front.Client()
	return environmentOf(a.front.Issuer(), c, keyFile, a.flags.scopes, caFile)
}

func environmentOf(issuer string, c provider.Client, keyFile, scopes, caFile string) []string {
	env := []string{
		"SGID_HOSTNAME=" + strings.TrimSuffix(issuer, sgid.IssuerPath), "SGID_CLIENT_ID=" + c.ID, "SGID_CLIENT_SECRET=" + c.Secret,
		"SGID_PRIVATE_KEY=" + c.PrivateKey, "SGID_PRIVATE_KEY_FILE=" + keyFile,
		"SGID_REDIRECT_URI=" + c.RedirectURIs[0], "SGID_SCOPES=" + scopes,
	}
	if caFile != "" {
		env = append(env, "NODE_EXTRA_CA_CERTS="+caFile, "SSL_CERT_FILE="+caFile, "REQUESTS_CA_BUNDLE="+caFile)
	}
	return env
}

// open serves the provider, starts the application, and readies the checks.
func (a *rpJob) open(ctx context.Context) error {
	f := a.flags
	credentials, err := f.credentials(a.note)
	if err != nil {
		return exit(exitUsage, err)
	}
	party := credentials.Clients[0]
	a.front, err = provider.StartFront(context.WithoutCancel(ctx), provider.FrontOptions{Addr: f.addr, TLS: f.tls, Credentials: credentials})
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--addr: %w", err))
	}
	a.closers = append(a.closers, a.front.Close)
	f.site.Provider = strings.TrimSuffix(a.front.Issuer(), sgid.IssuerPath)
	f.site.Authorize = f.site.Provider + sgid.PathAuthorize
	a.redactor.OwnWords(append(ownTexts(), "undefined null None NaN")...)
	a.redactor.LearnAs(redact.KindClientSecret, party.Secret, "SGID_CLIENT_SECRET")
	a.redactor.Learn(redact.KindPrivateKey, party.PrivateKey)
	for _, address := range []string{f.site.Start, f.site.Protected, f.site.Logout} {
		if u, err := url.Parse(address); err == nil {
			password, _ := u.User.Password()
			a.redactor.Learn(redact.KindCredentials, password)
		}
	}
	folder, err := os.MkdirTemp("", "sgidcheck-rp-*")
	if err != nil {
		return exit(exitUsage, err)
	}
	a.closers = append(a.closers, func() error { return os.RemoveAll(folder) })
	keyFile, caFile := filepath.Join(folder, "private-key.pem"), ""
	if err := os.WriteFile(keyFile, []byte(party.PrivateKey), 0o600); err != nil {
		return exit(exitUsage, err)
	}
	options := a.config.ClientOptions(version, a.redactor)
	options.HonourRetryAfter, options.NoProxy = true, true
	if f.tls {
		caFile = filepath.Join(folder, "ca.pem")
		if err := os.WriteFile(caFile, a.front.CA(), 0o644); err != nil {
			return exit(exitUsage, err)
		}
		options.CAFiles = append(options.CAFiles, caFile)
	}
	if a.client, err = client.New(options); err != nil {
		return exit(exitUsage, err)
	}
	options.Timeout = max(options.Timeout, rp.Patience+2*time.Second)
	patient, err := client.New(options)
	if err != nil {
		return exit(exitUsage, err)
	}
	a.closers = append(a.closers, func() error { a.client.Close(); patient.Close(); return nil })
	if err := a.start(ctx, a.environment(keyFile, caFile)); err != nil {
		return err
	}
	o := rp.Options{
		Front: a.front, Site: &f.site, Client: a.client, Patient: patient, Redactor: a.redactor,
		RestartWait: a.config.RestartWait, Slow: a.config.Slow, Note: a.note,
	}
	if a.process != nil {
		o.Process = &loggingProcess{a.process, &a.log}
	}
	if f.login == "browser" {
		if err := a.browse(ctx, &o, caFile); err != nil {
			return err
		}
	}
	if f.appLog != "" || f.startCommand != "" {
		o.AppLog = a.logged
	}
	a.campaign = rp.Open(o)
	return nil
}

// browse has the application driven by the browser.
func (a *rpJob) browse(ctx context.Context, o *rp.Options, caFile string) error {
	if caFile != "" { // whose certificate the browser must take
		a.config.Issuer, a.config.CAFiles = a.front.Issuer(), append(a.config.CAFiles, caFile)
	}
	chrome, err := a.startChrome(func(o *browser.ChromeOptions) { o.Lean, o.Frames = true, false }) // hundreds of logins, and no pictures
	if err != nil {
		return exit(exitUsage, err)
	}
	applications := browser.NewApplications(ctx, chrome)
	a.closers = append(a.closers, func() error { applications.Close(); return nil })
	o.NewBrowser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
		manner.Timeout = max(manner.Timeout, a.config.Timeout)
		return applications.Open(site, manner)
	}
	return nil
}

// start starts the application, or waits for the one that the user starts.
func (a *rpJob) start(ctx context.Context, env []string) error {
	f := a.flags
	if f.appLog != "" {
		a.log.begin(f.appLog)
	}
	if f.startCommand == "" {
		return a.await(ctx)
	}
	a.process = &application.Process{
		Command: f.startCommand, Env: env, Address: f.site.Protected, Hosts: f.site.Hosts(), Wait: f.startWait, Log: a.log.add,
	}
	a.closers = append(a.closers, func() error { a.process.Stop(); return nil })
	if err := a.process.Start(ctx); err != nil {
		code := exitIncomplete
		if a.process.Starts() == 0 {
			code = exitUsage
		}
		return exit(code, errors.New(a.redactor.Text(err.Error())))
	}
	return nil
}

// await waits for an application that the user starts.
func (a *rpJob) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.flags.startWait)
	defer cancel()
	if silent := a.flags.site.Await(ctx); len(silent) > 0 {
		return exit(exitIncomplete, fmt.Errorf("no application takes connections at %s; start it with the settings that 'sgidcheck rp --serve' prints, or name a --start-command", strings.Join(silent, " and ")))
	}
	return nil
}

// serveOnly serves a provider that does everything right, with a page on which a
// person chooses who logs in, and prints the settings to copy.
func (f *rpFlags) serveOnly(cmd *cobra.Command) error {
	credentials, err := f.credentials(func(note string) { fmt.Fprintln(cmd.ErrOrStderr(), note) })
	if err != nil {
		return exit(exitUsage, err)
	}
	p, err := provider.Start(cmd.Context(), provider.Options{Addr: f.addr, TLS: f.tls, Credentials: credentials})
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--addr: %w", err))
	}
	for _, line := range environmentOf(p.Issuer(), credentials.Clients[0], "", f.scopes, "") {
		name, value, _ := strings.Cut(line, "=")
		if value != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "%s=\"%s\"\n", name, strings.ReplaceAll(value, "\n", `\n`))
		}
	}
	if f.clientFile == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "these credentials are new for each run; --client-file FILE keeps them, for 'sgidcheck rp --client-file FILE' to use them")
	}
	<-p.Done()
	if err := p.Err(); err != nil && cmd.Context().Err() == nil {
		return exit(exitIncomplete, errors.New("the provider stopped: "+err.Error()))
	}
	return nil
}
