package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"sgidcheck/internal/config"
	"sgidcheck/internal/demoapp"

	"github.com/spf13/cobra"
)

// demoappCommand serves the relying-party application that the checks of an
// application are proven with.
func demoappCommand() *cobra.Command {
	var o demoapp.Options
	var list, listVariants, log bool
	cmd := &cobra.Command{
		Use:   "demoapp",
		Short: "Serve a relying-party application, right or with one named flaw",
		Long: `Serves a relying-party application on loopback until interrupted. Its settings
are SGID_HOSTNAME, SGID_CLIENT_ID, SGID_CLIENT_SECRET, SGID_PRIVATE_KEY or
SGID_PRIVATE_KEY_FILE, SGID_REDIRECT_URI and SGID_SCOPES, as for an application
on the official SDK. A login starts at /login, and /me shows who is logged in.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tab := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if list {
				fmt.Fprintln(tab, "FLAW\tCAUGHT BY\tBREAKS")
				for _, f := range demoapp.Flaws() {
					fmt.Fprintf(tab, "%s\t%s\t%s\n", f.Name, strings.Join(f.Checks, " "), f.Breaks)
				}
				return tab.Flush()
			}
			if listVariants {
				fmt.Fprintln(tab, "VARIANT\tDIFFERS")
				for _, v := range demoapp.Variants() {
					fmt.Fprintf(tab, "%s\t%s\n", v.Name, v.Differs)
				}
				return tab.Flush()
			}
			var err error
			if o.Settings, err = demoapp.FromEnvironment(os.Getenv); err != nil {
				return exit(exitUsage, err)
			}
			if log {
				o.Log = cmd.ErrOrStderr()
			}
			a, err := demoapp.Start(cmd.Context(), o)
			if err != nil {
				return exit(exitUsage, err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), a.Origin())
			<-a.Done()
			if err := a.Err(); err != nil {
				return exit(exitFail, err)
			}
			return nil
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck demoapp", "demoapp",
		config.Setting{Flag: "addr", Into: &o.Addr, Once: true, Help: "loopback address to listen on, HOST:PORT; if not set, 127.0.0.1 and the port of SGID_REDIRECT_URI"},
		config.Setting{Flag: "flaw", Into: &o.Flaws, Once: true, Complete: flawNames, Help: "misbehave on purpose: a name from --list-flaws (repeatable)"},
		config.Setting{Flag: "variant", Into: &o.Variants, Once: true, Complete: demoVariantNames, Help: "differ in a legal way: a name from --list-variants (repeatable)"},
		config.Setting{Flag: "list-flaws", Into: &list, Once: true, Help: "print every flaw and the checks that must catch it"},
		config.Setting{Flag: "list-variants", Into: &listVariants, Once: true, Help: "print every legal difference"},
		config.Setting{Flag: "log", Into: &log, Once: true, Help: "write the application's log to standard error"})...)
	return cmd
}
