package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sgidcheck/internal/config"

	"github.com/spf13/cobra"
)

func initCommand() *cobra.Command {
	var purpose, file string
	var own []string
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented sgidcheck.yaml with every setting",
		Example: `  sgidcheck init --for mockpass
  sgidcheck init --for staging --file staging.yaml
  sgidcheck init --for staging --set client-id=THE-ID \
    --set redirect-uri=http://127.0.0.1:8085/callback`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := table(cmd.Root()).Template(purpose, own...)
			if err != nil && len(own) > 0 {
				err = fmt.Errorf("--set: %w", err)
			}
			if err != nil {
				return exit(exitUsage, err)
			}
			flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
			if force {
				flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			}
			out, err := os.OpenFile(file, flags, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return exit(exitUsage, fmt.Errorf("--file %s: it already exists; --force overwrites it", file))
			}
			if err != nil {
				return exit(exitUsage, fmt.Errorf("--file: %w", err))
			}
			_, err = out.Write(body)
			if err := errors.Join(err, out.Close()); err != nil {
				return exit(exitUsage, fmt.Errorf("--file %s: %w", file, err))
			}
			fmt.Fprintln(cmd.OutOrStdout(), file)
			afterInit(purpose, file).tell(cmd.ErrOrStderr(), columnsOf(cmd.ErrOrStderr()))
			return nil
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck init", "init",
		config.Setting{Flag: "for", Choices: config.Templates(), Default: config.TemplateEmbedded, Into: &purpose, Once: true, Help: "which target the configuration is for"},
		config.Setting{Flag: "set", Into: &own, Once: true, Uncut: true, Help: "a setting's value to write, KEY=VALUE (repeatable, one setting each time)"},
		config.Setting{Flag: "file", Type: config.TypeFile, Default: config.DefaultFile, Into: &file, Once: true, Help: "the file to write"},
		config.Setting{Flag: "force", Into: &force, Once: true, Help: "overwrite an existing file"})...)
	return cmd
}
