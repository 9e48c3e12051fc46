package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/loopback"
	"sgidcheck/internal/run"
)

// judgePeer judges an application of peers/ that `sgidcheck rp` starts itself.
func judgePeer(t *testing.T, command string, args ...string) (result, *run.Record) {
	t.Helper()
	dir := peersDir(t)
	app, out := fmt.Sprintf("http://localhost:%d", loopback.FreePort(t)), t.TempDir()
	got := program{args: append([]string{
		"rp", "--addr", fmt.Sprintf("127.0.0.1:%d", loopback.FreePort(t)), "--start-command", "cd '" + dir + "' && " + command,
		"--start", app + "/login", "--protected", app + "/me", "--logout", app + "/logout", "--redirect-uri", app + "/callback",
		"--out", out, "--progress", "none",
	}, args...)}.run(t)
	return got, recordOf(t, out)
}

// checksWith are the checks with a verdict.
func checksWith(record *run.Record, verdict run.Verdict) (out []string) {
	for _, c := range record.Checks {
		if c.Verdict == verdict {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out
}

// sameIDs compares the checks of a verdict with those that are known of a peer.
func sameIDs(t *testing.T, record *run.Record, verdict run.Verdict, want ...string) {
	t.Helper()
	if got := checksWith(record, verdict); !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", verdict, got, want)
		for _, c := range record.Checks {
			if c.Verdict == verdict && !slices.Contains(want, c.ID) {
				t.Logf("%s: %s %s", c.ID, c.Observed, c.Reason)
			}
		}
	}
}

// What the official SDK and the way of its Express example get wrong is known:
// each of these was seen by hand.
func TestRPOnTheOfficialSDK(t *testing.T) {
	t.Parallel()
	got, record := judgePeer(t, "node rp_sdk.mjs")
	if got.code != exitFail {
		t.Errorf("exit code %d\n%s", got.code, got.err)
	}
	sameIDs(t, record, run.Fail, "RP-23", "RP-26", "RP-31")
	sameIDs(t, record, run.Warn, "RP-06", "RP-25", "RP-27", "RP-28", "RP-32", "RP-34", "RP-47", "RP-49", "RP-68", "RP-69", "RP-71")
	sameIDs(t, record, run.Blocked)
	sameIDs(t, record, run.Skip, "RP-17", "RP-59", "RP-64")
}

// The example itself ends with the first refusal: the run goes on, ends, and
// names what did it.
func TestRPOnTheOfficialExample(t *testing.T) {
	t.Parallel()
	got, record := judgePeer(t, "UNCAUGHT=1 node rp_sdk.mjs")
	if got.code != exitFail {
		t.Errorf("exit code %d\n%s", got.code, got.err)
	}
	if !slices.Contains(checksWith(record, run.Fail), "RP-71") {
		t.Fatalf("RP-71 does not fail: %v", checksWith(record, run.Fail))
	}
	for _, c := range record.Checks {
		if c.ID == "RP-71" && (!strings.Contains(c.Observed, "the first time in RP-18") || !strings.Contains(c.Observed, "its process has ended")) {
			t.Errorf("RP-71 does not name the first request that ended it: %s", c.Observed)
		}
	}
}

// Whatever is reported of an application that makes every check is a false alarm.
func TestRPOnOpenIDClient(t *testing.T) {
	t.Parallel()
	got, record := judgePeer(t, "node rp_openid_client.mjs", "--strict")
	if got.code != exitPass {
		t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	sameIDs(t, record, run.Fail)
	sameIDs(t, record, run.Warn)
	sameIDs(t, record, run.Blocked)
	sameIDs(t, record, run.Skip, "RP-17", "RP-59")
	if record.Summary.Pass < 60 {
		t.Errorf("%d passes", record.Summary.Pass)
	}
}
