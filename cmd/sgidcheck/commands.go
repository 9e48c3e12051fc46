package main

import "github.com/spf13/cobra"

// commands are the subcommands, in the order of the help text.
func commands() []*cobra.Command {
	return []*cobra.Command{
		runCommand(),
		conformanceCommand(),
		browserCommand(),
		providerCommand(),
		demoappCommand(),
		loadtestCommand(),
		codeCommand(),
		decryptCommand(),
		rpCommand(),
		selftestCommand(),
		checksCommand(),
		reportCommand(),
		doctorCommand(),
		initCommand(),
		docsCommand(),
		guardCommand(),
	}
}
