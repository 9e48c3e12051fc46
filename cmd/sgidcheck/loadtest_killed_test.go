package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// A load that is killed leaves the figures until then, from which a report can be drawn.
func TestALoadThatIsKilledLeavesItsFigures(t *testing.T) {
	t.Parallel()
	issuer, credentials := startProvider(t)
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := program{env: readClients(t, credentials)[0].environment("SGID_"), args: []string{
		"loadtest", "userinfo", "--issuer", issuer, "--rate", "20", "--duration", "1h", "--out", out, "--progress", "none",
	}}.command(ctx, t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := false; !begun; { // until the first checkpoint with anything in it
		select {
		case <-ctx.Done():
			t.Fatal("no checkpoint was written")
		case <-time.After(100 * time.Millisecond):
		}
		if body, err := os.ReadFile(filepath.Join(out, "run.json")); err == nil {
			record, err := run.Decode(body)
			begun = err == nil && record.Load != nil && record.Load.Requests > 0
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	record := recordOf(t, out)
	if record.Complete || record.Verdict != run.RunIncomplete || record.Load.Stopped != cutShort || record.Load.Parts["userinfo"].Count == 0 {
		t.Errorf("complete %t, %s, stopped %q, %+v", record.Complete, record.Verdict, record.Load.Stopped, record.Load.Parts)
	}
	got := sgidcheck(t, "report", filepath.Join(out, "run.json"))
	if all := got.out + got.err; !strings.Contains(all, "Incomplete") || !strings.Contains(all, "did not finish its record") {
		t.Errorf("exit code %d\n%s", got.code, all)
	}
}
