package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "guard" { // what this process, as the program, starts beside a browser
		os.Exit(execute(context.Background(), os.Args[1:]))
	}
	os.Exit(runTests(m))
}

// sharedDir holds what the tests of this package share.
var sharedDir string

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sgidcheck-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	sharedDir = dir
	if signal.Ignored(syscall.SIGHUP) {
		// Under nohup what the tests start would inherit that; one that is taken
		// here is not inherited.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	return m.Run()
}

// built is the program as it is shipped. Nearly all tests of this package run it
// as its users do, as a process with an exit code; the race detector watches the
// same code in the tests of the other packages.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(sharedDir, "sgidcheck")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// program is one call of sgidcheck.
type program struct {
	args  []string
	env   []string
	dir   string
	stdin string
}

// result is what a call came to.
type result struct {
	code     int
	out, err string
}

// command is the call as a process that has not been started.
func (p program) command(ctx context.Context, t *testing.T) *exec.Cmd {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, p.args...)
	cmd.Env = append(cleanEnvironment(), p.env...)
	cmd.Dir = p.dir
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Stdin = strings.NewReader(p.stdin)
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// cleanEnvironment is this process's without what would configure sgidcheck.
func cleanEnvironment() []string {
	var out []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SGID") {
			out = append(out, v)
		}
	}
	return out
}

// run calls sgidcheck and waits for its end.
func (p program) run(t *testing.T) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := p.command(ctx, t)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("sgidcheck %s: %v\n%s", strings.Join(p.args, " "), err, errs.String())
	}
	return result{code: cmd.ProcessState.ExitCode(), out: out.String(), err: errs.String()}
}

// runHere calls sgidcheck in this process, for tests that call it hundreds of times: a
// process of its own takes longer to start than a refusal takes.
func (p program) runHere(t *testing.T) (got result) {
	t.Helper()
	dir := p.dir
	if dir == "" {
		dir = t.TempDir()
	}
	t.Run(strings.Join(p.args[:1], " "), func(t *testing.T) {
		for _, v := range os.Environ() {
			if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "SGID") {
				t.Setenv(name, "") // puts it back in the end
				os.Unsetenv(name)
			}
		}
		for _, v := range p.env {
			name, value, _ := strings.Cut(v, "=")
			t.Setenv(name, value)
		}
		t.Chdir(dir)
		out, errs := standing(t, &os.Stdout), standing(t, &os.Stderr)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		code := execute(ctx, p.args)
		got = result{code: code, out: out(), err: errs()}
	})
	return got
}

// standing puts a file in the place of a stream until what was written is read.
func standing(t *testing.T, stream **os.File) (read func() string) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	was := *stream
	*stream = file
	put := func() { *stream = was; file.Close() }
	t.Cleanup(put) // also after a panic
	return func() string {
		put()
		body, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}

// sgidcheck runs the program with arguments and returns what it came to.
func sgidcheck(t *testing.T, args ...string) result {
	t.Helper()
	return program{args: args}.run(t)
}

// recordOf reads the record a run left in dir; it must be valid.
func recordOf(t *testing.T, dir string) *run.Record {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Validate(body); err != nil {
		t.Errorf("the record is not valid against its schema: %v", err)
	}
	record, err := run.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// verdicts maps the checks of a record to what they came to.
func verdicts(r *run.Record) map[string]run.Check {
	out := map[string]run.Check{}
	for _, c := range r.Checks {
		out[c.ID] = c
	}
	return out
}
