// Command sgidcheck tells whether an sgID provider behaves as documented, how
// fast it is, and what decrypting its responses costs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"

	"github.com/spf13/cobra"
)

// version is set at release builds by the linker.
var version = "dev"

// The exit codes of every command.
const (
	exitPass       = run.ExitPass
	exitFail       = run.ExitFail
	exitUsage      = run.ExitUsage
	exitIncomplete = run.ExitIncomplete
)

// exitError ends the program with a code; a nil err has been reported already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exit returns an error that ends the program with code, after printing err
// where there is one; nil for code 0 without one.
func exit(code int, err error) error {
	if code == exitPass && err == nil {
		return nil
	}
	return &exitError{code, err}
}

func main() {
	ctx, stop := interruptible()
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, args []string) int {
	return executeOn(ctx, rootCommand(), args)
}

func executeOn(ctx context.Context, root *cobra.Command, args []string) int {
	tellCommands(root, args)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitPass
	}
	var ended *exitError
	if errors.As(err, &ended) {
		if ended.err != nil {
			complain(root, told(ended.err, args))
		}
		return ended.code
	}
	// What cobra itself refuses is a wrong command line.
	complain(root, told(err, args))
	fmt.Fprintf(root.ErrOrStderr(), "Run 'sgidcheck %s--help' for usage.\n", subject(root, args))
	return exitUsage
}

// complain says what is wrong, each line of it by itself.
func complain(root *cobra.Command, text string) {
	lead := "sgidcheck: "
	for line := range strings.SplitSeq(text, "\n") {
		tell(root.ErrOrStderr(), columnsOf(root.ErrOrStderr()), lead, line)
		lead = ""
	}
}

// told is an error as it may be shown: a secret that was put in the place of
// another value is not quoted. The errors of the configuration see to that
// themselves.
func told(err error, args []string) string {
	var settings config.Errors
	if errors.As(err, &settings) {
		return err.Error()
	}
	return config.Withhold(err.Error(), args, os.Environ())
}

func subject(root *cobra.Command, args []string) string {
	if found, _, err := root.Find(args); err == nil && found != root {
		return strings.TrimPrefix(found.CommandPath(), root.Name()+" ") + " "
	}
	return ""
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "sgidcheck",
		Short: "Conformance and load tests for sgID providers",
		Long: `sgidcheck tells, before go-live, whether an sgID provider (a mock, staging)
behaves as documented, how fast it is, and what decrypting its responses costs.

Without --issuer it tests its own embedded provider.

Exit codes: 0 complete, no failure; 1 a MUST failed or a threshold was crossed;
2 bad usage or configuration, no record is written; 3 incomplete.`,
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,

		Args:              noArguments,
		PersistentPreRunE: resolveOwn,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(commands()...)
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(flagError)
	complete(root)
	return root
}
