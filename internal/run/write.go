package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Writer writes a record as it grows. The file is a readable record at every
// moment: each state is written beside it and renamed over it. Its methods may
// be called from several goroutines.
type Writer struct {
	mu       sync.Mutex
	path     string
	lines    io.Writer // in place of path: each state on a line of its own
	size     int       // of the last state, in bytes
	rec      Record
	encoded  [][]byte       // one for each check of rec
	index    map[string]int // check ID -> place in rec.Checks
	err      error          // of the last write; nil once a later one went through
	last     time.Time      // end of the last write
	cost     time.Duration  // how long it took
	pending  *time.Timer    // a write that waits
	finished bool
	now      func() time.Time
}

// NewWriter starts the record in the file path, whose folder is made where it
// is missing. head is all that is known before the first check; checks in it
// are taken over (a resumed run has some). The record is marked incomplete
// until Finish. The error names the file: nothing can be kept there.
func NewWriter(path string, head Record) (*Writer, error) {
	w, err := newWriter(head)
	if err != nil {
		return nil, err
	}
	w.path = path
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("the run record cannot be kept: %w", err)
	}
	Sweep(path)
	if err := w.write(); err != nil {
		return nil, fmt.Errorf("the run record cannot be kept: %w", err)
	}
	return w, nil
}

func newWriter(head Record) (*Writer, error) {
	w := &Writer{rec: head, index: map[string]int{}, now: time.Now}
	w.rec.Coverage = head.Coverage.clone()
	w.rec.Complete, w.rec.Finished, w.rec.Checks = false, nil, nil
	if w.rec.Started.IsZero() {
		w.rec.Started = w.now().UTC()
	}
	for _, c := range head.Checks {
		if err := w.put(c); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// NewLineWriter is a Writer whose record goes to out, one state a line: at each
// Checkpoint and at Finish. The last line that is whole counts; ReadAll finds it.
func NewLineWriter(out io.Writer, head Record) (*Writer, error) {
	w, err := newWriter(head)
	if err != nil {
		return nil, err
	}
	w.lines = out
	return w, nil
}

// Checkpoint writes the present state where states stand on lines, and returns how
// many bytes that takes; elsewhere it writes when it is time to.
func (w *Writer) Checkpoint() (bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lines == nil {
		w.schedule()
	} else if !w.finished {
		w.err = w.write()
	}
	return w.size
}

// Add adds a check, or replaces the one of the same ID. The error says that the
// check cannot be written as JSON; a file that cannot be written is no error
// here: the run goes on in memory, and Finish reports it.
func (w *Writer) Add(c Check) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.put(c); err != nil {
		return err
	}
	w.schedule()
	return nil
}

// Update changes what stands beside the checks: notes, browser, load, decrypt.
// Changes that change makes to the list of checks are lost.
func (w *Writer) Update(change func(*Record)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	checks := w.rec.Checks
	change(&w.rec)
	w.rec.Checks = checks
	w.schedule()
}

// Err returns why the file does not hold the present state, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Finish writes the record's last state and returns it. complete says whether
// everything selected was run, stopped why not. The record is returned also
// when it could not be written; the error names the file.
func (w *Writer) Finish(complete bool, stopped string) (*Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished = true
	if w.pending != nil {
		w.pending.Stop()
	}
	at := w.now().UTC()
	w.rec.Finished = &at
	w.rec.Complete = complete
	w.rec.Stopped = stopped
	var err error
	for _, i := range w.rec.Exonerate() {
		err = errors.Join(err, w.put(w.rec.Checks[i]))
	}
	err = errors.Join(err, w.write())
	if err != nil {
		err = fmt.Errorf("the run record could not be written, the file holds an earlier state: %w", err)
	}
	out := w.rec
	out.Checks = append([]Check{}, w.rec.Checks...)
	return &out, err
}

func (w *Writer) put(c Check) error {
	c.fill()
	encoded, err := encode(&c)
	if err != nil {
		return fmt.Errorf("check %s: %w", c.ID, err)
	}
	if i, ok := w.index[c.ID]; ok {
		w.rec.Checks[i], w.encoded[i] = c, encoded
		return nil
	}
	w.index[c.ID] = len(w.rec.Checks)
	w.rec.Checks = append(w.rec.Checks, c)
	w.encoded = append(w.encoded, encoded)
	return nil
}

// schedule writes now, or soon: a large record takes longer to write, and the
// time spent on writing is kept to about a tenth of the run.
func (w *Writer) schedule() {
	if w.finished || w.pending != nil || w.lines != nil {
		return
	}
	wait := 10*w.cost - w.now().Sub(w.last)
	if wait <= 0 {
		w.err = w.write()
		return
	}
	w.pending = time.AfterFunc(wait, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pending = nil
		if !w.finished {
			w.err = w.write()
		}
	})
}

// write puts the present state in place of the file, which keeps its old
// content when anything goes wrong.
func (w *Writer) write() error {
	begun := time.Now()
	defer func() { w.cost, w.last = time.Since(begun), w.now() }()
	w.rec.fill()
	w.rec.Count()
	document, err := splice(&w.rec, w.encoded)
	if err != nil {
		return err
	}
	w.size = len(document)
	if w.lines == nil {
		return ReplaceFile(w.path, w.finished, func(f io.Writer) error {
			_, err := f.Write(document)
			return err
		})
	}
	// A line break inside a string is escaped: these are between members.
	line := append(bytes.ReplaceAll(document, []byte("\n"), nil), '\n')
	_, err = w.lines.Write(line)
	return err
}

// ReplaceFile writes beside path and renames into place, so that nobody reads half
// of it; with sync it is on the disk by then. What is written is made to be handed
// over and holds no secret: others may read it.
func ReplaceFile(path string, sync bool, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	err = write(f)
	if err == nil && sync {
		err = f.Sync()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Sweep removes what a program that was killed while it wrote path has left
// beside it. Where another one is writing there now, that write fails and is
// tried again.
func Sweep(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), "."+filepath.Base(path)+".")
		if ours && rest != "" && strings.Trim(rest, "0123456789") == "" {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}
