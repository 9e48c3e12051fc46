package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// recordStart is how a record begins that stands on one line, as a LineWriter
// writes it; before it a log collector may have put what it likes.
var recordStart = []byte(`{"schema":"sgidcheck.run/`)

// byteOrderMark is what some editors put before a text.
var byteOrderMark = []byte("\xef\xbb\xbf")

// ErrNoRecord is what ReadAll returns of a log that holds no record, or only one that
// was cut off: what a process leaves that ended before it had written any.
var ErrNoRecord = errors.New("no run record in it")

// ReadAll reads the records in the file path, in path/run.json where path is a
// folder, or in stdin where path is -. The file is a record, or a log that holds
// records, each on a line of its own, with other lines between them and any prefix
// before them. Of each process the last record that can be read is returned. notes
// says, in words, what could not be. The error names the file, and says what is
// wrong with it: ErrNoRecord where it can be read and is nobody's record.
func ReadAll(path string, stdin io.Reader) (records []*Record, notes []string, err error) {
	name, content := path, []byte(nil)
	if path == "-" {
		name = "standard input"
		content, err = io.ReadAll(io.LimitReader(stdin, MaxSize+1))
	} else {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			name = filepath.Join(path, FileName)
		}
		content, err = readFile(name)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(content) > MaxSize {
		return nil, nil, fmt.Errorf("%s: larger than %d MiB: give the logs of the parts each by itself", name, MaxSize>>20)
	}
	whole, err := Decode(content)
	if err == nil {
		return []*Record{whole}, nil, nil
	}
	lines := bytes.Count(content, recordStart)
	switch {
	case json.Valid(bytes.TrimPrefix(content, byteOrderMark)): // of another schema
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	case lines == 0:
		return nil, nil, fmt.Errorf("%s: %w: %w", name, ErrNoRecord, err)
	}
	records, damaged, foreign := inLog(content)
	if len(records) == 0 && foreign != nil {
		return nil, nil, fmt.Errorf("%s: no line of it is a run record: %w", name, foreign)
	}
	if damaged > 0 {
		notes = append(notes, fmt.Sprintf("%s: %s that begins like a record could not be read, because it was cut off or changed.", name, counted(damaged, "line", "lines")))
	}
	if len(records) == 0 {
		return nil, notes, fmt.Errorf("%s: %w: no line of it is a whole one", name, ErrNoRecord)
	}
	return records, notes, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file; give a run record, a log that holds some, or a folder that holds %s", name, FileName)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// logged is a line that looks like a record, and whose it is.
type logged struct {
	line    []byte
	process string
	ended   bool
	number  int // of the checkpoint
}

// inLog finds the last record of each process in a log. The error says of a line that
// is whole why it is no record.
func inLog(content []byte) (records []*Record, damaged int, foreign error) {
	var order []string
	byProcess := map[string][]logged{}
	for line := range bytes.Lines(content) {
		at := bytes.Index(line, recordStart)
		if at < 0 {
			continue
		}
		one, err := glance(bytes.TrimSpace(line[at:]))
		if err != nil {
			damaged++
			continue
		}
		if byProcess[one.process] == nil {
			order = append(order, one.process)
		}
		byProcess[one.process] = append(byProcess[one.process], one)
	}
	for _, process := range order {
		lines := byProcess[process]
		slices.SortStableFunc(lines, func(a, b logged) int {
			if a.ended != b.ended {
				return map[bool]int{true: 1, false: -1}[a.ended]
			}
			return a.number - b.number
		})
		for _, one := range slices.Backward(lines) {
			r, err := Decode(one.line)
			if err == nil {
				records = append(records, r)
				break
			}
			damaged, foreign = damaged+1, err
		}
	}
	return records, damaged, foreign
}

// glance reads of a record what tells it from others: validating each of very many
// checkpoints would take minutes.
func glance(line []byte) (logged, error) {
	var r struct {
		Started  time.Time
		Finished *time.Time
		Load     *struct{ Shard *Shard }
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return logged{}, err
	}
	one := logged{line: line, process: r.Started.String(), ended: r.Finished != nil}
	if r.Load != nil && r.Load.Shard != nil {
		one.process, one.number = r.Load.Shard.Process, r.Load.Shard.Checkpoint
	}
	return one, nil
}
