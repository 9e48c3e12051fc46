package reports

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestTerminalSaysTheVerdictFirstAndLast(t *testing.T) {
	var b bytes.Buffer
	if err := Terminal(&b, example(t), Options{Verbose: true, Width: 80}); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	const verdict = "6 MUST checks fail; the worst lets a stolen code be used; 1 threshold is crossed: login.errors<0.1%; 1 MUST failure is accepted by a waiver; 13 were not judged."
	folded := strings.Join(lines, " ")
	if !strings.HasPrefix(folded, verdict) || !strings.HasSuffix(folded, verdict) {
		t.Errorf("the verdict is not first and last:\n%s", out)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("escape sequences without colour")
	}
	order := []string{"FAIL PKCE-08", "FAIL DISC-04", "BLOCKED 6 checks", "WARNING DISC-14", "STALE WAIVER UINFO-12", "WAIVED AUTHZ-03", "SKIPPED 3 checks", "LOAD login", "DECRYPTION", "132 pass"}
	at := 0
	for _, s := range order {
		i := strings.Index(out[at:], s)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place", s)
		}
		at += i
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, example(t)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"## 6 MUST checks fail; the worst lets a stolen code be used; 1 threshold is crossed: login.errors&lt;0.1%; 1 MUST failure is accepted by a waiver; 13 were not judged.\n",
		"| Pass | Fail | Warning | Info | Skipped | Blocked | Waived | Stale waiver |\n| ---: |",
		"### ✕ TOKEN-05 it does not hold that The same code a second time",
		"| TOKEN-16, IDT-12, CRYPT-09 | no second client: set SGID\\_SECOND\\_CLIENT\\_ID and its siblings |",
		"- ✕ login.errors&lt;0.1%: measured 0.15 %",
		"- **Code replayed** (TOKEN-05):",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
	// Rows of a table hang together: as many bars in each as in its head.
	bars := 0
	for _, l := range strings.Split(b.String(), "\n") {
		if !strings.HasPrefix(l, "|") {
			bars = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(l, `\|`, ""), "|")
		if bars != 0 && n != bars {
			t.Errorf("row with %d bars in a table of %d: %s", n, bars, l)
		}
		bars = n
	}
}

func TestWriteGoesOnAfterAFormThatFails(t *testing.T) {
	dir := t.TempDir()
	// A folder of that name cannot be replaced by a file.
	if err := os.MkdirAll(filepath.Join(dir, "junit.xml", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	paths, err := Write(dir, example(t))
	if err == nil || !strings.Contains(err.Error(), "junit.xml") {
		t.Errorf("error %v, want one that names junit.xml", err)
	}
	if len(paths) != 3 {
		t.Errorf("written: %v", paths)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestFormatNamesTheFormsThereAre(t *testing.T) {
	err := Format(&bytes.Buffer{}, "odt", example(t))
	if err == nil || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("got %v", err)
	}
}

func TestProgress(t *testing.T) {
	checks := []run.Check{{ID: "DISC-01", Verdict: run.Pass}, {ID: "TOKEN-05", Verdict: run.Fail, Problem: "200 with\x1b[2J a token", Observed: "200"}, {ID: "UINFO-05", Verdict: run.Blocked, Reason: "target down"}}
	for mode, want := range map[string]string{
		"none":  "",
		"auto":  "[1/3] pass         DISC-01\n[2/3] fail         TOKEN-05: 200 with\\x1b[2J a token\nwaiting\n[3/3] blocked      UINFO-05: target down\n",
		"plain": "[1/3] pass         DISC-01\n[2/3] fail         TOKEN-05: 200 with\\x1b[2J a token\nwaiting\n[3/3] blocked      UINFO-05: target down\n",
	} {
		var b bytes.Buffer
		p, err := NewProgress(&b, mode, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range checks {
			if i == 2 {
				p.Note("waiting")
			}
			p.Start(c.ID)
			p.Done(c)
		}
		p.Close()
		if b.String() != want {
			t.Errorf("%s: %q, want %q", mode, b.String(), want)
		}
	}
	if _, err := NewProgress(&bytes.Buffer{}, "loud", 0); err == nil || !strings.Contains(err.Error(), "plain") {
		t.Errorf("unknown mode: %v", err)
	}
}
