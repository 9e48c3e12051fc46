package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/loopback"
	"sgidcheck/internal/run"
)

// writeLog makes the log file of an application.
func writeLog(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An application that has logged nothing since the run began is no error.
func TestRPLogOfAnApplicationThatLogsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	writeLog(t, file, "before the run\n")
	a := &rpJob{flags: &rpFlags{}}
	a.log.begin(file)
	if text, err := a.logged(); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
}

// Of a log file all is searched that was written since the run began, also where the
// application begins it anew when it starts.
func TestRPLogThatIsBegunAnew(t *testing.T) {
	const before = "a line from before the run\n"
	for _, tt := range []struct {
		name  string
		do    func(l *appLog, write func(string), follow func())
		want  string
		error string
	}{
		{"appended", func(_ *appLog, write func(string), follow func()) {
			write(before + "one\n")
			follow()
			write(before + "one\ntwo\n")
		}, "one\ntwo\n", ""},
		{"anew at its start, shorter", func(_ *appLog, write func(string), _ func()) { write("one\n") }, "one\n", ""},
		{"anew at its start, longer", func(_ *appLog, write func(string), _ func()) { write("one: much longer than what was there\n") }, "one: much longer than what was there\n", ""},
		{"anew at the first line", func(_ *appLog, write func(string), follow func()) {
			follow()
			write("one\n")
		}, "one\n", ""},
		{"anew at a restart", func(l *appLog, write func(string), follow func()) {
			write("one\n")
			follow()
			l.mayBeginAnew()
			write("two, and more\n")
		}, "one\ntwo, and more\n", ""},
		{"emptied between", func(_ *appLog, write func(string), follow func()) {
			write("one\n")
			follow()
			write("")
		}, "", "was emptied or replaced"},
		{"replaced between by more", func(_ *appLog, write func(string), follow func()) {
			write("one\n")
			follow()
			write("two, and more\n")
			follow()
			write("two, and more\nthree\n")
		}, "", "was emptied or replaced"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "app.log")
			writeLog(t, file, before)
			a := &rpJob{flags: &rpFlags{}}
			a.log.begin(file)
			tt.do(&a.log, func(text string) { writeLog(t, file, text) }, func() {
				if err := a.log.follow(); err != nil {
					t.Fatal(err)
				}
			})
			text, err := a.logged()
			switch {
			case tt.error != "":
				if err == nil || !strings.Contains(err.Error(), tt.error) || !strings.Contains(err.Error(), file) {
					t.Errorf("%q, %v", text, err)
				}
			case err != nil || string(text) != tt.want:
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// What the application has logged is read before it is started again.
func TestRPLogOfEachLife(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	writeLog(t, file, strings.Repeat("before the run\n", 9))
	a := &rpJob{flags: &rpFlags{}}
	a.log.begin(file)
	p := &loggingProcess{&application.Process{
		Env: []string{"FILE=" + file}, Address: "http://" + loopback.ClosedAddress(t), Wait: time.Minute,
	}, &a.log}
	for _, life := range []string{"first", "second"} {
		p.Command = "echo the " + life + ` life > "$FILE"`
		if err := p.Start(t.Context()); err == nil {
			t.Fatal("the command that has ended listens")
		}
	}
	if text, err := a.logged(); err != nil || string(text) != "the first life\nthe second life\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// A log file that the application empties when it starts is searched, and not only
// its output.
func TestRPSearchesALogFileThatIsEmptiedAtTheStart(t *testing.T) {
	out, file := t.TempDir(), filepath.Join(t.TempDir(), "app.log")
	writeLog(t, file, strings.Repeat("before the run\n", 1<<16))
	command := "echo starting; " + demoApplication(t, "--flaw log-tells-tokens") + " > '" + file + "' 2>&1"
	got := program{args: rpArgs(t, command, out, "--app-log", file, "--select", "RP-18,RP-72")}.run(t)
	if c := verdicts(recordOf(t, out))["RP-72"]; c.Verdict != run.Warn {
		t.Errorf("exit code %d; RP-72: %s %s%s\n%s%s", got.code, c.Verdict, c.Observed, c.Reason, got.out, got.err)
	}
}
