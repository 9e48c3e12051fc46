package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// printedJob is what a test looks at of a printed Job.
type printedJob struct {
	Kind     string
	Metadata struct{ Name string }
	Rules    []map[string][]string
	Spec     struct {
		CompletionMode                         string `yaml:"completionMode"`
		Completions, Parallelism               int
		BackoffLimitPerIndex, MaxFailedIndexes *int
		ActiveDeadlineSeconds                  int `yaml:"activeDeadlineSeconds"`
		Template                               struct {
			Spec struct {
				RestartPolicy                string `yaml:"restartPolicy"`
				AutomountServiceAccountToken *bool  `yaml:"automountServiceAccountToken"`
				Containers                   []struct {
					Image           string
					Args            []string
					SecurityContext map[string]any `yaml:"securityContext"`
				}
				Volumes []map[string]any
			}
		}
	}
}

func documents(t *testing.T, text string) (all []printedJob) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	for {
		var one printedJob
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if one.Kind != "" {
			all = append(all, one)
		}
	}
}

var printArgs = []string{"loadtest", "login", "--issuer", "https://sgid.test.example/v2", "--client-id", "CLIENT", "--redirect-uri", "https://rp.example/cb", "--allow-host", "sgid.test.example", "--print-job"}

func TestPrintJob(t *testing.T) {
	start := time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339)
	secret := "a-secret-that-is-nobodys-but-the-pods"
	got := program{env: []string{"SGID_SCOPES=openid myinfo.name", "SGID_CLIENT_SECRET=" + secret}, args: append(printArgs,
		"--shards", "4", "--start-at", start, "--ramp", "10:200", "--duration", "1m", "--threshold", "login.p99<2s", "--persona", "$(HOME) \"x\": - y", "--job-image", "registry.example/sgidcheck:1")}.run(t)
	if got.code != exitPass || strings.Contains(got.out, secret) {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	all := documents(t, got.out)
	if len(all) != 2 || all[0].Kind != "Role" || all[1].Kind != "Job" {
		t.Fatalf("%+v", all)
	}
	for _, rule := range all[0].Rules {
		if slices.Contains(rule["resources"], "secrets") || slices.Contains(rule["verbs"], "*") {
			t.Errorf("the role may more than it must: %v", rule)
		}
	}
	job := all[1].Spec
	pod := job.Template.Spec
	if job.CompletionMode != "Indexed" || job.Completions != 4 || job.Parallelism != 4 || pod.RestartPolicy != "Never" || pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("%+v", job)
	}
	if job.ActiveDeadlineSeconds < 670 || job.ActiveDeadlineSeconds > 900 {
		t.Errorf("the job ends after %d s, with a load of a minute in ten", job.ActiveDeadlineSeconds)
	}
	c := pod.Containers[0]
	if c.Image != "registry.example/sgidcheck:1" || c.SecurityContext["readOnlyRootFilesystem"] != true || c.SecurityContext["allowPrivilegeEscalation"] != false {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"--shard=$(JOB_COMPLETION_INDEX)/4", "--start-at=" + start, "--record=-", "--issuer=https://sgid.test.example/v2", "--client-id=CLIENT", "--scopes=openid myinfo.name",
		"--threshold=login.p99<2s", "--ramp=10:200", "--duration=1m", "--persona=$$(HOME) \"x\": - y", "--allow-host=sgid.test.example", "--private-key=/credentials/private-key"} {
		if !slices.Contains(c.Args, want) {
			t.Errorf("the arguments lack %s: %q", want, c.Args)
		}
	}
	// What a pod is told is what this program takes.
	args := slices.Clone(c.Args)
	for i, a := range args {
		args[i] = strings.NewReplacer("$(JOB_COMPLETION_INDEX)", "3", "/credentials/", t.TempDir()+"/", "--start-at="+start, "--start-at=2020-01-01T00:00:00Z").Replace(a)
	}
	if taken := sgidcheck(t, args...); taken.code != exitUsage || strings.Count(taken.err, "cannot be read") != 2 || strings.Count(strings.TrimSpace(taken.err), "\n") != 1 {
		t.Errorf("a pod ends with %d, of more than its credentials, which are not here: %s", taken.code, taken.err)
	}
}

// What a configuration file or the environment says is what the pods are told, and
// not what a person is shown of it.
func TestPrintJobTellsPodsWhatAFileSays(t *testing.T) {
	persona := "7d4c1c9e-52a1-4a6b-9f0e-1b2c3d4e5f60" // which may be a secret, and is not shown
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("persona: "+persona+"\nthresholds: [login.p99<2s, errors<2%]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]program{
		"a file":          {args: []string{"--config", file}},
		"the environment": {env: []string{"SGIDCHECK_PERSONA=" + persona, "SGIDCHECK_THRESHOLDS=login.p99<2s, errors<2%"}},
	} {
		p.args = append(slices.Clone(printArgs), append(p.args, "--shards", "2")...)
		got := p.run(t)
		if got.code != exitPass {
			t.Fatalf("%s: exit code %d: %s", name, got.code, got.err)
		}
		args := documents(t, got.out)[1].Spec.Template.Spec.Containers[0].Args
		for _, want := range []string{"--persona=" + persona, "--threshold=login.p99<2s", "--threshold=errors<2%"} {
			if !slices.Contains(args, want) {
				t.Errorf("%s: the arguments lack %s: %q", name, want, args)
			}
		}
	}
}

// Kubernetes takes 123 and true for names, and YAML takes them for something else.
func TestPrintJobNamesAreStrings(t *testing.T) {
	for _, name := range []string{"123", "true", "1e3", "null"} {
		got := sgidcheck(t, append(slices.Clone(printArgs), "--shards", "2", "--job-name", name, "--job-secret", name)...)
		_, job, ok := strings.Cut(got.out, "kind: Job\n")
		if got.code != exitPass || !ok {
			t.Fatalf("exit code %d: %s", got.code, got.err)
		}
		if strings.Count(job, `"`+name+`"`) != 3 { // of the Job, its pods' spread and the Secret
			t.Errorf("%s stands without quotes:\n%s", name, job)
		}
	}
}

func TestPrintJobRefuses(t *testing.T) {
	for says, args := range map[string][]string{
		"needs from 1":           {},
		"the pod itself":         {"--shards", "2", "--issuer", "http://127.0.0.1:8089/v2"},
		"is production":          {"--shards", "2", "--issuer", "https://api.id.gov.sg/v2"},
		"--allow-host 10.9.9.9":  {"--shards", "2", "--issuer", "https://10.9.9.9/v2"},
		"leave them out":         {"--shards", "2", "--shard", "0/2"},
		"lower-case letters":     {"--shards", "2", "--job-name", "Load_1"},
		"want quantities":        {"--shards", "2", "--job-cpu", "many"},
		"it is over":             {"--shards", "2", "--start-at", "2020-01-01T00:00:00Z"},
		"take fewer parts":       {"--shards", "600", "--rate", "1"},
		"cannot be split":        {"--shards", "2", "--find-max"},
		"has no unit":            {"--shards", "2", "--threshold", "login.p99<2"},
		"no browser in the pods": {"--shards", "2", "--login", "browser"},
		"a person has to make":   {"--shards", "2", "--login", "interactive"},
	} {
		got := sgidcheck(t, append(slices.Clone(printArgs), args...)...)
		if got.code != exitUsage || got.out != "" || !strings.Contains(got.err, says) {
			t.Errorf("%v: exit code %d, want it to say %q: %s", args, got.code, says, got.err)
		}
	}
	if got := sgidcheck(t, "loadtest", "login", "--shards", "3"); got.code != exitUsage || !strings.Contains(got.err, "--shard I/N") {
		t.Errorf("--shards without --print-job: exit code %d: %s", got.code, got.err)
	}
}

// The manifests do not depend on anything but the command line and the time.
func TestPrintJobTwiceIsTheSame(t *testing.T) {
	start := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	args := append(slices.Clone(printArgs), "--shards", "2", "--start-at", start)
	a, b := sgidcheck(t, args...), sgidcheck(t, args...)
	deadline := func(text string) []byte {
		return bytes.Join(slices.DeleteFunc(bytes.Split([]byte(text), []byte("\n")), func(l []byte) bool { return bytes.Contains(l, []byte("activeDeadline")) }), nil)
	}
	if !bytes.Equal(deadline(a.out), deadline(b.out)) {
		t.Errorf("%s\n%s", a.out, b.out)
	}
}
