package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/loopback"
	"sgidcheck/internal/run"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)\n?```")

// The rehearsal of docs/go-live.md, by its commands alone, from init to the report.
// A few checks stand for all of them, on free ports, with a phone that does not
// wait.
func TestGoLiveDocumentLeadsFromCredentialsToTheReport(t *testing.T) {
	body, err := os.ReadFile("../../docs/go-live.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range shellBlock.FindAllStringSubmatch(string(body), -1) {
		blocks = append(blocks, m[1])
	}
	i := slices.IndexFunc(blocks, func(b string) bool { return strings.HasPrefix(b, "sgidcheck provider ") })
	if i < 2 || i != len(blocks)-2 || !strings.HasPrefix(blocks[0], "sgidcheck init ") || !strings.HasPrefix(blocks[1], "chmod ") {
		t.Fatalf("the document has other commands than this test knows: %q", blocks)
	}
	// Steps 1 and 2 hold an agency's own values; the rehearsal sets the same and its address.
	for line := range strings.Lines(blocks[0] + "\n" + blocks[1] + "\n") {
		if set, _, _ := strings.Cut(strings.TrimRight(line, " \\\n"), "="); !strings.Contains(blocks[i+1], set) {
			t.Errorf("the rehearsal does not have %q", set)
		}
	}
	ports := strings.NewReplacer("8443", fmt.Sprint(loopback.FreePort(t)), "--phone 2s", "--phone 50ms")
	serve, steps := ports.Replace(blocks[i]), append([]string{ports.Replace(blocks[i+1])}, blocks[2:i]...)

	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := fmt.Sprintf("cd %s\n(%s --redirect-uri http://127.0.0.1:%d/callback; :) >provider.log 2>&1 &\n", dir, serve, loopback.FreePort(t)) +
		"until [ -s portal/ca.pem ]; do read -t 0.1 <> <(:) || :; done\n" + strings.Join(steps, "\n") + "\n" +
		`[ -n "$CODE" ] && [ -n "$CODE_VERIFIER" ] && [ -n "$SGID_CLIENT_SECRET" ]` + "\n"
	code, out := shell(t, "exec bash -euo pipefail -c \"$SCRIPT\" </dev/null", "SCRIPT="+script, "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"),
		"SGIDCHECK_PACE=0", "SGIDCHECK_SELECT=DISC-01,AUTHZ-01,AUTHZ-08,TOKEN-01,TOKEN-16,TLS-01")
	if code != exitPass {
		t.Fatalf("the document's commands end with %d:\n%s", code, out)
	}
	for _, folder := range []string{"sgidcheck-report", "second-report"} {
		record := recordOf(t, filepath.Join(dir, folder))
		if !record.Complete || record.Summary.Pass != 6 || record.Target.Login != "interactive" {
			t.Errorf("%s: %+v, %s", folder, record.Summary, record.Stopped)
		}
		if !slices.ContainsFunc(record.Settings, func(s run.Setting) bool {
			return s.Name == "require" && strings.HasPrefix(s.Origin, "sgidcheck.yaml")
		}) {
			t.Errorf("%s: the set-up is not in the record", folder)
		}
	}
	if pdf, err := os.ReadFile(filepath.Join(dir, "report.pdf")); err != nil || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("the PDF: %v", err)
	}
	for _, says := range []string{"see what a run will ask of whom, then run\n  sgidcheck run --dry-run\n", "is served", "6 checks would be judged"} {
		if !strings.Contains(out, says) {
			t.Errorf("%q was not said:\n%s", says, out)
		}
	}
}
