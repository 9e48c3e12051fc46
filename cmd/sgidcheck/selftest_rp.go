package main

import (
	"cmp"
	"slices"

	"sgidcheck/browser"
	"sgidcheck/internal/config"
	"sgidcheck/internal/demoapp"
	"sgidcheck/suites/rp/proof"

	"github.com/spf13/cobra"
)

func selftestRPCommand() *cobra.Command {
	var s selftest
	var flaws, variants []string
	var login string
	var own bool
	cmd := &cobra.Command{
		Use:   "rp",
		Short: "Judge every flaw of the demo application",
		Long: `Starts the demo application once with each of its flaws and runs the checks of
area RP against it: the checks that the flaw is made for must fail, and no
other. The application without a flaw is the control, and its variants are
legal: no check may fail or warn there. With --login browser, Chromium drives
it, as in sgidcheck rp --login browser. With --own-checks, each flaw is judged
by the checks that it is made for alone, while the control and the variants are
still judged by all: in a browser, a run of all checks costs minutes.`,
		Example: `  sgidcheck selftest rp
  sgidcheck selftest rp --flaw state-unchecked
  sgidcheck selftest rp --login browser --own-checks`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, legal, err := chosenFlaws(flaws, variants)
			if err != nil {
				return exit(exitUsage, err)
			}
			if err := s.makeFolder(); err != nil {
				return err
			}
			trials, err := proof.New()
			if err != nil {
				return exit(exitIncomplete, err)
			}
			trials.OwnChecks = own
			if login == "browser" {
				chrome, err := startApplicationChrome()
				if err != nil {
					return exit(exitUsage, err)
				}
				defer chrome.Close()
				applications := browser.NewApplications(cmd.Context(), chrome)
				defer applications.Close()
				trials.Browser = applications.Open
			}
			s.log = cmd.ErrOrStderr()
			tell, end, err := s.showProgress(len(chosen) + len(legal) + 1)
			if err != nil {
				return err
			}
			defer end()
			report, err := trials.Run(cmd.Context(), chosen, legal, cmp.Or(s.jobs, trials.Jobs()), tell)
			if err != nil {
				return exit(exitIncomplete, err)
			}
			return s.write(cmd.OutOrStdout(), report)
		},
	}
	config.Bind(cmd.Flags(), config.Rows("sgidcheck selftest rp", "selftest-rp",
		config.Setting{Flag: "flaw", Into: &flaws, Complete: flawNames, Help: "only these flaws"},
		config.Setting{Flag: "variant", Into: &variants, Complete: demoVariantNames, Help: "only these variants"},
		config.Setting{Flag: "login", Choices: []string{"http", "browser"}, Default: "http", Into: &login, Help: "how the application is driven, as in rp"},
		config.Setting{Flag: "own-checks", Into: &own, Help: "of each flaw judge only the checks that it is made for, which is quicker; the control and the variants are judged by all"},
		config.Setting{Flag: "jobs", Default: "0", Into: &s.jobs, Help: "how many are tried at once; 0: four for each processor, with a browser one for each"},
		config.Setting{Flag: "format", Choices: []string{"table", "json", "html"}, Default: "table", Into: &s.format, Help: "what is printed"},
		config.Setting{Flag: "out", Type: config.TypeDir, Into: &s.out, Help: "also write selftest.json and selftest.html into this folder"},
		config.Setting{Flag: "quiet", Into: &s.quiet, Help: "no progress"},
		config.Filling("verbose", &s.verbose), config.Filling("progress", &s.progress))...)
	return cmd
}

// startApplicationChrome prepares the browser of a selftest.
func startApplicationChrome() (*browser.Chrome, error) {
	path, err := browser.FindForMany()
	if err != nil {
		return nil, err
	}
	return browser.NewChrome(browser.ChromeOptions{Path: path, Lean: true, Guard: guardCommandLine()}), nil
}

// chosenFlaws are the flaws and variants of those names; where neither is named,
// all. With one of the two, the other is left out.
func chosenFlaws(flaws, variants []string) (chosen []demoapp.Flaw, legal []demoapp.Variant, err error) {
	for _, f := range demoapp.Flaws() {
		if len(flaws)+len(variants) == 0 || slices.Contains(flaws, f.Name) {
			chosen = append(chosen, f)
		}
	}
	for _, v := range demoapp.Variants() {
		if len(flaws)+len(variants) == 0 || slices.Contains(variants, v.Name) {
			legal = append(legal, v)
		}
	}
	for _, name := range flaws {
		if !slices.ContainsFunc(chosen, func(f demoapp.Flaw) bool { return f.Name == name }) {
			return nil, nil, unlisted("flaw", name, namesOf(demoapp.Flaws(), func(f demoapp.Flaw) string { return f.Name }), "sgidcheck demoapp --list-flaws")
		}
	}
	for _, name := range variants {
		if !slices.ContainsFunc(legal, func(v demoapp.Variant) bool { return v.Name == name }) {
			return nil, nil, unlisted("variant", name, namesOf(demoapp.Variants(), func(v demoapp.Variant) string { return v.Name }), "sgidcheck demoapp --list-variants")
		}
	}
	return chosen, legal, nil
}

func namesOf[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, each := range list {
		out[i] = name(each)
	}
	return out
}
