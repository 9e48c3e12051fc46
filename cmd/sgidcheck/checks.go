package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
	"sgidcheck/reports"

	"github.com/spf13/cobra"
)

func checksCommand() *cobra.Command {
	var format, area string
	var selected []string
	cmd := &cobra.Command{
		Use:   "checks",
		Short: "List the catalogue of checks",
		Example: `  sgidcheck checks
  sgidcheck checks --select TOKEN --format json
  sgidcheck checks --template TOKEN`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if area != "" {
				return printTemplate(cmd.OutOrStdout(), area)
			}
			if err := judge.CheckPatterns(selected); err != nil {
				return exit(exitUsage, fmt.Errorf("--select: %w", err))
			}
			var checks []judge.Check
			for _, c := range judge.Catalogue() {
				if len(selected) == 0 || judge.Selected(selected, c.ID) {
					checks = append(checks, c)
				}
			}
			switch format {
			case "json":
				return checksJSON(cmd.OutOrStdout(), checks)
			case "markdown":
				return checksMarkdown(cmd.OutOrStdout(), checks)
			}
			return checksTable(cmd.OutOrStdout(), columnsOf(cmd.OutOrStdout()), checks)
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck checks", "checks",
		config.Setting{Flag: "format", Choices: []string{"table", "json", "markdown"}, Default: "table", Into: &format, Help: "what is printed"},
		config.Setting{Flag: "select", Into: &selected, Once: true, Complete: checkNames, Help: "check IDs, areas or globs"},
		config.Setting{Flag: "template", Into: &area, Once: true, Complete: run.ProviderAreas, Help: "print a template for a new check of this area and its fault"})...)
	return cmd
}

func checksTable(w io.Writer, columns int, checks []judge.Check) error {
	rows := [][]string{{"ID", "LEVEL", "SEVERITY", "NEEDS", "TITLE"}}
	if columns > 0 {
		rows = [][]string{{"ID", "LEVEL", "SEVERITY", "TITLE (AND NEEDS)"}}
	}
	for _, c := range checks {
		row := []string{c.ID, string(c.Level), reports.SeverityOf(c.ID).String()}
		switch needs := needs(c); {
		case columns <= 0:
			row = append(row, needs, c.Title)
		case needs != "":
			row = append(row, c.Title+" ("+needs+")")
		default:
			row = append(row, c.Title)
		}
		rows = append(rows, row)
	}
	return layout.Table(w, columns, rows)
}

func needs(c judge.Check) string {
	var words []string
	for _, n := range c.Needs {
		words = append(words, string(n))
	}
	return strings.Join(words, ", ")
}

type listedCheck struct {
	ID          string       `json:"id"`
	Area        string       `json:"area"`
	Title       string       `json:"title"`
	Problem     string       `json:"problem,omitempty"`
	Level       judge.Level  `json:"level"`
	Severity    string       `json:"severity,omitempty"`
	Basis       []run.Basis  `json:"basis"`
	Expected    string       `json:"expected"`
	Why         string       `json:"why"`
	Remediation string       `json:"remediation"`
	Needs       []judge.Need `json:"needs"`
	Phase       string       `json:"phase"`
	Logins      int          `json:"logins"`
	Cases       []string     `json:"cases,omitempty"`
	Covers      []string     `json:"covers,omitempty"`
}

func checksJSON(w io.Writer, checks []judge.Check) error {
	out := make([]listedCheck, 0, len(checks))
	for _, c := range checks {
		needs := c.Needs
		if needs == nil {
			needs = []judge.Need{}
		}
		out = append(out, listedCheck{c.ID, c.Area(), c.Title, c.Problem, c.Level, reports.SeverityOf(c.ID).String(), c.Basis, c.Expect, c.Why, c.Remedy, needs, c.Phase.String(), c.Logins, c.Cases, c.Covers})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
