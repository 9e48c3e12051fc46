package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/spf13/cobra"
)

// selftest runs every fault and every variant of the embedded provider against
// the catalogue, each in a process of its own, because Ginkgo runs its specs
// once a process.
type selftest struct {
	faults   []string
	variants []string
	jobs     int
	format   string
	out      string
	browser  bool
	quiet    bool
	log      io.Writer
}

func selftestCommand() *cobra.Command {
	var s selftest
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Run every fault and every variant against every check: what the harness would catch, and what it must not blame",
		Long: `Starts the embedded provider once for each of its faults and runs the catalogue
against it: the checks that the fault is made for must fail, and no other. The
conformant provider is the control: nothing may fail or warn there. Its variants
differ from it in legal ways: every check must hold on each, and no SHOULD warn
but those that the variant lists.

--fault and --variant pick single ones: with one of the two, the other is left out.`,
		Example: `  sgidcheck selftest
  sgidcheck selftest --fault pkce-not-enforced --format json
  sgidcheck selftest --variant error-page-200`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.log = cmd.ErrOrStderr()
			if s.format != "table" && s.format != "json" && s.format != "html" {
				return exit(exitUsage, fmt.Errorf("--format %q: it is table, json or html", s.format))
			}
			faults, err := s.chosen()
			if err != nil {
				return exit(exitUsage, err)
			}
			variants, err := s.chosenVariants()
			if err != nil {
				return exit(exitUsage, err)
			}
			report, err := s.run(cmd.Context(), faults, variants)
			if err != nil {
				return err
			}
			return s.write(cmd.OutOrStdout(), report)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&s.faults, "fault", nil, "only these faults")
	flags.StringSliceVar(&s.variants, "variant", nil, "only these variants")
	flags.IntVar(&s.jobs, "jobs", runtime.NumCPU(), "how many are tried at once")
	flags.StringVar(&s.format, "format", "table", "table, json or html")
	flags.StringVar(&s.out, "out", "", "also write selftest.json and selftest.html into this folder")
	flags.BoolVar(&s.browser, "browser", true, "include what only a browser can see")
	flags.BoolVar(&s.quiet, "quiet", false, "no progress")
	return cmd
}

// chosen returns the faults to try; an unknown name is an error.
func (s *selftest) chosen() ([]provider.Fault, error) {
	if len(s.faults) == 0 && len(s.variants) > 0 {
		return nil, nil
	}
	var out []provider.Fault
	for _, f := range provider.Faults() {
		if len(s.faults) > 0 && !slices.Contains(s.faults, f.Name) || !s.browser && needsBrowser(f) {
			continue
		}
		out = append(out, f)
	}
	for _, name := range s.faults {
		if !slices.ContainsFunc(out, func(f provider.Fault) bool { return f.Name == name }) {
			return nil, fmt.Errorf("--fault %s: there is no such fault; sgidcheck provider --list-faults prints them", name)
		}
	}
	return out, nil
}

func needsBrowser(f provider.Fault) bool { return slices.ContainsFunc(f.Checks, isBrowserCheck) }

func isBrowserCheck(id string) bool { return len(id) > 5 && id[:5] == "BROW-" }

func (s *selftest) run(ctx context.Context, faults []provider.Fault, variants []provider.Variant) (*matrix.Report, error) {
	dir, err := os.MkdirTemp("", "sgidcheck-selftest-")
	if err != nil {
		return nil, exit(exitIncomplete, err)
	}
	defer os.RemoveAll(dir)
	credentials := filepath.Join(dir, "credentials.json")
	shared, err := provider.NewCredentials()
	if err == nil {
		err = shared.WriteFile(credentials)
	}
	if err != nil {
		return nil, exit(exitIncomplete, err)
	}
	report := &matrix.Report{
		Started: time.Now().UTC(),
		Results: make([]matrix.Result, len(faults)), Variants: make([]matrix.VariantResult, len(variants)),
	}
	places := make(chan struct{}, max(s.jobs, 1))
	var wait sync.WaitGroup
	queue := func(name string, try func() matrix.Outcome) {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			if outcome := try(); !s.quiet {
				fmt.Fprintf(s.log, "%-10s %s\n", outcome, name)
			}
		})
	}
	try := func(f provider.Fault, into *matrix.Result) {
		queue(f.Name, func() matrix.Outcome {
			*into = s.try(ctx, f, filepath.Join(dir, "run-"+f.Name), credentials)
			return into.Outcome
		})
	}
	control := make(chan struct{})
	queue("the control", func() matrix.Outcome {
		defer close(control)
		report.Control = s.try(ctx, provider.Fault{}, filepath.Join(dir, "run-"), credentials)
		return report.Control.Outcome
	})
	for i, v := range variants {
		queue(v.Name, func() matrix.Outcome {
			<-control // what it skips, a variant may skip
			report.Variants[i] = s.tryVariant(ctx, v, report.Control.Skipped, filepath.Join(dir, "variant-"+v.Name), credentials)
			return report.Variants[i].Outcome
		})
	}
	for i, f := range faults {
		try(f, &report.Results[i])
	}
	wait.Wait()
	s.again(ctx, report, faults, dir, credentials)
	s.variantsAgain(ctx, report, variants, dir, credentials)
	report.Finished = time.Now().UTC()
	if ctx.Err() != nil {
		return nil, exit(exitIncomplete, errors.New("the selftest was interrupted"))
	}
	return report, nil
}

// again tries what was not caught a second time, alone: on a busy machine an
// answer can take longer than the short time allowed for it. The report says
// which were tried twice.
func (s *selftest) again(ctx context.Context, report *matrix.Report, faults []provider.Fault, dir, credentials string) {
	repeat := func(f provider.Fault, r *matrix.Result) {
		if r.Outcome == matrix.Caught || ctx.Err() != nil {
			return
		}
		first := r.DurationS
		*r = s.try(ctx, f, filepath.Join(dir, "again-"+f.Name), credentials)
		r.Repeated, r.DurationS = true, r.DurationS+first
	}
	repeat(provider.Fault{}, &report.Control)
	for i, f := range faults {
		repeat(f, &report.Results[i])
	}
}

// try runs the catalogue against one fault. Faults that only a browser sees are
// tried with the browser checks, all others without.
func (s *selftest) try(ctx context.Context, f provider.Fault, out, credentials string) matrix.Result {
	want := matrix.Expectation{Fault: f.Name, Breaks: f.Breaks, Checks: f.Checks, Collateral: f.Collateral}
	started := time.Now()
	record, err := s.process(ctx, f, out, credentials)
	var result matrix.Result
	if err != nil {
		result = matrix.Result{Expectation: want, Outcome: matrix.Broken, Problem: err.Error()}
	} else {
		result = matrix.Judge(want, record)
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

func (s *selftest) process(ctx context.Context, f provider.Fault, out, credentials string) (*run.Record, error) {
	args := []string{"conformance", "--restart-wait", "0s", "--timeout", "5s", "--max-time", "2m"}
	if f.Name != "" {
		args = append(args, "--fault", f.Name)
	}
	if f.TLS || f.Name == "" {
		args = append(args, "--tls")
	}
	if needsBrowser(f) {
		args[0] = "browser"
	}
	return judged(ctx, args, out, credentials)
}

// judged runs this program in a process of its own and returns its record.
func judged(ctx context.Context, args []string, out, credentials string) (*run.Record, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	args = append(args, "--slow", "--verdicts-only", "--progress", "none", "--out", out)
	cmd := exec.CommandContext(ctx, self, args...)
	// A short life with little memory needs no tidying up.
	cmd.Dir = filepath.Dir(out) // where no configuration file lies
	cmd.Env = append(withoutSettings(os.Environ()), credentialsVariable+"="+credentials, "GOGC=off", "GOMEMLIMIT=512MiB")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	said, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && (!errors.As(err, &ended) || ended.ExitCode() == exitUsage) {
		return nil, fmt.Errorf("%w: %s", err, lastLine(said))
	}
	return run.Read(recordIn(out))
}

// withoutSettings is an environment without what would configure a run: it is
// the embedded provider that is tried, whatever the user's own target is.
func withoutSettings(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, "SGID") })
}

func (s *selftest) write(w io.Writer, report *matrix.Report) error {
	forms := map[string]func(io.Writer) error{"table": report.Table, "json": report.JSON, "html": report.HTML}
	if s.out != "" {
		if err := os.MkdirAll(s.out, 0o755); err != nil {
			return exit(exitUsage, fmt.Errorf("--out: %w", err))
		}
		for _, form := range []string{"json", "html"} {
			if err := writeFile(filepath.Join(s.out, "selftest."+form), forms[form]); err != nil {
				return exit(exitIncomplete, err)
			}
		}
	}
	if err := forms[s.format](w); err != nil {
		return err
	}
	if !report.OK() {
		return exit(exitFail, nil)
	}
	return nil
}

func writeFile(path string, draw func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := draw(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
