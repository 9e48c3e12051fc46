package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/tools/cover"
)

// pkg is a package whose tests are tried.
type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	blocks          map[string][]cover.ProfileBlock // file -> what its tests reach, and what not
	limit           time.Duration                   // for the tests of one mutant
}

// list returns the packages that the patterns name.
func list(ctx context.Context, patterns []string) ([]*pkg, error) {
	out, err := goTool(ctx, append([]string{"list", "-json=ImportPath,Dir,GoFiles"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	var all []*pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		all = append(all, &p)
	}
	return all, nil
}

// mutants returns the mutants of the package's files.
func (p *pkg) mutants() ([]*mutant, error) {
	var all []*mutant
	for _, name := range p.GoFiles {
		file := filepath.Join(p.Dir, name)
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := mutantsOf(p, file, source)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// measure runs the package's tests on the source as it is: they must pass, and
// show what they reach and how long they take.
func (p *pkg) measure(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	profile := filepath.Join(dir, "cover")
	begun := time.Now()
	if _, err := goTool(ctx, "test", "-count=1", "-coverprofile="+profile, p.ImportPath); err != nil {
		return fmt.Errorf("the tests must pass before mutants are tried: %w", err)
	}
	p.limit = 4*time.Since(begun) + 30*time.Second
	profiles, err := cover.ParseProfiles(profile)
	if err != nil {
		return err
	}
	p.blocks = map[string][]cover.ProfileBlock{}
	for _, f := range profiles {
		p.blocks[filepath.Join(p.Dir, filepath.Base(f.FileName))] = f.Blocks
	}
	return nil
}

// reached says whether a test runs the place. What is in no statement, as a
// case of a switch, counts as reached.
func (p *pkg) reached(file string, line, column int) bool {
	reached := true
	for _, b := range p.blocks[file] {
		after := line > b.StartLine || line == b.StartLine && column >= b.StartCol
		before := line < b.EndLine || line == b.EndLine && column < b.EndCol
		if after && before {
			if b.Count > 0 {
				return true
			}
			reached = false
		}
	}
	return reached
}

// fate is what became of a mutant.
type fate string

const (
	killed      fate = "killed"
	late        fate = "killed by the time limit"
	survived    fate = "survived"
	unreached   fate = "survived, no test runs it"
	notCompiled fate = "does not compile"
)

// try runs the tests of the mutant's package with the mutant in place. The error
// says that they could not be run.
func (m *mutant) try(ctx context.Context) (fate, error) {
	if !m.pkg.reached(m.file, m.at.Line, m.at.Column) {
		return unreached, nil
	}
	dir, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	out, err := goTool(ctx, "test", "-count=1", "-failfast", "-vet=off", "-overlay="+overlay, "-timeout="+m.pkg.limit.String(), m.pkg.ImportPath)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return survived, nil
	case bytes.Contains(out, []byte("[build failed]")):
		return notCompiled, nil
	case bytes.Contains(out, []byte("panic: test timed out")):
		return late, nil
	case bytes.Contains(out, []byte("FAIL")):
		return killed, nil
	}
	return "", fmt.Errorf("%s: %w", m, err)
}

// overlay writes the changed source and the file that tells the compiler to read
// it, and returns the latter's name.
func (m *mutant) overlay(dir string) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, filepath.Base(m.file))
	content := append(append(append([]byte{}, source[:m.from]...), m.text...), source[m.to:]...)
	if err := os.WriteFile(changed, content, 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{m.file: changed}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, replace, 0o600)
}

// goTool runs the go command and returns what it prints. The error holds the end
// of it.
func goTool(ctx context.Context, arguments ...string) ([]byte, error) {
	var out, problems bytes.Buffer
	c := exec.CommandContext(ctx, "go", arguments...)
	c.Stdout, c.Stderr = &out, &problems
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // so that it ends the tests, too
	c.WaitDelay = 10 * time.Second
	if err := c.Run(); err != nil {
		both := strings.TrimSpace(problems.String() + out.String())
		return out.Bytes(), fmt.Errorf("go %s: %w\n%s", arguments[0], err, both[max(0, len(both)-2000):])
	}
	return out.Bytes(), nil
}
