package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
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
	if v.setting.Type == TypeChoice {
		return strings.Join(v.setting.Choices, "|")
	}
	return string(v.setting.Type)
}

func (v *flagValue) IsBoolFlag() bool { return v.setting.Type == TypeBool }

// SettingOf is the setting whose value a flag takes, where it is one's.
func SettingOf(f *pflag.Flag) (Setting, bool) {
	v, ok := f.Value.(*flagValue)
	if !ok {
		return Setting{}, false
	}
	return v.setting, true
}

// GivenFlags are the flags that stand on the command line of fs, with what stands
// there, as another call of the program takes them: all but those named.
func GivenFlags(fs *pflag.FlagSet, but ...string) (args []string) {
	fs.Visit(func(f *pflag.Flag) {
		v, ok := f.Value.(*flagValue)
		if !ok || slices.Contains(but, f.Name) {
			return
		}
		for _, item := range v.items {
			args = append(args, "--"+f.Name+"="+item)
		}
	})
	return args
}

// MakesConfig says whether a flag of fs belongs to a setting that makes a Config.
func MakesConfig(fs *pflag.FlagSet) (makes bool) {
	fs.VisitAll(func(f *pflag.Flag) {
		s, ok := SettingOf(f)
		makes = makes || ok && !s.own && s.Group != GroupFile
	})
	return makes
}

// Bind defines the flags of settings on fs, whose values are read by Resolve, and
// --config where one of them may stand in the configuration file.
func Bind(fs *pflag.FlagSet, settings ...Setting) {
	if slices.ContainsFunc(settings, func(s Setting) bool { return !s.NoFile() }) {
		config, _ := table.ByKey("config")
		settings = append([]Setting{config}, settings...)
	}
	fs.SortFlags = false
	for _, s := range settings {
		if s.NoFlag() || fs.Lookup(s.Flag) != nil {
			continue
		}
		f := fs.VarPF(&flagValue{setting: s}, s.Flag, "", s.Help)
		if s.Type == TypeBool {
			f.NoOptDefVal = "true"
		}
	}
}

// BindFlags is Bind for the groups of Settings; with no groups, for all of them.
func BindFlags(fs *pflag.FlagSet, groups ...Group) {
	for _, s := range table {
		if wanted(s.Group, groups) {
			Bind(fs, s)
		}
	}
}

func wanted(g Group, groups []Group) bool {
	return len(groups) == 0 || slices.Contains(groups, g) || slices.Contains(groups, Everything)
}

// loader collects values and everything that is wrong with them.
type loader struct {
	c             *Config
	table         Table // every setting that there is, whoever reads it
	first, second partyDraft
	hostname      given
	partial       bool               // the table is not that of all commands
	blanks        []given            // named, and without a value
	secrets       map[string]string  // the value of each secret, and whose it is
	files         map[string]content // of client secrets, by path
	errors        Errors
}

// content is what reading a file came to.
type content struct {
	body []byte
	err  error
}

func (l *loader) wrong(g given, problem, remedy string) {
	l.errors = append(l.errors, &Error{Setting: g.setting.Key, Origin: g.origin, Problem: problem, Remedy: remedy})
}

func (l *loader) warn(format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, fmt.Sprintf(format, args...))
}

// Resolve is Table.Resolve where there are no settings but those of Settings.
func Resolve(fs *pflag.FlagSet, environ []string, file string, groups ...Group) (*Config, error) {
	return table.Resolve(fs, environ, file, groups...)
}

// Resolve reads the configuration: flags of fs (which Bind defined; may be
// nil) over environ (as os.Environ gives it) over the file over the defaults.
// file is the configuration file; empty means --config, SGIDCHECK_CONFIG, or
// sgidcheck.yaml where it exists. Only the settings of the groups are read, with
// no groups all that make a Config, and of the rows of commands those that Bind
// has put on fs. t is every setting there is: what is none of them is an error,
// and so is one that is named and has no value: that is what a CI makes of a
// missing secret. The error is a Errors with every
// problem found, and nothing has been sent anywhere.
func (t Table) Resolve(fs *pflag.FlagSet, environ []string, file string, groups ...Group) (*Config, error) {
	return t.loader().resolve(fs, environ, file, groups)
}

func (t Table) loader() *loader {
	return &loader{c: &Config{}, table: t, secrets: map[string]string{}, files: map[string]content{}}
}

func (l *loader) resolve(fs *pflag.FlagSet, environ []string, file string, groups []Group) (*Config, error) {
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	var inFile map[string]given
	if fs == nil || fs.Lookup("config") != nil {
		inFile = l.readFile(fs, env, file)
		l.unknownEnvironment(env)
	}
	var all []given
	for _, s := range l.read(fs, groups) {
		g := l.find(s, fs, env, inFile)
		l.learn(g)
		all = append(all, g)
	}
	for _, g := range all {
		l.c.Values = append(l.c.Values, shown(g))
		if g.blank() {
			l.blanks = append(l.blanks, g)
		} else if problem, remedy := l.misplaced(g); problem != "" {
			l.wrong(g, problem, remedy)
		} else if g.set() {
			if problem, remedy := put(g); problem != "" {
				l.wrong(g, problem, remedy)
			}
		}
	}
	l.finish()
	if len(l.errors) > 0 {
		return nil, l.errors
	}
	return l.c, nil
}

// read is the settings that are read: those of the groups, filling this loader's
// Config, and the rows of the command.
func (l *loader) read(fs *pflag.FlagSet, groups []Group) Table {
	var out Table
	for _, s := range configSettings(l) {
		if s.Group != GroupFile && wanted(s.Group, groups) {
			out = append(out, s)
		}
	}
	if fs != nil {
		fs.VisitAll(func(f *pflag.Flag) {
			if s, ok := SettingOf(f); ok && s.own {
				out = append(out, s)
			}
		})
	}
	if slices.Contains(groups, Everything) {
		for _, s := range l.table {
			if _, there := out.ByKey(s.Key); !there && s.own && !s.Once {
				out = append(out, s)
			}
		}
	}
	return out
}

// Load is Resolve with this process's environment, for programs that have no other settings,
// such as tests: what is none of them, and may be a command's, is a warning.
func Load(fs *pflag.FlagSet) (*Config, error) {
	l := table.loader()
	l.partial = true
	return l.resolve(fs, os.Environ(), "", nil)
}

// unknown says that there is no setting of that name.
func (l *loader) unknown(name, origin, remedy string) {
	if l.partial {
		l.warn("nothing here reads %s (%s)", name, origin)
		return
	}
	l.errors = append(l.errors, &Error{Setting: name, Origin: origin, Problem: "there is no such setting", Remedy: remedy})
}

func shown(g given) Resolved {
	s := g.setting
	written := []string{g.text()}
	if s.Type == TypeList || s.Type == TypeSteps {
		written = g.items
	}
	value := strings.Join(written, ", ")
	if s.Type == TypeURL { // in which a password may stand
		value = redact.New().Command([]string{value})[0]
	}
	r := Resolved{Setting: s, Value: inert.Line(value), Origin: g.origin}
	if !s.Secret {
		r.written = written
	}
	switch {
	case !g.set():
		r.Origin = notSet
	case s.Secret:
		r.withheld = true
		r.Value = fmt.Sprintf("(set, %d characters)", len(g.text()))
	case g.mayBeSecret():
		r.withheld = true
		r.Value = fmt.Sprintf("(set, %d characters; not shown, as it may be a secret)", len(r.Value))
	}
	return r
}

// unknownEnvironment finds variables with the tool's own prefix that nothing
// reads: a misspelt one would otherwise be ignored in silence.
func (l *loader) unknownEnvironment(env map[string]string) {
	known := map[string]bool{}
	var names []string
	for _, s := range l.table {
		for _, name := range s.Env {
			known[name] = true
			names = append(names, name)
		}
	}
	for name := range env {
		if !known[name] && strings.HasPrefix(name, ownPrefix) {
			l.unknown(name, "environment", didYouMean(name, names))
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
