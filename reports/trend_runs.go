package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// StoredRun is a run record and where it was read.
type StoredRun struct {
	*run.Record
	Path   string // of the record
	Report string // of its HTML report, where that lies beside it; or ""
	Link   string // to the report, from the page that is drawn; or ""
}

// ReadRuns reads every run record under the folder dir, at most three folders
// deep, oldest run first, and finds the reports that lie beside them. Files that
// are no run record are named in skipped; the error says that there is none at all.
func ReadRuns(dir string) (runs []StoredRun, skipped []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		depth := strings.Count(filepath.ToSlash(strings.TrimPrefix(path, filepath.Clean(dir))), "/")
		if entry.IsDir() && depth > 3 {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".json" || strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		r, err := run.Read(path)
		if err != nil {
			skipped = append(skipped, err.Error())
			return nil
		}
		runs = append(runs, StoredRun{Record: r, Path: path, Report: reportBeside(path)})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(runs) == 0 {
		return nil, skipped, errors.Join(fmt.Errorf("%s: no run record in this folder", dir), joined(skipped))
	}
	slices.SortStableFunc(runs, func(a, b StoredRun) int { return a.Started.Compare(b.Started) })
	return runs, skipped, nil
}

// reportBeside is report.html beside run.json, and NAME.html beside NAME.json.
func reportBeside(record string) string {
	name := strings.TrimSuffix(filepath.Base(record), ".json") + ".html"
	if filepath.Base(record) == run.FileName {
		name = "report.html"
	}
	path := filepath.Join(filepath.Dir(record), name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

// linkFrom is the way from the folder dir to the file, as a relative link, or ""
// where there is none.
func linkFrom(dir, file string) string {
	if file == "" {
		return ""
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	to, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	way, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	// The dot keeps a colon in the first name from being read as a scheme's.
	return (&url.URL{Path: "./" + filepath.ToSlash(way)}).EscapedPath()
}

func joined(texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	return errors.New(strings.Join(texts, "\n"))
}
