package config

import (
	"errors"
	"path/filepath"
	"sgidcheck/internal/redact/redacttest"
	"strconv"
	"strings"
	"testing"
)

// A secret in the place of any setting, by flag, variable or key, is in no
// message and in no listing of the settings.
func TestAMisplacedSecretIsNotShown(t *testing.T) {
	kinds, base := redacttest.Strays(), external("SGID_CLIENT_SECRET="+redacttest.StraySecret)
	for _, s := range Settings() {
		env := base
		for _, name := range s.Env {
			env = without(env, name)
		}
		for kind, stray := range kinds {
			look := func(where string, args, env []string, file string) {
				t.Helper()
				c, err := resolveWith(t, args, env, file)
				said := ""
				var all Errors
				if errors.As(err, &all) {
					for _, e := range all {
						said += e.Setting + e.Problem + e.Origin + e.Remedy + "\n"
					}
					said += err.Error()
				} else {
					for _, v := range c.Values {
						url := strings.HasSuffix(v.Setting.Key, "redirect-uri") || strings.HasSuffix(v.Setting.Key, "redirect-uris")
						if strings.HasSuffix(v.Setting.Key, "client-id") || url && strings.HasPrefix(kind, "a secret in an address") {
							continue // an ID is as random as a secret, and an address may hold one
						}
						said += v.Setting.Key + "=" + v.Value + "\n"
					}
					said += strings.Join(c.Warnings, "\n")
				}
				if strings.Contains(said, stray.Marked) {
					t.Errorf("%s for %s by %s is shown: %s", kind, s.Key, where, said)
				}
				form := strings.HasPrefix(kind, "a PEM") || kind == "a token" || kind == "a JWK"
				if err == nil && form && !s.Secret {
					t.Errorf("%s for %s by %s is taken", kind, s.Key, where)
				}
			}
			for _, name := range s.Env {
				look(name, nil, append(env, name+"="+stray.Text), "")
			}
			if s.Flag != "" {
				look("--"+s.Flag, []string{"--" + s.Flag + "=" + stray.Text}, env, "")
			}
			if s.Type != TypeSteps {
				look("key", nil, env, s.Key+": "+strconv.Quote(stray.Text)+"\n")
				look("list", nil, env, s.Key+": ["+strconv.Quote(stray.Text)+"]\n")
			}
		}
	}
	for kind, stray := range kinds {
		for where, file := range map[string]string{
			"the whole file": stray.Text, "a key": strconv.Quote(stray.Text) + ": x\n", "an alias": "issuer: *" + stray.Text + "\n",
			"a step":              "login-steps:\n  - " + strconv.Quote(stray.Text) + ": x\n",
			"what a step acts on": "login-steps:\n  - click: " + strconv.Quote(stray.Text) + "\n    press: x\n",
		} {
			if _, err := resolveWith(t, nil, base, file); err == nil || strings.Contains(err.Error(), stray.Marked) {
				t.Errorf("%s as %s: %v", kind, where, err)
			}
		}
		if _, err := resolveWith(t, nil, append(base, "SGIDCHECK_CONFIG="+stray.Text), ""); err == nil || strings.Contains(err.Error(), stray.Marked) {
			t.Errorf("%s as the configuration's name: %v", kind, err)
		}
	}
}

// The messages of others quote what they were given, in their own ways.
func TestWithhold(t *testing.T) {
	for kind, stray := range redacttest.Strays() {
		env := []string{"SGID_CLIENT_SECRET=" + redacttest.StraySecret}
		for _, args := range [][]string{{"--rate", stray.Text}, {"--rate=" + stray.Text}} {
			for _, message := range []string{"unknown: " + stray.Text, "invalid argument " + strconv.Quote(stray.Text) + " for --rate", "bad " + strings.ReplaceAll(stray.Text, ",", " "), "there is no " + strings.ToLower("FILE") + " " + strings.TrimSpace(stray.Text)} {
				if got := Withhold(message, args, env); strings.Contains(got, stray.Marked) {
					t.Errorf("%s: %s", kind, got)
				}
			}
		}
	}
	const plain = "--select: \"TOKN\" names no check; did you mean TOKEN?"
	if got := Withhold(plain, []string{"conformance", "--select", "TOKN", "--out", "sgidcheck-report"}, []string{"SGID_CLIENT_SECRET=" + redacttest.StraySecret}); got != plain {
		t.Error(got)
	}
	for _, inside := range []string{"0f3a9c71bd5e4802.json", "a7d1f0e9c2b84635/run.json"} {
		path := filepath.Join(t.TempDir(), "of7runs31x9q2", inside)
		message := "lstat " + path + ": no such file or directory"
		if got := Withhold(message, []string{"report", path}, nil); got != message {
			t.Errorf("a path in a folder that is there: %s", got)
		}
	}
	for _, secret := range []string{"/" + redacttest.StrayRandom, "/" + redacttest.StrayRandom + "/" + redacttest.StrayRandom} {
		if got := Withhold("lstat "+secret, []string{"report", secret}, nil); strings.Contains(got, redacttest.StrayRandom) {
			t.Errorf("a secret that begins as a path does: %s", got)
		}
	}
}
