package main

import (
	"io"
	"os"
	"path/filepath"

	"sgidcheck/reports"
)

// terminalOptions says how to draw for w: in colour on a terminal only, and not
// where NO_COLOR is set.
func terminalOptions(w io.Writer) reports.Options {
	if file, ok := w.(*os.File); ok {
		return reports.OptionsFor(file)
	}
	return reports.Options{}
}

// recordIn is the run record in a report folder.
func recordIn(dir string) string { return filepath.Join(dir, "run.json") }
