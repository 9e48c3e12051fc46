package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/suites/waivers"
)

// What init writes for MockPass works in an empty folder: the waivers come out of
// the program, and MockPass passes what they accept.
func TestInitForMockPassWorksInAnEmptyFolder(t *testing.T) {
	issuer, dir := startMockPass(t), t.TempDir()
	if got := (program{args: []string{"init", "--for", "mockpass"}, dir: dir}).run(t); got.code != exitPass || !strings.Contains(got.err, "start MockPass") {
		t.Fatalf("init: %d %s%s", got.code, got.out, got.err)
	}
	// What the head of the file says: a secret of any line, and MockPass installed here.
	if err := os.WriteFile(filepath.Join(dir, "client-secret.txt"), []byte("any-line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(peersDir(t), "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	got := program{args: []string{"conformance", "--issuer", issuer, "--select", "DISC", "--out", "report"}, dir: dir}.run(t)
	record := recordOf(t, filepath.Join(dir, "report"))
	if got.code != exitPass || record.Summary.Waived < 2 || record.Summary.Fail+record.Summary.StaleWaiver > 0 {
		t.Errorf("exit code %d, %+v\n%s%s", got.code, record.Summary, got.out, got.err)
	}
}

// A file wins over what is built in under its name, and the run says so.
func TestAFileWinsOverBuiltInWaivers(t *testing.T) {
	name, dir := waivers.Names()[0], t.TempDir()
	verdict := func() (run.Verdict, string) {
		t.Helper()
		got := program{args: []string{"conformance", "--select", "DISC-04", "--waivers", name}, dir: dir}.run(t)
		if got.code != exitPass {
			t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
		}
		return recordOf(t, filepath.Join(dir, "sgidcheck-report")).Checks[0].Verdict, got.err
	}
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil { // no file, and not in the way
		t.Fatal(err)
	}
	if v, says := verdict(); v != run.StaleWaiver || strings.Contains(says, "built in") {
		t.Errorf("built in: %s\n%s", v, says)
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte("- {check: DISC-05, reason: r, until: 2999-01-01}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, says := verdict(); v != run.Pass || !strings.Contains(says, "the file "+name+" is read") {
		t.Errorf("a file: %s\n%s", v, says)
	}
}
