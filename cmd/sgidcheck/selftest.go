package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	proving "sgidcheck/internal/selftest"
	"sgidcheck/reports"
	"sgidcheck/suites"

	"github.com/spf13/cobra"
)

// selftest judges every fault and every variant of the embedded provider with
// the catalogue.
type selftest struct {
	faults   []string
	variants []string
	jobs     int
	format   string
	out      string
	browser  bool
	few      bool
	quiet    bool
	verbose  bool
	progress string
	log      io.Writer
}

func selftestCommand() *cobra.Command {
	var s selftest
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Judge every fault and variant: what the harness catches",
		Long: `Starts the embedded provider once for each of its faults and runs the catalogue
against it: the checks that the fault is meant for must fail, and no other. The
conformant provider is the control: nothing may fail or warn there. Its variants
differ from it in legal ways: every check must hold on each, and no SHOULD warn
but those that the variant lists.

--fault and --variant pick single ones: with one of the two, the other is left
out. What did not come out well is printed, and with --verbose everything.`,
		Example: `  sgidcheck selftest
  sgidcheck selftest --fault pkce-not-enforced --format json
  sgidcheck selftest --variant error-page-200`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.log = cmd.ErrOrStderr()
			faults, err := s.chosen()
			if err != nil {
				return exit(exitUsage, err)
			}
			variants, err := s.chosenVariants()
			if err != nil {
				return exit(exitUsage, err)
			}
			if err := s.makeFolder(); err != nil {
				return err
			}
			report, err := s.run(cmd.Context(), faults, variants)
			if err != nil {
				return err
			}
			return s.write(cmd.OutOrStdout(), report)
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck selftest", "selftest",
		config.Setting{Flag: "fault", Into: &s.faults, Complete: faultNames, Help: "only these faults"},
		config.Setting{Flag: "variant", Into: &s.variants, Complete: variantNames, Help: "only these variants"},
		config.Setting{Flag: "jobs", Default: "0", Into: &s.jobs, Help: "how many to try at once; 0: one for each processor, and one more with the browser, which is waited for"},
		config.Setting{Flag: "format", Choices: []string{"table", "json", "html"}, Default: "table", Into: &s.format, Help: "what is printed"},
		config.Setting{Flag: "out", Type: config.TypeDir, Into: &s.out, Help: "also write selftest.json and selftest.html into this folder"},
		config.Setting{Flag: "browser", Default: "true", Into: &s.browser, Help: "include the faults that only a browser can see"},
		config.Setting{Flag: "few-logins", Into: &s.few, Help: "let checks share logins, as --few-logins of conformance does: the same must be caught"},
		config.Setting{Flag: "quiet", Into: &s.quiet, Help: "no progress"},
		config.Filling("verbose", &s.verbose), config.Filling("progress", &s.progress))...)
	cmd.AddCommand(selftestRPCommand())
	return cmd
}

// chosen returns the faults to try; an unknown name is an error.
func (s *selftest) chosen() ([]provider.Fault, error) {
	if len(s.faults) == 0 && len(s.variants) > 0 {
		return nil, nil
	}
	var out []provider.Fault
	for _, f := range provider.Faults() {
		if len(s.faults) > 0 && !slices.Contains(s.faults, f.Name) || !s.browser && proving.NeedsBrowser(f) {
			continue
		}
		out = append(out, f)
	}
	for _, name := range s.faults {
		if !slices.ContainsFunc(out, func(f provider.Fault) bool { return f.Name == name }) {
			return nil, unlisted("fault", name, provider.FaultNames(), "sgidcheck provider --list-faults")
		}
	}
	return out, nil
}

// chosenVariants returns the variants to try; an unknown name is an error.
func (s *selftest) chosenVariants() ([]provider.Variant, error) {
	if len(s.variants) == 0 && len(s.faults) > 0 {
		return nil, nil
	}
	var out []provider.Variant
	for _, v := range provider.Variants() {
		if (len(s.variants) == 0 || slices.Contains(s.variants, v.Name)) && (s.browser || !v.Browser) {
			out = append(out, v)
		}
	}
	for _, name := range s.variants {
		if !slices.ContainsFunc(out, func(v provider.Variant) bool { return v.Name == name }) {
			return nil, unlisted("variant", name, provider.VariantNames(), "sgidcheck provider --list-variants")
		}
	}
	return out, nil
}

// unlisted says of a name that it is none of the known ones, with the nearest, or
// that it is left out with the browser.
func unlisted(flag, name string, known []string, lists string) error {
	if err := oneOf(flag, name, known); err != nil {
		return fmt.Errorf("--%s: %w (%s prints them)", flag, err, lists)
	}
	return fmt.Errorf("--%s %s: it needs the browser, which --browser=false leaves out", flag, name)
}

func (s *selftest) run(ctx context.Context, faults []provider.Fault, variants []provider.Variant) (*matrix.Report, error) {
	// A short life needs little tidying up.
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(1 << 30)
	trials, err := proving.New(suites.On)
	if err != nil {
		return nil, exit(exitIncomplete, err)
	}
	jobs := runtime.NumCPU()
	tell, end, err := s.showProgress(len(faults) + len(variants) + 1)
	if err != nil {
		return nil, err
	}
	defer end()
	trials.Tell = tell
	if s.browser && (len(variants) > 0 || slices.ContainsFunc(faults, proving.NeedsBrowser)) {
		path, err := browser.FindForMany()
		if err != nil {
			return nil, exit(exitUsage, fmt.Errorf("%w; --browser=false skips the faults that only a browser can see", err))
		}
		trials.Browser = browser.On(path, guardCommandLine())
		jobs++
	}
	trials.Jobs, trials.FewLogins = cmp.Or(s.jobs, jobs), s.few
	report, err := trials.Run(ctx, faults, variants)
	if err != nil {
		return nil, exit(exitIncomplete, err)
	}
	return report, nil
}

// showProgress shows what each of so many trials came to, by told, until end is called.
func (s *selftest) showProgress(trials int) (told func(string, matrix.Outcome), end func(), err error) {
	mode := s.progress
	if s.quiet {
		mode = "none"
	}
	p, err := reports.NewProgress(s.log, mode, trials)
	if err != nil {
		return nil, nil, exit(exitUsage, err)
	}
	p.Step(reports.Step{Text: "starting", Share: -1, Left: -1})
	return func(name string, outcome matrix.Outcome) {
		p.Counted(fmt.Sprintf("%-10s %s", outcome, name), outcome != matrix.Caught && outcome != matrix.Held)
	}, p.Close, nil
}

// makeFolder makes the folder of --out, where it is named: what cannot be written is said
// before minutes of work, and not after them.
func (s *selftest) makeFolder() error {
	if s.out == "" {
		return nil
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return exit(exitUsage, fmt.Errorf("--out %s: %w; name a folder that can be made and written to", s.out, err))
	}
	return nil
}

// write prints the report, and writes it into the folder of --out.
func (s *selftest) write(w io.Writer, report *matrix.Report) error {
	table := func(w io.Writer) error { return report.Table(w, columnsOf(w), s.verbose) }
	forms := map[string]func(io.Writer) error{"table": table, "json": report.JSON, "html": report.HTML}
	err := forms[s.format](w)
	for _, form := range []string{"json", "html"} {
		if s.out != "" && err == nil {
			err = writeFile(filepath.Join(s.out, "selftest."+form), forms[form])
		}
	}
	if err != nil {
		return exit(exitIncomplete, err)
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
