package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/loopback"
	"sgidcheck/internal/run"
)

// rpArgs is a run of `sgidcheck rp` against an application that a command starts.
func rpArgs(t *testing.T, startCommand, out string, more ...string) []string {
	t.Helper()
	origin := fmt.Sprintf("http://localhost:%d", loopback.FreePort(t))
	return append([]string{
		"rp", "--addr", "127.0.0.1:0", "--start-command", startCommand, "--progress", "none", "--out", out,
		"--start", origin + "/login", "--protected", origin + "/me", "--logout", origin + "/logout", "--redirect-uri", origin + "/callback",
	}, more...)
}

// demoApplication is the command that serves the demo application.
func demoApplication(t *testing.T, flags string) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("exec '%s' demoapp --log %s", path, flags)
}

// An application that is right passes, and its record holds both sides of a login.
func TestRPOfAnApplicationThatIsRight(t *testing.T) {
	out := t.TempDir()
	got := program{args: rpArgs(t, demoApplication(t, ""), out, "--strict", "--select", "RP-18,RP-19,RP-31,RP-35,RP-71")}.run(t)
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	record := recordOf(t, out)
	sides := map[string]bool{}
	shows := ""
	for _, e := range verdicts(record)["RP-18"].Exchanges {
		sides[e.Side] = true
		shows += e.Shows
		if strings.Contains(e.Curl, "WRONG_") {
			t.Errorf("the application's own secret is called wrong: %s", e.Curl)
		}
	}
	if !sides["application"] || !sides["provider"] || !strings.Contains(shows, "quillon") {
		t.Errorf("the evidence of RP-18 has the sides %v and shows %q", sides, shows)
	}
	if i := slices.IndexFunc(record.Settings, func(s run.Setting) bool { return s.Name == "rp-start" }); i < 0 || record.Settings[i].Origin != "flag --start" {
		t.Errorf("the record does not say with which settings it was made: %+v", record.Settings)
	}
	if record.Target.Application == "" || record.Summary.Blocked > 0 {
		t.Errorf("target %+v, summary %+v", record.Target, record.Summary)
	}
}

// The password of an application in front of which one must be given is in
// nothing that a run leaves.
func TestRPShowsNoPasswordOfAnAddress(t *testing.T) {
	const password = "hunter2hunter2"
	out := t.TempDir()
	args := rpArgs(t, demoApplication(t, ""), out, "--select", "RP-18")
	for i, a := range args {
		if slices.Contains([]string{"--start", "--protected", "--logout"}, a) {
			args[i+1] = strings.Replace(args[i+1], "://", "://ann:"+password+"@", 1)
		}
	}
	got := program{args: args}.run(t)
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	for where, text := range written(t, out, got) {
		if strings.Contains(text, password) {
			t.Errorf("%s shows the password", where)
		}
	}
	if application := recordOf(t, out).Target.Application; !strings.HasSuffix(application, "/login") {
		t.Errorf("the application is %q", application)
	}
}

// A secret that a check has found in an answer is in nothing that the run leaves.
func TestRPRecordsNoSecretThatItFinds(t *testing.T) {
	out := t.TempDir()
	got := program{args: rpArgs(t, demoApplication(t, "--flaw secrets-dumped-in-refusal"), out, "--select", "RP-18,RP-56,RP-77")}.run(t)
	if got.code != exitFail {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	plain, redacted := regexp.MustCompile(`(codeVerifier|accessToken): [\w-]{20,}`), regexp.MustCompile(`(codeVerifier|accessToken): \[redacted (code_verifier|access_token)`)
	hidden := 0
	for where, text := range written(t, out, got) {
		if found := plain.FindString(text); found != "" {
			t.Errorf("%s holds %s", where, found)
		}
		hidden += len(redacted.FindAllString(text, -1))
	}
	if hidden == 0 {
		t.Error("nothing shows where the secrets stood")
	}
}

// What keeps every login from working is named by RP-18, and never passes.
func TestRPNamesWhyNoLoginWorks(t *testing.T) {
	for _, tt := range []struct{ name, command, says string }{
		{"another provider's address", demoApplication(t, "--flaw hostname-hard-coded"), "api.id.gov.sg"},
		{"another redirect URI", demoApplication(t, "--flaw redirect-uri-hard-coded"), "not the one that --redirect-uri registers"},
		{"the wrong secret", demoApplication(t, "--flaw secret-wrong"), "SGID_CLIENT_SECRET"},
		{"the wrong key", demoApplication(t, "--flaw key-wrong"), "SGID_PRIVATE_KEY"},
		{"it hangs", demoApplication(t, "--flaw start-hangs"), "the start page gives no answer"},
		{"it dies", demoApplication(t, "--flaw dies-of-the-callback"), "its process has ended"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			got := program{args: rpArgs(t, tt.command, out, "--select", "RP-18,RP-19,RP-71", "--timeout", "4s")}.run(t)
			if got.code != exitFail {
				t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			checks := verdicts(recordOf(t, out))
			if c := checks["RP-18"]; c.Verdict != run.Fail || !strings.Contains(c.Observed, tt.says) {
				t.Errorf("RP-18: %s: %s; want %q", c.Verdict, c.Observed, tt.says)
			}
			if c := checks["RP-19"]; c.Verdict != run.Blocked || c.BlockedBy != "RP-18" {
				t.Errorf("RP-19: %s by %s", c.Verdict, c.BlockedBy)
			}
		})
	}
}

// What cannot be judged at all ends with a reason, and not with exit code 0.
func TestRPWithoutAnApplication(t *testing.T) {
	port, frontEnd := strconv.Itoa(loopback.FreePort(t)), strconv.Itoa(loopback.FreePort(t))
	api := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(api.Close)
	apiAt := strings.Replace(api.URL, "127.0.0.1", "localhost", 1)
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"it does not start", rpArgs(t, "echo no such module >&2; exit 7", t.TempDir()), exitIncomplete, "no such module"},
		{"it is not there", rpArgs(t, "sleep 60", t.TempDir(), "--start-wait", "300ms"), exitIncomplete, "takes no connections"},
		{"its front end is not there", []string{
			"rp", "--addr", "127.0.0.1:0", "--progress", "none", "--out", t.TempDir(), "--start-wait", "300ms",
			"--start", "http://localhost:" + frontEnd, "--protected", apiAt + "/me", "--redirect-uri", apiAt + "/cb",
		}, exitIncomplete, "takes connections at localhost:" + frontEnd + ";"},
		{"no address", []string{"rp", "--redirect-uri", "http://localhost:3000/callback"}, exitUsage, "--start"},
		{"the provider's host", []string{"rp", "--start", "http://127.0.0.1:" + port, "--protected", "http://localhost:" + port, "--redirect-uri", "http://localhost:" + port + "/cb"}, exitUsage, "localhost"},
		{"another host", []string{"rp", "--start", "http://192.0.2.7/login", "--protected", "http://192.0.2.7/me", "--redirect-uri", "http://192.0.2.7/cb"}, exitUsage, "--allow-host"},
		{"everybody sees the same", rpArgs(t, demoApplication(t, "--flaw login-shows-nothing"), t.TempDir(), "--success-status", "401"), exitUsage, "--success-status"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := program{args: tt.args}.run(t)
			if got.code != tt.code || !strings.Contains(got.err, tt.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", got.code, tt.code, tt.says, got.out, got.err)
			}
		})
	}
}

// An application whose process every refusal ends is started again, the run
// comes to its end, and the first request that ended it is named.
func TestRPOfAnApplicationThatDies(t *testing.T) {
	out := t.TempDir()
	got := program{args: rpArgs(t, demoApplication(t, "--flaw refusals-end-the-process"), out, "--select", "RP-18,RP-19,RP-20,RP-23,RP-71")}.run(t)
	if got.code != exitFail {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	c := verdicts(recordOf(t, out))["RP-71"]
	if c.Verdict != run.Fail || !strings.Contains(c.Observed, "the first time in RP-18 (the login is cancelled: error=access_denied)") {
		t.Errorf("RP-71: %s: %s", c.Verdict, c.Observed)
	}
}

// An application whose login begins with a click is driven by the browser.
func TestRPInTheBrowser(t *testing.T) {
	out := t.TempDir()
	got := program{args: rpArgs(t, demoApplication(t, "--variant start-link"), out, "--strict", "--login", "browser", "--start-click", "a",
		"--select", "RP-18,RP-19,RP-21,RP-31", "--timeout", "30s")}.run(t)
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	for id, c := range verdicts(recordOf(t, out)) {
		if c.Verdict != run.Pass {
			t.Errorf("%s: %s: %s %s", id, c.Verdict, c.Observed, c.Reason)
		}
	}
}
