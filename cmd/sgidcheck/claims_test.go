package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// What a run claims of the embedded provider, and whether that is enough for
// what it was asked to judge.
func TestClaimsOfARun(t *testing.T) {
	for _, tt := range []struct {
		name   string
		args   []string
		code   int
		claims string // what the first line begins with
	}{
		{"one check", []string{"conformance", "--select", "JWKS-01"}, exitPass, "No failure, but "},
		{"one check, all required", []string{"conformance", "--select", "JWKS-01", "--require", "complete"}, exitIncomplete, "Incomplete: not all that applies was judged (--require complete); "},
		{"a failure, all required", []string{"conformance", "--select", "JWKS-05", "--fault", "jwks-short-key", "--require", "complete"}, exitFail, "1 of "},
		{"a whole catalogue's command, one check", []string{"run", "--select", "JWKS-01", "--load=false", "--decrypt=false"}, exitPass, "No failure, but "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := t.TempDir()
			got := sgidcheck(t, append(tt.args, "--progress", "none", "--out", out)...)
			first, _, _ := strings.Cut(got.out, "\n")
			if got.code != tt.code || !strings.HasPrefix(first, tt.claims) {
				t.Errorf("exit code %d, %q; want %d, %q\n%s", got.code, first, tt.code, tt.claims, got.err)
			}
			if strings.Contains(got.out, "Ready") {
				t.Errorf("ready after that: %s", first)
			}
			record := recordOf(t, out)
			c := record.Coverage
			if c == nil || c.Judged != 1 || c.Applicable != c.Judged+len(c.NotJudged) || c.Applicable < 80 || (len(c.Areas) == 0) != (tt.args[0] == "run") {
				t.Fatalf("coverage %+v", c)
			}
			for _, u := range c.NotJudged {
				if u.Gap != run.NotSelected || u.Reason == "" {
					t.Errorf("%+v", u)
				}
				if strings.HasPrefix(u.ID, "TLS-") {
					t.Errorf("%s is counted, and the target is a mock on plain http", u.ID)
				}
			}
		})
	}
}

func TestRequireIsTakenFromTheEnvironment(t *testing.T) {
	p := program{args: []string{"conformance", "--select", "JWKS-01", "--progress", "none"}, env: []string{"SGID_REQUIRE=complete"}}
	if got := p.run(t); got.code != exitIncomplete {
		t.Errorf("exit code %d\n%s", got.code, got.out)
	}
	p.env = []string{"SGID_REQUIRE=everything"}
	if got := p.run(t); got.code != exitUsage || !strings.Contains(got.err, "complete") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

// Nothing waits where the embedded provider's clock is moved.
func TestTimeIsNoObstacleAtTheEmbeddedProvider(t *testing.T) {
	out := t.TempDir()
	if got := sgidcheck(t, "conformance", "--select", "UINFO-14,TOKEN-25", "--progress", "none", "--out", out); got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	for id, c := range verdicts(recordOf(t, out)) {
		if c.Verdict != run.Pass {
			t.Errorf("%s: %s %s", id, c.Verdict, c.Reason)
		}
	}
}

// A file that --write-waivers cannot make is named before anything is sent.
func TestWaiversThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.yaml")
	if err := os.WriteFile(there, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, said := range map[string]string{there: "already exists", filepath.Join(dir, "none", "w.yaml"): "there is no folder"} {
		out := filepath.Join(dir, "out")
		got := sgidcheck(t, "conformance", "--select", "JWKS-05", "--progress", "none", "--out", out, "--write-waivers", file)
		if got.code != exitUsage || !strings.Contains(got.err, said) {
			t.Errorf("%s: exit code %d, %s", file, got.code, got.err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: something was judged", file)
		}
	}
	if body, err := os.ReadFile(there); err != nil || string(body) != "# mine\n" {
		t.Errorf("the file now holds %q, %v", body, err)
	}
}

// What --write-waivers leaves to be written is refused until it is.
func TestWaiversThatNobodyWrote(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "waivers.yaml")
	args := []string{"conformance", "--select", "JWKS-05", "--fault", "jwks-short-key", "--progress", "none", "--out", filepath.Join(dir, "out")}
	if got := sgidcheck(t, append(args, "--write-waivers", file)...); got.code != exitFail {
		t.Fatalf("exit code %d\n%s", got.code, got.err)
	}
	body, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(body), "# MUST (fail): ") {
		t.Fatalf("the file does not say what it would waive: %s, %v", body, err)
	}
	got := sgidcheck(t, append(args, "--waivers", file)...)
	if got.code != exitUsage || !strings.Contains(got.err, "the reason of the waiver for JWKS-05 was never written") || !strings.Contains(got.err, "approver") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	written := strings.NewReplacer(openReason, "a mock with a small key", openApprover, "Tan of Security").Replace(string(body))
	if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	got = sgidcheck(t, append(args, "--waivers", file, "--verbose")...)
	first, _, _ := strings.Cut(got.out, "\n")
	if got.code != exitPass || !strings.HasPrefix(first, "1 MUST failure is accepted by a waiver; ") {
		t.Errorf("exit code %d, %q\n%s", got.code, first, got.err)
	}
	if !strings.Contains(got.out, "a MUST failure, accepted by Tan of Security until ") {
		t.Errorf("the report does not say who accepted what: %s", got.out)
	}
	w := verdicts(recordOf(t, filepath.Join(dir, "out")))["JWKS-05"].Waiver
	if w == nil || w.Covers != run.Fail || w.Approver != "Tan of Security" {
		t.Errorf("%+v", w)
	}
}

// A verdict that JSON cannot hold does not vanish from the record.
func TestNoVerdictVanishes(t *testing.T) {
	for verdict, want := range map[run.Verdict]run.Verdict{run.Pass: run.Blocked, run.Skip: run.Blocked, run.Fail: run.Fail, run.Warn: run.Warn, run.Waived: run.Waived} {
		var errs bytes.Buffer
		w, err := run.NewWriter(filepath.Join(t.TempDir(), "run.json"), run.Record{})
		if err != nil {
			t.Fatal(err)
		}
		j := &job{writer: w, err: &errs}
		j.add(run.Check{ID: "TOKEN-05", Area: "TOKEN", Level: "MUST", Verdict: verdict, Observed: "as seen", DurationMS: math.NaN()})
		r, err := w.Finish(true, "")
		if err != nil || len(r.Checks) != 1 || r.Checks[0].Verdict != want || r.Checks[0].Reason == "" || j.lost != nil {
			t.Errorf("%s: %+v, %v, %v", verdict, r.Checks, err, j.lost)
		}
		if !strings.Contains(errs.String(), "TOKEN-05") {
			t.Errorf("%s: nobody was told: %q", verdict, errs.String())
		}
	}
}
