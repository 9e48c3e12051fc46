package config

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/redact/redacttest"

	"github.com/spf13/pflag"
)

// A command's own rows are filled from flag, variable, file and default, in that order.
func TestRowsOfACommand(t *testing.T) {
	var o struct {
		text, once  string
		on, off     bool
		n           int
		big         uint64
		bytes       int64
		share       float64
		wait        time.Duration
		names       []string
		sizes       []int
		seen        []string
		undefaulted int
	}
	rows := Rows("sgidcheck x", "x",
		Setting{Flag: "text", Into: &o.text}, Setting{Flag: "once", Into: &o.once, Once: true},
		Setting{Flag: "on", Into: &o.on, Default: "true"}, Setting{Flag: "off", Into: &o.off},
		Setting{Flag: "n", Into: &o.n, Default: "3", Positive: true}, Setting{Flag: "big", Into: &o.big, Default: "4"}, Setting{Flag: "bytes", Into: &o.bytes, Default: "2KiB"},
		Setting{Flag: "share", Into: &o.share, Default: "0.5", Positive: true}, Setting{Flag: "wait", Into: &o.wait, Default: "2s", Positive: true},
		Setting{Flag: "names", Into: &o.names, Choices: []string{"a", "b"}}, Setting{Flag: "sizes", Into: &o.sizes},
		Setting{Flag: "seen", Type: TypeList, Into: func(s string) error { o.seen = append(o.seen, s); return nil }},
		Setting{Flag: "undefaulted", Into: &o.undefaulted})
	table := append(Settings(), rows...)
	read := func(args, env []string, file string) (*Config, error) {
		t.Helper()
		fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
		Bind(fs, rows...)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		return table.Resolve(fs, env, write(t, "c.yaml", file), Own)
	}
	c, err := read([]string{"--text=flag", "--once=o", "--off", "--names=b,a", "--seen=p,q"}, []string{"SGIDCHECK_X_TEXT=env", "SGIDCHECK_X_BIG=9", "SGIDCHECK_X_SIZES=1,2"}, "x-text: file\nx-big: 8\nx-wait: 5s\nx-on: no\n")
	if err != nil || o.text != "flag" || o.once != "o" || o.on || !o.off || o.n != 3 || o.big != 9 || o.bytes != 2048 || o.share != 0.5 || o.wait != 5*time.Second ||
		!slices.Equal(o.names, []string{"b", "a"}) || !slices.Equal(o.sizes, []int{1, 2}) || !slices.Equal(o.seen, []string{"p", "q"}) || o.undefaulted != 0 {
		t.Fatalf("%+v, %v", o, err)
	}
	if !c.OnCommandLine("x-text") || c.OnCommandLine("x-big") || !c.Given("x-big") || c.Given("x-n") || c.Given("x-undefaulted") || c.Given("no") || c.Issuer != "" || c.Out != "" {
		t.Errorf("%+v", c.Values)
	}
	for says, tt := range map[string]struct{ arg, file string }{
		`x-n (flag --n): "0" is not a whole number from 1`: {arg: "--n=0"},
		`x-big (flag --big): "-1" is not a whole number`:   {arg: "--big=-1"},
		`x-sizes (flag --sizes): "y" is not a whole`:       {arg: "--sizes=1,y"},
		"x-share (flag --share): it is not above 0":        {arg: "--share=0"},
		"x-wait (flag --wait): it must be above 0":         {arg: "--wait=0s"},
		`"c" is not one of a, b`:                           {arg: "--names=a,c"},
		"x-text (flag --text): it is empty":                {arg: "--text="},
		"x-once (flag --once): it holds a token":           {arg: "--once=" + redacttest.StrayToken},
		"give it on the command line, as --once":           {file: "x-once: o\n"},
		"did you mean x-names?":                            {file: "x-name: a\n"},
	} {
		if _, err := read(strings.Fields(tt.arg), nil, tt.file); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", tt, err, says)
		}
	}
}

// What no flag of the command can name is of no concern to it; doctor reads all rows.
func TestRowsOfAnotherCommand(t *testing.T) {
	var n int
	table := append(Settings(), Rows("sgidcheck y", "y", Setting{Flag: "n", Into: &n})...)
	for _, env := range [][]string{{"SGIDCHECK_Y_N=5"}, {"SGIDCHECK_Y_N=many"}} {
		if c, err := table.Resolve(nil, env, os.DevNull); err != nil || c.Given("y-n") {
			t.Errorf("%v: %v", env, err)
		}
	}
	if _, err := table.Resolve(nil, []string{"SGIDCHECK_Y_N=many"}, os.DevNull, Everything); err == nil || !strings.Contains(err.Error(), "y-n (environment SGIDCHECK_Y_N)") {
		t.Error(err)
	}
	if c, err := table.Resolve(nil, []string{"SGIDCHECK_Y_N=5"}, os.DevNull, Everything); err != nil || !c.Given("y-n") || c.Timeout == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A program that has no commands takes what is for them as a warning.
func TestLoadWarnsOfWhatIsForCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("SGIDCHECK_LOADTEST_RATE", "7/s")
	if err := os.WriteFile(DefaultFile, []byte("loadtest-step: 3s\ntimeout: 4s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(nil)
	if err != nil || c.Timeout != 4*time.Second || len(c.Warnings) != 2 || !strings.Contains(strings.Join(c.Warnings, "\n"), "nothing here reads loadtest-step (sgidcheck.yaml line 1)") {
		t.Errorf("%+v, %v", c, err)
	}
}

// The password in an address is not shown with it.
func TestThePasswordOfAnAddressIsNotShown(t *testing.T) {
	var at string
	table := append(Settings(), Rows("sgidcheck z", "z", Setting{Flag: "at", Type: TypeURL, Into: &at})...)
	for address, want := range map[string]string{
		"http://ann:hunter2hunter2@localhost:3000/login": "http://ann:[redacted credentials, 14 characters]@localhost:3000/login",
		"http://localhost:3000/login?next=/me":           "http://localhost:3000/login?next=/me",
	} {
		c, err := table.Resolve(nil, []string{"SGIDCHECK_Z_AT=" + address}, os.DevNull, Everything)
		if err != nil || at != address {
			t.Fatalf("%q, %v", at, err)
		}
		for _, v := range c.Values {
			if v.Setting.Key == "z-at" && v.Value != want {
				t.Errorf("%s is shown as %s", address, v.Value)
			}
		}
	}
}
