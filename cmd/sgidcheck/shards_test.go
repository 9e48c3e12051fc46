package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// parted runs the parts of a load as processes of their own, and returns what each
// came to. The common start is ahead by what a busy machine takes to be ready.
func parted(t *testing.T, parts int, env []string, args ...string) []result {
	t.Helper()
	start := time.Now().Add(12 * time.Second).UTC().Format(time.RFC3339)
	got := make([]result, parts)
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() {
			got[i] = program{env: env, args: append([]string{"loadtest", args[0], "--shard", fmt.Sprintf("%d/%d", i, parts), "--start-at", start, "--record", "-", "--progress", "none"}, args[1:]...)}.run(t)
		})
	}
	all.Wait()
	return got
}

// mixed is the logs of parts as a collector gives them: prefixed, between other lines.
func mixed(t *testing.T, parts []result) string {
	t.Helper()
	var log bytes.Buffer
	for i, p := range parts {
		for line := range strings.Lines(p.out) {
			fmt.Fprintf(&log, "[pod/load-%d/sgidcheck] %snot a record\n", i, line)
		}
	}
	path := filepath.Join(t.TempDir(), "pods.log")
	if err := os.WriteFile(path, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALoadInThreeProcessesIsOneRun(t *testing.T) {
	t.Parallel()
	issuer, credentials := startProvider(t)
	env := readClients(t, credentials)[0].environment("SGID_")
	parts := parted(t, 3, env, "login", "--issuer", issuer, "--rate", "20", "--duration", "3s", "--warmup", "500ms", "--threshold", "requests>=60", "--threshold", "login.errors<1", "--login-budget", "79")
	for i, p := range parts {
		if p.code != exitPass || strings.Contains(p.out, "requests>=60 (") {
			t.Fatalf("part %d: exit code %d: a part carries thresholds and judges none\n%s%s", i, p.code, p.out, p.err)
		}
	}
	log := mixed(t, parts)
	out := filepath.Join(t.TempDir(), "run.json")
	merged := sgidcheck(t, "report", "merge", "--out", out, log)
	r, err := run.Read(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, merged.err)
	}
	l := r.Load
	if merged.code != exitPass || l.Requests != 60 || l.Planned != 60 || l.Parts["login"].Count != 60 || l.RateAsked != 20 || len(l.Shards) != 3 || !l.Thresholds[0].OK || !l.Thresholds[1].OK {
		t.Errorf("exit code %d, %+v\n%s", merged.code, l, merged.err)
	}
	for _, s := range l.Shards {
		if s.State != run.ShardWhole || s.Requests != 20 {
			t.Errorf("%+v", s)
		}
	}
	if drawn := sgidcheck(t, "report", log); drawn.code != 0 || !strings.Contains(drawn.out, "part 2") || !strings.Contains(drawn.out, "60 requests") {
		t.Errorf("report of the log: exit code %d\n%s%s", drawn.code, drawn.out, drawn.err)
	}

	// Without the record of one, nothing is said to be whole.
	lost := sgidcheck(t, "report", "merge", "--out", out, mixed(t, parts[:2]))
	if lost.code != exitIncomplete || !strings.Contains(lost.err, "part 2 is missing") {
		t.Errorf("a record thrown away: exit code %d\n%s", lost.code, lost.err)
	}
}

func TestAPartThatIsLateSendsNothing(t *testing.T) {
	issuer, credentials := startProvider(t)
	start := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	got := program{env: readClients(t, credentials)[0].environment("SGID_"), args: []string{"loadtest", "userinfo", "--issuer", issuer, "--shard", "1/2", "--start-at", start, "--record", "-", "--progress", "none"}}.run(t)
	records, _, err := run.ReadAll("-", strings.NewReader(got.out))
	if err != nil {
		t.Fatalf("%v\n%s%s", err, got.out, got.err)
	}
	if l := records[0].Load; got.code != exitIncomplete || l.Sent != 0 || l.Shard.LateS < 59 || l.Shard.Part != 1 {
		t.Errorf("exit code %d, %+v", got.code, l)
	}
}

// What is printed cannot be taken back: whom the logins are made as stands in no line,
// those before anything was decrypted included.
func TestNoLineOfARecordNamesThePersona(t *testing.T) {
	t.Parallel()
	issuer, credentials := startProvider(t)
	const name = "TAN MEI LING"
	env := append(readClients(t, credentials)[0].environment("SGID_"), "SGIDCHECK_PERSONA="+name)
	for _, shows := range []bool{false, true} {
		args := []string{"loadtest", "login", "--issuer", issuer, "--rate", "10", "--duration", "1s", "--record", "-", "--progress", "none", "--persona=" + name}
		if shows {
			args = append(args, "--show-personal-data")
		}
		got := program{env: env, args: args}.run(t)
		if lines := strings.Count(got.out, `"schema"`); lines < 2 {
			t.Fatalf("%d lines\n%s%s", lines, got.out, got.err)
		}
		for n, line := range slices.Collect(strings.Lines(got.out)) {
			if strings.Contains(line, name) != shows {
				t.Errorf("personal data shown: %t, and line %d of the record: %s", shows, n+1, line)
			}
		}
	}
}

// A part that is killed leaves what it had sent.
func TestAPartThatIsKilledLeavesItsCheckpoints(t *testing.T) {
	t.Parallel()
	issuer, credentials := startProvider(t)
	out := filepath.Join(t.TempDir(), "part.log")
	start := time.Now().Add(6 * time.Second).UTC().Format(time.RFC3339)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := program{env: readClients(t, credentials)[0].environment("SGID_"), args: []string{"loadtest", "userinfo", "--issuer", issuer, "--shard", "0/2", "--start-at", start, "--rate", "20", "--duration", "1h", "--record", out, "--progress", "none"}}.command(ctx, t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := func() uint64 {
		records, _, err := run.ReadAll(out, nil)
		if err != nil || len(records) == 0 {
			return 0
		}
		return records[0].Load.Sent
	}
	for sent() == 0 { // until the first checkpoint with anything in it
		select {
		case <-ctx.Done():
			t.Fatal("no checkpoint was written")
		case <-time.After(100 * time.Millisecond):
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	n := sent()
	log, err := os.OpenFile(out, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = log.WriteString(`{"schema":"sgidcheck.run/v1","tool":{"na`) // what the kill cut off
	log.Close()
	if err != nil {
		t.Fatal(err)
	}
	got := sgidcheck(t, "report", "merge", "--out", filepath.Join(t.TempDir(), "run.json"), out)
	if got.code != exitIncomplete || !strings.Contains(got.err, "is cut short") || !strings.Contains(got.err, "part 1 is missing") || !strings.Contains(got.err, "1 line that begins like a record could not be read") {
		t.Errorf("exit code %d, %d sent\n%s", got.code, n, got.err)
	}
}

func TestSplitLoadsThatAreRefused(t *testing.T) {
	start := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	issuer := []string{"--issuer", "http://127.0.0.1:1/v2"}
	_, credentials := startProvider(t)
	env := readClients(t, credentials)[0].environment("SGID_")
	for says, args := range map[string][]string{
		"--shard needs --start-at":   {"--shard", "0/3"},
		"want I/N":                   {"--shard", "3/3", "--start-at", start},
		"counted from now":           {"--shard", "0/3", "--start-at", "+1m"},
		"want a time with its zone":  {"--shard", "0/3", "--start-at", "noon"},
		"cannot be split":            {"--shard", "0/3", "--start-at", start, "--find-max"},
		"take fewer parts":           {"--shard", "0/3", "--start-at", start, "--rate", "1", "--duration", "2s"},
		"takes 112 logins":           {"--shard", "0/3", "--start-at", start, "--rate", "50", "--max-requests", "206", "--login-budget", "111", "--authorize", "ahead"},
		"--mint-ahead is for codes":  {"--mint-ahead", "1s"},
		"exclude each other":         {"--record", "-", "--out", filepath.Join(t.TempDir(), "out")},
		"the file cannot be written": {"--record", filepath.Join(t.TempDir(), "no", "record")},
	} {
		got := program{env: env, args: append(append([]string{"loadtest", "login"}, issuer...), args...)}.run(t)
		if got.code != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%v: exit code %d, want it to say %q:\n%s", args, got.code, says, got.err)
		}
	}
	if got := sgidcheck(t, "loadtest", "login", "--shard", "0/3", "--start-at", start); got.code != exitUsage || !strings.Contains(got.err, "--shard needs --issuer") {
		t.Errorf("embedded: exit code %d\n%s", got.code, got.err)
	}
}
