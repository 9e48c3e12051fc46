//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"sgidcheck/internal/layout"
)

// onScreen runs the program on a terminal of 24 lines of 80 columns. keys, where it is
// not nil, is asked what to type after each piece of output.
func onScreen(t *testing.T, p program, keys func(written string) string) (written string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := p.command(ctx, t)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil // the terminal
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: layout.Columns})
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	var b strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := screen.Read(buffer)
		b.Write(buffer[:n])
		if keys != nil {
			if typed := keys(b.String()); typed != "" {
				io.WriteString(screen, typed)
			}
		}
		if err != nil { // a terminal ends with EIO where its last program has gone
			break
		}
	}
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return b.String(), cmd.ProcessState.ExitCode()
}

var control = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// shown is what stays on the screen: what is behind the last erasure of each line. Each
// line that was ever drawn must fit.
func shown(t *testing.T, written string) []string {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(written, "\r\n", "\n"), "\n") {
		for drawn := range strings.SplitSeq(line, "\x1b[2K") {
			if text := control.ReplaceAllString(drawn, ""); layout.Width(strings.Trim(text, "\r")) > layout.Columns {
				t.Errorf("%d columns: %q", layout.Width(text), text)
			}
		}
		if i := strings.LastIndex(line, "\r\x1b[2K"); i >= 0 {
			line = line[i+len("\r\x1b[2K"):]
		}
		lines = append(lines, control.ReplaceAllString(line, ""))
	}
	return lines
}

// On a terminal a bar shows how far a run is. It is gone in the end, and the result
// begins on a line of its own and takes one screen.
func TestARunOnATerminal(t *testing.T) {
	written, code := onScreen(t, program{args: []string{"conformance", "--select", "DISC,JWKS", "--fault", "jwks-private-key", "--out", t.TempDir()}}, nil)
	lines := shown(t, written)
	screen := strings.Join(lines, "\n")
	if code != exitFail || !strings.Contains(written, "]  1/") || strings.Contains(screen, "[=") {
		t.Errorf("exit code %d; the bar was drawn: %v; on the screen stays\n%s", code, strings.Contains(written, "]  1/"), screen)
	}
	if !strings.Contains(screen, "\n1 of ") || !strings.Contains(screen, "\nFAIL     JWKS-02 ") || len(lines) > 24+2 {
		t.Errorf("%d lines:\n%s", len(lines), screen)
	}
}

// An interrupt leaves nothing of the bar, nor what the terminal echoes of the key.
func TestAnInterruptOnATerminal(t *testing.T) {
	server, _, release := hangingTarget(t)
	defer release()
	pressed := false
	written, code := onScreen(t, program{env: invented(), args: []string{"conformance", "--issuer", server, "--endpoints", "documented", "--select", "DISC-01,JWKS-01", "--out", t.TempDir()}}, func(written string) string {
		if pressed || !strings.Contains(written, "DISC-01") {
			return ""
		}
		pressed = true
		return "\x03"
	})
	screen := strings.Join(shown(t, written), "\n")
	if code != exitIncomplete || !strings.HasPrefix(screen, "Incomplete: ") || strings.Contains(screen, "^C") {
		t.Errorf("exit code %d, on the screen stays\n%s", code, screen)
	}
}

// What commands print beside results fits a terminal, too.
func TestCommandsOnATerminal(t *testing.T) {
	for _, args := range [][]string{{"doctor"}, {"checks", "--select", "TOKEN"}, {"provider", "--list-variants"}, {"conformance", "--dry-run", "--select", "JWKS"}, {"runn"}, {"run", "--no-such-flag"}} {
		written, _ := onScreen(t, program{args: args}, nil)
		if lines := shown(t, written); len(lines) < 2 {
			t.Errorf("%q writes %q", args, lines)
		}
	}
}
