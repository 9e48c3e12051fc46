package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// stoppedAsClient leaves the record of a run against a provider that is reached by
// resolve alone, and returns it with the environment of that run, by variable.
func stoppedAsClient(t *testing.T) (out string, env map[string]string) {
	t.Helper()
	p, err := provider.Start(t.Context(), provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	at, err := url.Parse(p.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	env = map[string]string{"SGID_ISSUER": "http://idp.example:" + at.Port() + "/v2", "SGIDCHECK_RESOLVE": "idp.example:127.0.0.1", "SGIDCHECK_ALLOW_HOST": "idp.example"}
	for i, prefix := range []string{"SGID_", "SGID_SECOND_"} {
		c := p.Clients()[i]
		for _, entry := range (peerClient{ID: c.ID, Secret: c.Secret, RedirectURIs: c.RedirectURIs, Scopes: []string{"openid", "myinfo.name"}, PrivateKey: c.PrivateKey}).environment(prefix) {
			name, value, _ := strings.Cut(entry, "=")
			env[name] = value
		}
	}
	out = t.TempDir()
	if got := (program{args: []string{"conformance", "--out", out, "--progress", "none", "--select", "JWKS-01,JWKS-02"}, env: variables(env, nil)}).run(t); got.code != exitPass && got.code != exitFail {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	record := recordOf(t, out)
	record.Complete, record.Stopped, record.Checks = false, "the run was interrupted", record.Checks[:1]
	record.Count()
	writeRecord(t, out, record)
	return out, env
}

// variables is an environment with some variables changed; an empty value takes one away.
func variables(env, change map[string]string) (list []string) {
	for name, value := range env {
		if now, changed := change[name]; changed {
			value = now
		}
		if value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// A run that was stopped is resumed against the target that it was against, as the
// clients that it had, however that is said.
func TestResumeRefusesAnotherClientOrStandIn(t *testing.T) {
	out, env := stoppedAsClient(t)
	path := filepath.Join(out, "run.json")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	resume := func(t *testing.T, change map[string]string, args ...string) result {
		got := program{args: append([]string{"conformance", "--select", "JWKS-01,JWKS-02", "--dry-run", "--resume", out}, args...), env: variables(env, change)}.run(t)
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("the record was changed: %v", err)
		}
		return got
	}
	for name, tt := range map[string]struct{ variable, value, setting string }{
		"no stand-in":                     {"SGIDCHECK_RESOLVE", "", "resolve"},
		"another stand-in":                {"SGIDCHECK_RESOLVE", "idp.example:127.0.0.2", "resolve"},
		"another client":                  {"SGID_CLIENT_ID", "another-client", "client-id"},
		"another redirect URI":            {"SGID_REDIRECT_URI", "http://127.0.0.1:8085/another", "redirect-uri"},
		"other scopes":                    {"SGID_SCOPES", "openid myinfo.name myinfo.email", "scopes"},
		"another second client":           {"SGID_SECOND_CLIENT_ID", "another-client", "second-client-id"},
		"another second redirect URI":     {"SGID_SECOND_REDIRECT_URI", "http://127.0.0.1:8085/another", "second-redirect-uri"},
		"other scopes of a second client": {"SGID_SECOND_SCOPES", "openid", "second-scopes"},
	} {
		t.Run(name, func(t *testing.T) {
			got := resume(t, map[string]string{tt.variable: tt.value})
			says := []string{"--resume " + out, "that run had " + tt.setting + " " + fmt.Sprintf("%q", env[tt.variable]), "set " + tt.setting + " as it was"}
			if tt.value == "" {
				says = append(says, "this would have no "+tt.setting)
			} else {
				says = append(says, fmt.Sprintf("this would have %s %q (environment %s)", tt.setting, tt.value, tt.variable))
			}
			for _, want := range says {
				if got.code != exitUsage || !strings.Contains(got.err, want) {
					t.Errorf("exit code %d, want %q in: %s", got.code, want, got.err)
				}
			}
		})
	}
	for setting, variable := range map[string]string{"private-key": "SGID_PRIVATE_KEY", "second-private-key": "SGID_SECOND_PRIVATE_KEY"} {
		got := resume(t, map[string]string{variable: newKeyPEM()})
		if got.code != exitUsage || !strings.Contains(got.err, "that run had another "+setting+": the thumbprint") || !strings.Contains(got.err, "set "+setting+" as it was") {
			t.Errorf("another %s: exit code %d: %s", setting, got.code, got.err)
		}
	}
	file := filepath.Join(t.TempDir(), "as-before.yaml")
	text := fmt.Sprintf("client-id: %q\nresolve: [\"IDP.example:127.0.0.1\"]\nscopes: [myinfo.name, openid]\nsecond-scopes: openid,myinfo.name\n", env["SGID_CLIENT_ID"])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change map[string]string
		args   []string
	}{
		"the same": {nil, nil},
		"by flags": {map[string]string{"SGID_CLIENT_ID": "", "SGID_REDIRECT_URI": "", "SGIDCHECK_RESOLVE": ""},
			[]string{"--client-id", env["SGID_CLIENT_ID"], "--redirect-uri", env["SGID_REDIRECT_URI"], "--resolve", "idp.example:127.0.0.1"}},
		"in the configuration file": {map[string]string{"SGID_CLIENT_ID": "", "SGIDCHECK_RESOLVE": "", "SGID_SCOPES": "", "SGID_SECOND_SCOPES": ""}, []string{"--config", file}},
		"scopes in another order":   {map[string]string{"SGID_SCOPES": "myinfo.name,openid"}, nil},
		"scopes by default":         {map[string]string{"SGID_SCOPES": ""}, nil},
		"no second client":          {map[string]string{"SGID_SECOND_CLIENT_ID": "", "SGID_SECOND_CLIENT_SECRET": "", "SGID_SECOND_PRIVATE_KEY": "", "SGID_SECOND_REDIRECT_URI": "", "SGID_SECOND_REDIRECT_URIS": "", "SGID_SECOND_SCOPES": ""}, nil},
		"resolve said twice":        {map[string]string{"SGIDCHECK_RESOLVE": "idp.example:127.0.0.2, idp.example:127.0.0.1"}, nil},
		"a client ID with spaces":   {map[string]string{"SGID_CLIENT_ID": " " + env["SGID_CLIENT_ID"] + " "}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := resume(t, tt.change, tt.args...); got.code != exitPass {
				t.Errorf("exit code %d: %s", got.code, got.err)
			}
		})
	}
	// Where the record does not show a setting, what it says of the target still counts.
	record := recordOf(t, out)
	if !record.Target.Local {
		t.Fatal("the record does not say that the target was a stand-in")
	}
	record.Settings = slices.DeleteFunc(record.Settings, func(s run.Setting) bool { return s.Name == "resolve" })
	for i, s := range record.Settings {
		switch s.Name {
		case "client-id":
			record.Settings[i].Value = "[redacted client_secret 1, 9 characters]"
		case "scopes":
			record.Settings[i].Value, record.Settings[i].Origin = "", "not set"
		}
	}
	writeRecord(t, out, record)
	if before, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if got := resume(t, map[string]string{"SGIDCHECK_RESOLVE": ""}); got.code != exitUsage || !strings.Contains(got.err, "on this machine") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	if got := resume(t, map[string]string{"SGID_SCOPES": "openid"}); got.code != exitUsage || !strings.Contains(got.err, `had scopes "openid myinfo.name" (not set)`) {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	if got := resume(t, map[string]string{"SGID_CLIENT_ID": "another-client"}); got.code != exitPass {
		t.Errorf("exit code %d for a client that the record does not show: %s", got.code, got.err)
	}
}

// The embedded provider with https is another target than without.
func TestResumeRefusesTheEmbeddedProviderServedOtherwise(t *testing.T) {
	out := stoppedRun(t, nil, "--select", "JWKS-01,JWKS-02")
	for _, tt := range []struct {
		arg  string
		code int
	}{{"--tls", exitUsage}, {"--tls=no", exitPass}} {
		got := sgidcheck(t, "conformance", "--select", "JWKS-01,JWKS-02", "--dry-run", "--resume", out, tt.arg)
		if got.code != tt.code || tt.code == exitUsage && !strings.Contains(got.err, `this would have embedded-tls "true" (flag --tls)`) {
			t.Errorf("%s: exit code %d: %s", tt.arg, got.code, got.err)
		}
	}
}
