package target

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// A secret in the place of any setting, by flag, variable or key, is in no
// message and in no listing of the settings.
func TestAMisplacedSecretIsNotShown(t *testing.T) {
	kinds, base := strays(), external("SGID_CLIENT_SECRET="+straySecret)
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
				var all ConfigErrors
				if errors.As(err, &all) {
					for _, f := range ConfigFindings(err) {
						said += f.Name + f.Detail + f.Remedy + "\n"
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
				if strings.Contains(said, stray.marked) {
					t.Errorf("%s for %s by %s is shown: %s", kind, s.Key, where, said)
				}
				form := strings.HasPrefix(kind, "a PEM") || kind == "a token" || kind == "a JWK"
				if err == nil && form && !s.Secret {
					t.Errorf("%s for %s by %s is taken", kind, s.Key, where)
				}
			}
			for _, name := range s.Env {
				look(name, nil, append(env, name+"="+stray.text), "")
			}
			if s.Flag != "" {
				look("--"+s.Flag, []string{"--" + s.Flag + "=" + stray.text}, env, "")
			}
			if s.Type != TypeSteps {
				look("key", nil, env, s.Key+": "+strconv.Quote(stray.text)+"\n")
				look("list", nil, env, s.Key+": ["+strconv.Quote(stray.text)+"]\n")
			}
		}
	}
	for kind, stray := range kinds {
		for where, file := range map[string]string{
			"the whole file": stray.text, "a key": strconv.Quote(stray.text) + ": x\n", "an alias": "issuer: *" + stray.text + "\n",
			"a step":              "login-steps:\n  - " + strconv.Quote(stray.text) + ": x\n",
			"what a step acts on": "login-steps:\n  - click: " + strconv.Quote(stray.text) + "\n    press: x\n",
		} {
			if _, err := resolveWith(t, nil, base, file); err == nil || strings.Contains(err.Error(), stray.marked) {
				t.Errorf("%s as %s: %v", kind, where, err)
			}
		}
		if _, err := resolveWith(t, nil, append(base, "SGIDCHECK_CONFIG="+stray.text), ""); err == nil || strings.Contains(err.Error(), stray.marked) {
			t.Errorf("%s as the configuration's name: %v", kind, err)
		}
	}
}
