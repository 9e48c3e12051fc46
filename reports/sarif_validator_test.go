package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// validatorPolicy keeps the validator from asking the network whether addresses answer.
const validatorPolicy = `<?xml version="1.0" encoding="utf-8"?>
<Properties><Properties Key="SARIF2006.UrisShouldBeReachable.Options">
<Property Key="RuleEnabled" Value="Disabled" Type="Driver.RuleEnabledState" /></Properties></Properties>`

// unavoidable are the validator's notes that no log of this program can do without.
var unavoidable = []string{
	"SARIF2003", // a repository: what is judged is a service, and has none here
	"SARIF2005", // a page of the program, where it has no public home
}

// Microsoft's validator, with the rules of the standard and those of GitHub's code scanning.
func TestSARIFPassesTheStandardsValidator(t *testing.T) {
	validator, err := filepath.Abs("../peers/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(validator, 0o755); err != nil {
		t.Fatalf("the validator is not installed: run 'make peers' (%v)", err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	strict := example(t)
	strict.Strict = true
	args := []string{"validate"}
	for name, r := range map[string]*run.Record{"example": example(t), "hostile": soaked(t), "empty": {}, "strict": strict} {
		args = append(args, write(name+".sarif", sarifOf(t, r)))
	}
	args = append(args, write("broken.sarif", bytes.Replace(sarifOf(t, example(t)), []byte(`"ruleIndex": `), []byte(`"ruleIndex": 9999`), 1)))
	args = append(args, "-c", write("policy.xml", []byte(validatorPolicy)), "--rule-kind", "Sarif;Gh",
		"--level", "Error;Warning;Note", "--log", "ForceOverwrite", "--output", filepath.Join(dir, "found.out"))
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, validator, args...)
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("the validator: %v, %s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(dir, "found.out"))
	if err != nil {
		t.Fatalf("the validator has written nothing: %v, %s", err, said)
	}
	var found struct {
		Runs []struct {
			Artifacts []json.RawMessage
			Results   []struct {
				RuleID    string
				Level     string
				Message   struct{ Arguments []string }
				Locations []sarifLocation
			}
		}
	}
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &found); err != nil {
		t.Fatal(err)
	}
	broken, whole := false, []string{"example.sarif", "strict.sarif"} // of a record that leaves texts empty, errors alone count
	for _, r := range found.Runs[0].Results {
		file := filepath.Base(r.Locations[0].Physical.Artifact.URI)
		if file == "broken.sarif" {
			broken = broken || r.Level == "error"
		} else if r.Level == "error" || slices.Contains(whole, file) && !slices.Contains(unavoidable, r.RuleID) {
			t.Errorf("%s, line %d: %s (%s) %q", file, r.Locations[0].Physical.Region.StartLine, r.RuleID, r.Level, r.Message.Arguments)
		}
	}
	if !broken {
		t.Errorf("the validator finds nothing in a log with a wrong index: %s", said)
	}
}
