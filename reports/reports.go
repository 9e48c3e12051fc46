// Package reports draws everything a person or a CI server reads from a run
// record, and from nothing else: HTML, JUnit XML, Markdown, SARIF, a terminal's
// text, and comparisons of several records. Whatever a target answered is shown
// inert in each of them.
package reports

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sgidcheck/internal/run"
)

// form is one way to write a record.
type form struct {
	Name  string // as --format takes it
	File  string // its name in the output folder; "" where it is not written there
	Write func(io.Writer, *run.Record) error
}

var forms = []form{
	{"html", "report.html", HTML},
	{"junit", "junit.xml", JUnit},
	{"markdown", "summary.md", Markdown},
	{"sarif", "results.sarif", SARIF},
	{"json", "", JSON},
	{"terminal", "", func(w io.Writer, r *run.Record) error { return Terminal(w, r, Options{Verbose: true}) }},
}

// Formats lists the forms that Format writes.
func Formats() []string {
	var names []string
	for _, f := range forms {
		names = append(names, f.Name)
	}
	return names
}

// Format writes the record in the form of that name. The error names the forms
// there are.
func Format(w io.Writer, name string, r *run.Record) error {
	for _, f := range forms {
		if f.Name == name {
			return f.Write(w, r)
		}
	}
	return fmt.Errorf("format %q is not one of %s", inertLine(name), strings.Join(Formats(), ", "))
}

// JSON writes the record itself, in the present version of its schema.
func JSON(w io.Writer, r *run.Record) error {
	document, err := run.Encode(r)
	if err != nil {
		return err
	}
	_, err = w.Write(document)
	return err
}

// Remove removes from the folder dir the reports that Write has written there of an
// earlier run, so that none lies beside another run's record. The error names each
// that stays.
func Remove(dir string) error {
	var failed error
	for _, f := range forms {
		if f.File == "" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Write writes report.html, junit.xml, summary.md and results.sarif into the
// folder dir, which it makes where it is missing, and returns the paths of those
// written. A form that cannot be written does not keep the others from being
// written; the error names each.
func Write(dir string, r *run.Record) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the reports cannot be written: %w", err)
	}
	var paths []string
	var failed error
	for _, f := range forms {
		if f.File == "" {
			continue
		}
		path := filepath.Join(dir, f.File)
		run.Sweep(path)
		if err := run.ReplaceFile(path, false, func(w io.Writer) error { return f.Write(w, r) }); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		paths = append(paths, path)
	}
	return paths, failed
}
