package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// partLog writes the log of one of three parts of a load.
func partLog(t *testing.T, part int) string {
	t.Helper()
	begun := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	ended := begun.Add(3 * time.Second)
	record := &run.Record{
		Target: run.Target{Issuer: "http://127.0.0.1/v2", Kind: "external"}, Complete: true, Started: begun, Finished: &ended,
		Load: &run.Load{
			Scenario: "userinfo", DurationS: 2, Planned: 20, Sent: 20, Requests: 20, Answers: 20, LastRightS: 1.9,
			Plan:  &run.LoadPlan{Parts: 3, StartAt: begun, Rate: 30, RampTo: 30, DurationS: 2, EndsS: 2, Planned: 60, Check: "full"},
			Shard: &run.Shard{Part: part, Process: fmt.Sprint("process ", part), Host: fmt.Sprint("load", part), Checkpoint: 9},
		},
	}
	record.Count()
	document, err := run.Encode(record)
	if err != nil {
		t.Fatal(err)
	}
	return textFile(t, fmt.Sprintf("part-%d.log", part), "starting\n"+strings.ReplaceAll(string(document), "\n", "")+"\n")
}

func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A part that left a log without a record is missing, and the others are merged.
func TestMergeOfPartsOfWhichOneLeftNoRecord(t *testing.T) {
	parts := []string{partLog(t, 0), partLog(t, 1)}
	for name, text := range map[string]string{
		"nothing": "", "a message": "ssh: connect to host load2: No route to host\n", "the beginning of a record": `{"schema":"sgidcheck.run/v1","tool":{"na`,
	} {
		t.Run(name, func(t *testing.T) {
			out, log := filepath.Join(t.TempDir(), "run.json"), textFile(t, "part-2.log", text)
			got := sgidcheck(t, "report", "merge", "--out", out, parts[0], log, parts[1])
			if got.code != exitIncomplete || !strings.Contains(got.err, "part 2 is missing") || !strings.Contains(got.err, log+": no record in it.") {
				t.Fatalf("exit code %d\n%s", got.code, got.err)
			}
			if r, err := run.Read(out); err != nil || r.Load.Requests != 40 || !slices.Contains(r.Notes, log+": no record in it.") {
				t.Errorf("%v: %+v", err, r)
			}
			if drawn := sgidcheck(t, "report", parts[0], log, parts[1]); drawn.code != exitPass || !strings.Contains(drawn.out, "part 2") {
				t.Errorf("report: exit code %d\n%s%s", drawn.code, drawn.out, drawn.err)
			}
		})
	}
}

// Where nothing says how many records there are to be, each must be there, and what
// is no log of a part is refused.
func TestMergeThatIsRefusedForWhatHoldsNoRecord(t *testing.T) {
	empty, part := textFile(t, "part-2.log", ""), partLog(t, 0)
	for name, args := range map[string][]string{
		"no record at all":      {empty},
		"a run of checks":       {recordWith(t, run.Pass), empty},
		"another document":      {part, textFile(t, "package.json", `{"name":"agency"}`)},
		"a file is not there":   {part, filepath.Join(t.TempDir(), "part-2.log")},
		"a run and not a part":  {part, recordWith(t, run.Pass), empty},
		"nothing in any of two": {empty, empty},
	} {
		t.Run(name, func(t *testing.T) {
			got := sgidcheck(t, append([]string{"report", "merge"}, args...)...)
			if got.code != exitUsage || !strings.Contains(got.err, filepath.Base(args[len(args)-1])) {
				t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
		})
	}
}
