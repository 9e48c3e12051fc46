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
	"sgidcheck/internal/sgid"
	"sgidcheck/loadtest"
	"sgidcheck/reports"

	"github.com/spf13/cobra"
)

func decryptCommand() *cobra.Command {
	var o loadtest.DecryptOptions
	var peers bool
	cmd := &cobra.Command{
		Use:   "decrypt",
		Short: "Measure what decrypting a userinfo response costs; no server",
		Long: `Measures what one userinfo response costs a relying party, from its bytes to the
plaintexts, next to the raw RSA operation, which is the lower bound. Without
flags it measures a small, useful selection.

Processor time against wall time tells whether other work disturbed a
measurement. It is then made again, and where it stays disturbed it is void: no
figure, but the reason, and exit code 3.`,
		Example: `  sgidcheck decrypt
  sgidcheck decrypt --rsa 2048,3072 --fields 1,8,25 --engine go,openssl \
    --cores 1,2
  sgidcheck decrypt --peers --plan 50/s,200/s`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := resolve(cmd, config.GroupOutput)
			if err != nil {
				return err
			}
			if peers {
				o.PeersDir = "peers"
			}
			return measureDecryption(cmd, settings, o)
		},
	}
	plan := func(text string) error {
		rate, err := loadtest.ParseRate(text)
		o.Plan = append(o.Plan, rate)
		return err
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck decrypt", "decrypt",
		config.Setting{Flag: "rsa", Into: &o.RSABits, Complete: func() []string { return []string{"2048", "3072", "4096"} }, Help: "RSA key sizes: 2048, 3072, 4096"},
		config.Setting{Flag: "alg", Into: &o.Algs, Choices: sgid.KeyAlgorithms(), Help: "key algorithms"},
		config.Setting{Flag: "fields", Into: &o.Fields, Help: "number of fields in a response, 1 to 25"},
		config.Setting{Flag: "field-bytes", Into: &o.FieldBytes, Help: "plaintext bytes per field, 1 to 65536"},
		config.Setting{Flag: "cores", Into: &o.Cores, Help: "number of cores to use"},
		config.Setting{Flag: "engine", Into: &o.Engines, Choices: []string{sgid.EngineGo, sgid.EngineOpenSSL, sgid.EngineJWX}, Help: "engines"},
		config.Setting{Flag: "duration", Default: "1s", Into: &o.Duration, Positive: true, Help: "how long to measure each configuration together with its lower bound; up to three times that where other work disturbs it"},
		config.Setting{Flag: "full", Into: &o.Full, Help: "measure every combination"},
		config.Setting{Flag: "peers", Into: &peers, Help: "the libraries of the official SDKs, on Node and on Python, beside it (after 'make peers', from the repository's root)"},
		config.Setting{Flag: "plan", Type: config.TypeList, Default: "200/s", Into: plan, Help: "rates of logins to say the cores needed for, by runtime"})...)
	config.BindFlags(cmd.Flags(), config.GroupOutput)
	return cmd
}

// measureDecryption runs the benchmark and writes the reports.
func measureDecryption(cmd *cobra.Command, settings *config.Config, o loadtest.DecryptOptions) error {
	j := &job{config: settings, redactor: redact.New(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr()}
	if err := j.writable(); err != nil {
		return err
	}
	if err := j.showProgress(0); err != nil {
		return err
	}
	j.progress.Step(reports.Step{Text: "measuring", Share: -1, Left: -1})
	o.Progress = func(_, total int, what string) {
		j.progress.Total(total)
		j.progress.Counted(what, false)
	}
	started := time.Now().UTC()
	figures, err := loadtest.RunDecrypt(cmd.Context(), o)
	j.progress.Close()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return exit(exitUsage, err)
	}
	if figures == nil {
		return exit(exitIncomplete, errors.New("the measurement was interrupted before its first figure"))
	}
	if err := j.record(run.Record{
		Target: run.Target{Issuer: "none", Kind: "embedded"}, Started: started, Decrypt: figures,
	}); err != nil {
		return err
	}
	stopped := ""
	if interrupted {
		stopped = "the measurement was interrupted"
	}
	return j.finish(stopped)
}

// writable is an error where no record could be written in the output folder, for a
// command that begins its record only after minutes of work.
func (j *job) writable() error {
	if j.lines != nil {
		return nil
	}
	if err := os.MkdirAll(j.config.Out, 0o755); err != nil {
		return exit(exitUsage, fmt.Errorf("--out %s: the folder cannot be made: %w", j.config.Out, err))
	}
	probe, err := os.CreateTemp(j.config.Out, ".sgidcheck-*")
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--out %s: no file can be written there: %w", j.config.Out, err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
