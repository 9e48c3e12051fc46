package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWriterKeepsTheFileReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out", FileName)
	w, err := NewWriter(path, Record{Tool: Tool{"sgidcheck", "test"}, Target: Target{Issuer: "http://127.0.0.1/v2", Kind: "embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	unfinished := func(want string, checks int) {
		t.Helper()
		document, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := Validate(document); err != nil {
			t.Fatal(err)
		}
		r, err := Decode(document)
		if err != nil {
			t.Fatal(err)
		}
		if r.Complete || r.Finished != nil || r.Verdict != want || len(r.Checks) != checks {
			t.Fatalf("complete %v, verdict %s, %d checks; want false, %s, %d", r.Complete, r.Verdict, len(r.Checks), want, checks)
		}
	}
	unfinished(RunIncomplete, 0)
	add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass, Observed: `a trap: "checks":[]`})
	flush(w)
	unfinished(RunIncomplete, 1)
	add(t, w, Check{ID: "DISC-02", Level: "MUST", Verdict: Fail})
	add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass, Observed: "again"})
	flush(w)
	unfinished(RunFail, 2)

	w.Update(func(r *Record) { r.Notes = []string{"a trap", `"checks":[]`}; r.Checks = nil })
	r, err := w.Finish(true, "")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Record{r, kept} {
		if !r.Complete || r.Finished == nil || r.Verdict != RunFail || len(r.Checks) != 2 || r.Checks[0].Observed != "again" || len(r.Notes) != 2 {
			t.Errorf("finished record: %+v", r)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the record lies more: %v, %v", entries, err)
	}
}

func TestWriterGoesOnWhenTheFileCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	path := filepath.Join(folder, FileName)
	w, err := NewWriter(path, Record{Target: Target{Kind: "embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder, folder+"-gone"); err != nil {
		t.Fatal(err)
	}
	add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass})
	flush(w)
	if w.Err() == nil {
		t.Error("the failed write was not noticed")
	}
	r, err := w.Finish(true, "")
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "could not be written") {
		t.Errorf("Finish: %v, want an error that says so", err)
	}
	if r == nil || len(r.Checks) != 1 || r.Verdict != RunPass {
		t.Errorf("record in memory: %+v", r)
	}
	if old, err := Read(folder + "-gone"); err != nil || len(old.Checks) != 0 {
		t.Errorf("the old file: %v, %v", old, err)
	}
}

func TestWriterRecovers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	w, err := NewWriter(filepath.Join(folder, FileName), Record{Target: Target{Kind: "embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder, folder+"-gone"); err != nil {
		t.Fatal(err)
	}
	add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass})
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(true, ""); err != nil {
		t.Error(err)
	}
	if r, err := Read(folder); err != nil || len(r.Checks) != 1 {
		t.Errorf("%v, %v", r, err)
	}
}

func TestNewWriterSaysWhereItCannotWrite(t *testing.T) {
	blocker := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewWriter(filepath.Join(blocker, FileName), Record{})
	if err == nil || !strings.Contains(err.Error(), blocker) {
		t.Errorf("got %v, want an error that names %s", err, blocker)
	}
}

func TestWriterIsSafeForConcurrentUse(t *testing.T) {
	w, err := NewWriter(filepath.Join(t.TempDir(), FileName), Record{Target: Target{Kind: "embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, id := range []string{"A-01", "A-02", "A-03", "A-04"} {
		wg.Go(func() {
			for range 50 {
				if err := w.Add(Check{ID: id, Level: "MUST", Verdict: Pass}); err != nil {
					t.Error(err)
				}
				w.Update(func(r *Record) { r.Resumed++ })
			}
		})
	}
	wg.Wait()
	r, err := w.Finish(false, "interrupted")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Checks) != 4 || r.Resumed != 200 || r.Verdict != RunIncomplete || r.Stopped != "interrupted" {
		t.Errorf("%d checks, %d updates, %s, %q", len(r.Checks), r.Resumed, r.Verdict, r.Stopped)
	}
}

func add(t *testing.T, w *Writer, c Check) {
	t.Helper()
	if err := w.Add(c); err != nil {
		t.Fatal(err)
	}
}

// flush does at once what a waiting write would do soon.
func flush(w *Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = w.write()
}

func TestNewWriterSweepsWhatAKilledOneLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run.json")
	for name, stays := range map[string]bool{".run.json.123456": false, ".run.json.old": true, ".run.json.": true, "run.json.1": true} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewWriter(path, Record{}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}
