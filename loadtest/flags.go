package loadtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/config"
)

// When the codes of whole logins are obtained.
const (
	authorizeLive  = "live"
	authorizeAhead = "ahead"
)

// Flags are the command line's settings of load. What they share with other
// commands (target, credentials, thresholds, allowed hosts) is not among them.
type Flags struct {
	rate, rampFrom, rampTo float64
	duration               time.Duration
	warmup                 time.Duration
	maxRequests            uint64
	workers                int
	connections            int
	http2                  bool
	check                  string
	judges                 int
	tokens                 int
	minters                int
	authorize              string
	keepGoing              bool
	findMax                bool
	maxRate                float64
	step                   time.Duration
	results                string
	shard                  string
	startAt                string
	mintAhead              time.Duration
}

// Settings is the rows of the load test.
func (f *Flags) Settings() config.Table {
	return config.Rows("sgidcheck loadtest", "loadtest",
		config.Setting{Flag: "rate", Type: TypeRate, Default: "50/s", Into: rateInto(&f.rate), Common: true,
			Help: "requests (or logins) per second: 200, 200/s or 600/m; with --find-max, the first rate to try"},
		config.Setting{Flag: "ramp", Type: TypeRate, Into: f.parseRamp,
			Help: "instead of --rate, ramp from one rate to another over --duration, such as 50:500"},
		config.Setting{Flag: "duration", Default: DefaultDuration.String(), Into: &f.duration, Positive: true, Common: true,
			Help: "duration of the load, without the warm-up"},
		config.Setting{Flag: "warmup", Default: "0s", Into: &f.warmup,
			Help: "duration of the warm-up at the first rate, which is not counted in any figure"},
		config.Setting{Flag: "max-requests", Default: "0", Into: &f.maxRequests,
			Help: "maximum number of requests, including the warm-up; 0: no limit (not with --find-max)"},
		config.Setting{Flag: "workers", Default: strconv.Itoa(DefaultWorkers), Into: &f.workers, Positive: true,
			Help: "maximum number of requests (or logins) in flight"},
		config.Setting{Flag: "connections", Default: "0", Into: &f.connections,
			Help: "maximum number of open connections, those of the authorization request and the login page among them; 0: no limit"},
		config.Setting{Flag: "http2", Into: &f.http2,
			Help: "speak HTTP/2 (https only)"},
		config.Setting{Flag: "check", Choices: []string{string(CheckFull), string(CheckNone)}, Default: string(CheckFull), Into: &f.check,
			Help: "what to check in each response: everything (verify, decrypt, compare) or only the status"},
		config.Setting{Flag: "judges", Default: "0", Into: &f.judges,
			Help: "goroutines that check responses while load is sent; 0: one fewer than the processors"},
		config.Setting{Flag: "tokens", Default: strconv.Itoa(DefaultTokens), Into: &f.tokens, Positive: true,
			Help: "number of access tokens that userinfo load rotates through; where a person logs in, 1 unless set"},
		config.Setting{Flag: "authorize", Choices: []string{authorizeLive, authorizeAhead}, Default: authorizeLive, Into: &f.authorize,
			Help: "login: make authorization request and login page part of each login and of its figures, or mint codes ahead of the load, as is always done where a browser or a person logs in"},
		config.Setting{Flag: "minters", Default: strconv.Itoa(DefaultMinters), Into: &f.minters, Positive: true,
			Help: "number of logins made in parallel to mint authorization codes"},
		config.Setting{Flag: "keep-going", Into: &f.keepGoing,
			Help: "continue when the target goes down"},
		config.Setting{Flag: "find-max", Into: &f.findMax,
			Help: "search for the highest rate at which the thresholds hold"},
		config.Setting{Flag: "max-rate", Type: TypeRate, Default: strconv.FormatFloat(DefaultMaxRate, 'f', -1, 64) + "/s", Into: rateInto(&f.maxRate),
			Help: "highest rate that --find-max tries"},
		config.Setting{Flag: "step", Default: "0s", Into: &f.step,
			Help: "how long --find-max tries each rate; 0: a third of --duration, at least 2s"},
		config.Setting{Flag: "shard", Into: &f.shard,
			Help: "send part I of a load that is split over N processes, as I/N with I from 0: requests I, I+N, I+2N … of the plan; needs --start-at"},
		config.Setting{Flag: "start-at", Into: &f.startAt,
			Help: "start at this time, YYYY-MM-DDThh:mm:ssZ, or +2m from now (not with --shard); a process that is ready more than a second late sends nothing"},
		config.Setting{Flag: "mint-ahead", Default: DefaultMintAhead.String(), Into: &f.mintAhead, Positive: true,
			Help: "token, and login with codes minted ahead: how long before its use a code is minted at most, and so how long before --start-at minting begins; more where minting is slow and codes live longer, less than the lifetime of codes"},
		config.Setting{Flag: "results", Type: config.TypeFile, Into: &f.results, Once: true,
			Help: "write each result to this file in vegeta's encoding, for vegeta report, plot and encode"},
	)
}

// Results names the file that outcomes are written to; empty: none.
func (f *Flags) Results() string { return f.results }

// Apply puts the flags, which c was resolved with, into options, of which Attended
// is set already. The error names the flags that exclude each other.
func (f *Flags) Apply(o *Options, c *config.Config) error {
	ramp := f.rampTo > 0
	if ramp && c.Given("loadtest-rate") {
		if c.OnCommandLine("loadtest-rate") == c.OnCommandLine("loadtest-ramp") {
			return errors.New("--rate and --ramp exclude each other: a ramp begins with its first rate")
		}
		ramp = c.OnCommandLine("loadtest-ramp")
	}
	o.Rate = f.rate
	if ramp {
		o.Rate, o.RampTo = f.rampFrom, f.rampTo
	}
	o.Duration, o.Warmup, o.MaxRequests = f.duration, f.warmup, f.maxRequests
	o.Workers, o.Connections, o.HTTP2 = f.workers, f.connections, f.http2
	o.Check, o.Judges, o.Minters = CheckMode(f.check), f.judges, f.minters
	if !o.Attended || c.Given("loadtest-tokens") {
		o.Tokens = f.tokens
	}
	o.KeepGoing = f.keepGoing
	o.RestartWait = max(c.RestartWait, time.Millisecond) // 0 is the default
	o.Live = f.authorize == authorizeLive && o.Scenario == Login && !o.Attended
	if err := f.applyShare(o, c); err != nil {
		return err
	}
	switch {
	case f.findMax && ramp:
		return errors.New("--find-max and --ramp exclude each other: the search sets the rate")
	case f.findMax && f.maxRequests > 0:
		return errors.New("--find-max and --max-requests exclude each other: the limit would cut each rate short (bound the search with --max-rate, --step, --login-budget or --max-time)")
	case f.findMax:
		o.FindMax = &Search{Step: f.step, Max: f.maxRate, Wait: o.RestartWait}
	case c.OnCommandLine("loadtest-max-rate"), c.OnCommandLine("loadtest-step"):
		return errors.New("--max-rate and --step are for --find-max")
	}
	return nil
}

// TypeRate is the form of a setting that is a number of requests, or logins, in a time.
const TypeRate config.Type = "rate"

func rateInto(to *float64) func(string) error {
	return func(s string) (err error) {
		*to, err = ParseRate(s)
		return err
	}
}

// ParseRate reads 200, 200/s, 600/m or 50000/h as a rate a second. The error says
// what a rate is, without quoting s.
func ParseRate(s string) (float64, error) {
	number, per, _ := strings.Cut(strings.TrimSpace(s), "/")
	unit, ok := map[string]float64{"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[per]
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(v > 0) || v/unit > maxRate || strings.HasSuffix(s, "/") {
		return 0, fmt.Errorf("is not a rate above 0 and up to %d/s, such as 200/s or 600/m", maxRate)
	}
	return v / unit, nil
}

func (f *Flags) parseRamp(s string) (err error) {
	from, to, ok := strings.Cut(s, ":")
	if !ok {
		return errors.New("is not the first and the last rate, such as 50:500")
	}
	if f.rampFrom, err = ParseRate(from); err == nil {
		f.rampTo, err = ParseRate(to)
	}
	return err
}
