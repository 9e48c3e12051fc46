package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sgidcheck/internal/run"

	"go.yaml.in/yaml/v3"
)

// What stands where a person must say why a deviation is accepted, and who
// accepts it. A file in which it still stands is refused.
const (
	openReason   = "TO BE WRITTEN: why is this accepted?"
	openApprover = "TO BE WRITTEN: by whom?"
)

// waiverTerm is how long a waiver holds that a person has not yet thought about.
const waiverTerm = 90 * 24 * time.Hour

// waiversPlace says before anything is sent that the file of --write-waivers
// cannot be made: it is there, or its folder is not.
func waiversPlace(path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return exit(exitUsage, fmt.Errorf("--write-waivers %s: the file already exists; name another", path))
	}
	if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
		return exit(exitUsage, fmt.Errorf("--write-waivers %s: there is no folder %s; make it, or name another file", path, filepath.Dir(path)))
	}
	return nil
}

// writeWaivers writes a waiver for each check that failed or warned, or for
// each failing case of it. An existing file is not overwritten.
func (j *job) writeWaivers(path string) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	until := time.Now().UTC().Add(waiverTerm).Format(time.DateOnly)
	var err error
	j.writer.Update(func(r *run.Record) {
		for _, c := range r.Checks {
			if c.Verdict != run.Fail && c.Verdict != run.Warn {
				continue
			}
			for _, w := range waiversFor(c, until) {
				item := new(yaml.Node)
				err = errors.Join(err, item.Encode(w))
				item.HeadComment = fmt.Sprintf("%s (%s): %s", c.Level, c.Verdict, c.Title)
				list.Content = append(list.Content, item)
			}
		}
	})
	body, failed := yaml.Marshal(list)
	if err = errors.Join(err, failed); err != nil {
		return exit(exitIncomplete, fmt.Errorf("--write-waivers: %w", err))
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return exit(exitIncomplete, fmt.Errorf("--write-waivers: %w", err))
	}
	_, err = file.Write(body)
	if err = errors.Join(err, file.Close()); err != nil {
		return exit(exitIncomplete, fmt.Errorf("--write-waivers: %w", err))
	}
	return nil
}

// waiversFor covers the failing cases of a check one by one where only some of
// them fail, and the whole check otherwise.
func waiversFor(c run.Check, until string) []run.Waiver {
	open := run.Waiver{Check: c.ID, Reason: openReason, Approver: openApprover, Until: until}
	var failing []run.Waiver
	for _, one := range c.Cases {
		if one.Verdict == run.Fail || one.Verdict == run.Warn {
			w := open
			w.Case = one.Name
			failing = append(failing, w)
		}
	}
	if len(failing) > 0 && len(failing) < len(c.Cases) {
		return failing
	}
	return []run.Waiver{open}
}
