package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/layout"
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

// columnsOf is the width of w where it is a terminal; 0 elsewhere, where a line may
// be as long as it is.
func columnsOf(w io.Writer) int { return terminalOptions(w).Width }

// tell writes a message to people, in lines of so many columns; 0: of any. It may
// quote a record, a log or a target, so it is made inert here; its own lines stay.
func tell(w io.Writer, columns int, lead, text string) {
	fmt.Fprintln(w, layout.Message(lead, inert.Text(text), columns))
}

// recordIn is the run record in a report folder.
func recordIn(dir string) string { return filepath.Join(dir, "run.json") }
