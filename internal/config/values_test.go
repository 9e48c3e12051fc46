package config

import (
	"strings"
	"testing"
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
		if got := didYouMean(tt.wrote, tt.known); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.wrote, got, tt.want)
		}
	}
}

func TestFileOfTheLengthThatIsRead(t *testing.T) {
	if body, err := readBounded(write(t, "a", strings.Repeat("x", maxFile))); err != nil || len(body) != maxFile {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := readBounded(write(t, "a", strings.Repeat("x", maxFile+1))); err == nil || err.Error() != "it exceeds 1 MiB" {
		t.Errorf("one byte more: %v", err)
	}
}
