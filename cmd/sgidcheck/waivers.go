package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"sgidcheck/internal/run"

	"go.yaml.in/yaml/v3"
)

// openReason stands where a person must say why a deviation is accepted.
const openReason = "TO BE WRITTEN: why is this accepted, and by whom?"

// waiverTerm is how long a waiver holds that a person has not yet thought about.
const waiverTerm = 90 * 24 * time.Hour

// writeWaivers writes a waiver for each check that failed or warned, or for
// each failing case of it. An existing file is not overwritten.
func (j *job) writeWaivers(path string) error {
	var waivers []run.Waiver
	until := time.Now().UTC().Add(waiverTerm).Format(time.DateOnly)
	j.writer.Update(func(r *run.Record) {
		for _, c := range r.Checks {
			if c.Verdict == run.Fail || c.Verdict == run.Warn {
				waivers = append(waivers, waiversFor(c, until)...)
			}
		}
	})
	body, err := yaml.Marshal(waivers)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return exit(exitUsage, fmt.Errorf("--write-waivers %s: the file is there already; name another", path))
	}
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--write-waivers: %w", err))
	}
	defer file.Close()
	if _, err := file.Write(body); err != nil {
		return exit(exitIncomplete, fmt.Errorf("--write-waivers: %w", err))
	}
	return file.Close()
}

// waiversFor covers the failing cases of a check one by one where only some of
// them fail, and the whole check otherwise.
func waiversFor(c run.Check, until string) []run.Waiver {
	var failing []run.Waiver
	for _, one := range c.Cases {
		if one.Verdict == run.Fail || one.Verdict == run.Warn {
			failing = append(failing, run.Waiver{Check: c.ID, Case: one.Name, Reason: openReason, Until: until})
		}
	}
	if len(failing) > 0 && len(failing) < len(c.Cases) {
		return failing
	}
	return []run.Waiver{{Check: c.ID, Reason: openReason, Until: until}}
}
