package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/run"

	"github.com/spf13/cobra"
)

// The marks in README.md between which the selftest's sentence stands.
const (
	selftestBegin = "<!-- selftest:begin -->\n"
	selftestEnd   = "<!-- selftest:end -->"

	selftestRPBegin = "<!-- selftest-rp:begin -->\n"
	selftestRPEnd   = "<!-- selftest-rp:end -->"
)

// settingsHead is how docs/settings.md begins.
const settingsHead = `# Settings

Generated; do not edit.

A flag wins over its environment variable, and that over the file. A shell completes flags and their values (faults, checks,
scopes, formats) after ` + "`source <(sgidcheck completion bash)`; `sgidcheck completion --help` names the other shells." + `

`

// docsCommand writes the documents that are generated from the code: those of
// the catalogue and the settings, or, with --selftest, the sentence of the
// README that a selftest's results give. It is for the repository, and hidden
// from users.
func docsCommand() *cobra.Command {
	var results string
	cmd := &cobra.Command{
		Use:    "docs DIR",
		Short:  "Write the generated documents of the repository in DIR",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if results != "" {
				err = writeFigures(args[0], results)
			} else {
				err = writeDocs(table(cmd.Root()), args[0])
			}
			return exit(exitUsageIf(err), err)
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck docs", "docs",
		config.Setting{Flag: "selftest", Type: config.TypeFile, Into: &results, Once: true, Help: "write only the figures of this selftest.json, into README.md"})...)
	return cmd
}

func writeDocs(settings config.Table, root string) error {
	var checks, applications bytes.Buffer
	if err := errors.Join(
		checksMarkdown(&checks, judge.CatalogueOf(run.ProviderAreas()...)),
		checksMarkdown(&applications, judge.CatalogueOf(run.AreaRP)),
	); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(root, "docs", "checks.md"), checks.Bytes(), 0o644),
		os.WriteFile(filepath.Join(root, "docs", "checks-rp.md"), applications.Bytes(), 0o644),
		os.WriteFile(filepath.Join(root, "docs", "settings.md"), []byte(settingsHead+settings.Markdown()), 0o644),
	)
}

func writeFigures(root, results string) error {
	body, err := os.ReadFile(results)
	if err != nil {
		return err
	}
	var r matrix.Report
	if err := json.Unmarshal(body, &r); err != nil {
		return fmt.Errorf("%s: %w", results, err)
	}
	if len(r.Results) == 0 {
		return fmt.Errorf("%s: it does not hold selftest results", results)
	}
	begin, end := selftestBegin, selftestEnd
	if r.Command != "" {
		begin, end = selftestRPBegin, selftestRPEnd
	}
	return replaceBetween(filepath.Join(root, "README.md"), begin, end, r.Figures()+"\n")
}

// replaceBetween replaces what stands between two marks in a file.
func replaceBetween(path, begin, end, text string) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(body, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return fmt.Errorf("%s: the markers of the generated section are missing", path)
	}
	return os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin), []byte(text), []byte(end), after}, nil), 0o644)
}
