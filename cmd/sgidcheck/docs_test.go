package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The documents need no selftest, and its figures touch no document but README.md.
func TestGeneratedDocuments(t *testing.T) {
	const readme = "# x\n\n" + selftestBegin + "old\n" + selftestEnd + "\nmore\n"
	results := filepath.Join(t.TempDir(), "selftest.json")
	if err := os.WriteFile(results, []byte(`{"results":[{"fault":"jwks-none","outcome":"caught"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		args  []string
		wrote []string
		says  string // README.md, between its marks
	}{
		{"documents", nil, []string{"docs/checks-rp.md", "docs/checks.md", "docs/settings.md"}, "old\n"},
		{"figures", []string{"--selftest", results}, nil, "`sgidcheck selftest`: 1 of 1 faults caught"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "docs"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(readme), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := sgidcheck(t, append([]string{"docs", dir}, tt.args...)...); got.code != exitPass {
				t.Fatalf("exit code %d: %s", got.code, got.err)
			}
			files, err := filepath.Glob(filepath.Join(dir, "docs", "*"))
			if err != nil || len(files) != len(tt.wrote) {
				t.Errorf("wrote %v, want %v", files, tt.wrote)
			}
			for _, name := range tt.wrote {
				if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
			body, err := os.ReadFile(filepath.Join(dir, "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			_, between, _ := strings.Cut(string(body), selftestBegin)
			if !strings.HasPrefix(between, tt.says) || !strings.HasSuffix(between, selftestEnd+"\nmore\n") {
				t.Errorf("README.md holds %s", body)
			}
		})
	}
}

func TestFiguresOfNoSelftest(t *testing.T) {
	for name, body := range map[string]string{"empty": "{}", "no JSON": "half of"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "selftest.json")
			if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := sgidcheck(t, "docs", t.TempDir(), "--selftest", file); got.code != exitUsage || !strings.Contains(got.err, file) {
				t.Errorf("exit code %d: %s", got.code, got.err)
			}
		})
	}
}
