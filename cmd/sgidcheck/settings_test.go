package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/config"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag of every command is a row of the table: it is documented, has a variable and a
// key or is of one call alone, and no two rows share a name.
func TestEveryFlagIsInTheTable(t *testing.T) {
	root, flags := rootCommand(), 0
	all := table(root)
	document := all.Markdown()
	eachCommand(root, func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			flags++
			s, ok := config.SettingOf(f)
			if !ok {
				t.Errorf("%s --%s is in no table: bind it with config.Rows, as docs/contributing.md says", cmd.CommandPath(), f.Name)
				return
			}
			row, known := all.ByKey(s.Key)
			switch {
			case !known || row.Flag != s.Flag || row.Type != s.Type || row.Default != s.Default || row.Help != s.Help:
				t.Errorf("%s --%s: the row of %s is another: %+v", cmd.CommandPath(), f.Name, s.Key, row)
			case cmd.Hidden:
			case !strings.Contains(document, "`--"+f.Name+"` |"):
				t.Errorf("%s --%s is not in the document", cmd.CommandPath(), f.Name)
			case s.Help == "" || strings.HasSuffix(s.Help, "."):
				t.Errorf("%s --%s: help %q", cmd.CommandPath(), f.Name, s.Help)
			case s.Once != (len(s.Env) == 0) && s.Key != "config":
				t.Errorf("%s --%s has the variables %v", cmd.CommandPath(), f.Name, s.Env)
			case !slices.Contains(row.Commands, strings.TrimPrefix(cmd.CommandPath(), "sgidcheck ")):
				t.Errorf("%s --%s: %v", cmd.CommandPath(), f.Name, row.Commands)
			}
		})
	})
	if flags < 200 {
		t.Errorf("%d flags were looked at", flags)
	}
	names := map[string]string{}
	for _, s := range all {
		for _, name := range append(s.Env, s.Key) {
			if other := names[name]; other != "" {
				t.Errorf("%s is of %s and %s", name, other, s.Key)
			}
			names[name] = s.Key
		}
	}
}

// Every command reads the variable of each of its own rows: a value that cannot be
// taken ends it, whichever command it is.
func TestEveryVariableIsReadByItsCommands(t *testing.T) {
	root, rows := rootCommand(), 0
	base := config.Settings()
	eachCommand(root, func(cmd *cobra.Command) {
		var args []string
		for _, word := range strings.Fields(cmd.CommandPath() + strings.TrimPrefix(cmd.Use, cmd.Name()))[1:] {
			word, _, _ = strings.Cut(word, "|")
			args = append(args, word)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			s, _ := config.SettingOf(f)
			if _, shared := base.ByKey(s.Key); shared || s.Once {
				return
			}
			rows++
			got := program{args: args, env: []string{s.Env[0] + "=" + strayToken}}.run(t)
			says := s.Key + " (environment " + s.Env[0] + ")"
			if cmd.Name() == "doctor" {
				says = "environment " + s.Env[0]
			}
			if got.code != exitUsage || !strings.Contains(got.out+got.err, says) {
				t.Errorf("%s=…: sgidcheck %s: exit code %d: %s", s.Env[0], strings.Join(args, " "), got.code, got.err)
			}
		})
	})
	if rows < 50 {
		t.Errorf("%d rows were tried", rows)
	}
}

func TestHelpGroupsFlags(t *testing.T) {
	for command, want := range map[string][]string{
		"loadtest":    {"\nCommon flags:\n", "--rate rate", "--issuer URL", "\nsgidcheck loadtest:\n", "--warmup duration", "\nThe network:\n", "--pace decimal", "\nThe embedded provider as the target:\n"},
		"conformance": {"\nCommon flags:\n", "--issuer URL", "--select list", "\nThe login:\n", "--persona text"},
		"report":      {"\nCommon flags:\n", "--verbose", "\nsgidcheck report:\n", "--format html|", "--chrome file"},
		"report diff": {"\nFlags:\n", "--fail-on-regression"},
	} {
		got := sgidcheck(t, append(strings.Fields(command), "--help")...)
		at := 0
		for _, text := range want {
			next := strings.Index(got.out[at:], text)
			if next < 0 {
				t.Fatalf("%s: %q is missing, or too early:\n%s", command, text, got.out)
			}
			at += next
		}
	}
}

// configured is a fresh folder with a sgidcheck.yaml.
func configured(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.DefaultFile), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What stands in the file counts for the command that it is of, below its
// variable and its flag, and doctor shows it.
func TestAKeyOfACommand(t *testing.T) {
	file := "checks-format: json\nloadtest-rate: 7/s\n"
	for _, tt := range []struct {
		args []string
		env  []string
		want string
	}{
		{[]string{"checks"}, nil, "[\n  {"},
		{[]string{"checks"}, []string{"SGIDCHECK_CHECKS_FORMAT=markdown"}, "#"},
		{[]string{"checks", "--format", "table"}, []string{"SGIDCHECK_CHECKS_FORMAT=markdown"}, "ID "},
		{[]string{"doctor"}, nil, "setting  loadtest-rate = 7/s (sgidcheck.yaml line 2)\n"},
	} {
		dir := configured(t, file)
		if got := (program{args: tt.args, env: tt.env, dir: dir}).run(t); !strings.Contains(got.out, tt.want) || tt.args[0] != "doctor" && !strings.HasPrefix(got.out, tt.want) {
			t.Errorf("%v %v: %s%s", tt.args, tt.env, got.out, got.err)
		}
	}
	got := program{args: []string{"doctor"}, dir: configured(t, "loadtest-rate: fast\ninit-force: true\n")}.run(t)
	for _, want := range []string{`loadtest-rate: "fast" is not a rate`, "init-force: it is of one call alone"} {
		if got.code != exitUsage || !strings.Contains(got.out, want) {
			t.Errorf("%d %s, want %q", got.code, got.out, want)
		}
	}
}

// A setting that a command does not have, wrong or not, keeps it from nothing.
func TestASettingOfOtherCommandsStopsNone(t *testing.T) {
	issuer, file := startProvider(t)
	target := append(readClients(t, file)[0].environment("SGID_"), "SGID_ISSUER="+issuer)
	for _, tt := range []struct {
		args, env []string
	}{
		{[]string{"code"}, append(target, "SGIDCHECK_WAIVERS=/nowhere/waivers.yaml", "SGIDCHECK_OUT=sgidcheck.yaml", "SGIDCHECK_CRYPTO=rot13", "SGIDCHECK_CLOCK_SKEW=much")},
		{[]string{"loadtest", "token", "--rate", "2", "--duration", "1s", "--warmup", "0s"}, []string{"SGIDCHECK_SELECT=NOPE", "SGIDCHECK_SKIP=NOPE-01"}},
	} {
		if got := (program{args: tt.args, env: tt.env, dir: configured(t, "select: NOPE\n")}).run(t); got.code == exitUsage {
			t.Errorf("%v: exit code %d: %s%s", tt.args, got.code, got.out, got.err)
		}
	}
}
