package main

import (
	"os"

	"sgidcheck/browser"

	"github.com/spf13/cobra"
)

// guardCommand clears up behind a run that was killed. It is started by a run
// for its browser, and hidden from users.
func guardCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "guard DIR",
		Short:  "Remove a browser's profile folder when the run that started it has ended",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := browser.Guard(args[0], os.Stdin); err != nil {
				return exit(exitUsage, err)
			}
			return nil
		},
	}
}

// guardCommandLine is how this program is started as a guard; nil where it
// does not know its own file.
func guardCommandLine() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, "guard"}
}
