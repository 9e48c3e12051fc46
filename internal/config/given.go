package config

import (
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"sgidcheck/internal/sgid"

	"sgidcheck/internal/redact"
)

// given is a value of a setting as it was written, and where.
type given struct {
	setting Setting
	raw     string   // before a list was cut apart
	items   []string // one, or the members of a list
	origin  string
}

func (g given) set() bool { return g.origin != "" }

// blank says that the setting is named and has no value.
func (g given) blank() bool {
	return g.set() && strings.TrimFunc(strings.Join(g.items, ""), unseen) == ""
}

func unseen(c rune) bool { return unicode.IsSpace(c) || c == '\ufeff' }

func (g given) text() string {
	if len(g.items) == 0 {
		return ""
	}
	return g.items[len(g.items)-1]
}

// find takes a setting's value from the strongest place that names it.
func (l *loader) find(s Setting, fs *pflag.FlagSet, env map[string]string, inFile map[string]given) given {
	if fs != nil && !s.NoFlag() {
		if f := fs.Lookup(s.Flag); f != nil && f.Changed {
			if v, ok := f.Value.(*flagValue); ok && v.setting.Key == s.Key {
				return taken(s, v.items, "flag --"+s.Flag)
			}
		}
	}
	for _, name := range s.Env {
		// A variable that other programs read, too, may be empty for their sake.
		if value, ok := env[name]; ok && (value != "" || strings.HasPrefix(name, "SGID")) {
			return taken(s, []string{value}, "environment "+name)
		}
	}
	if g, ok := inFile[s.Key]; ok {
		g.setting = s
		return g
	}
	if s.Default != "" {
		return given{s, s.Default, []string{s.Default}, "default"}
	}
	return given{setting: s}
}

// taken is what was written, without the line end that a file of Windows leaves
// on it.
func taken(s Setting, items []string, origin string) given {
	g := given{setting: s, origin: origin}
	for _, item := range items {
		g.items = append(g.items, strings.TrimRight(item, "\r\n"))
	}
	g.raw = strings.Join(g.items, "\n")
	g.items = split(s, g.items)
	return g
}

func trimmed(items []string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = strings.TrimSpace(item)
	}
	return out
}

// learn keeps the value of a secret, so that it is known where it does not belong.
func (l *loader) learn(g given) {
	value := g.text()
	if strings.HasSuffix(g.setting.Key, "client-secret-file") && g.set() {
		body, err := l.contents(value)
		if err != nil {
			return
		}
		value = string(sgid.PlainText(body))
	} else if !g.setting.Secret {
		return
	}
	if value = strings.TrimSpace(value); len(value) >= redact.Bounded {
		l.secrets[value] = g.setting.Key
	}
}

// contents is the content of a file with a client secret. It is read once: a pipe gives
// it once.
func (l *loader) contents(name string) ([]byte, error) {
	got, ok := l.files[name]
	if !ok {
		got.body, got.err = readBounded(name)
		l.files[name] = got
	}
	return got.body, got.err
}

// split cuts the members of lists apart.
func split(s Setting, items []string) []string {
	if s.Type != TypeList || s.Uncut {
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
