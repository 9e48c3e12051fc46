package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/provider"

	"github.com/spf13/cobra"
)

func providerCommand() *cobra.Command {
	var o provider.Options
	var list, listVariants, log bool
	cmd := &cobra.Command{
		Use:   "provider",
		Short: "Serve the embedded provider",
		Long: `Serves the embedded sgID provider on a loopback address until interrupted, and
prints its issuer once it listens. Its people are synthetic and its secrets are
for tests: it is not made to be reached from other machines.`,
		Example: `  sgidcheck provider --addr 127.0.0.1:8089 --client-file clients.json
  sgidcheck provider --fault pkce-not-enforced
  sgidcheck provider --variant error-page-200
  sgidcheck provider --tls --host api-stg.example --login-page qr --phone 2s \
    --client-file clients.json
  sgidcheck provider --list-faults`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return listFaults(cmd)
			}
			if listVariants {
				return printVariants(cmd)
			}
			if log {
				o.Log = func(r provider.Request) {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s %s %d %s\n", r.Method, r.Path, r.Status, r.Duration)
				}
			}
			p, err := provider.Start(cmd.Context(), o)
			if err != nil {
				return exit(exitUsage, err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), p.Issuer())
			if o.ClientFile == "" && o.ClientDir == "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "nobody can log in without the credentials of its clients: --client-file FILE or --client-dir DIR writes them")
			}
			if o.Host != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "clients find it with --resolve %s:%s\n", o.Host, hostOf(o.Addr))
			}
			<-p.Done()
			if err := p.Err(); err != nil && cmd.Context().Err() == nil {
				return exit(exitIncomplete, errors.New("the provider stopped: "+err.Error()))
			}
			return nil
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck provider", "provider",
		config.Setting{Flag: "addr", Default: "127.0.0.1:0", Into: &o.Addr, Help: "loopback address to listen on, HOST:PORT; port 0 takes a free one"},
		config.Setting{Flag: "fault", Into: &o.Faults, Complete: faultNames, Help: "misbehave on purpose: a name from --list-faults (repeatable)"},
		config.Setting{Flag: "variant", Into: &o.Variants, Complete: variantNames, Help: "differ in a legal way: a name from --list-variants (repeatable)"},
		config.Setting{Flag: "client-file", Type: config.TypeFile, Into: &o.ClientFile, Help: "write the two clients' credentials to this file (JSON, mode 0600)"},
		config.Setting{Flag: "client-dir", Type: config.TypeDir, Into: &o.ClientDir, Help: "write them into this folder as the developer portal shows them, a file each, and with --tls the CA as ca.pem"},
		config.Setting{Flag: "redirect-uri", Into: &o.RedirectURIs, Help: "a redirect URI to register for the first client, in place of its own (repeatable)"},
		config.Setting{Flag: "tls", Into: &o.TLS, Help: "serve https with a private CA, written next to --client-file"},
		config.Setting{Flag: "host", Into: &o.Host, Help: "host name to use instead of the address: clients reach it with --resolve NAME:127.0.0.1"},
		config.Setting{Flag: "login-page", Choices: provider.LoginPages(), Default: provider.LoginPageForm, Into: &o.LoginPage,
			Help: "kind of login page: a form; a QR code drawn by script, like sgID's own; or one document for both logins and errors, whose script asks the server which to show"},
		config.Setting{Flag: "phone", Default: "0s", Into: &o.Phone, Help: "act as the phone: scan each QR code after this time; 0 waits for somebody to open its address"},
		config.Setting{Flag: "code-lifetime", Default: provider.DefaultCodeLifetime.String(), Into: &o.CodeLifetime, Help: "lifetime of authorization codes"},
		config.Setting{Flag: "token-lifetime", Default: provider.DefaultTokenLifetime.String(), Into: &o.TokenLifetime, Help: "lifetime of access tokens"},
		config.Setting{Flag: "list-faults", Into: &list, Once: true, Help: "print every fault and the checks that must catch it"},
		config.Setting{Flag: "list-variants", Into: &listVariants, Once: true, Help: "print every legal difference, and the SHOULD checks that may warn on it"},
		config.Setting{Flag: "log", Into: &log, Help: "log each request to standard error"})...)
	return cmd
}

// hostOf is the host of host:port.
func hostOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return host
}

func listFaults(cmd *cobra.Command) error {
	rows := [][]string{{"FAULT", "CAUGHT BY", "BREAKS"}}
	for _, f := range provider.Faults() {
		rows = append(rows, []string{f.Name, strings.Join(f.Checks, " "), f.Breaks})
	}
	return layout.Table(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()), rows)
}

func printVariants(cmd *cobra.Command) error {
	rows := [][]string{{"VARIANT", "MAY WARN", "DIFFERS"}}
	for _, v := range provider.Variants() {
		rows = append(rows, []string{v.Name, strings.Join(slices.Sorted(maps.Keys(v.Warns)), " "), v.Differs})
	}
	return layout.Table(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()), rows)
}
