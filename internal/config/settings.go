package config

import (
	"slices"
	"strings"
	"time"
)

// Type is the form of a setting's value.
type Type string

// The types of settings.
const (
	TypeText     Type = "text"
	TypeURL      Type = "URL"
	TypeFile     Type = "file"
	TypeDir      Type = "directory"
	TypeDuration Type = "duration" // 10s, 2m
	TypeInt      Type = "number"   // whole, from 0
	TypeFloat    Type = "decimal"  // from 0
	TypeBool     Type = "bool"
	TypeChoice   Type = "choice" // one of Setting.Choices
	TypeList     Type = "list"   // separated by commas, or given repeatedly
	TypeScopes   Type = "scopes" // separated by spaces or commas
	TypeSteps    Type = "steps"  // in the configuration file only
	TypeSize     Type = "size"   // bytes, with KiB or MiB
)

// Group is the heading under which settings stand together: in the documents, in
// what init writes and in --help. Commands bind the groups they need.
type Group string

// The groups of the settings that make a Config.
const (
	GroupFile    Group = "The configuration file"
	GroupTarget  Group = "The provider, and the clients registered there"
	GroupLogin   Group = "The login"
	GroupChecks  Group = "The checks"
	GroupNetwork Group = "The network"
	GroupOutput  Group = "The report"
	GroupBrowser Group = "The browser"
	GroupLoad    Group = "Load"
	GroupCrypto  Group = "Decryption"
)

// Other values of Resolve's groups.
const (
	Own        Group = "own"        // none of the groups above, only rows that Bind has put on the command
	Everything Group = "everything" // all groups, and the rows of all commands
)

// Setting is one row of the table from which flags, environment variables, the
// configuration file, its template, doctor, completion and the documentation are
// made.
type Setting struct {
	Key      string   // in the configuration file, and its name in messages
	Flag     string   // empty: not to be given on the command line
	Env      []string // environment variables, the first winning
	Type     Type
	Choices  []string // the values there are; a list's members
	Default  string
	Help     string          // one sentence, small initial, no full stop
	Secret   bool            // its value is never shown and never taken from a flag or the file
	Once     bool            // of one call alone: it has a flag, and neither variable nor key
	Common   bool            // --help shows it first
	Uncut    bool            // a list whose members are given one by one, with what commas they hold
	Positive bool            // a number or duration that must be above 0
	Complete func() []string // values that a shell may offer, beside Choices
	Group    Group
	Commands []string // those that have its flag and users know, where the table was made of them

	// Into is what the value is put into: a pointer to string, bool, int, int64 (a
	// size), uint64, float64, time.Duration, []string or []int, or a func(string) error
	// that takes the text, of a list each member, and says what is wrong with it as
	// in "is not a rate", without quoting it. Nil: it is read elsewhere.
	Into any

	own bool // made by Rows: the command that it is bound on reads it
}

// hidden says that the setting is of commands alone that users do not know.
func (s Setting) hidden() bool { return s.own && len(s.Commands) == 0 }

// NoFlag says that the setting cannot be given on the command line.
func (s Setting) NoFlag() bool { return s.Flag == "" }

// NoFile says that the setting cannot stand in the configuration file.
func (s Setting) NoFile() bool { return s.Secret || s.Once }

// Table is settings in the order in which they are shown.
type Table []Setting

// Settings is the rows that make a Config. What commands have beside them is
// added with Rows.
func Settings() Table { return slices.Clone(table) }

// Rows is what a package contributes to the table: the flags of one command, a
// row each, of which only Flag, Into, Default, Help and what is unusual need to be
// given. The key in the configuration file is the flag with the prefix and a
// hyphen before it (without a prefix, the flag alone), the variable SGIDCHECK_ and that.
func Rows(group Group, prefix string, rows ...Setting) Table {
	for i := range rows {
		s := &rows[i]
		s.Group, s.own = group, true
		if s.Key == "" {
			s.Key = strings.TrimPrefix(prefix+"-"+s.Flag, "-")
		}
		if len(s.Env) == 0 && !s.Once {
			s.Env = []string{environment(s.Key)}
		}
		if s.Type == "" {
			s.Type = typeOf(s)
		}
		if s.Type == TypeBool && s.Default == "" {
			s.Default = "false"
		}
	}
	return rows
}

// Filling is the setting of that key, for a command that reads it alone and
// not the whole Config. It is an error of the caller if there is none.
func Filling(key string, into any) Setting {
	s, ok := table.ByKey(key)
	if !ok {
		panic("there is no setting " + key)
	}
	s.Into, s.own = into, true
	return s
}

func typeOf(s *Setting) Type {
	switch s.Into.(type) {
	case *bool:
		return TypeBool
	case *int, *uint64:
		return TypeInt
	case *int64:
		return TypeSize
	case *float64:
		return TypeFloat
	case *time.Duration:
		return TypeDuration
	case *[]string, *[]int:
		return TypeList
	}
	if len(s.Choices) > 0 {
		return TypeChoice
	}
	return TypeText
}

// ByKey finds a setting by its key.
func (t Table) ByKey(key string) (Setting, bool) {
	return t.find(func(s Setting) bool { return s.Key == key })
}

// byVariable finds a setting by an environment variable of it.
func (t Table) byVariable(name string) (Setting, bool) {
	return t.find(func(s Setting) bool { return slices.Contains(s.Env, name) })
}

func (t Table) find(is func(Setting) bool) (Setting, bool) {
	if i := slices.IndexFunc(t, is); i >= 0 {
		return t[i], true
	}
	return Setting{}, false
}
