package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"golang.org/x/term"
)

// Checkpoints of a load's record.
const (
	checkpointEvery = 5 * time.Second
	checkpointRate  = 16 << 10 // bytes a second on average, which logs of many pods can take
)

// cutShort is why a load is not whole in a record that nothing is added to any more.
const cutShort = "the run did not finish its record, which holds the figures of the load until it was last written"

// recordTo makes the record of the run go to a file, or with - to standard output,
// line by line, in place of the output folder; "" changes nothing. What is for
// people then goes to standard error.
func (j *job) recordTo(name string) error {
	if name == "" {
		return nil
	}
	// A line cannot be taken back once this is decrypted, and known for a person's data.
	j.redactor.Learn(redact.KindPersonal, j.config.Persona)
	j.redactor.Learn(redact.KindPersonal, j.config.SecondPersona)
	if name == "-" {
		// Nothing beside it where no person looks: a collector that takes long lines in
		// pieces may put what comes on standard error between two.
		j.lines, j.out = j.out, io.Discard
		if file, ok := j.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
			j.out = j.err
		}
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--record: the file cannot be written: %w", err))
	}
	j.lines = file
	j.closers = append(j.closers, file.Close)
	return nil
}

// checkpoint puts the figures of a load so far into the record, so that what kills
// the process does not take them along. It returns how long to wait until the next.
func (j *job) checkpoint(load *run.Load) time.Duration {
	if load.Shard == nil { // of a part, the merge says it
		load.Stopped = cutShort
	}
	j.writer.Update(func(r *run.Record) { r.Load = load })
	if j.lines == nil {
		return checkpointEvery
	}
	return max(checkpointEvery, time.Duration(j.writer.Checkpoint())*time.Second/checkpointRate)
}
