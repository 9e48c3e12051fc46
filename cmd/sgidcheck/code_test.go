package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// What a report leaves open, `code` fills in: the line to repeat a request is
// taken from a record and run.
func TestCodeMakesTheCurlLinesUsable(t *testing.T) {
	issuer, file := startProvider(t)
	c := readClients(t, file)[0]
	env := append(c.environment("SGID_"), "SGID_ISSUER="+issuer)
	out := t.TempDir()
	program{args: []string{"conformance", "--select", "TOKEN-01", "--out", out}, env: env}.run(t)
	var line string
	for _, e := range verdicts(recordOf(t, out))["TOKEN-01"].Exchanges {
		if strings.Contains(e.Curl, "$CODE_VERIFIER") {
			line = e.Curl
		}
	}
	if line == "" || !strings.Contains(line, `"$SGID_CLIENT_SECRET"`) {
		t.Fatalf("no token request to repeat: %s", line)
	}
	made := program{args: []string{"code"}, env: env}.run(t)
	if made.code != exitPass || strings.Contains(made.out, c.Secret) {
		t.Fatalf("exit code %d: %s%s", made.code, made.out, made.err)
	}
	if _, err := exec.LookPath("curl"); err == nil {
		shell := exec.Command("sh", "-c", made.out+line)
		shell.Env = append(cleanEnvironment(), env...)
		if answer, err := shell.CombinedOutput(); err != nil || !strings.Contains(string(answer), `"access_token"`) {
			t.Errorf("the line does not work: %v\n%s", err, answer)
		}
	}
	var tokens map[string]string
	redeemed := program{args: []string{"code", "--redeem", "--format", "json"}, env: env}.run(t)
	if err := json.Unmarshal([]byte(redeemed.out), &tokens); err != nil || tokens["access_token"] == "" || tokens["id_token"] == "" {
		t.Errorf("%v: %s%s", err, redeemed.out, redeemed.err)
	}
	for _, tt := range []struct {
		args []string
		env  []string
		code int
		says string
	}{
		{[]string{"code"}, nil, exitUsage, "no target is named"},
		{[]string{"code", "--second"}, env, exitUsage, "no second client"},
		{[]string{"code", "--format", "yaml"}, env, exitUsage, "is not one of shell, json"},
		{[]string{"code", "--scopes", "openid sgidcheck.unknown"}, env, exitIncomplete, "invalid_scope"},
	} {
		if got := (program{args: tt.args, env: tt.env}).run(t); got.code != tt.code || !strings.Contains(got.err, tt.says) || strings.Contains(got.out, "export") {
			t.Errorf("%v: exit code %d, %s%s", tt.args, got.code, got.out, got.err)
		}
	}
}

// The record says with which settings it was made, and nobody's secret.
func TestRecordHoldsEverySetting(t *testing.T) {
	issuer, file := startProvider(t)
	c := readClients(t, file)[0]
	const id = "SGID-q7Vx2Kp9mR4tLw8ZbN3cYd6HfJ1sGa5U0eQo" // as random as a secret, and none
	var scopes []string
	for _, s := range sgid.Scopes() {
		scopes = append(scopes, s.Name)
	}
	out := t.TempDir()
	program{args: []string{"conformance", "--select", "DISC-01", "--timeout", "7s", "--out", out}, env: append(c.environment("SGID_"), "SGID_ISSUER="+issuer, "SGID_CLIENT_ID="+id, "SGID_SCOPES="+strings.Join(scopes, " "))}.run(t)
	record := recordOf(t, out)
	for _, want := range []run.Setting{
		{Name: "issuer", Value: issuer, Origin: "environment SGID_ISSUER"},
		{Name: "timeout", Value: "7s", Origin: "flag --timeout"},
		{Name: "client-id", Value: id, Origin: "environment SGID_CLIENT_ID"},
		{Name: "scopes", Value: strings.Join(scopes, " "), Origin: "environment SGID_SCOPES"},
		{Name: "login", Value: "direct", Origin: "default"},
	} {
		if !slices.Contains(record.Settings, want) {
			t.Errorf("%+v is not in the record", want)
		}
	}
	for _, s := range record.Settings {
		if strings.Contains(s.Value, c.Secret) || strings.Contains(s.Value, "PRIVATE KEY") {
			t.Errorf("%s is shown: %s", s.Name, s.Value)
		}
	}
	if i := slices.IndexFunc(record.Settings, func(s run.Setting) bool { return s.Name == "client-secret" }); i < 0 || !strings.Contains(record.Settings[i].Value, "characters") {
		t.Errorf("that a client secret was set is not in the record: %+v", record.Settings)
	}
}

// Whom a login was made as is a person's data, once this side has decrypted it:
// it stands neither in the settings of a record nor in its command line.
func TestRecordDoesNotNameThePersona(t *testing.T) {
	issuer, file := startProvider(t)
	env := append(readClients(t, file)[0].environment("SGID_"), "SGID_ISSUER="+issuer)
	const name = "TAN MEI LING"
	for _, tt := range []struct {
		args, env []string
		shows     bool
	}{
		{args: []string{"--persona", name}},
		{args: []string{"--persona=" + name}},
		{env: []string{"SGIDCHECK_PERSONA=" + name}},
		{env: []string{"SGIDCHECK_PERSONA=" + name}, args: []string{"--show-personal-data"}, shows: true},
	} {
		out := t.TempDir()
		got := program{args: append([]string{"conformance", "--select", "CRYPT-05", "--out", out}, tt.args...), env: append(env, tt.env...)}.run(t)
		if v := verdicts(recordOf(t, out))["CRYPT-05"].Verdict; v != run.Pass {
			t.Fatalf("nobody's data was decrypted: %s\n%s%s", v, got.out, got.err)
		}
		for where, text := range written(t, out, got) {
			if strings.Contains(text, name) && !tt.shows {
				t.Errorf("%v %v: %s names the person", tt.args, tt.env, where)
			}
		}
		if settings := recordOf(t, out).Settings; !slices.ContainsFunc(settings, func(s run.Setting) bool {
			return s.Name == "persona" && (s.Value == name) == tt.shows && s.Value != ""
		}) {
			t.Errorf("%v %v: %+v", tt.args, tt.env, settings)
		}
	}
}

func TestRecordOfDecryptHoldsItsSettings(t *testing.T) {
	out := t.TempDir()
	got := program{args: []string{"decrypt", "--rsa", "2048", "--fields", "1", "--cores", "1", "--engine", "go", "--duration", "20ms", "--out", out}}.run(t)
	if got.code == exitUsage {
		t.Fatalf("exit code %d: %s%s", got.code, got.out, got.err)
	}
	record := recordOf(t, out)
	if want := (run.Setting{Name: "decrypt-duration", Value: "20ms", Origin: "flag --duration"}); !slices.Contains(record.Settings, want) || len(record.Command) < 2 {
		t.Errorf("%v %+v", record.Command, record.Settings)
	}
}
