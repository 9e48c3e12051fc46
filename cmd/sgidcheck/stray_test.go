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

const (
	strayToken  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1PXN0cmF5In0.c2lnbmF0dXJlLW9mLWEtc3RyYXktdG9rZW4"
	strayText   = "q7Vx2Kp9mR4tLw8ZbN3cYd6HfJ1sGa5U0eQoTiXu"
	straySecret = "Zk4Wn8Qd2Xr7Tb5M" // the client secret that is configured
)

// stray is a secret in the place of another value, and what of it must not be
// seen again.
type stray struct{ text, marked string }

func strays() []stray {
	return []stray{
		{newKeyPEM(), strings.Split(newKeyPEM(), "\n")[3][:24]},
		{strayToken, strayToken[21:41]},
		{`{"kty":"RSA","d":"` + strayText + `","n":"AQAB"}`, strayText[:16]},
	}
}

// unseen demands that a call said and wrote nothing of the marked text.
func (s stray) unseen(t *testing.T, what, dir string, got result) {
	t.Helper()
	seen := got.out + got.err
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "sgidcheck.yaml" {
			return err
		}
		body, err := os.ReadFile(path)
		seen += path + string(body)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if strings.Contains(seen, s.marked) {
		t.Errorf("%s: the secret is shown:\n%s%s", what, got.out, got.err)
	}
}

// A key or a token in the place of any flag of any command, or of an argument,
// is refused, and shown nowhere.
func TestAStraySecretByAnyFlagIsNotShown(t *testing.T) {
	kinds, n := strays(), 0
	try := func(what string, call func(program, *testing.T) result, args []string, s stray) {
		dir := t.TempDir()
		got := call(program{args: args, dir: dir, env: []string{"CHROME_PATH=false"}}, t)
		if got.code != exitUsage {
			t.Errorf("%s: exit code %d\n%s", what, got.code, got.err)
		}
		s.unseen(t, what, dir, got)
	}
	eachCommand(rootCommand(), func(cmd *cobra.Command) {
		names := strings.Fields(cmd.CommandPath())[1:]
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			n++ // each form in its turn
			s := kinds[n%len(kinds)]
			try(strings.Join(names, " ")+" --"+f.Name, program.runHere, append(slices.Clip(names), "--"+f.Name+"="+s.text), s)
		})
		for _, s := range kinds {
			try(strings.Join(names, " ")+" with an argument", program.run, append(slices.Clip(names), s.text), s)
		}
	})
	if n < 200 {
		t.Errorf("%d flags were tried", n)
	}
}

// doctor lists every setting and finds what is wrong: with a secret in the place
// of any of them, by variable or key, it shows none. One of each setting's calls is a
// process, with a browser that does not start; to the others none is known.
func TestAStraySecretInAnySettingIsNotShownByDoctor(t *testing.T) {
	kinds := append(strays(), stray{straySecret, straySecret}, stray{strayText, strayText[:16]})
	healthy := append(invented(), "SGID_ISSUER=http://127.0.0.1:1/v2", "SGID_CLIENT_SECRET="+straySecret, "CHROME_PATH=false")
	for i, s := range table(rootCommand()) {
		env := slices.Clip(slices.DeleteFunc(slices.Clone(healthy), func(v string) bool {
			name, _, _ := strings.Cut(v, "=")
			return slices.Contains(s.Env, name)
		}))
		for j, kind := range kinds {
			if kind.text == strayText && strings.HasSuffix(s.Key, "client-id") {
				continue // an ID is as random as a secret
			}
			call, around := program.run, env
			if j != i%len(kinds) {
				call = program.runHere
				if s.Key != "chrome" {
					around = append(env, "CHROME_PATH=/no/browser")
				}
			}
			for _, name := range s.Env {
				dir := t.TempDir()
				kind.unseen(t, name, dir, call(program{args: []string{"doctor"}, env: slices.Concat(around, []string{name + "=" + kind.text}), dir: dir}, t))
			}
			if (i+j)%3 == 0 && !s.NoFile() && s.Type != config.TypeSteps { // each form in its turn
				dir := t.TempDir()
				quoted := "'" + strings.ReplaceAll(kind.text, "\n", "\n\n  ") + "'"
				if err := os.WriteFile(filepath.Join(dir, "sgidcheck.yaml"), []byte(s.Key+": "+quoted+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				kind.unseen(t, s.Key, dir, call(program{args: []string{"doctor", "--format", "json"}, env: around, dir: dir}, t))
			}
		}
	}
}

// What cannot be told from a name is taken; a run with it shows it nowhere all
// the same.
func TestARunShowsNoLongTextThatItWasGiven(t *testing.T) {
	s := stray{strayText, strayText[:16]}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sgidcheck.yaml"), []byte("login-steps: [{fill: '#p', value: "+strayText+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--persona", strayText}, {"--second-persona=" + strayText}, {"--allow-host", strayText},
	} {
		got := program{args: append([]string{"conformance", "--select", "DISC-01,AUTHZ-01", "--out", "report"}, args...), dir: dir}.run(t)
		if got.code == exitUsage {
			t.Errorf("%s is refused: %s", args[0], got.err)
		}
		s.unseen(t, args[0], dir, got)
	}
}
