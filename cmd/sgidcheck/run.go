package main

import (
	"context"
	"slices"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/loadtest"
	"sgidcheck/reports"

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
	var s short
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Conformance, browser login, a short load test, one report",
		Long: `Judges every check, in a real browser too where there is one, puts a light load
on whole logins, measures the cost of decryption, and writes one report.
Without --issuer it tests the embedded provider.`,
		Example: `  sgidcheck run
  sgidcheck run --issuer http://127.0.0.1:5156/v2 --endpoints documented \
    --waivers mockpass-4.3.4`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.judge(cmd, course{ready: s.ready, after: s.run, takes: s.takes()})
		},
	}
	config.BindFlags(cmd.Flags())
	config.Bind(cmd.Flags(), f.settings()...)
	config.Bind(cmd.Flags(), config.Rows("sgidcheck run", "run",
		config.Setting{Flag: "load", Default: "true", Into: &s.load, Help: "end with a short load test of whole logins"},
		config.Setting{Flag: "load-rate", Default: "20", Into: &s.rate, Positive: true, Help: "logins per second in that load test"},
		config.Setting{Flag: "load-duration", Default: "3s", Into: &s.duration, Positive: true, Help: "duration of that load test"},
		config.Setting{Flag: "decrypt", Default: "true", Into: &s.decrypt, Help: "end with a short measurement of decryption"})...)
	return cmd
}

// How the notes begin that say what was not done, and why.
const (
	noLoad       = "no load was put on the target"
	noThresholds = "the thresholds were not evaluated"
	noDecryption = "decryption was not measured"
)

// takes is how long the load test takes; decryption has no time of its own.
func (s *short) takes() time.Duration {
	if !s.load {
		return 0
	}
	return s.duration
}

// ready says which setting of the load test cannot be used, before anything is
// sent.
func (s *short) ready(c *config.Config) error {
	if err := loadtest.CheckRate(s.rate); err != nil {
		return c.Wrong("run-load-rate", err.Error(), "write a lower one, such as 20")
	}
	if err := loadtest.CheckDuration(s.duration); err != nil {
		return c.Wrong("run-load-duration", err.Error(), "write a shorter one, such as 3s")
	}
	if _, err := loadtest.ParseThresholds(c.Thresholds); err != nil || !s.load {
		return err
	}
	_, err := loadtest.NewGuard(c.AllowHosts, c.Resolve)
	return err
}

// run puts a light load on whole logins and measures decryption. What cannot
// be done is noted. The verdict of the run depends on what the load test says of
// the target, and on thresholds of the command line that nothing was held against.
func (s *short) run(ctx context.Context, j *job) (stopped string) {
	if s.load { // what is said here of an earlier part is said anew, or no longer true
		j.unsay(noLoad, noThresholds)
	}
	if s.decrypt {
		j.unsay(noDecryption)
	}
	if o := s.options(ctx, j); o == nil {
		stopped = j.withoutLoad()
	} else if stopped = j.load(ctx, *o); stopped != "" {
		return stopped
	}
	if !s.decrypt {
		return stopped
	}
	j.progress.Step(reports.Step{Text: "measuring decryption", Share: -1, Left: -1})
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
		j.note(noDecryption + ": " + err.Error())
	}
	return stopped
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
// the record says why.
func (j *job) worthLoading() bool {
	switch {
	case !j.config.Loopback():
		j.note(noLoad + ", which is not on this machine: use sgidcheck loadtest with --allow-host")
	case j.driver.Name() != config.LoginDirect:
		j.note(noLoad + ": it needs --login direct for its authorization codes")
	case !j.loginWorks():
		j.note(noLoad + ": a login does not work")
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

// options is the load that is put on the target; nil: none is, and the record says
// why, unless that was asked for.
func (s *short) options(ctx context.Context, j *job) *loadtest.Options {
	if !s.load || !j.worthLoading() {
		return nil
	}
	o := &loadtest.Options{Scenario: loadtest.Login, Live: true, Rate: s.rate, Duration: s.duration}
	var err error
	if o.Thresholds, err = loadtest.ParseThresholds(j.config.Thresholds); err == nil {
		err = j.readyLoad(ctx, o)
	}
	if err != nil {
		j.note(noLoad + ": " + err.Error())
		return nil
	}
	return o
}

// withoutLoad says what becomes of the thresholds where no load is put on the target:
// those of the command line were asked of this run, which is incomplete without them.
func (j *job) withoutLoad() (stopped string) {
	if len(j.config.Thresholds) == 0 {
		return ""
	}
	j.note(noThresholds + ", because " + noLoad)
	if j.config.OnCommandLine("thresholds") {
		return noLoad + ", so --threshold was not evaluated"
	}
	return ""
}
