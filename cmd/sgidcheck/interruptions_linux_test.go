package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// interruption is one way to disturb a run.
type interruption struct {
	name     string
	external bool           // against a provider of its own, at some request; else at some time
	signal   syscall.Signal // sent to the program
	fault    string         // what happens to the target: reset, killed, restarted
	disk     bool           // the disk has room for part of what is written
	deaf     bool           // nobody reads what it prints
	browser  bool           // a browser logs in
}

var interruptions = []interruption{
	{name: "SIGINT", signal: syscall.SIGINT},
	{name: "SIGINT at a request", signal: syscall.SIGINT, external: true},
	{name: "SIGTERM", signal: syscall.SIGTERM},
	{name: "SIGTERM at a request", signal: syscall.SIGTERM, external: true},
	{name: "SIGHUP", signal: syscall.SIGHUP},
	{name: "SIGKILL", signal: syscall.SIGKILL},
	{name: "SIGKILL at a request", signal: syscall.SIGKILL, external: true},
	{name: "connection reset", fault: "reset", external: true},
	{name: "target killed", fault: "killed", external: true},
	{name: "target killed and started again", fault: "restarted", external: true},
	{name: "disk full", disk: true},
	{name: "output closed", deaf: true},
	{name: "SIGTERM with a browser", signal: syscall.SIGTERM, browser: true},
	{name: "SIGKILL with a browser", signal: syscall.SIGKILL, browser: true},
}

// TestRandomInterruptions disturbs runs at random moments. INTERRUPTIONS says
// how many (14, one of each kind), SEED repeats a series. Each must leave a readable record in
// which nothing passes that an undisturbed run does not pass, or nothing but a
// clear refusal; no process, and no file but the report's.
func TestRandomInterruptions(t *testing.T) {
	many, seed := len(interruptions), uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("INTERRUPTIONS")); err == nil {
		many = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("SEED=%d INTERRUPTIONS=%d", seed, many)
	lab := newLab(t, rand.New(rand.NewPCG(seed, seed)))
	tally := map[string]int{}
	for i := range many {
		how := interruptions[i%len(interruptions)]
		if how.disk && !lab.mounts {
			tally["disk full: not tried, a small file system cannot be mounted here"]++
			continue
		}
		t.Run(fmt.Sprintf("%d %s", i, how.name), func(t *testing.T) { tally[how.name+": "+lab.disturb(t, how)]++ })
	}
	for _, what := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%s: %d", what, tally[what])
	}
}

// disturb makes one run, disturbs it, and says in a few words what came of it.
func (l *lab) disturb(t *testing.T, how interruption) string {
	out, tmp := filepath.Join(t.TempDir(), "out"), shortTempDir(t)
	command := []string{"conformance", "run"}[l.random.IntN(2)]
	switch {
	case how.external:
		command = "external"
	case how.browser:
		command = "browser"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if how.disk {
		room := 1 + l.random.IntN(1500)
		t.Logf("%s with %d KiB", command, room)
		if err := os.Mkdir(out, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := mountSmall(out, max(room, 8)); err != nil {
			t.Fatal(err)
		}
		defer unmount(t, out)
	}
	cmd := l.command(ctx, command, out, tmp)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if how.deaf {
		cmd.Stdout, cmd.Stderr = deafEnd(t), deafEnd(t)
	}
	started := make(chan struct{})
	l.mu.Lock()
	l.served, l.at, l.then, l.fault = 0, -1, nil, how.fault
	if how.external {
		l.at = l.random.IntN(l.requests)
		t.Logf("at request %d", l.at)
		l.then = func() {
			switch {
			case how.signal != 0:
				<-started
				cmd.Process.Signal(how.signal)
			case how.fault == "restarted":
				l.mu.Lock()
				defer l.mu.Unlock()
				l.restart(t)
			}
		}
	}
	l.mu.Unlock()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	if how.signal != 0 && !how.external {
		after := time.Duration(l.random.Int64N(int64(l.took[command])))
		t.Logf("%s after %s", command, after)
		alarm := time.AfterFunc(after, func() { cmd.Process.Signal(how.signal) })
		defer alarm.Stop()
	}
	err := cmd.Wait()
	l.mu.Lock()
	l.at, l.then = -1, nil
	l.mu.Unlock()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		t.Fatalf("it did not end: %v\n%s", err, said.String())
	}
	l.leftNothing(t, how, tmp, out)
	return l.outcome(t, how, command, out, cmd.ProcessState, said.String())
}

// deafEnd is the writing end of a pipe that nobody reads.
func deafEnd(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}
