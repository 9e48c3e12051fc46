package main

import (
	"context"
	"slices"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"
	"sgidcheck/loadtest"

	"github.com/spf13/cobra"
)

// short is the load test and the decryption benchmark at the end of `run`.
type short struct {
	load, decrypt bool
	rate          float64
	duration      time.Duration
}

func runCommand() *cobra.Command {
	var f checkFlags
	s := short{rate: 20, duration: 3 * time.Second}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Conformance, browser login, a short load test, one report",
		Long: `Judges every check, in a real browser too where there is one, puts a light load
on whole logins, measures what decryption costs, and writes one report.
Without --issuer it tests the embedded provider.`,
		Example: `  sgidcheck run
  sgidcheck run --issuer http://127.0.0.1:5156/v2 --endpoints documented --waivers suites/waivers/mockpass-4.3.4.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.judge(cmd, course{areas: slices.Concat(conformanceAreas, browserAreas), after: s.run})
		},
	}
	target.BindFlags(cmd.Flags())
	f.bind(cmd.Flags())
	cmd.Flags().BoolVar(&s.load, "load", true, "end with a short load test of whole logins")
	cmd.Flags().Float64Var(&s.rate, "load-rate", s.rate, "logins a second of that load test")
	cmd.Flags().DurationVar(&s.duration, "load-duration", s.duration, "how long that load test is")
	cmd.Flags().BoolVar(&s.decrypt, "decrypt", true, "end with a short measurement of decryption")
	return cmd
}

// run puts a light load on whole logins and measures decryption. What cannot
// be done is noted, and nothing of it changes the verdict of the checks but a
// threshold that is crossed.
func (s *short) run(ctx context.Context, j *job) (stopped string) {
	if s.load && j.worthLoading() {
		if stopped = s.loadIt(ctx, j); stopped != "" {
			return stopped
		}
	}
	if !s.decrypt {
		return ""
	}
	j.progress.Note("measuring decryption")
	figures, err := loadtest.RunDecrypt(ctx, loadtest.DecryptOptions{
		Fields: []int{8}, Cores: []int{1}, Engines: availableEngines(), Duration: 400 * time.Millisecond, Plan: []float64{100},
	})
	if figures != nil {
		j.writer.Update(func(r *run.Record) { r.Decrypt = figures })
	}
	if err != nil && ctx.Err() != nil {
		return ended(ctx)
	}
	if err != nil {
		j.note("decryption was not measured: " + err.Error())
	}
	return ""
}

func availableEngines() []string {
	var names []string
	for _, e := range sgid.Engines() {
		if e.Available && e.Name != sgid.EngineJWX {
			names = append(names, e.Name)
		}
	}
	return names
}

// worthLoading says whether load may and can be put on the target; where not,
// the record is told why.
func (j *job) worthLoading() bool {
	switch {
	case !j.config.Loopback():
		j.note("no load was put on the target, which is not on this machine: sgidcheck loadtest does it, with --allow-host")
	case j.driver.Name() != target.LoginDirect:
		j.note("no load was put on the target: codes for it need --login direct")
	case !j.loginWorks():
		j.note("no load was put on the target: a login does not work")
	default:
		return true
	}
	return false
}

// loginWorks says whether the checks have seen a whole login work.
func (j *job) loginWorks() bool {
	works := true
	j.writer.Update(func(r *run.Record) {
		for _, c := range r.Checks {
			if slices.Contains([]string{"AUTHZ-01", "TOKEN-01", "UINFO-01"}, c.ID) && c.Verdict != run.Pass && c.Verdict != run.Skip {
				works = false
			}
		}
	})
	return works
}

func (s *short) loadIt(ctx context.Context, j *job) string {
	o := loadtest.Options{Scenario: loadtest.Login, Rate: s.rate, Duration: s.duration}
	var err error
	if o.Thresholds, err = loadtest.ParseThresholds(j.config.Thresholds); err == nil {
		err = j.readyLoad(ctx, &o)
	}
	if err != nil {
		j.note("no load was put on the target: " + err.Error())
		return ""
	}
	return j.load(ctx, o)
}
