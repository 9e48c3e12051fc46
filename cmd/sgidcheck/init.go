package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"sgidcheck/internal/config"

	"github.com/spf13/cobra"
)

func initCommand() *cobra.Command {
	var purpose, file string
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented sgidcheck.yaml with every setting and its default",
		Example: `  sgidcheck init --for mockpass
  sgidcheck init --for staging --file staging.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(config.Templates(), purpose) {
				return exit(exitUsage, fmt.Errorf("--for %q: it is %s", purpose, strings.Join(config.Templates(), ", ")))
			}
			body, err := config.Template(purpose)
			if err != nil {
				return exit(exitUsage, err)
			}
			flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
			if force {
				flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			}
			out, err := os.OpenFile(file, flags, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return exit(exitUsage, fmt.Errorf("--file %s: it is there already; --force overwrites it", file))
			}
			if err != nil {
				return exit(exitUsage, fmt.Errorf("--file: %w", err))
			}
			_, err = out.Write(body)
			if err := errors.Join(err, out.Close()); err != nil {
				return exit(exitUsage, fmt.Errorf("--file %s: %w", file, err))
			}
			fmt.Fprintln(cmd.OutOrStdout(), file)
			return nil
		},
	}
	cmd.Flags().StringVar(&purpose, "for", config.TemplateEmbedded, "what it is for: "+strings.Join(config.Templates(), ", "))
	cmd.Flags().StringVar(&file, "file", config.DefaultFile, "the file to write")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	return cmd
}
