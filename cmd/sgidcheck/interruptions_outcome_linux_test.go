package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// outcome judges what a run left.
func (l *lab) outcome(t *testing.T, how interruption, command, out string, state *os.ProcessState, said string) string {
	code := state.ExitCode()
	body, err := os.ReadFile(filepath.Join(out, "run.json"))
	if err != nil {
		switch {
		case code == -1 || code == exitIncomplete:
			return "ended before the record was begun"
		case code == exitUsage && strings.Contains(said, "cannot be"):
			return "refused, no record can be kept"
		}
		t.Errorf("no record, and exit code %d\n%s", code, said)
		return "no record"
	}
	if err := run.Validate(body); err != nil {
		t.Fatalf("the record is not valid: %v", err)
	}
	record, err := run.Decode(body)
	if err != nil {
		t.Fatalf("the record cannot be read: %v", err)
	}
	want := verdicts(l.control[command])
	changed := 0
	for _, c := range record.Checks {
		if c.Verdict == want[c.ID].Verdict {
			continue
		}
		changed++
		if c.Verdict == run.Pass {
			t.Errorf("%s passes, and did not undisturbed: %s", c.ID, want[c.ID].Verdict)
		}
		if how.fault == "reset" || how.fault == "" {
			t.Errorf("%s: %s, undisturbed %s: %s%s", c.ID, c.Verdict, want[c.ID].Verdict, c.Observed, c.Reason)
		}
	}
	if how.fault == "restarted" && changed > 2 {
		t.Errorf("%d verdicts are not those of an undisturbed run", changed)
	}
	whole := record.Complete && record.Verdict == run.RunPass
	switch {
	case code == -1 && record.Complete:
		return "killed when the record was complete"
	case code == -1:
		if l.random.IntN(3) == 0 {
			l.resume(t, command, out)
			return "killed, and resumed to the undisturbed verdicts"
		}
		return "killed, the record holds what was judged"
	case how.disk && code != exitPass:
		if !strings.Contains(said, "free disk space") {
			t.Errorf("exit code %d without saying what to do:\n%s", code, said)
		}
		return "told that the disk is full, the record holds what was written"
	case code != run.ExitCode(record):
		t.Errorf("exit code %d, the record says %s", code, record.Verdict)
	}
	if whole {
		return "ended as if undisturbed"
	}
	if !record.Complete && record.Stopped == "" {
		t.Error("the record does not say why it ended")
	}
	if how.signal != 0 && l.random.IntN(3) == 0 {
		l.resume(t, command, out)
		return "interrupted, and resumed to the undisturbed verdicts"
	}
	return map[bool]string{true: "went on and says what happened", false: "interrupted, the record says so"}[record.Complete]
}

// resume continues an interrupted run: it must come to the same verdicts.
func (l *lab) resume(t *testing.T, command, out string) {
	said, err := l.command(t.Context(), command, out, shortTempDir(t), "--resume", out).CombinedOutput()
	if err != nil {
		t.Fatalf("going on: %v\n%s", err, said)
	}
	l.onlyReports(t, out, 0)
	got, want := verdicts(recordOf(t, out)), verdicts(l.control[command])
	for id, c := range want {
		if got[id].Verdict != c.Verdict {
			t.Errorf("after going on %s: %q, undisturbed %s", id, got[id].Verdict, c.Verdict)
		}
	}
}

// reportFiles is what a run may leave in its folder.
var reportFiles = []string{"run.json", "report.html", "junit.xml", "summary.md", "results.sarif", "browser.har", "screenshots"}

// leftNothing judges what is still there when the program has ended. One that
// was killed while it wrote may leave that one file, which the next run there
// removes.
func (l *lab) leftNothing(t *testing.T, how interruption, tmp, out string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for left := processesWith(tmp); len(left) > 0; left = processesWith(tmp) {
		if time.Now().After(deadline) {
			t.Errorf("processes are left: %v", left)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	entries, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left among the temporary files", e.Name())
	}
	if how.signal == syscall.SIGKILL {
		l.onlyReports(t, out, 1)
	} else {
		l.onlyReports(t, out, 0)
	}
}

// onlyReports judges that nothing but reports is in their folder, and at most
// so many that were half written.
func (l *lab) onlyReports(t *testing.T, out string, half int) {
	t.Helper()
	entries, _ := os.ReadDir(out) // none where the run ended before it made the folder
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			half--
		} else if !slices.Contains(reportFiles, e.Name()) {
			t.Errorf("%s is left in the report's folder", e.Name())
		}
	}
	if half < 0 {
		t.Errorf("%d half-written files too many are left", -half)
	}
}

// shortTempDir is a folder for temporary files whose name leaves room for the
// path of a browser's socket.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "i")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// processesWith lists the processes whose temporary files are to go to tmp, and
// those that were started with a name in it.
func processesWith(tmp string) []string {
	var out []string
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if bytes.Contains(environ, []byte(marker+tmp+"\x00")) || bytes.Contains(line, []byte(tmp+"/")) {
			out = append(out, e.Name())
		}
	}
	return out
}
