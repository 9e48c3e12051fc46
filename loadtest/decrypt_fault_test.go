//go:build unix

package loadtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// peerPrograms puts shell scripts in the place of node and python3, and gives options
// that measure one cell and then them.
func peerPrograms(t *testing.T, node, python string) DecryptOptions {
	t.Helper()
	release(t)
	bin, peers := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(peers, "node_modules", "@opengovsg", "sgid-client"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"node": node, "python3": python} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	return DecryptOptions{
		Fields: []int{1}, Cores: []int{1}, Engines: []string{"go"}, Duration: time.Millisecond, PeersDir: peers,
		measure: undisturbed, leastPeer: time.Millisecond,
	}
}

// figures answers every job, as a peer does, once it is asked for more than whether
// its library is there.
const figures = `[ "$1" = -c ] && exit 0
while read -r line; do echo '{"versions":{"jwcrypto":"1.5"},"per_s":100,"cpu_s":1,"wall_s":1}'; done
`

func TestAnInterruptWhileAPeerWorksKeepsTheFigures(t *testing.T) {
	begun := filepath.Join(t.TempDir(), "begun")
	o := peerPrograms(t, "read -r line; : > '"+begun+"'; read -r line", figures)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_ = waitFor(t, func() bool { _, err := os.Stat(begun); return err == nil })
		cancel()
	}()
	got, err := RunDecrypt(ctx, o)
	if !errors.Is(err, context.Canceled) || got == nil || len(got.Cells) != 1 || len(got.Void)+len(got.Missing)+len(got.Peers) != 0 {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestAnInterruptWhilePeersAreLookedForIsNoMissingPeer(t *testing.T) {
	o := peerPrograms(t, "", figures)
	o.PeersDir = t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := RunDecrypt(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestAPeerThatFailsIsVoidAndTheOthersAreMeasured(t *testing.T) {
	for name, node := range map[string]string{"at once": "exit 1", "when asked": "read -r line; exit 1", "without a figure": "while read -r line; do echo '{}'; done"} {
		t.Run(name, func(t *testing.T) {
			steps := 0
			o := peerPrograms(t, node, figures)
			o.Progress = func(done, total int, _ string) {
				if steps++; total != 3 {
					t.Errorf("step %d of %d", done, total)
				}
			}
			got, err := RunDecrypt(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Cells) != 1 || steps != 3 || !slices.ContainsFunc(got.Peers, func(p run.Peer) bool { return p.Name == "jwcrypto 1.5 on Python, as the SDK uses it" }) {
				t.Errorf("%d steps, %+v", steps, got)
			}
			if len(got.Void) != 1 || got.Void[0].What != "jose on Node, 1 core" || !strings.Contains(got.Void[0].Reason, "run make peers") {
				t.Errorf("%+v", got.Void)
			}
			r := &run.Record{Complete: true, Decrypt: got}
			if r.Count(); r.Verdict != run.RunIncomplete {
				t.Errorf("verdict %s", r.Verdict)
			}
		})
	}
}

// A Ctrl-C at the terminal is for this program, which ends the peer itself.
func TestAPeerHasAProcessGroupOfItsOwn(t *testing.T) {
	peerPrograms(t, figures, figures)
	peer, err := (&decryptLanguage{runtime: "Node", file: "x", command: "node"}).start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.stop()
	if group, err := syscall.Getpgid(peer.cmd.Process.Pid); err != nil || group != peer.cmd.Process.Pid {
		t.Errorf("group %d, %v", group, err)
	}
}
