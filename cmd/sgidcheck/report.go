package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
	"sgidcheck/loadtest"
	"sgidcheck/reports"

	"github.com/spf13/cobra"
)

func reportCommand() *cobra.Command {
	var format, out, chrome string
	var short bool
	var verbose, quiet bool
	formats := append(reports.Formats(), "pdf")
	cmd := &cobra.Command{
		Use:   "report FILE|DIR|LOG...",
		Short: "Draw, compare and merge run records",
		Long: `Renders the run record in FILE, or in DIR/run.json, again: on the terminal or in
another format. With --out and no --format, the folder named there receives
every report that a run writes next to its record.

On the terminal it is a summary of one screen; --verbose prints everything.

LOG is a log that holds records, each on a line, as loadtest --record - writes
them, with other lines and prefixes around them; - is standard input. The parts
of one load are drawn as the whole that they are.

The exit code says whether the record could be rendered, not the verdict in it.`,
		Example: `  sgidcheck report sgidcheck-report
  sgidcheck report --format junit --out junit.xml run.json
  sgidcheck report --format pdf --out report.pdf sgidcheck-report
  sgidcheck report --format pdf --short --out summary.pdf sgidcheck-report
  sgidcheck report pods.log
  sgidcheck report diff --fail-on-regression old/run.json new/run.json`,
		Args: arguments(1, 0, "a record, a report folder or a log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := wholeOf(cmd, args, false)
			if err != nil {
				return exit(exitUsage, err)
			}
			switch {
			case short && format != "pdf":
				return exit(exitUsage, errors.New("--short is a form of the PDF alone: add --format pdf"))
			case format == "" && out != "":
				paths, err := reports.Write(out, r)
				for _, path := range paths {
					fmt.Fprintln(cmd.OutOrStdout(), path)
				}
				return exit(exitUsageIf(err), err)
			case format == "pdf":
				return drawPDF(cmd, r, short, chrome, out)
			case format == "terminal" || format == "":
				return output(cmd, out, func(w io.Writer) error {
					o := terminalOptions(w)
					o.Verbose = verbose || out != ""
					if quiet {
						_, err := fmt.Fprintln(w, reports.Verdict(r))
						return err
					}
					return reports.Terminal(w, r, o)
				})
			}
			return output(cmd, out, func(w io.Writer) error { return reports.Format(w, format, r) })
		},
	}
	config.Bind(cmd.Flags(), append(config.Rows("sgidcheck report", "report",
		config.Setting{Flag: "format", Choices: formats, Into: &format, Help: "output format; if not set, terminal"},
		config.Setting{Flag: "out", Type: config.TypeFile, Into: &out, Once: true, Help: "file to write to, instead of standard output; without --format a folder"},
		config.Setting{Flag: "short", Into: &short, Help: "with --format pdf: two pages for the person who decides: verdict, coverage, threats, failures, waivers to sign"},
	), config.Filling("chrome", &chrome), config.Filling("verbose", &verbose), config.Filling("quiet", &quiet))...)
	cmd.AddCommand(reportDiffCommand(), reportTrendCommand(), reportMergeCommand())
	return cmd
}

func reportDiffCommand() *cobra.Command {
	var strict bool
	var format, out string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two runs",
		Long: `Says what became of each check from the old run to the new one: new (it fails or
warns, and did not before), fixed, newly waived, no longer tested, tested now,
changed otherwise, or as before; and figures with their change.

A regression is a check that is worse than it was: it fails, warns or is blocked
and did not before, another of its cases fails, or a threshold is crossed now.
What was not judged before and warns now is new, and no regression.`,
		Example: `  sgidcheck report diff last/run.json sgidcheck-report/run.json
  sgidcheck report diff --fail-on-regression --format markdown \
    last sgidcheck-report`,
		Args: arguments(2, 2, "the old and the new record"),
		RunE: func(cmd *cobra.Command, args []string) error {
			old, err := run.Read(args[0])
			if err != nil {
				return exit(exitUsage, err)
			}
			now, err := run.Read(args[1])
			if err != nil {
				return exit(exitUsage, err)
			}
			c := run.Diff(old, now)
			err = output(cmd, out, func(w io.Writer) error {
				switch format {
				case "json":
					e := json.NewEncoder(w)
					e.SetIndent("", "  ")
					return e.Encode(c)
				case "markdown":
					return reports.DiffMarkdown(w, c)
				case "html":
					return reports.DiffHTML(w, c)
				}
				return reports.Diff(w, c, terminalOptions(w))
			})
			if err == nil && strict && c.Regressed() {
				return exit(exitFail, nil)
			}
			return err
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck report diff", "report-diff",
		config.Setting{Flag: "fail-on-regression", Into: &strict, Help: "exit with code 1 if anything got worse"},
		config.Setting{Flag: "format", Choices: []string{"terminal", "json", "markdown", "html"}, Default: "terminal", Into: &format, Help: "what is printed"},
		outFile(&out))...)
	return cmd
}

func reportTrendCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "trend DIR",
		Short: "Draw verdicts, latency and decryption cost over a folder of runs",
		Long: `Reads every run record under DIR and draws one page over them, in the order of
time. It links to the report.html that lies beside a record, so that page and
folders may be moved together; on standard output the links are as seen from the
working folder.`,
		Example: `  sgidcheck report trend --out runs/trend.html runs`,
		Args:    arguments(1, 1, "the folder that the runs are in"),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, skipped, err := reports.ReadRuns(args[0])
			if err != nil {
				return exit(exitUsage, err)
			}
			for _, s := range skipped {
				tell(cmd.ErrOrStderr(), 0, "left out: ", s)
			}
			return output(cmd, out, func(w io.Writer) error { return reports.Trend(w, runs, filepath.Dir(out)) })
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck report trend", "report-trend",
		config.Setting{Flag: "out", Type: config.TypeFile, Default: "trend.html", Into: &out, Once: true, Help: "file to write to; - for standard output"})...)
	return cmd
}

func reportMergeCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "merge FILE|DIR|LOG...",
		Short: "Merge the records of a run that was split over several machines",
		Long: `Writes the record that all parts give together, from their records or from logs
that hold them (loadtest --record -), whatever stands around them; - is standard
input. Of each part its last record counts.

The parts must be of one target and one client, those of a load of one plan. Its
thresholds are judged on all parts together. Parts that are missing, cut short,
late, sent more than once or at another time are named, and make the record
incomplete. The exit code is that of the whole run: 0, 1, 3, or 2 where the
records are not of one run.`,
		Example: `  sgidcheck report merge --out run.json part-0.json part-1.json part-2.json
  kubectl logs -f -l job-name=sgidcheck-load --prefix --tail=-1 \
    --ignore-errors --max-log-requests 50 |
    sgidcheck report merge --out run.json -`,
		Args: arguments(1, 0, "the records or logs of a run's parts"),
		RunE: func(cmd *cobra.Command, args []string) error {
			whole, err := wholeOf(cmd, args, true)
			if err != nil {
				return exit(exitUsage, err)
			}
			if err := output(cmd, out, func(w io.Writer) error { return reports.JSON(w, whole) }); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), reports.Verdict(whole))
			return exit(run.ExitCode(whole), nil)
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck report merge", "report-merge", outFile(&out))...)
	return cmd
}

// wholeOf reads records and logs, and makes one record of what they hold. One that
// is no part of a load stays as it is, unless merging is asked for. That a log of a
// part holds no record is noted: the part is missing, and the whole says so.
func wholeOf(cmd *cobra.Command, paths []string, merge bool) (*run.Record, error) {
	var records []*run.Record
	var notes, empty []string
	var none error // of the first log without a record
	for _, path := range paths {
		found, told, err := run.ReadAll(path, cmd.InOrStdin())
		for _, note := range told {
			tell(cmd.ErrOrStderr(), 0, "sgidcheck: ", note)
		}
		if errors.Is(err, run.ErrNoRecord) {
			if none == nil {
				none = err
			}
			if path == "-" {
				path = "standard input"
			}
			empty, err = append(empty, path+": no record in it."), nil
		}
		if err != nil {
			return nil, err
		}
		records, notes = append(records, found...), append(notes, told...)
	}
	// Of what is no part of a load nobody knows what is missing.
	parts := !slices.ContainsFunc(records, func(r *run.Record) bool { return r.Load == nil || r.Load.Shard == nil })
	if none != nil && (len(records) == 0 || !parts) {
		return nil, none
	}
	for _, note := range empty {
		tell(cmd.ErrOrStderr(), 0, "sgidcheck: ", note)
	}
	if len(records) == 1 && !merge && !parts {
		return records[0], nil
	}
	whole, err := loadtest.Merge(records...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(paths, ", "), err)
	}
	whole.Notes = slices.Concat(whole.Notes, notes, empty)
	return whole, nil
}

func outFile(into *string) config.Setting {
	return config.Setting{Flag: "out", Type: config.TypeFile, Into: into, Once: true, Help: "file to write to, instead of standard output"}
}

func exitUsageIf(err error) int {
	if err != nil {
		return exitUsage
	}
	return exitPass
}

// output writes to the file out, or to standard output where out is empty or -.
// What is written goes to a file whole or not at all.
func output(cmd *cobra.Command, out string, write func(io.Writer) error) error {
	if out == "" || out == "-" {
		err := write(cmd.OutOrStdout())
		return exit(exitUsageIf(err), err)
	}
	if err := run.ReplaceFile(out, false, write); err != nil {
		return exit(exitUsage, fmt.Errorf("--out %w", err))
	}
	fmt.Fprintln(cmd.ErrOrStderr(), out)
	return nil
}

func drawPDF(cmd *cobra.Command, r *run.Record, short bool, chrome, out string) error {
	if out == "" {
		return exit(exitUsage, errors.New("--format pdf: name the file with --out (or --out - for standard output)"))
	}
	chromium, err := browser.Find(chrome)
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--format pdf: %w", err))
	}
	sandboxed, _ := browser.Sandboxed()
	draw := reports.PDF
	if short {
		draw = reports.ShortPDF
	}
	pdf, err := draw(cmd.Context(), chromium, sandboxed, r)
	if err != nil {
		return exit(exitUsage, err)
	}
	return output(cmd, out, func(w io.Writer) error { _, err := w.Write(pdf); return err })
}
