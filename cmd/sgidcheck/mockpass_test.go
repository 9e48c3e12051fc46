package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// mockpassArguments are the settings for a MockPass at issuer, with the key
// that ships in its package.
func mockpassArguments(t *testing.T, issuer string, more ...string) []string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("any secret will do\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(peersDir(t), "node_modules", "@opengovsg", "mockpass", "static", "certs", "key.pem")
	return append([]string{
		"--issuer", issuer, "--client-id", "demo", "--client-secret-file", secret, "--private-key", key,
		"--redirect-uri", "http://127.0.0.1:8085/callback", "--scopes", "openid myinfo.name myinfo.email", "--progress", "none",
	}, more...)
}

// mockpassModes are the two ways in which MockPass logs people in, with the
// environment that chooses them.
var mockpassModes = map[string][]string{"redirecting at once": nil, "with its login page": {"SHOW_LOGIN_PAGE=true"}}

// wrongInMockPass are the checks whose verdict is fail on it in both modes.
var wrongInMockPass = []string{
	"DISC-04", "DISC-05", "AUTHZ-03", "AUTHZ-07", "AUTHZ-08", "PKCE-01", "PKCE-03", "PKCE-07", "PKCE-08",
	"TOKEN-05", "TOKEN-08", "TOKEN-11", "TOKEN-14", "UINFO-03", "UINFO-04", "UINFO-09", "UINFO-11",
}

// judgedMockPass demands what every run against MockPass shows: what it does wrong,
// with the exchange, and as this verdict; what it does right; and that nothing is
// blocked, however often it dies.
func judgedMockPass(t *testing.T, record *run.Record, wrong run.Verdict) {
	t.Helper()
	checks := verdicts(record)
	for _, id := range wrongInMockPass {
		c := checks[id]
		if c.Verdict != wrong {
			t.Errorf("%s: %s: %s %s", id, c.Verdict, c.Observed, c.Reason)
			continue
		}
		if !hasJudged(c) {
			t.Errorf("%s: no exchange shows the failure", id)
		}
	}
	for _, id := range []string{"CRYPT-03", "CRYPT-05", "IDT-02", "NONCE-01"} {
		if c := checks[id]; c.Verdict != run.Pass {
			t.Errorf("%s: %s: %s %s", id, c.Verdict, c.Observed, c.Reason)
		}
	}
	if o := checks["UINFO-03"].Observed; !strings.Contains(o, "took it down") {
		t.Errorf("UINFO-03 does not say that its request took MockPass down: %s", o)
	}
	for _, c := range record.Checks {
		if c.Verdict == run.Blocked {
			t.Errorf("%s is blocked although MockPass comes back each time: %s", c.ID, c.Reason)
		}
	}
}

// Without the waivers the verdict is fail, and so is that of each of the checks.
func TestMockPassFailsForWhatItDoesWrong(t *testing.T) {
	issuer := startMockPass(t, mockpassModes["with its login page"]...)
	out := t.TempDir()
	got := sgidcheck(t, append([]string{"conformance", "--endpoints", "documented", "--out", out}, mockpassArguments(t, issuer)...)...)
	if got.code != exitFail {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	record := recordOf(t, out)
	if record.Verdict != run.RunFail {
		t.Errorf("verdict %s", record.Verdict)
	}
	judgedMockPass(t, record, run.Fail)
}

func hasJudged(c run.Check) bool {
	for _, e := range c.Exchanges {
		if e.Judged && e.Curl != "" {
			return true
		}
	}
	return false
}

// With the endpoints that MockPass advertises and does not serve, the wrong
// metadata is the finding, once, and the rest is blocked by it.
func TestMockPassMetadataBlocksWhatBuildsOnIt(t *testing.T) {
	issuer := startMockPass(t)
	out := t.TempDir()
	got := sgidcheck(t, append([]string{"conformance", "--endpoints", "discovery", "--out", out}, mockpassArguments(t, issuer)...)...)
	if got.code != exitFail {
		t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	blocked := 0
	for _, c := range recordOf(t, out).Checks {
		switch c.Verdict {
		case run.Fail:
			if c.ID != "DISC-04" && c.ID != "DISC-05" {
				t.Errorf("%s fails, too: %s", c.ID, c.Observed)
			}
		case run.Blocked:
			blocked++
			if c.BlockedBy != "DISC-05" {
				t.Errorf("%s is blocked by %s: %s", c.ID, c.BlockedBy, c.Reason)
			}
		}
	}
	if blocked < 50 {
		t.Errorf("only %d checks are blocked by endpoints that are not served", blocked)
	}
}

// With them it passes in both modes, and what is wrong is still told.
func TestMockPassPassesWithItsWaivers(t *testing.T) {
	waivers, err := filepath.Abs("../../suites/waivers/mockpass-4.3.4.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range mockpassModes {
		t.Run(name, func(t *testing.T) {
			issuer := startMockPass(t, env...)
			out := t.TempDir()
			got := sgidcheck(t, append([]string{"conformance", "--endpoints", "documented", "--waivers", waivers, "--out", out}, mockpassArguments(t, issuer)...)...)
			if got.code != exitPass {
				t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			record := recordOf(t, out)
			if record.Summary.StaleWaiver > 0 {
				t.Errorf("summary %+v", record.Summary)
			}
			judgedMockPass(t, record, run.Waived)
		})
	}
}

// A provider that does better than the waivers say makes them stale.
func TestWaiversGoStale(t *testing.T) {
	waivers, err := filepath.Abs("../../suites/waivers/mockpass-4.3.4.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	got := sgidcheck(t, "conformance", "--select", "DISC,JWKS,PKCE", "--waivers", waivers, "--out", out, "--progress", "none")
	if got.code != exitPass {
		t.Errorf("exit code %d: a stale waiver is a warning", got.code)
	}
	if n := recordOf(t, out).Summary.StaleWaiver; n == 0 {
		t.Error("no waiver is stale although all that was selected passes")
	}
	strict := sgidcheck(t, "conformance", "--select", "DISC", "--strict", "--waivers", waivers, "--out", t.TempDir(), "--progress", "none")
	if strict.code != exitFail {
		t.Errorf("exit code %d with --strict", strict.code)
	}
}
