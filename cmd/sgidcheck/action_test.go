package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composite is action.yml, as far as its steps are concerned.
type composite struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Runs struct {
		Steps []struct {
			ID, If, Run, Shell string
			Env                map[string]string
		}
	}
}

var actionExpression = regexp.MustCompile(`\$\{\{ inputs\.([a-z-]+) \}\}`)

// actionResult is what a job sees of the Action.
type actionResult struct {
	code                          int
	out, path, summary, exitCodes string
}

// runAction runs the steps of action.yml in an empty workspace, as the runner does: each
// by its shell, with its environment filled in; the first that fails ends them.
func runAction(t *testing.T, inputs map[string]string) actionResult {
	t.Helper()
	root := repository(t)
	body, err := os.ReadFile(filepath.Join(root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var action composite
	if err := yaml.Unmarshal(body, &action); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{}
	for name, input := range action.Inputs {
		given[name] = input.Default
		if _, ok := inputs[name]; input.Required && !ok {
			t.Fatalf("the input %s is required", name)
		}
	}
	maps.Copy(given, inputs)
	dir, files := t.TempDir(), t.TempDir()
	var res actionResult
	for _, step := range action.Runs.Steps {
		if step.If == "inputs.args != ''" && given["args"] == "" {
			continue
		} else if step.Shell != "bash" || step.If != "" && step.If != "inputs.args != ''" {
			t.Fatalf("a step that this test cannot run: %+v", step)
		}
		env := []string{"GITHUB_ACTION_PATH=" + root, "RUNNER_TEMP=" + files}
		for _, name := range []string{"GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			env = append(env, name+"="+filepath.Join(files, name))
		}
		for name, value := range step.Env {
			value = actionExpression.ReplaceAllStringFunc(value, func(m string) string {
				return given[actionExpression.FindStringSubmatch(m)[1]]
			})
			if strings.Contains(value, "${{") {
				t.Fatalf("%s: %s", name, value)
			}
			env = append(env, name+"="+value)
		}
		if strings.Contains(step.Run, "${{") {
			t.Errorf("what a user gives is part of a script: %s", step.Run)
		}
		if added, err := os.ReadFile(filepath.Join(files, "GITHUB_PATH")); err == nil {
			env = append(env, "PATH="+strings.TrimSpace(string(added))+":"+os.Getenv("PATH"))
		}
		code, out := shellIn(t, dir, `exec bash --noprofile --norc -eo pipefail -c "$SCRIPT"`, append(env, "SCRIPT="+step.Run)...)
		res.code, res.out = code, res.out+out
		if code != 0 {
			break
		}
	}
	for name, into := range map[string]*string{"GITHUB_PATH": &res.path, "GITHUB_OUTPUT": &res.exitCodes, "GITHUB_STEP_SUMMARY": &res.summary} {
		if said, err := os.ReadFile(filepath.Join(files, name)); err == nil {
			*into = string(said)
		}
	}
	return res
}

func TestTheGitHubAction(t *testing.T) {
	r := publish(t)
	fault := "conformance --select JWKS-05 --fault jwks-short-key --strict=false"
	for _, tt := range []struct {
		name, args string
		code       int
		summary    string
	}{
		{"installs", "", exitPass, ""},
		{"runs", "conformance --select 'JWKS-01,JWKS-02'", exitPass, "No failure, but "},
		{"runs over two lines", "conformance\n--select \"JWKS-01\"\n", exitPass, "No failure, but "},
		{"hands on a failure", fault, exitFail, "1 of "},
		{"hands on a wrong command", "conformance --no-such-flag", exitUsage, ""},
		{"hands on an open quote", "conformance --select 'JWKS-01", exitUsage, ""},
		{"expands nothing", "conformance --select $(touch${IFS}here)JWKS-01", exitUsage, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runAction(t, map[string]string{"version": releaseVersion, "args": tt.args, "releases": r.url, "public-key": r.publicKey()})
			if got.code != tt.code || !strings.Contains(got.path, "/sgidcheck") || !strings.Contains(got.summary, tt.summary) || tt.summary == "" && got.summary != "" {
				t.Errorf("exit code %d\n%s\nsummary: %s", got.code, got.out, got.summary)
			}
			if want := fmt.Sprintf("exit-code=%d\n", tt.code); tt.args != "" && got.exitCodes != want || tt.args == "" && got.exitCodes != "" {
				t.Errorf("outputs %q", got.exitCodes)
			}
		})
	}
	for name, inputs := range map[string]map[string]string{
		"another key":     {"version": releaseVersion, "releases": r.url, "public-key": publish(t).publicKey()},
		"no such version": {"version": "v0.0.1", "releases": r.url, "public-key": r.publicKey()},
	} {
		if got := runAction(t, inputs); got.code != exitFail || got.path != "" {
			t.Errorf("%s: exit code %d, on the PATH: %s\n%s", name, got.code, got.path, got.out)
		}
	}
}

// gitlabJob is the hidden job of the GitLab template, its inputs filled in.
type gitlabJob struct {
	before    []string
	variables map[string]string
	junit     string
}

var gitlabInput = regexp.MustCompile(`\$\[\[ inputs\.([a-z-]+) \]\]`)

// gitlabTemplate reads templates/sgidcheck.yml as GitLab does: a header with the inputs,
// then the configuration, into which they are put.
func gitlabTemplate(t *testing.T, inputs map[string]string) gitlabJob {
	t.Helper()
	body, err := os.ReadFile("../../templates/sgidcheck.yml")
	if err != nil {
		t.Fatal(err)
	}
	header, config, ok := strings.Cut(string(body), "\n---\n")
	if !ok {
		t.Fatal("the template has no header")
	}
	var spec struct {
		Spec struct {
			Inputs map[string]struct{ Default *string }
		}
	}
	if err := yaml.Unmarshal([]byte(header), &spec); err != nil {
		t.Fatal(err)
	}
	config = gitlabInput.ReplaceAllStringFunc(config, func(m string) string {
		name := gitlabInput.FindStringSubmatch(m)[1]
		input, known := spec.Spec.Inputs[name]
		if !known {
			t.Fatalf("the template takes no input %s", name)
		}
		if value, given := inputs[name]; given {
			return value
		} else if input.Default != nil {
			return *input.Default
		}
		return "NOT-GIVEN"
	})
	var jobs map[string]struct {
		BeforeScript []string `yaml:"before_script"`
		Variables    map[string]string
		Artifacts    struct{ Reports struct{ Junit string } }
	}
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(config)))
	if err := decoder.Decode(&jobs); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if names := slices.Collect(maps.Keys(jobs)); !slices.Equal(names, []string{".sgidcheck"}) {
		t.Fatalf("the template has the jobs %v", names)
	}
	job := jobs[".sgidcheck"]
	return gitlabJob{job.BeforeScript, job.Variables, job.Artifacts.Reports.Junit}
}

func TestTheGitLabTemplate(t *testing.T) {
	r := publish(t)
	inputs := map[string]string{"version": releaseVersion, "releases": r.url, "public-key": r.publicKey(), "report": "out"}
	job := gitlabTemplate(t, inputs)
	dir := t.TempDir()
	var env []string
	for name, value := range job.variables {
		env = append(env, name+"="+value)
	}
	script := strings.Join(job.before, "\n") + "\nsgidcheck conformance --select JWKS-01 --progress plain --out \"$REPORT\""
	if code, out := shellIn(t, dir, script, env...); code != exitPass {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(dir, job.junit)); err != nil {
		t.Errorf("the test results that GitLab shows: %v", err)
	}
	// Whether or not the shell ends at the first line that fails, nothing spoilt is installed.
	inputs["public-key"] = publish(t).publicKey()
	anotherKey := gitlabTemplate(t, inputs).before
	spoilt := publish(t)
	spoiltReleases["another program"](t, spoilt)
	anotherProgram := gitlabTemplate(t, map[string]string{"version": releaseVersion, "releases": spoilt.url, "public-key": spoilt.publicKey()}).before
	for _, before := range [][]string{anotherKey, anotherProgram} {
		for _, first := range []string{"set -e", "set +e"} {
			if code, out := shellIn(t, t.TempDir(), first+"\n"+strings.Join(before, "\n"), env...); code == exitPass {
				t.Errorf("%s: exit code %d\n%s", first, code, out)
			}
		}
	}
}
