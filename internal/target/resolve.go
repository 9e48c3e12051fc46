package target

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"sgidcheck/internal/inert"
)

// DefaultFile is the configuration file that is read where it exists.
const DefaultFile = "sgidcheck.yaml"

// given is a value of a setting as it was written, and where.
type given struct {
	setting Setting
	items   []string // one, or the members of a list
	origin  string
}

func (g given) set() bool { return g.origin != "" }

func (g given) text() string {
	if len(g.items) == 0 {
		return ""
	}
	return g.items[len(g.items)-1]
}

// flagValue takes what stands on the command line as it is; Resolve reads it.
type flagValue struct {
	setting Setting
	items   []string
}

func (v *flagValue) String() string {
	if len(v.items) == 0 {
		return v.setting.Default
	}
	return strings.Join(v.items, ",")
}

func (v *flagValue) Set(s string) error { v.items = append(v.items, s); return nil }

func (v *flagValue) Type() string {
	switch v.setting.Type {
	case TypeChoice:
		return strings.Join(v.setting.Choices, "|")
	case TypeBool:
		return ""
	}
	return string(v.setting.Type)
}

func (v *flagValue) IsBoolFlag() bool { return v.setting.Type == TypeBool }

// BindFlags defines the flags of the groups' settings on fs; with no groups, of
// all settings. The values are read by Resolve. --config names the
// configuration file.
func BindFlags(fs *pflag.FlagSet, groups ...Group) {
	if fs.Lookup("config") == nil {
		fs.String("config", "", "configuration file (default "+DefaultFile+" where there is one)")
	}
	for _, s := range table {
		if s.NoFlag() || !wanted(s.Group, groups) || fs.Lookup(s.Flag) != nil {
			continue
		}
		f := fs.VarPF(&flagValue{setting: s}, s.Flag, "", s.Help)
		if s.Type == TypeBool {
			f.NoOptDefVal, f.DefValue = "true", "false"
		}
	}
}

func wanted(g Group, groups []Group) bool {
	for _, w := range groups {
		if w == g {
			return true
		}
	}
	return len(groups) == 0
}

// loader collects values and everything that is wrong with them.
type loader struct {
	c             *Config
	first, second partyDraft
	errors        ConfigErrors
}

func (l *loader) wrong(g given, problem, remedy string) {
	l.errors = append(l.errors, &ConfigError{Setting: g.setting.Key, Origin: g.origin, Problem: problem, Remedy: remedy})
}

func (l *loader) warn(format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, fmt.Sprintf(format, args...))
}

// Resolve reads the configuration: flags of fs (which BindFlags defined; may be
// nil) over environ (as os.Environ gives it) over the file over the defaults.
// file is the configuration file; empty means --config, SGIDCHECK_CONFIG, or
// sgidcheck.yaml where it exists. The error is a ConfigErrors with every
// problem found, and nothing has been sent anywhere.
func Resolve(fs *pflag.FlagSet, environ []string, file string) (*Config, error) {
	l := &loader{c: &Config{}}
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	inFile := l.readFile(fs, env, file)
	l.unknownEnvironment(env)
	for _, s := range table {
		g := l.find(s, fs, env, inFile)
		l.c.Values = append(l.c.Values, shown(s, g))
		if g.set() {
			s.set(l, g)
		}
	}
	l.finish()
	if len(l.errors) > 0 {
		return nil, l.errors
	}
	return l.c, nil
}

// Load is Resolve with this process's environment.
func Load(fs *pflag.FlagSet) (*Config, error) { return Resolve(fs, os.Environ(), "") }

// find takes a setting's value from the strongest place that names it.
func (l *loader) find(s Setting, fs *pflag.FlagSet, env map[string]string, inFile map[string]given) given {
	if fs != nil && !s.NoFlag() {
		if f := fs.Lookup(s.Flag); f != nil && f.Changed {
			if v, ok := f.Value.(*flagValue); ok {
				return given{s, split(s, v.items), "flag --" + s.Flag}
			}
		}
	}
	for _, name := range s.Env {
		if value, ok := env[name]; ok && value != "" {
			return given{s, split(s, []string{value}), "environment " + name}
		}
	}
	if g, ok := inFile[s.Key]; ok {
		return g
	}
	if s.Default != "" {
		return given{s, []string{s.Default}, "default"}
	}
	return given{setting: s}
}

// split cuts the members of lists apart.
func split(s Setting, items []string) []string {
	if s.Type != TypeList {
		return items
	}
	var out []string
	for _, item := range items {
		for part := range strings.SplitSeq(item, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func shown(s Setting, g given) Resolved {
	r := Resolved{Setting: s, Value: inert.Line(strings.Join(g.items, ", ")), Origin: g.origin}
	if s.Type == TypeSteps && g.set() {
		r.Value = strings.Join(g.items, ", ")
	}
	if s.Secret && g.set() {
		r.Value = fmt.Sprintf("(set, %d characters)", len(g.text()))
	}
	if r.Origin == "" {
		r.Origin = "not set"
	}
	return r
}

// unknownEnvironment finds variables with the tool's own prefix that nothing
// reads: a misspelt one would otherwise be ignored in silence.
func (l *loader) unknownEnvironment(env map[string]string) {
	known := map[string]bool{"SGIDCHECK_CONFIG": true}
	names := []string{"SGIDCHECK_CONFIG"}
	for _, s := range table {
		for _, name := range s.Env {
			known[name] = true
			names = append(names, name)
		}
	}
	for name := range env {
		if !known[name] && strings.HasPrefix(name, "SGIDCHECK_") {
			l.errors = append(l.errors, &ConfigError{Setting: name, Origin: "environment", Problem: "there is no such setting", Remedy: nearest(name, names)})
		}
	}
}

// readFile reads the configuration file there is, or is named.
func (l *loader) readFile(fs *pflag.FlagSet, env map[string]string, file string) map[string]given {
	origin := "argument"
	if fs != nil {
		if f := fs.Lookup("config"); f != nil && f.Changed {
			file, origin = f.Value.String(), "flag --config"
		}
	}
	if file == "" && env["SGIDCHECK_CONFIG"] != "" {
		file, origin = env["SGIDCHECK_CONFIG"], "environment SGIDCHECK_CONFIG"
	}
	named := file != ""
	if !named {
		file = DefaultFile
	}
	body, err := readBounded(file)
	switch {
	case err != nil && !named && errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		if !named {
			origin = ""
		}
		l.errors = append(l.errors, &ConfigError{Setting: "config", Origin: origin, Problem: fmt.Sprintf("%s cannot be read: %s", file, plain(err)), Remedy: "name a file that exists, or write one with 'sgidcheck init'"})
		return nil
	}
	l.c.File = file
	return l.parseFile(file, body)
}
