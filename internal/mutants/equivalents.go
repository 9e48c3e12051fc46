package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// equivalentsFile lists, in a package's folder, its mutants that change no
// behaviour: a line holds a mutant's key, a tab and the reason; # begins a comment.
const equivalentsFile = "testdata/equivalent-mutants.txt"

// equivalents reads the package's list of the mutants that change no behaviour;
// all are its mutants. The error names a line without a reason, and a line whose
// mutant is not in the source any more.
func (p *pkg) equivalents(all []*mutant) (map[string]bool, error) {
	path := filepath.Join(p.Dir, equivalentsFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	present := map[string]bool{}
	for _, m := range all {
		present[m.key] = true
	}
	listed := map[string]bool{}
	for i, line := range strings.Split(string(content), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, reason, _ := strings.Cut(line, "\t")
		switch {
		case strings.TrimSpace(reason) == "":
			return nil, fmt.Errorf("%s:%d: the mutant has no reason behind a tab", path, i+1)
		case !present[key]:
			return nil, fmt.Errorf("%s:%d: the source has no such mutant: %s; correct the line, or remove it", path, i+1, key)
		}
		listed[key] = true
	}
	return listed, nil
}
