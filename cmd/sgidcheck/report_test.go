package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// exampleRecord is a kept record with something of everything.
func exampleRecord(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../reports/testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// recordWith writes a record with one check of that verdict into its own file.
func recordWith(t *testing.T, verdict run.Verdict) string {
	t.Helper()
	r := &run.Record{Target: run.Target{Issuer: "http://127.0.0.1/v2", Kind: "external"}, Complete: true,
		Checks: []run.Check{{ID: "TOKEN-05", Area: "TOKEN", Level: "MUST", Verdict: verdict, Observed: "as seen"}}}
	r.Count()
	document, err := run.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run.json")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReportExitCodesAndOutput(t *testing.T) {
	pass, fail, waived := recordWith(t, run.Pass), recordWith(t, run.Fail), recordWith(t, run.Waived)
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string // on standard output for code 0, else in the message
	}{
		{"draws a failed run", []string{fail}, 0, "1 MUST check fails."},
		{"takes the folder", []string{filepath.Dir(pass)}, 0, "No failure among 1 MUST check; the record does not say what it left out."},
		{"junit", []string{"--format", "junit", fail}, 0, "<failure"},
		{"sarif", []string{"--format", "sarif", fail}, 0, `"2.1.0"`},
		{"json", []string{"--format", "json", fail}, 0, run.Schema},
		{"unknown format", []string{"--format", "odt", fail}, exitUsage, "odt"},
		{"no such file", []string{"no.json"}, exitUsage, "no.json"},
		{"not a record", []string{broken}, exitUsage, broken},
		{"pdf without a file", []string{"--format", "pdf", fail}, exitUsage, "--out"},
		{"short, of the terminal", []string{"--short", fail}, exitUsage, "--format pdf"},
		{"pdf without a browser", []string{"--format", "pdf", "--out", filepath.Join(t.TempDir(), "r.pdf"), "--chrome", "no-such-browser", fail}, exitUsage, "no-such-browser"},
		{"out where nothing can be", []string{"--format", "html", "--out", filepath.Join(broken, "x.html"), fail}, exitUsage, broken},
		{"diff, regression", []string{"diff", pass, fail}, 0, "fails now, held before"},
		{"diff, regression, to fail", []string{"diff", "--fail-on-regression", pass, fail}, exitFail, "1 regression."},
		{"diff, repair, to fail on regressions", []string{"diff", "--fail-on-regression", fail, pass}, 0, "No regression."},
		{"diff, newly waived", []string{"diff", "--fail-on-regression", fail, waived}, 0, "is waived now, failed before"},
		{"diff, held and waived now", []string{"diff", "--fail-on-regression", pass, waived}, exitFail, "Newly waived (1)"},
		{"diff, json", []string{"diff", "--format", "json", pass, fail}, 0, `"regressions"`},
		{"diff, markdown", []string{"diff", "--format", "markdown", pass, fail}, 0, "## 1 regression. 1 new,"},
		{"diff, html", []string{"diff", "--format", "html", pass, fail}, 0, "<h2 id=\"h-turn-0\">New"},
		{"diff, broken record", []string{"diff", pass, broken}, exitUsage, broken},
		{"merge", []string{"merge", pass, pass}, 0, run.Schema},
		{"merge with a failed part", []string{"merge", pass, fail}, exitFail, run.Schema},
		{"merge of different targets", []string{"merge", pass, exampleRecord(t)}, exitUsage, "different targets"},
		{"trend", []string{"trend", "--out", "-", filepath.Dir(pass)}, 0, "1 run"},
		{"trend of nothing", []string{"trend", t.TempDir()}, exitUsage, "no run record"},
		{"trend of no folder", []string{"trend", filepath.Join(broken, "none")}, exitUsage, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := sgidcheck(t, append([]string{"report"}, c.args...)...)
			if got.code != c.code {
				t.Errorf("exit code %d, want %d: %s", got.code, c.code, got.err)
			}
			if !strings.Contains(got.out+got.err, c.says) {
				t.Errorf("neither output nor message holds %q: %.300s %.300s", c.says, got.out, got.err)
			}
		})
	}
}

func TestReportWritesTheFolderOfARun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	got := sgidcheck(t, "report", "--out", folder, exampleRecord(t))
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	for _, name := range []string{"report.html", "junit.xml", "summary.md", "results.sarif"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if !strings.Contains(got.out, filepath.Join(folder, name)) {
			t.Errorf("the path of %s is not printed", name)
		}
	}
}

func TestReportPrintsPDF(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.pdf")
	got := sgidcheck(t, "report", "--format", "pdf", "--out", file, exampleRecord(t))
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	pdf, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Count(pdf, []byte("/Page")) < 3 {
		t.Errorf("%d bytes, %v", len(pdf), err)
	}
}
