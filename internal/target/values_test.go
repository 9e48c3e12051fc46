package target

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestValuesAtTheirBounds(t *testing.T) {
	for _, tt := range []struct {
		flag  string
		taken bool
		check func(*Config) bool
	}{
		{"--login-budget=0", true, func(c *Config) bool { return c.LoginBudget == 0 }},
		{"--login-budget= 7 ", true, func(c *Config) bool { return c.LoginBudget == 7 }},
		{"--pace=0", true, func(c *Config) bool { return c.Pace == 0 }},
		{"--pace=Inf", false, nil},
		{"--pace=x", false, nil},
		{"--clock-skew=0s", true, func(c *Config) bool { return c.ClockSkew == 0 }},
		{"--timeout=1ns", true, func(c *Config) bool { return c.Timeout == 1 }},
		{"--timeout=-1s", false, nil},
		{"--max-body=1", true, func(c *Config) bool { return c.MaxBody == 1 }},
		{"--max-body=-1", false, nil},
		{"--max-body=2KiB", true, func(c *Config) bool { return c.MaxBody == 2048 }},
		{"--max-body=64MiB", true, func(c *Config) bool { return c.MaxBody == 64<<20 }},
		{"--max-body=65MiB", false, nil},
		{"--max-body=67108864", true, func(c *Config) bool { return c.MaxBody == 64<<20 }},
		{"--max-body=67108865", false, nil},
		{"--slow=on", true, func(c *Config) bool { return c.Slow }},
		{"--slow=0", true, func(c *Config) bool { return !c.Slow }},
		{"--slow", true, func(c *Config) bool { return c.Slow }},
		{"--select=a,,b ,", true, func(c *Config) bool { return strings.Join(c.Select, "|") == "a|b" }},
		{"--crypto= go ", true, func(c *Config) bool { return c.Crypto == "go" }},
	} {
		c, err := resolveWith(t, []string{tt.flag}, nil, "")
		if (err == nil) != tt.taken || err == nil && !tt.check(c) {
			t.Errorf("%s: %+v, %v", tt.flag, c, err)
		}
	}
}

func TestAnEmptyListIsNotSet(t *testing.T) {
	for _, file := range []string{"select: []\n", "login-steps: []\n"} {
		c, err := resolveWith(t, nil, nil, file)
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		for _, v := range c.Values {
			if strings.HasPrefix(file, v.Setting.Key+":") && v.Origin != "not set" {
				t.Errorf("%q comes from %s", file, v.Origin)
			}
		}
	}
	c, err := resolveWith(t, nil, nil, "select: [A-01]\nlogin-steps: [{click: a}]\n")
	if err != nil || len(c.Select) != 1 || len(c.LoginSteps) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, v := range c.Values {
		if want := map[string]string{"select": "sgidcheck.yaml line 1", "login-steps": "sgidcheck.yaml line 2"}[v.Setting.Key]; want != "" && v.Origin != want {
			t.Errorf("%s comes from %q, want %q", v.Setting.Key, v.Origin, want)
		}
	}
}

func TestNearest(t *testing.T) {
	few, many := []string{"auto", "plain", "none"}, strings.Fields("a b c d e f g h i")
	for _, tt := range []struct {
		wrote string
		known []string
		want  string
	}{
		{"PLAIN", few, "did you mean plain?"}, {"plxxn", few, "did you mean plain?"}, {"pxxxn", few, "the choices are auto, plain, none"},
		{"one", few, "did you mean none?"}, {"elaborated", []string{"elaxxxated"}, "did you mean elaxxxated?"}, {"elaborated", []string{"elaxxxxted"}, "the choices are elaxxxxted"},
		{"xyz", many[:8], "the choices are a, b, c, d, e, f, g, h"}, {"xyz", many, "'sgidcheck init' writes a file with every setting"}, {"x", nil, "the choices are "},
		{"aa", []string{"ab", "ac"}, "did you mean ab?"},
	} {
		if got := nearest(tt.wrote, tt.known); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.wrote, got, tt.want)
		}
	}
}

func TestFileOfTheLengthThatIsRead(t *testing.T) {
	if body, err := readBounded(write(t, "a", strings.Repeat("x", maxFile))); err != nil || len(body) != maxFile {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := readBounded(write(t, "a", strings.Repeat("x", maxFile+1))); err == nil || err.Error() != "it is longer than 1 MiB" {
		t.Errorf("one byte more: %v", err)
	}
}

func TestWhatDoctorAccepts(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		target time.Duration // ahead of this machine's clock
		skew   time.Duration // accepted
		status Status
		detail string
	}{
		{0, time.Minute, StatusOK, "the same within 1s"},
		{-5 * time.Second, 5 * time.Second, StatusOK, "the same within 5s"},
		{5 * time.Second, 5 * time.Second, StatusOK, "the same within 5s"},
		{6 * time.Second, 12 * time.Second, StatusOK, "the same within 6s"},
		{7 * time.Second, 12 * time.Second, StatusWarning, "7s ahead of"},
		{-7 * time.Second, 12 * time.Second, StatusWarning, "7s behind"},
		{60 * time.Second, 60 * time.Second, StatusWarning, "1m ahead of"},
		{61 * time.Second, 60 * time.Second, StatusProblem, "1m1s ahead of"},
		{-61 * time.Second, 60 * time.Second, StatusProblem, "1m1s behind"},
	} {
		x := &examination{config: &Config{ClockSkew: tt.skew}}
		x.clock(&Exchange{Response: &Response{Header: http.Header{"Date": {now.Add(tt.target).Format(http.TimeFormat)}}}}, now)
		if len(x.findings) != 1 || x.findings[0].Status != tt.status || !strings.Contains(x.findings[0].Detail, tt.detail) {
			t.Errorf("%v off with %v accepted: %+v", tt.target, tt.skew, x.findings)
		}
	}
	none := &examination{config: &Config{ClockSkew: time.Minute}}
	none.clock(&Exchange{Response: &Response{}}, now)
	if len(none.findings) != 1 || none.findings[0].Status != StatusWarning {
		t.Errorf("no Date: %+v", none.findings)
	}
	for _, tt := range []struct {
		free   uint64
		status Status
		detail string
	}{{noSpace - 1, StatusProblem, "free"}, {noSpace, StatusWarning, "20 MiB free"}, {littleSpace - 1, StatusWarning, "199 MiB free"}, {littleSpace, StatusOK, "200 MiB free"}, {math.MaxUint64 >> 1, StatusOK, "free"}} {
		x := &examination{config: &Config{Out: t.TempDir()}, opt: DoctorOptions{Free: func(string) (uint64, error) { return tt.free, nil }}}
		x.folder()
		if last := x.findings[len(x.findings)-1]; last.Status != tt.status || !strings.Contains(last.Detail, tt.detail) {
			t.Errorf("%d bytes: %+v", tt.free, last)
		}
	}
}

func TestWordByte(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b >= 0x80 || strings.IndexByte("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", b) >= 0
		if wordByte(b) != want {
			t.Errorf("%#x: %v", b, !want)
		}
	}
	for in, want := range map[string]string{"TAN AH KOW": "Tan Ah Kow", "ann-mary o'neil": "Ann-Mary O'Neil", "zed": "Zed", "a{z": "A{Z", "9a": "9a"} {
		if got := capitals(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
