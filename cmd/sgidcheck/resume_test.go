package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// stoppedRun leaves the record of a run that was stopped half way: part of a
// whole one, changed as asked.
func stoppedRun(t *testing.T, change func(*run.Record), args ...string) string {
	t.Helper()
	out := t.TempDir()
	whole := sgidcheck(t, append([]string{"conformance", "--out", out, "--progress", "none"}, args...)...)
	if whole.code != exitPass && whole.code != exitFail {
		t.Fatalf("exit code %d\n%s%s", whole.code, whole.out, whole.err)
	}
	record := recordOf(t, out)
	record.Complete, record.Stopped, record.Checks = false, "the run was interrupted", record.Checks[:len(record.Checks)/2]
	record.Count()
	if change != nil {
		change(record)
	}
	writeRecord(t, out, record)
	return out
}

func writeRecord(t *testing.T, out string, record *run.Record) {
	t.Helper()
	body, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "run.json"), body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestResumeGoesOnWhereARunStopped(t *testing.T) {
	const mark = "judged before it stopped"
	out := stoppedRun(t, func(r *run.Record) {
		r.Checks[0].Observed, r.Notes = mark, []string{"a note from then"}
		r.Checks[1].Verdict, r.Checks[1].Reason, r.Checks[1].BlockedBy = run.Blocked, "the network was away", "network"
		r.Tool.Version = "0.0.1"
	}, "--select", "DISC,JWKS")
	before := recordOf(t, out)
	got := sgidcheck(t, "conformance", "--select", "DISC,JWKS", "--resume", out, "--progress", "plain")
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	after := recordOf(t, out)
	checks := verdicts(after)
	if out := (run.Setting{Name: "out", Value: out, Origin: "flag --resume"}); !slices.Contains(after.Settings, out) {
		t.Errorf("the record does not say where it was written: %+v", after.Settings)
	}
	if !after.Complete || after.Resumed != 1 || after.Summary.Blocked > 0 || len(after.Checks) <= len(before.Checks) {
		t.Errorf("complete %v, resumed %d, %d checks before, %d after", after.Complete, after.Resumed, len(before.Checks), len(after.Checks))
	}
	if c := checks[before.Checks[0].ID]; c.Observed != mark {
		t.Errorf("%s was judged again: %q", c.ID, c.Observed)
	}
	if c := checks[before.Checks[1].ID]; c.Verdict != run.Pass {
		t.Errorf("%s was not judged again: %s", c.ID, c.Verdict)
	}
	notes := strings.Join(after.Notes, "\n")
	for _, want := range []string{"a note from then", "resumes one that stopped at", "version 0.0.1"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not say %q: %q", want, after.Notes)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil || !strings.Contains(string(page), "resumes one that stopped at") {
		t.Errorf("the report does not say that it is of a resumed run: %v", err)
	}
}

// What judges a whole run comes to its verdict also where the logins that it would
// look at were those of the part before.
func TestResumeWithOnlyTheChecksOfAWholeRunLeft(t *testing.T) {
	out := t.TempDir()
	if whole := sgidcheck(t, "conformance", "--out", out, "--progress", "none"); whole.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", whole.code, whole.out, whole.err)
	}
	want := recordOf(t, out)
	goOn := func(t *testing.T, id string, args ...string) {
		out := t.TempDir()
		record := *want
		record.Complete, record.Stopped = false, "the run was interrupted"
		record.Checks = slices.DeleteFunc(slices.Clone(want.Checks), func(c run.Check) bool { return c.ID == id })
		record.Count()
		writeRecord(t, out, &record)
		if got := sgidcheck(t, append([]string{"conformance", "--resume", out, "--progress", "none"}, args...)...); got.code != exitPass {
			t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
		}
		if got, want := verdicts(recordOf(t, out))[id], verdicts(want)[id]; got.Verdict != want.Verdict {
			t.Errorf("%s (%s), undisturbed %s", got.Verdict, got.Reason, want.Verdict)
		}
	}
	for _, c := range judge.Catalogue() {
		if _, judged := verdicts(want)[c.ID]; judged && c.Phase == judge.Closing {
			t.Run(c.ID, func(t *testing.T) { goOn(t, c.ID) })
		}
	}
	t.Run("IDT-18 with few logins", func(t *testing.T) { goOn(t, "IDT-18", "--few-logins") })
}

// What held over the part before is judged again over the logins of this one: what
// is wrong with the second client's tokens, which the part before had not, is seen.
func TestResumeJudgesTheWholeRunAgain(t *testing.T) {
	const before = "held over the first part"
	for fault, want := range map[string]run.Verdict{"": run.Pass, "aud-first-client": run.Fail} {
		args := []string{"conformance", "--progress", "none", "--select", "AUTHZ-01,TOKEN-01,IDT-12,IDT-17"}
		if fault != "" {
			args = append(args, "--fault", fault)
		}
		out := t.TempDir()
		if got := sgidcheck(t, append(args, "--out", out)...); got.code > exitFail {
			t.Fatal(got.out, got.err)
		}
		record := recordOf(t, out)
		if got := verdicts(record)["IDT-17"]; got.Verdict != want {
			t.Fatalf("%q: undisturbed %s: %s", fault, got.Verdict, got.Reason)
		}
		record.Complete, record.Stopped = false, "the run was interrupted"
		record.Checks = slices.DeleteFunc(record.Checks, func(c run.Check) bool { return c.ID == "IDT-12" })
		for i := range record.Checks {
			if c := &record.Checks[i]; c.ID == "IDT-17" {
				c.Verdict, c.Observed, c.Root = run.Pass, before, false
				c.Cases = []run.Case{{Name: "aud", Verdict: run.Pass}}
			}
		}
		record.Count()
		writeRecord(t, out, record)
		sgidcheck(t, append(args, "--resume", out)...)
		got := verdicts(recordOf(t, out))["IDT-17"]
		if got.Verdict != want || (got.Observed == before) != (want == run.Pass) {
			t.Errorf("%q: %s, %q", fault, got.Verdict, got.Observed)
		}
	}
}

// What was judged stays judged although everything was, and the run was
// stopped afterwards.
func TestResumeWithNothingLeftToJudge(t *testing.T) {
	out := stoppedRun(t, nil, "--select", "JWKS-01")
	again := recordOf(t, out)
	if len(again.Checks) > 0 {
		t.Fatalf("%d checks", len(again.Checks))
	}
	out = stoppedRun(t, nil, "--select", "JWKS-01,JWKS-02")
	got := sgidcheck(t, "conformance", "--select", "JWKS-01", "--resume", out, "--progress", "none")
	after := recordOf(t, out)
	if got.code != exitPass || !after.Complete || after.Summary.Pass != 1 {
		t.Errorf("exit code %d, complete %v, %d pass\n%s", got.code, after.Complete, after.Summary.Pass, got.err)
	}
}

// The verdicts of then count by the waivers of now.
func TestResumeAppliesTheWaiversOfNow(t *testing.T) {
	out := stoppedRun(t, func(r *run.Record) {
		c := &r.Checks[0]
		c.Verdict, c.Level, c.Reason = run.Waived, "MUST", "known"
		c.Waiver = &run.Waiver{Check: c.ID, Reason: "known", Until: "2999-01-01"}
	}, "--select", "JWKS")
	id := recordOf(t, out).Checks[0].ID
	got := sgidcheck(t, "conformance", "--select", "JWKS", "--resume", out, "--progress", "none")
	if c := verdicts(recordOf(t, out))[id]; got.code != exitFail || c.Verdict != run.Fail || c.Waiver != nil {
		t.Errorf("exit code %d, %s: %s", got.code, id, c.Verdict)
	}
}

// A run is not resumed where the verdicts of then say nothing of what
// would be judged now; its record is left as it is.
func TestResumeRefuses(t *testing.T) {
	out := stoppedRun(t, nil, "--select", "JWKS")
	path := filepath.Join(out, "run.json")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	external := program{env: append(invented(), "SGID_ISSUER=http://127.0.0.1:1/v2")}
	for name, tt := range map[string]struct {
		program
		says string
	}{
		"another kind of target":    {program{args: []string{"--resume", out}, env: external.env}, "127.0.0.1:1"},
		"other faults":              {program{args: []string{"--resume", out, "--fault", "pkce-not-enforced"}}, "--fault pkce-not-enforced"},
		"endpoints found otherwise": {program{args: []string{"--resume", out, "--endpoints", "documented"}}, "--endpoints"},
	} {
		t.Run(name, func(t *testing.T) {
			p := tt.program
			p.args = append([]string{"conformance", "--select", "JWKS", "--progress", "none"}, p.args...)
			got := p.run(t)
			if got.code != exitUsage || !strings.Contains(got.err, tt.says) {
				t.Errorf("exit code %d: %s", got.code, got.err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the record was changed: %v", err)
			}
		})
	}
	sgidcheck(t, "conformance", "--select", "JWKS", "--resume", out, "--progress", "none")
	if got := sgidcheck(t, "conformance", "--select", "JWKS", "--resume", out, "--progress", "none"); got.code != exitUsage || !strings.Contains(got.err, "complete") {
		t.Errorf("exit code %d for going on with a complete run: %s", got.code, got.err)
	}
}

// What an earlier part has found keeps the rest of the run from failing for the same,
// and what it has found beside that does not.
func TestResumeKnowsTheCauseThatWasFound(t *testing.T) {
	for _, tt := range []struct {
		name, faults string
		blocked      []string // undisturbed
		others       []string
	}{
		{"causes", "iss-trailing-slash,sub-new-each-login,state-lower-cased,code-reusable", []string{"IDT-17", "IDT-18", "AUTHZ-33", "TOKEN-32"}, nil},
		{"other failures", "code-reuse-as-invalid-request,second-client-code-reusable,nonce-truncated", nil, []string{"IDT-17", "TOKEN-32"}},
	} {
		for _, few := range []string{"", "--few-logins"} {
			t.Run(tt.name+" "+few, func(t *testing.T) {
				args := []string{"conformance", "--progress", "none", "--verdicts-only", "--select", "AUTHZ-01,AUTHZ-02,AUTHZ-33,NONCE-01,TOKEN-01,TOKEN-05,TOKEN-32,IDT-03,IDT-11,IDT-17,IDT-18"}
				for _, fault := range strings.Split(tt.faults, ",") {
					args = append(args, "--fault", fault)
				}
				if few != "" {
					args = append(args, few)
				}
				out := t.TempDir()
				sgidcheck(t, append(args, "--out", out)...)
				record := recordOf(t, out)
				want := verdicts(record)
				left := append(slices.Clone(tt.blocked), tt.others...)
				record.Complete, record.Stopped = false, "the run was interrupted"
				record.Checks = slices.DeleteFunc(record.Checks, func(c run.Check) bool { return slices.Contains(left, c.ID) })
				record.Count()
				writeRecord(t, out, record)
				sgidcheck(t, append(args, "--resume", out)...)
				got := verdicts(recordOf(t, out))
				for _, id := range left {
					if got[id].Verdict != want[id].Verdict || got[id].BlockedBy != want[id].BlockedBy {
						t.Errorf("%s: %s by %q (%s), undisturbed %s by %q (%s)", id, got[id].Verdict, got[id].BlockedBy, got[id].Reason, want[id].Verdict, want[id].BlockedBy, want[id].Reason)
					}
					if blocked := want[id].Verdict == run.Blocked; blocked != slices.Contains(tt.blocked, id) {
						t.Errorf("%s: undisturbed %s (%s%s)", id, want[id].Verdict, want[id].Reason, want[id].Observed)
					}
				}
			})
		}
	}
}

// What an earlier part could not do is not said of a run that has done it since.
func TestResumeForgetsWhatWasNotDone(t *testing.T) {
	out := t.TempDir()
	args := []string{"run", "--progress", "none", "--verdicts-only", "--select", "DISC-01", "--load-duration", "1s"}
	sgidcheck(t, append(args, "--load=false", "--decrypt=false", "--out", out)...)
	record := recordOf(t, out)
	record.Complete, record.Stopped, record.Checks = false, "the run was interrupted", []run.Check{}
	stays := "the target's clock is an hour ahead"
	record.Notes = append(record.Notes, noLoad+": a login does not work", noThresholds+", because "+noLoad, stays, noDecryption+": no core is free")
	record.Count()
	writeRecord(t, out, record)
	got := sgidcheck(t, append(args, "--resume", out)...)
	after := recordOf(t, out)
	if got.code != exitPass || after.Load == nil || after.Decrypt == nil || !slices.Contains(after.Notes, stays) {
		t.Fatalf("exit code %d, load %v, decryption %v, notes %q\n%s", got.code, after.Load != nil, after.Decrypt != nil, after.Notes, got.err)
	}
	for _, note := range after.Notes {
		for _, past := range []string{noLoad, noThresholds, noDecryption} {
			if strings.Contains(note, past) {
				t.Errorf("it was done now, and the record says %q", note)
			}
		}
	}
}
