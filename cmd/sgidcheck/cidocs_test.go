package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"sgidcheck/internal/loopback"
)

var markedBlock = regexp.MustCompile("(?s)<!-- (commands|piece): ([a-z]+) -->\n```[a-z]+\n(.*?)\n```")

// ciDocument is the marked blocks of docs/ci.md, by what they are and their name.
func ciDocument(t *testing.T) (commands, pieces map[string]string) {
	t.Helper()
	body, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]map[string]string{"commands": {}, "piece": {}}
	for _, m := range markedBlock.FindAllStringSubmatch(string(body), -1) {
		blocks[m[1]][m[2]] = m[3]
	}
	return blocks["commands"], blocks["piece"]
}

// shell runs commands in the repository, as a CI does: the first that fails
// ends them. What they leave in the background is ended, too.
func shell(t *testing.T, commands string, env ...string) (code int, output string) {
	t.Helper()
	return shellIn(t, repository(t), commands, env...)
}

// repository is the folder that holds the module.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// shellIn is shell in a folder.
func shellIn(t *testing.T, dir, commands string, env ...string) (code int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", commands)
	cmd.Dir, cmd.Env = dir, append(cleanEnvironment(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		t.Error(err)
	}
	if err != nil && ctx.Err() != nil {
		t.Fatalf("the commands did not end: %s", both.String())
	}
	return cmd.ProcessState.ExitCode(), both.String()
}

// The jobs of the document, from a release to the summary, in an empty folder and
// with no other programs than those that the document asks for.
func TestCommandsOfTheCIDocument(t *testing.T) {
	commands, _ := ciDocument(t)
	work, last := t.TempDir(), "last"
	one := publish(t)
	tools := "PATH=" + toolsOf(t, "sh", "mkdir", "cat", "cp", "grep", "sed", "uname", "install", "curl", "openssl", "sha256sum", "node") +
		":" + npmOfThePeers(t)

	code, out := shellIn(t, work, commands["install"]+"\nsgidcheck --version", append(one.environment(), tools)...)
	if code != exitPass || !strings.Contains(out, "sgidcheck version") {
		t.Fatalf("install: exit code %d\n%s", code, out)
	}
	tools = strings.Replace(tools, "PATH=", "PATH="+filepath.Join(work, ".sgidcheck")+":", 1)

	code, out = shellIn(t, work, commands["mockpass"], tools, "REPORT=mock", fmt.Sprintf("MOCKPASS_PORT=%d", loopback.FreePort(t)),
		"SGID_CLIENT_ID=demo", "SGID_CLIENT_SECRET=any", "SGID_REDIRECT_URI=http://127.0.0.1:8085/callback", "SGID_SCOPES=openid myinfo.name",
		"SGID_PRIVATE_KEY_FILE=mockpass/key.pem")
	if code != exitPass || strings.Contains(strings.ToLower(out), "warn: ") {
		t.Fatalf("MockPass: exit code %d\n%s", code, out)
	}
	if s := recordOf(t, filepath.Join(work, "mock")).Summary; s.Waived == 0 || s.Pass == 0 {
		t.Errorf("MockPass: %+v", s)
	}
	for _, name := range []string{"report.html", "junit.xml", "results.sarif", "summary.md"} {
		if info, err := os.Stat(filepath.Join(work, "mock", name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}

	issuer, credentials := startProvider(t)
	env := append(readClients(t, credentials)[0].environment("SGID_"), tools, "SGID_ISSUER="+issuer, "REPORT=nightly", "LAST="+last)
	if code, out = shellIn(t, work, commands["staging"], env...); code != exitPass {
		t.Fatalf("staging: exit code %d\n%s", code, out)
	}
	nightly := filepath.Join(work, "nightly")
	if s := recordOf(t, nightly).Summary; s.Blocked > 0 || s.Pass < 20 {
		t.Errorf("staging: %+v", s)
	}
	for _, when := range []string{"the first time", "the second time"} {
		if code, out = shellIn(t, work, commands["compare"], env...); code != exitPass {
			t.Fatalf("comparison, %s: exit code %d\n%s", when, code, out)
		}
	}
	good, err := os.ReadFile(filepath.Join(work, last, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	head, checks, _ := strings.Cut(string(good), `"checks"`)
	passed := regexp.MustCompile(`"verdict":\s*"pass"`).FindString(checks)
	worse := head + `"checks"` + strings.Replace(checks, passed, `"verdict":"fail"`, 1)
	if err := os.WriteFile(filepath.Join(nightly, "run.json"), []byte(worse), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out = shellIn(t, work, commands["compare"], env...); code != exitFail {
		t.Errorf("comparison with a regression: exit code %d\n%s", code, out)
	}
	if kept, err := os.ReadFile(filepath.Join(work, last, "run.json")); err != nil || !bytes.Equal(kept, good) {
		t.Errorf("the regression became the measure (%v)", err)
	}

	for _, report := range []string{"mock", "none"} { // a run with a wrong configuration writes none
		code, out = shellIn(t, work, commands["summary"], tools, "REPORT="+report, "GITHUB_STEP_SUMMARY=summary")
		if code != exitPass {
			t.Errorf("summary of %s: exit code %d\n%s", report, code, out)
		}
	}
	if text, err := os.ReadFile(filepath.Join(work, "summary")); err != nil || len(text) == 0 {
		t.Errorf("the summary is empty (%v)", err)
	}
}

// What README.md says of a mock, on a free port and with a few checks: it waits for
// MockPass, and nothing is said that is no finding.
func TestMockOfTheReadme(t *testing.T) {
	body, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(loopback.FreePort(t))
	var script string
	for _, m := range markedBlock.FindAllStringSubmatch(string(body), -1) {
		if m[2] == "mock" {
			script = strings.ReplaceAll(m[3], "5156", port)
		}
	}
	code, out := shellIn(t, t.TempDir(), script, "MOCKPASS_PORT="+port, "SGIDCHECK_SELECT=DISC,AUTHZ-08", "SGIDCHECK_PROGRESS=none",
		"PATH="+strings.Join([]string{npmOfThePeers(t), filepath.Dir(path), os.Getenv("PATH")}, ":"))
	if code != exitFail || !strings.Contains(out, "AUTHZ-08") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if line := regexp.MustCompile(`(?im)^.*(npm warn|\(node:|curl:|other users).*$`).FindString(out); line != "" {
		t.Errorf("it greets with %s", line)
	}
}

// toolsOf is a folder that holds these programs of the machine and no others.
func toolsOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("the document's jobs take %s: %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// npmOfThePeers is a folder with an npm that installs MockPass, of the version that
// the peers have and of no other, from there: a test asks no registry.
func npmOfThePeers(t *testing.T) string {
	t.Helper()
	peers := peersDir(t)
	var wanted struct{ Dependencies map[string]string }
	body, err := os.ReadFile(filepath.Join(peers, "package.json"))
	if err == nil {
		err = json.Unmarshal(body, &wanted)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := fmt.Sprintf(`#!/bin/sh
case "$*" in
"install --prefix mockpass "*" @opengovsg/mockpass@%s") mkdir -p mockpass && cp -Rs %[2]s/node_modules mockpass/ ;;
*) echo "npm $*: not what the peers have" >&2; exit 1 ;;
esac
`, wanted.Dependencies["@opengovsg/mockpass"], peers)
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

var jenkinsShell = regexp.MustCompile(`(?s)sh '''(.*?)'''`)

// The pieces hold the commands that were run, whole and in their order, and no others.
func TestPiecesOfTheCIDocument(t *testing.T) {
	commands, pieces := ciDocument(t)
	scripts := map[string][]string{}
	var github struct {
		Jobs map[string]struct{ Steps []struct{ Run string } }
	}
	if err := yaml.Unmarshal([]byte(pieces["github"]), &github); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mockpass", "staging"} {
		for _, step := range github.Jobs[name].Steps {
			scripts["github"] = append(scripts["github"], step.Run)
		}
	}
	var gitlab struct {
		Mockpass, Staging struct{ Script []string }
	}
	if err := yaml.Unmarshal([]byte(pieces["gitlab"]), &gitlab); err != nil {
		t.Fatal(err)
	}
	scripts["gitlab"] = append(gitlab.Mockpass.Script, gitlab.Staging.Script...)
	for _, m := range jenkinsShell.FindAllStringSubmatch(pieces["jenkins"], -1) {
		scripts["jenkins"] = append(scripts["jenkins"], m[1])
	}
	scripts["the template"] = gitlabTemplate(t, nil).before[1:]
	for name, order := range map[string][]string{
		"github": {"mockpass", "summary", "staging", "compare", "summary"}, "gitlab": {"mockpass", "staging", "compare"},
		"jenkins": {"install", "mockpass", "staging", "compare"}, "the template": {"install"},
	} {
		var want []string
		for _, block := range order {
			want = append(want, commandLines(commands[block])...)
		}
		if got := commandLines(strings.Join(scripts[name], "\n")); len(want) < 5 || !slices.Equal(got, want) {
			t.Errorf("%s runs\n%s\ninstead of\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func commandLines(script string) []string {
	var out []string
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
