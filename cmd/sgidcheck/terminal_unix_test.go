//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// waiting is a run that hangs in its first request.
func waiting(t *testing.T, wrap ...string) (cmd *exec.Cmd, out string, release func()) {
	t.Helper()
	server, reached, release := hangingTarget(t)
	out = t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = program{env: invented(), args: []string{"conformance", "--issuer", server, "--endpoints", "documented", "--select", "DISC-01,JWKS-01", "--out", out, "--progress", "plain"}}.command(ctx, t)
	if len(wrap) > 0 {
		path, err := exec.LookPath(wrap[0])
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Args = path, append(wrap, cmd.Args...)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-reached:
	case <-ctx.Done():
		t.Fatal("no request came")
	}
	return cmd, out, release
}

// Under nohup the terminal may go, and the run goes on to its end.
func TestUnderNohupTheTerminalMayGo(t *testing.T) {
	cmd, out, release := waiting(t, "sh", "-c", `trap "" HUP; exec "$@"`, "sh")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	release()
	cmd.Wait()
	if record := recordOf(t, out); !record.Complete {
		t.Errorf("it was stopped: %s", record.Stopped)
	}
}

// A terminal whose end is closed takes nothing from the record, nor from the
// exit code.
func TestNobodyReadsTheOutput(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	out := t.TempDir()
	cmd := program{args: []string{"conformance", "--select", "JWKS", "--out", out, "--progress", "plain"}}.command(t.Context(), t)
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	if record := recordOf(t, out); !record.Complete || record.Verdict != run.RunPass {
		t.Errorf("complete %v, %s", record.Complete, record.Verdict)
	}
	if _, err := os.Stat(out + "/report.html"); err != nil {
		t.Error(err)
	}
}

// A folder in which nothing can be written any more: the run goes on, says what
// to do at the end, and the result is printed.
func TestTheFolderGoesAway(t *testing.T) {
	cmd, out, release := func() (*exec.Cmd, string, func()) {
		server, reached, release := hangingTarget(t)
		out := t.TempDir() + "/report"
		cmd := program{env: invented(), args: []string{"conformance", "--issuer", server, "--endpoints", "documented", "--select", "DISC-01,JWKS-01", "--out", out, "--progress", "none"}}.command(t.Context(), t)
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &said
		t.Cleanup(func() {
			if !strings.Contains(said.String(), "free disk space") || !strings.Contains(said.String(), "DISC-01") {
				t.Errorf("it says\n%s", said.String())
			}
		})
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-reached
		return cmd, out, release
	}()
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	release()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFail && code != exitIncomplete {
		t.Errorf("exit code %d", code)
	}
}

// A second Ctrl-C does not wait for anything.
func TestASecondInterruptEndsAtOnce(t *testing.T) {
	cmd, out, _ := waiting(t)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			if code := cmd.ProcessState.ExitCode(); code != exitIncomplete {
				t.Errorf("exit code %d", code)
			}
			recordOf(t, out)
			return
		case <-tick.C:
			cmd.Process.Signal(os.Interrupt)
		}
	}
}
