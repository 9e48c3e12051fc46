package config

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sgidcheck/internal/client"
	"sgidcheck/internal/redact/redacttest"
	"strings"
	"testing"
)

// A file that a flag names comes before the environment, and that before a file
// named anywhere else; what doctor says of a secret names the place it came from.
func TestWhereASecretComesFrom(t *testing.T) {
	secret, key := write(t, "secret.txt", "of-the-file\n"), write(t, "key.pem", redacttest.PEM())
	blank, noKey := write(t, "blank.txt", " \n"), write(t, "nokey.pem", "no key\n")
	ofEnvironment := []string{"SGID_CLIENT_SECRET=of-the-environment"}
	none := []string{"SGID_CLIENT_SECRET="}
	for _, tt := range []struct {
		name   string
		args   []string
		env    []string
		file   string
		secret string
	}{
		{"the environment", nil, ofEnvironment, "", "of-the-environment"},
		{"a flag's file before the environment", []string{"--client-secret-file", secret}, ofEnvironment, "", "of-the-file"},
		{"the environment before its own file", nil, append([]string{"SGID_CLIENT_SECRET_FILE=" + secret}, ofEnvironment...), "", "of-the-environment"},
		{"the environment before the configuration file's", nil, ofEnvironment, "client-secret-file: " + secret + "\n", "of-the-environment"},
		{"the environment's file", nil, append([]string{"SGID_CLIENT_SECRET_FILE=" + secret}, none...), "", "of-the-file"},
		{"the configuration file's", nil, none, "client-secret-file: " + secret + "\n", "of-the-file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := resolveWith(t, tt.args, external(tt.env...), tt.file)
			if err != nil || c.First.ClientSecret != tt.secret {
				t.Errorf("%+v, %v; want the secret %s", c, err, tt.secret)
			}
		})
	}
	for _, tt := range []struct {
		name             string
		args, env        []string
		file             string
		setting, problem string
	}{
		{"a blank secret in the environment", nil, []string{"SGID_CLIENT_SECRET=  "}, "", "client-secret", "it is empty (environment SGID_CLIENT_SECRET)"},
		{"a blank secret in a flag's file", []string{"--client-secret-file", blank}, ofEnvironment, "", "client-secret-file", blank + " is empty (flag --client-secret-file)"},
		{"a blank secret in the configuration file's", nil, none, "client-secret-file: " + blank + "\n", "client-secret-file", blank + " is empty (sgidcheck.yaml line 1)"},
		{"no secret at all", nil, none, "", "client-secret", "the client secret is missing"},
		{"no key in the environment's file", nil, []string{"SGID_PRIVATE_KEY=", "SGID_PRIVATE_KEY_FILE=" + noKey}, "", "private-key", "(environment SGID_PRIVATE_KEY_FILE)"},
		{"no key in a flag's file", []string{"--private-key", noKey}, nil, "", "private-key", "(flag --private-key)"},
		{"no key in the environment, beside a good file", nil, []string{"SGID_PRIVATE_KEY=no key", "SGID_PRIVATE_KEY_FILE=" + key}, "", "private-key-pem", "(environment SGID_PRIVATE_KEY)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := resolveWith(t, tt.args, external(tt.env...), tt.file)
			var all Errors
			if !errors.As(err, &all) || len(all) != 1 || all[0].Setting != tt.setting || !strings.HasSuffix(all[0].Problem+origin(all[0]), tt.problem) {
				t.Errorf("%v; want %s: %s", err, tt.setting, tt.problem)
			}
		})
	}
}

// pipe is the path of a pipe that gives a text once, as a shell's <(...) does.
func pipe(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("its pipes have no such paths")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	_, err = w.WriteString(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/dev/fd/%d", r.Fd())
}

// What gives its content once is read once.
func TestFilesMayBePipes(t *testing.T) {
	const pair = "SGID_SECOND_CLIENT_ID=other SGID_SECOND_REDIRECT_URI=http://127.0.0.1:8086/callback"
	env := external(append(strings.Fields(pair), "SGID_CLIENT_SECRET=", "SGID_PRIVATE_KEY=", "SGID_SECOND_PRIVATE_KEY="+strings.ReplaceAll(redacttest.PEM(), "\n", `\n`))...)
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw})
	c, err := resolveWith(t, []string{
		"--client-secret-file", pipe(t, "of-the-first\n"), "--second-client-secret-file", pipe(t, "of-the-second\n"),
		"--private-key", pipe(t, redacttest.PEM()), "--ca-file", pipe(t, string(ca)),
	}, env, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.First.ClientSecret != "of-the-first" || c.Second.ClientSecret != "of-the-second" {
		t.Errorf("the secrets %q and %q", c.First.ClientSecret, c.Second.ClientSecret)
	}
	for range 2 { // as the checks and a browser each make a client
		httpClient, err := client.New(c.ClientOptions("0", nil))
		if err != nil {
			t.Fatal(err)
		}
		httpClient.Close()
	}
}

func TestSecretsAreShownByTheirLengthAlone(t *testing.T) {
	c, err := resolveWith(t, nil, external("SGID_CLIENT_SECRET=twelve-chars"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.Values {
		want, ok := map[string]Resolved{
			"client-secret":        {Value: "(set, 12 characters)", Origin: "environment SGID_CLIENT_SECRET"},
			"second-client-secret": {Value: "", Origin: "not set"},
			"second-private-key":   {Value: "", Origin: "not set"},
		}[v.Setting.Key]
		if ok && (v.Value != want.Value || v.Origin != want.Origin) {
			t.Errorf("%s: %q from %q, want %q from %q", v.Setting.Key, v.Value, v.Origin, want.Value, want.Origin)
		}
	}
}

func TestASecretBetweenSpacesIsAWarning(t *testing.T) {
	c, err := resolveWith(t, nil, external("SGID_CLIENT_SECRET= x"), "")
	if err != nil || c.First.ClientSecret != " x" || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "(environment SGID_CLIENT_SECRET) begins or ends with a space") {
		t.Errorf("%+v, %v", c, err)
	}
}

// origin is where a wrong value came from, in brackets.
func origin(e *Error) string {
	if e.Origin == "" {
		return ""
	}
	return " (" + e.Origin + ")"
}

// Kubernetes mounts a Secret with fsGroup as 0440, behind links: that is no file
// that others can read.
func TestASecretThatKubernetesMountsRaisesNoWarning(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has no modes")
	}
	for _, c := range []struct {
		mode  os.FileMode
		links bool
		warns bool
	}{{0o440, true, false}, {0o440, false, true}, {0o444, true, true}, {0o460, true, true}, {0o600, false, false}} {
		dir := t.TempDir()
		file := filepath.Join(dir, "client-secret")
		if c.links {
			if err := os.Mkdir(filepath.Join(dir, "..2026_11_26"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Symlink("..2026_11_26", filepath.Join(dir, "..data")), os.Symlink("..data/client-secret", file)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), os.Chmod(file, c.mode)); err != nil {
			t.Fatal(err)
		}
		l := &loader{c: &Config{}}
		l.readableByOthers(file)
		if warns := len(l.c.Warnings) > 0; warns != c.warns {
			t.Errorf("mode %04o, behind links %t: %q", c.mode, c.links, l.c.Warnings)
		}
	}
}
