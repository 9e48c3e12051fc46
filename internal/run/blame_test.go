package run

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// blockedByOneThatHolds is a record in which one check is blocked by another that
// holds, and one by another that fails.
func blockedByOneThatHolds() []Check {
	return []Check{
		{ID: "TOKEN-05", Level: must, Verdict: Blocked, BlockedBy: "TOKEN-01", Reason: "a valid token request returns status 400"},
		{ID: "CRYPT-04", Level: must, Verdict: Blocked, BlockedBy: "CRYPT-03", Reason: "key does not decrypt"},
		{ID: "TOKEN-07", Level: must, Verdict: Blocked, BlockedBy: "target", Reason: "429"},
		{ID: "TOKEN-01", Level: must, Verdict: Pass},
		{ID: "CRYPT-03", Level: must, Verdict: Fail},
	}
}

func judgeExonerated(t *testing.T, r *Record) {
	t.Helper()
	holding := map[string]bool{}
	for _, c := range r.Checks {
		holding[c.ID] = c.Verdict == Pass
	}
	for _, c := range r.Checks {
		switch {
		case holding[c.BlockedBy]:
			t.Errorf("%s is blocked by %s, which holds", c.ID, c.BlockedBy)
		case c.ID == "TOKEN-05" && (c.Verdict != Blocked || !strings.HasPrefix(c.Reason, "TOKEN-01, which judges this, holds") || !strings.HasSuffix(c.Reason, "returns status 400")):
			t.Errorf("%s: %s: %s", c.ID, c.Verdict, c.Reason)
		case c.ID == "CRYPT-04" && c.BlockedBy != "CRYPT-03", c.ID == "TOKEN-07" && c.BlockedBy != "target":
			t.Errorf("%s is blocked by %q", c.ID, c.BlockedBy)
		}
	}
	if r.Verdict != RunFail || r.Ready() || len(r.Coverage.NotJudged) != 3 {
		t.Errorf("%s, ready %t, not judged %v", r.Verdict, r.Ready(), r.Coverage.NotJudged)
	}
}

// No check of a finished record is blocked by one that holds, whichever of them came
// first, and neither is one of a merged record.
func TestNoCheckIsBlockedByOneThatHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	w, err := NewWriter(path, Record{Schema: Schema, Started: time.Now().UTC(), Target: Target{Issuer: "https://target.example", Kind: "external"}, Coverage: &Coverage{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range blockedByOneThatHolds() {
		if err := w.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	finished, err := w.Finish(true, "")
	if err != nil {
		t.Fatal(err)
	}
	judgeExonerated(t, finished)
	written, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	judgeExonerated(t, written)
	if again := written.Exonerate(); len(again) > 0 {
		t.Errorf("changed again: %v", again)
	}

	checks := blockedByOneThatHolds()
	part := func(checks []Check) *Record { return &Record{Complete: true, Checks: checks, Coverage: &Coverage{}} }
	whole, err := Merge(part(checks[:2]), part(checks[2:]))
	if err != nil {
		t.Fatal(err)
	}
	judgeExonerated(t, whole)
}

// A run in which a check is blocked is incomplete and not ready, whatever blocks it,
// and what is blocked is counted as not judged.
func TestABlockedCheckMakesARunIncomplete(t *testing.T) {
	r := &Record{Complete: true, Coverage: &Coverage{}, Target: Target{Issuer: "https://target.example", Kind: "external"}, Checks: []Check{
		{ID: "TOKEN-05", Level: must, Verdict: Blocked, BlockedBy: "TOKEN-01", Reason: "a valid token request returns status 400"},
		{ID: "TOKEN-01", Level: must, Verdict: Pass},
	}}
	r.Count()
	if r.Verdict != RunIncomplete || ExitCode(r) != ExitIncomplete || r.Ready() || len(r.Coverage.NotJudged) != 1 || r.Coverage.NotJudged[0].Gap != WasBlocked {
		t.Errorf("%s, exit %d, ready %t, not judged %v", r.Verdict, ExitCode(r), r.Ready(), r.Coverage.NotJudged)
	}
}
