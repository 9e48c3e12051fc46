package loadtest

import (
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"

	"github.com/spf13/pflag"
)

// applied is what the settings of a load test come to, with variables of the environment and flags.
func applied(env []string, args ...string) (Options, error) {
	var f Flags
	var o Options
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Bind(fs, f.Settings()...)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	c, err := f.Settings().Resolve(fs, env, os.DevNull, config.Own)
	if err != nil {
		return o, err
	}
	return o, f.Apply(&o, c)
}

func TestFlags(t *testing.T) {
	o, err := applied(nil, "--ramp", "50:300/m", "--duration=3s", "--warmup=1s", "--check=none", "--workers=7", "--connections=3", "--max-requests=9", "--http2", "--keep-going")
	if err != nil || o.Rate != 50 || o.RampTo != 5 || o.Duration != 3*time.Second || o.Warmup != time.Second || o.Check != CheckNone ||
		o.Workers != 7 || o.Connections != 3 || o.MaxRequests != 9 || !o.HTTP2 || !o.KeepGoing || o.FindMax != nil {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = applied(nil, "--find-max", "--rate=20", "--max-rate=100/s", "--step=3s", "--max-requests=0")
	if err != nil || o.Rate != 20 || o.FindMax == nil || o.FindMax.Max != 100 || o.FindMax.Step != 3*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = applied(nil); err != nil || o.Rate != 50 || o.Duration != DefaultDuration {
		t.Errorf("%+v, %v", o, err)
	}
	// A ramp and a rate exclude each other in one place; else the stronger place wins.
	o, err = applied([]string{"SGIDCHECK_LOADTEST_RAMP=50:60"}, "--rate=7")
	if err != nil || o.Rate != 7 || o.RampTo != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = applied([]string{"SGIDCHECK_LOADTEST_RATE=7", "SGIDCHECK_LOADTEST_STEP=3s"}, "--ramp=50:60")
	if err != nil || o.Rate != 50 || o.RampTo != 60 {
		t.Errorf("%+v, %v", o, err)
	}
	for says, args := range map[string]string{
		`loadtest-rate (flag --rate): "fast" is not a rate`: "--rate=fast",
		`"0" is not a rate`:                      "--rate=0",
		`"NaN" is not a rate`:                    "--rate=NaN",
		`"5/d" is not a rate`:                    "--rate=5/d",
		`"5/" is not a rate`:                     "--rate=5/",
		`"2000000" is not a rate`:                "--rate=2000000",
		"first and the last rate":                "--ramp=50",
		`"50:x" is not a rate`:                   "--ramp=50:x",
		"--rate and --ramp exclude":              "--ramp=50:60 --rate=50",
		"--find-max and --ramp exclude":          "--ramp=50:60 --find-max",
		"--find-max and --max-requests exclude":  "--max-requests=9 --find-max",
		"--max-rate and --step are for":          "--step=3s",
		`"none" is not a rate`:                   "--find-max --max-rate=none",
		"(flag --duration): it must be above 0":  "--duration=0s",
		"(flag --warmup): \"-1s\" is negative":   "--warmup=-1s",
		"(flag --workers): \"0\" is not a whole": "--workers=0",
		"(flag --connections): \"-1\" is not":    "--connections=-1",
		"(flag --check): \"some\" is not one of": "--check=some",
	} {
		if _, err := applied(nil, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to say %q", args, err, says)
		}
	}
}

func TestOptionsThatCannotBeUsedSendNothing(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	for says, change := range map[string]func(*Options){
		"unknown scenario":          func(o *Options) { o.Scenario = "everything" },
		"the rate must be":          func(o *Options) { o.Rate = 0 },
		"private key is needed":     func(o *Options) { o.Key = nil },
		"needs a way to mint":       func(o *Options) { o.Minter = nil },
		"no guard":                  func(o *Options) { o.Guard = nil },
		"longer than a week":        func(o *Options) { o.Duration = 8 * 24 * time.Hour },
		"must not be negative":      func(o *Options) { o.Warmup = -1 },
		"less than one login":       func(o *Options) { o.MaxRequests = 1 },
		"unknown checking":          func(o *Options) { o.Check = "some" },
		"HTTP/2 needs https":        func(o *Options) { o.HTTP2 = true },
		"not an absolute http":      func(o *Options) { o.Endpoints.Token = "/token" },
		"is below the first":        func(o *Options) { o.FindMax = &Search{Max: 1} },
		"to answer again must not":  func(o *Options) { o.FindMax = &Search{Wait: -1} },
		"a ramp and a search":       func(o *Options) { o.FindMax, o.RampTo = &Search{}, 900 },
		"limit of requests and a s": func(o *Options) { o.FindMax, o.MaxRequests = &Search{}, 900 },
		"userinfo needs access tok": func(o *Options) { o.Scenario, o.Minter = Userinfo, nil },
	} {
		o := s.options(t, Login)
		change(&o)
		if _, err := Run(t.Context(), o, nil); !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it to say %q", err, says)
		}
	}
	if s.tokens.Load()+s.userinfos.Load()+s.minted.Load() != 0 {
		t.Error("something was sent")
	}
}

// Without a way to log in, userinfo is loaded with the logins at hand.
func TestUserinfoWithLoginsAtHand(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Minter, o.Endpoints.Token, o.Endpoints.JWKS = nil, "", ""
	o.Logins = []AccessGrant{{AccessToken: "at-1", Subject: "u=person-0"}, {AccessToken: "at-2"}}
	o.Rate, o.Duration = 100, 100*time.Millisecond
	load, err := Run(t.Context(), o, nil)
	if err != nil || load.Requests != 10 || len(load.Errors) != 0 {
		t.Errorf("%+v, %v", load, err)
	}
	if s.tokens.Load() != 0 {
		t.Error("token requests were sent")
	}
}

func TestDescriptorsAreSharedWithATargetInThisProcess(t *testing.T) {
	for _, c := range []struct {
		limit          uint64
		workers, given int
		want           int
	}{
		{48, 0, 0, 8}, {1024, 0, 0, 496}, {20, 0, 0, 1}, {48, 0, 4, 4}, {48, 0, 100, 8}, {48, 8, 0, 0},
		{1 << 20, 0, 0, 0}, {1<<64 - 1, 0, 0, 0}, {0, 0, 0, 0},
	} {
		told := 0
		o := Options{Workers: c.workers, Connections: c.given, Note: func(string) { told++ }}
		o.shareDescriptors(c.limit)
		if o.Connections != c.want || (told == 1) != (c.want != c.given) {
			t.Errorf("%+v: %d connections, told %d times", c, o.Connections, told)
		}
	}
	for rate, want := range map[float64]int{20: 0, 2000: 496} {
		o := Options{Scenario: Login, Rate: rate, Duration: 3 * time.Second, Note: func(string) {}}
		if o.shareDescriptors(1024); o.Connections != want {
			t.Errorf("%g logins a second: %d connections, want %d", rate, o.Connections, want)
		}
	}
}

func TestASearchWaitsAsLongAsTheSettingSays(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{7 * time.Second: 7 * time.Second, 0: time.Millisecond} { // 0: no 30 seconds
		o := Options{Scenario: Userinfo, Rate: 1, Duration: time.Second}
		f := Flags{findMax: true, rate: 1, maxRate: 10}
		err := f.Apply(&o, &config.Config{RestartWait: wait})
		if err == nil {
			err = o.FindMax.complete(&o)
		}
		if err != nil || o.FindMax.Wait != want {
			t.Errorf("%s: %+v, %v", wait, o.FindMax, err)
		}
	}
}
