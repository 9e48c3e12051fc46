package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/loadtest"
)

var formatExample = regexp.MustCompile("(?s)<!-- (example|login|refused): ([a-z-]+)(?:: ([^\n]+))? -->\n```[a-z]+\n(.*?\n)```")

// givenTo is the command line that reads an example of that kind, and the file that
// holds it: a threshold is a flag.
func givenTo(kind, example string) (file string, args []string) {
	switch kind {
	case "waivers":
		return "w.yaml", []string{"conformance", "--select", "JWKS-01", "--waivers", "w.yaml"}
	case "login-steps":
		return "sgidcheck.yaml", []string{"conformance", "--select", "JWKS-01", "--login", "browser"}
	}
	args = []string{"loadtest", "login", "--rate", "1", "--duration", "1s"}
	for line := range strings.Lines(example) {
		args = append(args, "--threshold", strings.TrimSpace(line))
	}
	return "", args
}

// Every example of docs/formats.md is taken, or refused with the message that stands
// beside it.
func TestExamplesOfTheFormats(t *testing.T) {
	body, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]int{}
	for i, m := range formatExample.FindAllStringSubmatch(string(body), -1) {
		what, kind, says, example := m[1], m[2], m[3], m[4]
		tried[what+" "+kind]++
		t.Run(fmt.Sprintf("%d %s %s", i, what, kind), func(t *testing.T) {
			dir := t.TempDir()
			file, args := givenTo(kind, example)
			if file != "" {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(example), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if what == "example" && kind == "thresholds" {
				for line := range strings.Lines(example) {
					if _, err := loadtest.ParseThreshold(strings.TrimSpace(line)); err != nil {
						t.Error(err)
					}
				}
				return // what holds on this machine, nobody knows
			}
			if what == "login" {
				args = []string{"conformance", "--select", "AUTHZ-01", "--require-browser"}
			}
			got := program{args: append(args, "--out", "out", "--progress", "none"), dir: dir}.run(t)
			if what == "refused" {
				if got.code != exitUsage || says == "" || !strings.Contains(got.err, says) {
					t.Errorf("exit code %d, not refused with %q:\n%s", got.code, says, got.err)
				}
				return
			}
			if got.code != exitPass {
				t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			record := recordOf(t, filepath.Join(dir, "out"))
			if what == "login" && (record.Target.Login != "browser" || record.Summary.Pass != 1) {
				t.Errorf("logged in by %s: %+v", record.Target.Login, record.Summary)
			}
		})
	}
	for _, each := range []string{"example waivers", "refused waivers", "example login-steps", "login login-steps", "refused login-steps", "example thresholds", "refused thresholds"} {
		if tried[each] == 0 {
			t.Errorf("the document has no example: %s", each)
		}
	}
}

// What the waivers of the document say is what they do: one covers a check, one a
// case of another.
func TestWaiversOfTheFormats(t *testing.T) {
	body, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, m := range formatExample.FindAllStringSubmatch(string(body), -1) {
		if m[1] == "example" && m[2] == "waivers" {
			if err := os.WriteFile(filepath.Join(dir, "w.yaml"), []byte(m[4]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := program{args: []string{"conformance", "--select", "AUTHZ-04,AUTHZ-08", "--fault", "redirect-of-any-client", "--fault", "response-type-optional", "--waivers", "w.yaml", "--out", "out", "--progress", "none"}, dir: dir}.run(t)
	checks := verdicts(recordOf(t, filepath.Join(dir, "out")))
	if c := checks["AUTHZ-08"]; got.code != exitFail || c.Verdict != run.Waived || !strings.HasPrefix(c.Waiver.Approver, "Tan Mei Ling") {
		t.Errorf("exit code %d, AUTHZ-08: %s %+v\n%s", got.code, c.Verdict, c.Waiver, got.err)
	}
	if c := checks["AUTHZ-04"]; c.Verdict != run.Fail || !strings.Contains(c.Reason, "covers some of its cases") {
		t.Errorf("AUTHZ-04, of which another case fails, too: %s: %s", c.Verdict, c.Reason)
	}
}

func TestSeveralRunsOfTheFormats(t *testing.T) {
	body, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	issuer, credentials := startProvider(t)
	env := append(readClients(t, credentials)[0].environment("SGID_"), "SGID_ISSUER="+issuer, "SGIDCHECK_PROGRESS=none", "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"))
	blocks := map[string]string{}
	for _, m := range markedBlock.FindAllStringSubmatch(string(body), -1) {
		blocks[m[2]] = m[3]
	}
	dir := t.TempDir()
	code, out := shellIn(t, dir, blocks["several"], env...)
	page, err := os.ReadFile(filepath.Join(dir, "trend.html"))
	if code != exitPass || err != nil || !strings.Contains(string(page), "<svg") {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	if code, out = shellIn(t, dir, blocks["merge"], env...); code != exitPass {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "whole", "report.html")); err != nil {
		t.Error(err)
	}
	whole, one := recordOf(t, dir), recordOf(t, filepath.Join(dir, "runs", "monday"))
	if len(whole.Checks) != len(one.Checks) || whole.Verdict != run.RunPass || whole.Summary.Pass != one.Summary.Pass {
		t.Errorf("%d checks, %s, %+v in the parts; %d, %s, %+v in one", len(whole.Checks), whole.Verdict, whole.Summary, len(one.Checks), one.Verdict, one.Summary)
	}
}
