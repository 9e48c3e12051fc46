package loadtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Flags are the command line's settings of load. What they share with other
// commands (target, credentials, thresholds, allowed hosts) is not among them.
type Flags struct {
	rate, ramp  string
	duration    time.Duration
	warmup      time.Duration
	maxRequests uint64
	workers     int
	connections int
	http2       bool
	check       string
	judges      int
	tokens      int
	minters     int
	keepGoing   bool
	findMax     bool
	maxRate     string
	step        time.Duration
	results     string
	shard       string
	startAt     string
	mintAhead   time.Duration
}

// Defaults of the command line.
const defaultRate = "50/s"

// Bind defines the flags.
func (f *Flags) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&f.rate, "rate", defaultRate, "requests (or logins) a second: 200, 200/s or 600/m; with --find-max, the first to try")
	fs.StringVar(&f.ramp, "ramp", "", "in place of --rate, from one rate to another over --duration, such as 50:500")
	fs.DurationVar(&f.duration, "duration", DefaultDuration, "how long the load lasts, the warm-up not counted")
	fs.DurationVar(&f.warmup, "warmup", 0, "load at the first rate that comes before and enters no figure")
	fs.Uint64Var(&f.maxRequests, "max-requests", 0, "send no more requests than this, those of the warm-up included; 0: no limit")
	fs.IntVar(&f.workers, "workers", DefaultWorkers, "most requests (or logins) under way at once")
	fs.IntVar(&f.connections, "connections", 0, "most connections open at once; 0: no limit")
	fs.BoolVar(&f.http2, "http2", false, "speak HTTP/2 (https only)")
	fs.StringVar(&f.check, "check", string(CheckFull), "what is looked at in each answer: full (verify, decrypt, compare) or none (the status alone)")
	fs.IntVar(&f.judges, "judges", 0, "goroutines that judge answers while load is sent; 0: one less than the processors")
	fs.IntVar(&f.tokens, "tokens", DefaultTokens, "access tokens that userinfo load takes in turn")
	fs.IntVar(&f.minters, "minters", DefaultMinters, "logins made at once to mint authorization codes")
	fs.BoolVar(&f.keepGoing, "keep-going", false, "go on when the target goes down")
	fs.BoolVar(&f.findMax, "find-max", false, "search for the highest rate that holds the thresholds")
	fs.StringVar(&f.maxRate, "max-rate", strconv.FormatFloat(DefaultMaxRate, 'f', -1, 64)+"/s", "highest rate that --find-max tries")
	fs.StringVar(&f.results, "results", "", "file to write each outcome to as vegeta does, for vegeta report, plot and encode")
	fs.StringVar(&f.shard, "shard", "", "send part I of a load that N processes send, as I/N with I from 0: requests I, I+N, I+2N … of the plan; takes --start-at")
	fs.StringVar(&f.startAt, "start-at", "", "begin at this time of the clock, such as 2026-11-26T10:00:00Z, or +2m from now (not with --shard); what is ready more than a second later sends nothing")
	fs.DurationVar(&f.mintAhead, "mint-ahead", DefaultMintAhead, "how long before --start-at codes begin to be minted")
	fs.DurationVar(&f.step, "step", 0, "how long --find-max tries each rate; 0: a third of --duration, at least 2s")
}

// Results names the file that outcomes are written to; empty: none.
func (f *Flags) Results() string { return f.results }

// Apply puts the flags into options, of which Attended is set already. changed says whether a flag was given. The
// error names the flag and what it may be.
func (f *Flags) Apply(o *Options, changed func(flag string) bool) (err error) {
	if f.ramp != "" {
		if changed("rate") {
			return fmt.Errorf("--rate and --ramp exclude each other: a ramp begins with its first rate")
		}
		if o.Rate, o.RampTo, err = parseRamp(f.ramp); err != nil {
			return err
		}
	} else if o.Rate, err = parseRate("--rate", f.rate); err != nil {
		return err
	}
	for flag, d := range map[string]time.Duration{"--duration": f.duration, "--warmup": f.warmup, "--step": f.step} {
		if d < 0 || d == 0 && flag == "--duration" {
			return fmt.Errorf("%s %s: it must be longer than nothing, such as 10s", flag, d)
		}
	}
	for flag, n := range map[string]int{"--workers": f.workers, "--tokens": f.tokens, "--minters": f.minters} {
		if n < 1 {
			return fmt.Errorf("%s %d: it must be at least 1", flag, n)
		}
	}
	for flag, n := range map[string]int{"--connections": f.connections, "--judges": f.judges} {
		if n < 0 {
			return fmt.Errorf("%s %d: it must not be negative", flag, n)
		}
	}
	switch CheckMode(f.check) {
	case CheckFull, CheckNone:
	default:
		return fmt.Errorf("--check %q: it is full or none", f.check)
	}
	o.Duration, o.Warmup, o.MaxRequests = f.duration, f.warmup, f.maxRequests
	o.Workers, o.Connections, o.HTTP2 = f.workers, f.connections, f.http2
	o.Check, o.Judges, o.Minters = CheckMode(f.check), f.judges, f.minters
	if !o.Attended || changed("tokens") {
		o.Tokens = f.tokens
	}
	o.KeepGoing = f.keepGoing
	if err := f.applyShare(o, changed); err != nil {
		return err
	}
	switch {
	case f.findMax && f.ramp != "":
		return fmt.Errorf("--find-max and --ramp exclude each other: the search sets the rate")
	case f.findMax:
		o.FindMax = &Search{Step: f.step}
		o.FindMax.Max, err = parseRate("--max-rate", f.maxRate)
	case changed("max-rate"), changed("step"):
		return fmt.Errorf("--max-rate and --step are for --find-max")
	}
	return err
}

// parseRate reads 200, 200/s or 600/m as a rate per second.
func parseRate(flag, s string) (float64, error) {
	number, per, _ := strings.Cut(strings.TrimSpace(s), "/")
	unit, ok := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}[per]
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(v > 0) || v/unit > maxRate || strings.HasSuffix(s, "/") {
		return 0, fmt.Errorf("%s %q: want a rate above 0 and up to %d/s, such as 200/s or 600/m", flag, s, maxRate)
	}
	return v / unit, nil
}

func parseRamp(s string) (from, to float64, err error) {
	a, b, ok := strings.Cut(s, ":")
	if !ok {
		return 0, 0, fmt.Errorf("--ramp %q: want the first and the last rate, such as 50:500", s)
	}
	if from, err = parseRate("--ramp", a); err != nil {
		return 0, 0, err
	}
	to, err = parseRate("--ramp", b)
	return from, to, err
}
