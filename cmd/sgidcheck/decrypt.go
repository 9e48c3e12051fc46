package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/loadtest"
	"sgidcheck/reports"

	"github.com/spf13/cobra"
)

func decryptCommand() *cobra.Command {
	var o loadtest.DecryptOptions
	var plan []string
	var peers bool
	cmd := &cobra.Command{
		Use:   "decrypt",
		Short: "Measure what decrypting a userinfo answer costs; no server needed",
		Long: `Measures what one userinfo answer costs a relying party, from its bytes to the
plaintexts, beside the raw RSA operation, which is the floor. Without flags a
small useful set of cells.`,
		Example: `  sgidcheck decrypt
  sgidcheck decrypt --rsa 2048,3072 --fields 1,8,25 --engine go,openssl --cores 1,2
  sgidcheck decrypt --plan 200/s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := config.Resolve(cmd.Flags(), os.Environ(), "", config.GroupOutput)
			if err != nil {
				return exit(exitUsage, err)
			}
			for _, text := range plan {
				rate, err := loadtest.ParseDecryptRate(text)
				if err != nil {
					return exit(exitUsage, fmt.Errorf("--plan: %w", err))
				}
				o.Plan = append(o.Plan, rate)
			}
			if peers {
				o.PeersDir = "peers"
			}
			return measureDecryption(cmd, settings, o)
		},
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&o.RSABits, "rsa", nil, "RSA key sizes: 2048, 3072, 4096")
	flags.StringSliceVar(&o.Algs, "alg", nil, "key algorithms: RSA-OAEP-256, RSA-OAEP")
	flags.IntSliceVar(&o.Fields, "fields", nil, "fields in an answer, 1 to 25")
	flags.IntSliceVar(&o.FieldBytes, "field-bytes", nil, "plaintext bytes of a field, 1 to 65536")
	flags.IntSliceVar(&o.Cores, "cores", nil, "cores used at once")
	flags.StringSliceVar(&o.Engines, "engine", nil, "engines: go, openssl, jwx")
	flags.DurationVar(&o.Duration, "duration", time.Second, "for each cell and its floor together")
	flags.BoolVar(&o.Full, "full", false, "the whole matrix")
	flags.BoolVar(&peers, "peers", false, "the official SDK's library on Node beside it (after 'make peers', from the repository's root)")
	flags.StringSliceVar(&plan, "plan", nil, "cores needed for a rate of logins, such as 200/s")
	config.BindFlags(flags, config.GroupOutput)
	return cmd
}

// measureDecryption runs the benchmark and writes the reports.
func measureDecryption(cmd *cobra.Command, settings *config.Config, o loadtest.DecryptOptions) error {
	progress, err := reports.NewProgress(cmd.ErrOrStderr(), settings.Progress, 0)
	if err != nil {
		return exit(exitUsage, err)
	}
	o.Progress = func(done, total int, what string) { progress.Note(fmt.Sprintf("%d of %d: %s", done, total, what)) }
	started := time.Now().UTC()
	figures, err := loadtest.RunDecrypt(cmd.Context(), o)
	progress.Close()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return exit(exitUsage, err)
	}
	if figures == nil {
		return exit(exitIncomplete, errors.New("the measurement was interrupted before its first figure"))
	}
	j := &job{config: settings, out: cmd.OutOrStdout(), err: cmd.ErrOrStderr()}
	if err := j.record(run.Record{
		Target: run.Target{Issuer: "none", Kind: "embedded"}, Command: commandLine(redact.New()), Started: started, Decrypt: figures,
	}); err != nil {
		return err
	}
	stopped := ""
	if interrupted {
		stopped = "the measurement was interrupted"
	}
	return j.finish(stopped)
}
