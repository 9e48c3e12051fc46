package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"sgidcheck/internal/inert"

	"sgidcheck/internal/redact"
)

// DefaultFile is the configuration file that is read where it exists.
const DefaultFile = "sgidcheck.yaml"

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

// IsSetting says whether a flag is a setting's, which Resolve reads.
func IsSetting(f *pflag.Flag) bool {
	_, ok := f.Value.(*flagValue)
	return ok
}

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
	hostname      given
	blanks        []given           // named, and without a value
	secrets       map[string]string // the value of each secret, and whose it is
	errors        Errors
}

func (l *loader) wrong(g given, problem, remedy string) {
	l.errors = append(l.errors, &Error{Setting: g.setting.Key, Origin: g.origin, Problem: problem, Remedy: remedy})
}

func (l *loader) warn(format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, fmt.Sprintf(format, args...))
}

// Resolve reads the configuration: flags of fs (which BindFlags defined; may be
// nil) over environ (as os.Environ gives it) over the file over the defaults.
// file is the configuration file; empty means --config, SGIDCHECK_CONFIG, or
// sgidcheck.yaml where it exists. Only the settings of the groups are read; with
// no groups, all. A setting that is named and has no value is an error: it is
// what a CI makes of a missing secret. The error is a ConfigErrors with every
// problem found, and nothing has been sent anywhere.
func Resolve(fs *pflag.FlagSet, environ []string, file string, groups ...Group) (*Config, error) {
	l := &loader{c: &Config{}, secrets: map[string]string{}}
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	inFile := l.readFile(fs, env, file)
	l.unknownEnvironment(env)
	var all []given
	for _, s := range table {
		if wanted(s.Group, groups) {
			g := l.find(s, fs, env, inFile)
			l.learn(g)
			all = append(all, g)
		}
	}
	for _, g := range all {
		l.c.Values = append(l.c.Values, shown(g))
		if g.blank() {
			l.blanks = append(l.blanks, g)
		} else if problem, remedy := l.misplaced(g); problem != "" {
			l.wrong(g, problem, remedy)
		} else if g.set() {
			g.setting.set(l, g)
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

func shown(g given) Resolved {
	s := g.setting
	r := Resolved{Setting: s, Value: inert.Line(strings.Join(g.items, ", ")), Origin: g.origin}
	switch {
	case !g.set():
		r.Origin = "not set"
	case s.Secret:
		r.Value = fmt.Sprintf("(set, %d characters)", len(g.text()))
	case g.mayBeSecret():
		r.Value = fmt.Sprintf("(set, %d characters; not shown, as it may be a secret)", len(r.Value))
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
			l.errors = append(l.errors, &Error{Setting: name, Origin: "environment", Problem: "there is no such setting", Remedy: nearest(name, names)})
		}
	}
}

// readFile reads the configuration file there is, or is named.
func (l *loader) readFile(fs *pflag.FlagSet, env map[string]string, file string) map[string]given {
	origin := "argument"
	if fs != nil {
		if f := fs.Lookup("config"); f != nil && f.Changed {
			file, origin = strings.TrimFunc(f.Value.String(), unseen), "flag --config"
		}
	}
	if value, ok := env["SGIDCHECK_CONFIG"]; ok && origin == "argument" && file == "" {
		file, origin = strings.TrimFunc(value, unseen), "environment SGIDCHECK_CONFIG"
	}
	named := file != ""
	if !named && origin != "argument" {
		l.blanks = append(l.blanks, given{setting: Setting{Key: "config"}, origin: origin})
		return nil
	}
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
		l.errors = append(l.errors, &Error{Setting: "config", Origin: origin, Problem: fmt.Sprintf("%s cannot be read: %s", redact.FileNamed(file, false), Plain(err)), Remedy: "name a file that exists, or write one with 'sgidcheck init'"})
		return nil
	}
	l.c.File = file
	return l.parseFile(file, body)
}
