package main

import (
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// A client secret that the target does not know is the user's to mend: what is
// refused for it says so, with the setting and what to do.
func TestRefusedCredentialsAreBlamedByTheirSetting(t *testing.T) {
	issuer, file := startProvider(t)
	c := readClients(t, file)[0]
	const setting, remedy = "client-secret (environment SGID_CLIENT_SECRET)", "and client-id (environment SGID_CLIENT_ID): compare them with the client's registration"
	quoted := append(c.environment("SGID_"), "SGID_ISSUER="+issuer, `SGID_CLIENT_SECRET="`+c.Secret+`"`)
	out := t.TempDir()
	got := program{args: []string{"conformance", "--select", "TOKEN-01,IDT-01", "--progress", "plain", "--out", out}, env: quoted}.run(t)
	checks := verdicts(recordOf(t, out))
	if v := checks["TOKEN-01"]; v.Verdict != run.Fail || !strings.Contains(v.Observed, setting) || !strings.Contains(v.Observed, remedy) || !strings.Contains(v.Observed, "invalid_client") {
		t.Errorf("TOKEN-01: %s: %s", v.Verdict, v.Observed)
	}
	if v := checks["IDT-01"]; v.Verdict != run.Blocked || !strings.Contains(v.Reason, setting) {
		t.Errorf("IDT-01: %s: %s", v.Verdict, v.Reason)
	}
	if !strings.Contains(got.err, "the client secret (environment SGID_CLIENT_SECRET) is in quotes") {
		t.Errorf("the quotes are not named: %s", got.err)
	}
	out = t.TempDir()
	load := program{args: []string{"loadtest", "token", "--rate", "5", "--duration", "1s", "--out", out}, env: quoted}.run(t)
	if stopped := recordOf(t, out).Stopped; load.code != exitIncomplete || !strings.Contains(stopped, setting) || !strings.Contains(stopped, remedy) {
		t.Errorf("loadtest: exit code %d, stopped: %s", load.code, stopped)
	}
	if !strings.Contains(load.out, "check first client-secret") {
		t.Errorf("the terminal does not name the setting: %s", load.out)
	}
	if strings.Contains(got.out+got.err+load.out+load.err, c.Secret) {
		t.Error("the secret is shown")
	}
	out = t.TempDir()
	program{args: []string{"conformance", "--select", "TOKEN-01,TOKEN-11", "--out", out}, env: append(c.environment("SGID_"), "SGID_ISSUER="+issuer)}.run(t)
	for id, v := range verdicts(recordOf(t, out)) {
		if v.Verdict != run.Pass || strings.Contains(v.Observed+v.Reason, "check first") {
			t.Errorf("with the right secret, %s: %s: %s %s", id, v.Verdict, v.Observed, v.Reason)
		}
	}
}
