package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/config"
)

// What --set gives is what a run reads: whole, and of a list every value.
func TestInitWritesWhatIsSet(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "of-init.yaml")
	got := inProcess(t, "init", "--file", file, "--set", "thresholds=userinfo.p99<300ms", "--set", "thresholds=errors<1%,requests>=5", "--set", "persona=Tan, Ah Kow")
	if got.code != exitPass {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	c, err := config.Resolve(nil, nil, file)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"userinfo.p99<300ms", "errors<1%", "requests>=5"}; !slices.Equal(c.Thresholds, want) || c.Persona != "Tan, Ah Kow" {
		t.Errorf("thresholds %q, persona %q", c.Thresholds, c.Persona)
	}
	for _, args := range [][]string{
		{"--set", "persona=a", "--set", "persona=b"},
		{"--set", "persona=a,login=direct"},
	} {
		other := filepath.Join(dir, "refused.yaml")
		got := inProcess(t, append([]string{"init", "--file", other}, args...)...)
		if got.code != exitUsage || !strings.Contains(got.err, "--set: persona is ") {
			t.Errorf("%q: exit code %d: %s", args, got.code, got.err)
		}
		if _, err := os.Stat(other); err == nil {
			t.Errorf("%q: the file was written", args)
		}
	}
}
