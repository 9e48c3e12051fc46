package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"sgidcheck/internal/application"
)

// mostLog is how much of an application's output, and of its log file, is searched.
const mostLog = 16 << 20

// appLog keeps what the application writes to its output and to its log file.
type appLog struct {
	mu   sync.Mutex
	b    []byte // its output
	file string // the log file's path; empty: there is none
	read []byte // what was read of the file
	from int64  // up to where it was read
	edge []byte // what stands before there: in a file that was begun anew, something else
	anew bool   // the application has been started since, and may begin the file anew
	lost bool   // the file was begun anew before all of it was read
}

// edgeSize is how much of a log file is read again to tell whether it is still the same.
const edgeSize = 4 << 10

func (l *appLog) add(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := mostLog - len(l.b); room > 0 {
		l.b = append(l.b, b[:min(room, len(b))]...)
	}
}

// begin names the log file. What stands in it is from before the run.
func (l *appLog) begin(file string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file, l.anew = file, true
	f, err := os.Open(file)
	if err != nil {
		return // the application makes it
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		l.from = info.Size()
		l.edge, _ = edgeOf(f, l.from)
	}
}

// edgeOf is what stands in a file before the place at.
func edgeOf(f io.ReaderAt, at int64) ([]byte, error) {
	edge := make([]byte, min(at, edgeSize))
	n, err := f.ReadAt(edge, at-int64(len(edge)))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return edge[:n], err
}

// follow reads what the log file has got since it was last read.
func (l *appLog) follow() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == "" {
		return nil
	}
	f, err := os.Open(l.file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	same := info.Size() >= l.from
	if same && l.edge != nil {
		edge, err := edgeOf(f, l.from)
		if err != nil {
			return err
		}
		same = bytes.Equal(edge, l.edge)
	}
	if !same {
		l.lost = l.lost || !l.anew
		l.from = 0
	}
	more, err := io.ReadAll(io.NewSectionReader(f, l.from, int64(max(0, mostLog-len(l.read)))))
	if err != nil {
		return err
	}
	if !same || len(more) > 0 {
		l.anew = false
	}
	l.read = append(l.read, more...)
	l.from += int64(len(more))
	l.edge, err = edgeOf(f, l.from)
	return err
}

// mayBeginAnew says that the application is started: all that it had logged was read.
func (l *appLog) mayBeginAnew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.anew = true
}

// text is all that the application has logged, and whether its file has got none of it.
// The error says that it is not known.
func (l *appLog) text() (all []byte, unused bool, err error) {
	err = l.follow()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.lost {
		err = fmt.Errorf("%s was emptied or replaced during the run, before all of it was read; have the application append to its log, and rotate it at another time", l.file)
	}
	return slices.Concat(l.b, l.read), l.file != "" && len(l.read) == 0, err
}

// logged is what the application has logged since the run began.
func (a *rpJob) logged() ([]byte, error) {
	text, unused, err := a.log.text()
	if err == nil && unused && len(text) > 0 {
		a.note(fmt.Sprintf("nothing was written to --app-log %s during the run: for RP-72, only what the application writes to its output was searched", a.log.file))
	}
	return text, err
}

// loggingProcess is the application's process, whose log file is read to its end
// before it is started again: it may then begin the file anew.
type loggingProcess struct {
	*application.Process
	log *appLog
}

// Start starts the application.
func (p *loggingProcess) Start(ctx context.Context) error {
	if err := p.log.follow(); err == nil || errors.Is(err, fs.ErrNotExist) {
		p.log.mayBeginAnew()
	}
	return p.Process.Start(ctx)
}
