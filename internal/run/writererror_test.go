package run

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// unwritable is a check that JSON has no form for.
var unwritable = Check{ID: "DISC-09", Level: "MUST", Verdict: Pass, DurationMS: math.NaN()}

func TestWriterRefusesACheckThatIsNoJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	w, err := NewWriter(path, Record{Target: Target{Kind: "embedded"}})
	if err != nil {
		t.Fatal(err)
	}
	add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass})
	if err := w.Add(unwritable); err == nil || !strings.Contains(err.Error(), "DISC-09") {
		t.Errorf("got %v, want an error that names the check", err)
	}
	replaced := unwritable
	replaced.ID = "DISC-01"
	if err := w.Add(replaced); err == nil {
		t.Error("a check was replaced by one that is no JSON")
	}
	r, err := w.Finish(true, "")
	if err != nil || len(r.Checks) != 1 || r.Checks[0].DurationMS != 0 {
		t.Errorf("%v, checks %+v; want the one that can be written", err, r.Checks)
	}
	if kept, err := Read(path); err != nil || len(kept.Checks) != 1 {
		t.Errorf("the file: %+v, %v", kept, err)
	}
	if _, err := NewWriter(path, Record{Checks: []Check{unwritable}}); err == nil || !strings.Contains(err.Error(), "DISC-09") {
		t.Errorf("a run that is taken up again: %v, want an error that names the check", err)
	}
}

func TestWriterTakesOverTheChecksOfAResumedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	begun := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	head := Record{Target: Target{Kind: "embedded"}, Started: begun, Finished: &begun, Complete: true, Checks: []Check{
		{ID: "DISC-01", Level: "MUST", Verdict: Pass}, {ID: "DISC-02", Level: "MUST", Verdict: Fail},
	}}
	if _, err := NewWriter(path, head); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Checks) != 2 || r.Checks[1].Verdict != Fail || !r.Started.Equal(begun) || r.Complete || r.Finished != nil {
		t.Errorf("%+v", r)
	}
}

func TestWriterWritesSoonWithoutBeingAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	written := func(t *testing.T) int {
		t.Helper()
		r, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		return len(r.Checks)
	}
	synctest.Test(t, func(t *testing.T) {
		w, err := NewWriter(path, Record{Target: Target{Kind: "embedded"}})
		if err != nil {
			t.Fatal(err)
		}
		// In the bubble a write takes no time, and the next may follow at once.
		add(t, w, Check{ID: "DISC-01", Level: "MUST", Verdict: Pass})
		if n := written(t); n != 1 {
			t.Errorf("%d checks in the file, want 1 at once", n)
		}
		// A write that took a second is followed by the next ten seconds later.
		w.cost = time.Second
		add(t, w, Check{ID: "DISC-02", Level: "MUST", Verdict: Pass})
		time.Sleep(4 * time.Second)
		add(t, w, Check{ID: "DISC-03", Level: "MUST", Verdict: Pass})
		time.Sleep(6*time.Second - 1)
		synctest.Wait()
		if n := written(t); n != 1 {
			t.Errorf("%d checks in the file before the time, want 1", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := written(t); n != 3 {
			t.Errorf("%d checks in the file, want 3", n)
		}
		// What waits when the run ends is written by Finish, and not after it.
		w.cost = time.Second
		add(t, w, Check{ID: "DISC-04", Level: "MUST", Verdict: Pass})
		if _, err := w.Finish(true, ""); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if r, err := Read(path); err != nil || len(r.Checks) != 4 || !r.Complete {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
