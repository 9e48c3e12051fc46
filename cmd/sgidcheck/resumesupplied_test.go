package main

import (
	"maps"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// What a complete run left out for want of a second client, whole checks and single cases,
// is judged once there is one; without one there is nothing to resume.
func TestResumeJudgesWhatIsSuppliedNow(t *testing.T) {
	_, env := stoppedAsClient(t)
	alone := maps.Clone(env)
	maps.DeleteFunc(alone, func(name, _ string) bool { return strings.HasPrefix(name, "SGID_SECOND_") })
	out := t.TempDir()
	args := []string{"conformance", "--select", "JWKS-01,PKCE-01,TOKEN-16", "--progress", "none"}
	first := program{args: append(args, "--out", out), env: variables(alone, nil)}.run(t)
	before := recordOf(t, out)
	left := verdicts(before)["TOKEN-16"]
	if first.code != exitPass || !before.Complete || left.Verdict != run.Skip || left.Gap != run.WantClient {
		t.Fatalf("exit code %d, TOKEN-16: %s for want of %q\n%s", first.code, left.Verdict, left.Gap, first.err)
	}
	if !strings.Contains(first.out+first.err, "supply that, and resume") || !strings.Contains(first.out+first.err, "--resume") {
		t.Errorf("what comes next is not said:\n%s%s", first.out, first.err)
	}
	resume := program{args: append(args, "--resume", out), env: variables(alone, nil)}
	if got := resume.run(t); got.code != exitUsage || !strings.Contains(got.err, "nothing that it left out can be judged now") {
		t.Errorf("without a second client: exit code %d: %s", got.code, got.err)
	}
	resume.env = variables(env, nil)
	got, after := resume.run(t), recordOf(t, out)
	if now := verdicts(after); got.code != exitPass || !after.Complete || after.Resumed != 1 || now["TOKEN-16"].Verdict != run.Pass {
		t.Errorf("with a second client: exit code %d, TOKEN-16: %s (%s)\n%s", got.code, now["TOKEN-16"].Verdict, now["TOKEN-16"].Reason, got.err)
	}
	if then, now := verdicts(before)["JWKS-01"], verdicts(after)["JWKS-01"]; then.DurationMS != now.DurationMS {
		t.Errorf("JWKS-01 was judged again: %s in %g ms, then in %g ms", now.Verdict, now.DurationMS, then.DurationMS)
	}
	then, now := verdicts(before)["PKCE-01"], verdicts(after)["PKCE-01"]
	if now.Verdict != run.Pass || len(now.Cases) != len(then.Cases) || len(then.LeftOut()) != 1 || len(now.LeftOut()) != 0 {
		t.Errorf("PKCE-01 has the cases %v, and had %v", now.Cases, then.Cases)
	}
	if again := resume.run(t); again.code != exitUsage {
		t.Errorf("once all is judged: exit code %d", again.code)
	}
}
