// Package cluster runs a load in the pods of a real cluster; see README.md.
package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

const (
	parts      = 4  // of which three fit on the node at once
	fits       = 3  // so that one comes when another has gone, which is late
	rate       = 20 // logins a second, of all
	seconds    = 30
	share      = rate * seconds / parts
	references = 3            // logins that each part makes to know what is right
	underWay   = rate / parts // logins that were begun when it was killed, at most, and had no token yet
	threshold  = "requests<=250"
	index      = "batch.kubernetes.io/job-completion-index" // the label that says which part a pod is
)

// cluster is the scripts beside this file.
type cluster struct{ t *testing.T }

func (c cluster) script(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", append([]string{name}, args...)...)
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// must runs a script to its end and returns what it printed.
func (c cluster) must(stdin string, name string, args ...string) string {
	c.t.Helper()
	cmd := c.script(c.t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs.Bytes())
	}
	return string(out)
}

// kubectl is called as who: "" is who may everything.
func (c cluster) kubectl(who, stdin string, args ...string) string {
	c.t.Helper()
	all := []string{"k", "--namespace=load"}
	if who != "" {
		all = append(all, "--as="+who)
	}
	return c.must(stdin, "kube.sh", append(all, args...)...)
}

// pod is what a test needs to know of one.
type pod struct {
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Status struct {
		Phase, PodIP string
	}
}

func (c cluster) pods(who string) []pod {
	c.t.Helper()
	var list struct{ Items []pod }
	if err := json.Unmarshal([]byte(c.kubectl(who, "", "get", "pods", "-o", "json")), &list); err != nil {
		c.t.Fatal(err)
	}
	return list.Items
}

// until waits for something that the cluster comes to by itself.
func (c cluster) until(what string, limit time.Duration, reached func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), limit)
	defer cancel()
	for !reached() {
		select {
		case <-ctx.Done():
			c.t.Fatalf("%s: not within %s\n%s\n%s", what, limit, c.kubectl("", "", "get", "pods", "-o", "wide"),
				c.kubectl("", "", "logs", "-l", "job-name=load", "--prefix", "--tail=5", "--ignore-errors", "--max-log-requests=10"))
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// A load of four pods of which one is killed and one comes late, run by somebody who
// has the printed Role and nothing else. What the merged record says is what the
// provider has counted of each pod, and a record that is thrown away is noticed.
func TestLoadInACluster(t *testing.T) {
	if os.Getenv("CLUSTER_TEST") == "" {
		t.Skip("make cluster-test runs it: it starts a Kubernetes cluster")
	}
	c := cluster{t}
	work := t.TempDir()
	binary := os.Getenv("CLUSTER_BINARY")
	c.must("", "kube.sh", "up")
	t.Cleanup(func() { _ = exec.Command("bash", "kube.sh", "down").Run() })
	c.must("", "kube.sh", "image", os.Getenv("CLUSTER_IMAGE"))
	target := startTarget(t, c)

	c.must("", "kube.sh", "k", "create", "namespace", "load")
	c.must("", "kube.sh", "k", "label", "namespace", "load", "pod-security.kubernetes.io/enforce=restricted")
	for name, value := range map[string]string{"client-secret": target.Secret, "private-key": target.Key} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	start := time.Now().Add(90 * time.Second).UTC().Truncate(time.Second)
	cmd := exec.CommandContext(t.Context(), binary, "loadtest", "login", "--print-job", "--shards", fmt.Sprint(parts), "--job-name", "load",
		"--job-cpu", fmt.Sprintf("%dm", runtime.NumCPU()*1000/fits-5), "--job-memory", "64Mi", "--issuer", target.Issuer, "--allow-host", "10.99.0.1", "--client-id", target.ID, "--redirect-uri", target.Redirect,
		"--scopes", strings.Join(target.Scopes, " "), "--rate", fmt.Sprint(rate), "--duration", fmt.Sprintf("%ds", seconds), "--start-at", start.Format(time.RFC3339), "--threshold", threshold, "--threshold", "errors<100%")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	manifests, err := cmd.Output()
	if err != nil {
		t.Fatalf("--print-job: %v\n%s", err, errs.Bytes())
	}
	kustomize(t, work, manifests)
	// Who administers the cluster makes the Role and the Secret; who has the Role alone runs the Job.
	c.kubectl("", "", "apply", "-k", work, "-l", "app.kubernetes.io/component!=load")
	c.kubectl("", "", "create", "rolebinding", "runner", "--role=sgidcheck-loadtest", "--user=runner")
	c.kubectl("runner", "", "apply", "-k", work, "-l", "app.kubernetes.io/component=load")
	c.kubectl("runner", "", "wait", fmt.Sprintf("--for=jsonpath={.status.ready}=%d", fits), "job/load", fmt.Sprintf("--timeout=%ds", int(time.Until(start).Seconds())-30))

	running := func() (names []pod) {
		for _, p := range c.pods("runner") {
			if p.Status.Phase == "Running" {
				names = append(names, p)
			}
		}
		return names
	}
	log := filepath.Join(work, "pods.log")
	following := c.follow(log)
	before := running()
	if len(before) != fits {
		t.Fatalf("%d pods run, want %d", len(before), fits)
	}

	// The first is killed within its share, as when memory runs out, and its log is lost
	// with it, as when its node goes.
	victim := before[0]
	c.until("the load is under way", time.Until(start)+time.Minute, func() bool { return target.counts(t)[victim.Status.PodIP].Token > references+share/3 })
	c.must("", "kube.sh", "in", "pkill", "-KILL", "-f", "--", "--shard="+victim.Metadata.Labels[index]+"/")
	c.kubectl("", "", "delete", "pod", victim.Metadata.Name, "--force", "--grace-period=0", "--wait=false")
	c.until("all pods have ended", 5*time.Minute, func() bool {
		list := c.pods("runner")
		return len(list) >= fits && !slices.ContainsFunc(list, func(p pod) bool { return p.Status.Phase == "Running" || p.Status.Phase == "Pending" })
	})
	following()
	after := c.pods("runner")
	appendTo(t, log, c.kubectl("runner", "", "logs", "-l", "job-name=load", "--prefix", "--tail=-1", "--ignore-errors", "--max-log-requests=10"))

	counted := target.counts(t)
	address := map[string]string{} // part -> its pod's
	for _, p := range append(before, after...) {
		if part := p.Metadata.Labels[index]; p.Status.PodIP != "" {
			address[part] = p.Status.PodIP
		}
	}
	if bytes.Contains(read(t, log), []byte("can be read by other users")) {
		t.Error("the mounted Secret raised the warning of a file that others can read")
	}
	code, merged, said := merge(t, binary, log)
	t.Log(said)
	for _, problem := range differences(merged, counted, address) {
		t.Error(problem)
	}
	states := map[string]int{}
	for _, s := range merged.Load.Shards {
		states[s.State]++
	}
	if states[run.ShardWhole] != 2 || states[run.ShardCut] != 1 || states[run.ShardLate] != 1 {
		t.Errorf("parts: %v, want two whole, one cut short and one late", states)
	}
	// Each part stays below the threshold, and all together do not.
	if code != run.ExitFail || !strings.Contains(said, threshold) || merged.Load.Requests <= 250 {
		t.Errorf("exit code %d, %d requests: %s", code, merged.Load.Requests, said)
	}

	// Without the record of one pod that was whole, it must not look the same.
	for i, s := range merged.Load.Shards {
		if s.State != run.ShardWhole {
			continue
		}
		thrownAway := filepath.Join(work, "fewer.log")
		mark := []byte(fmt.Sprintf(`"shard":{"part":%d,`, i))
		var rest []byte
		for line := range bytes.Lines(read(t, log)) {
			if !bytes.Contains(line, mark) {
				rest = append(rest, line...)
			}
		}
		if err := os.WriteFile(thrownAway, rest, 0o600); err != nil {
			t.Fatal(err)
		}
		_, fewer, said := merge(t, binary, thrownAway)
		if len(differences(fewer, counted, address)) == 0 || fewer.Load.Shards[i].State != run.ShardMissing || !strings.Contains(said, fmt.Sprintf("part %d is missing", i)) {
			t.Errorf("the record of part %d is thrown away, and nobody notices: %s", i, said)
		}
		break
	}
}

// kustomize puts the kustomization that users start from into the folder of the
// credentials, with the image of this test and the Secret made of the files.
func kustomize(t *testing.T, dir string, job []byte) {
	t.Helper()
	text := string(read(t, "../kustomization.yaml"))
	for was, is := range map[string]string{
		"newName: registry.example/sgidcheck": "newName: sgidcheck", `newTag: "1"`: "newTag: cluster-test",
		"# secretGenerator:\n#   - name": "secretGenerator:\n  - name", "\n#     files": "\n    files",
		"\n# generatorOptions:\n#   disable": "\ngeneratorOptions:\n  disable",
	} {
		if !strings.Contains(text, was) {
			t.Fatalf("the kustomization has no %q:\n%s", was, text)
		}
		text = strings.ReplaceAll(text, was, is)
	}
	for name, content := range map[string][]byte{"kustomization.yaml": []byte(text), "job.yaml": job} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// differences says where a merged record and what the provider has counted of each
// pod do not agree.
func differences(r *run.Record, counted map[string]count, address map[string]string) (problems []string) {
	for _, s := range r.Load.Shards {
		seen := counted[address[fmt.Sprint(s.Part)]]
		sent := int(s.Sent)
		switch s.State {
		case run.ShardWhole:
			if s.Planned != share || sent != share || seen.Token != references+sent || seen.Userinfo != references+sent {
				problems = append(problems, fmt.Sprintf("part %d sent %d of %d, and the provider counted %+v", s.Part, sent, s.Planned, seen))
			}
		case run.ShardLate:
			if sent != 0 || seen.Token != 0 {
				problems = append(problems, fmt.Sprintf("part %d was late and sent %d, and the provider counted %+v", s.Part, sent, seen))
			}
		default: // what it sent after its last checkpoint is not known to it
			if sent == 0 || seen.Token+underWay < references+sent || seen.Token >= references+share {
				problems = append(problems, fmt.Sprintf("part %d is %s after %d, and the provider counted %+v", s.Part, s.State, sent, seen))
			}
		}
	}
	if asked := r.Load.RateAsked; asked != rate {
		problems = append(problems, fmt.Sprintf("%g/s were asked, want %d", asked, rate))
	}
	return problems
}

// follow collects the logs of the pods that run, until the function that it returns
// is called.
func (c cluster) follow(path string) (end func()) {
	c.t.Helper()
	file, err := os.Create(path)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	cmd := c.script(ctx, "kube.sh", "k", "--namespace=load", "--as=runner", "logs", "-f", "-l", "job-name=load", "--prefix", "--tail=-1", "--ignore-errors", "--max-log-requests=10")
	cmd.Stdout = file
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return func() { // the streams end with their pods
		stop := time.AfterFunc(30*time.Second, cancel)
		_ = cmd.Wait() // one of the streams has ended with an error
		stop.Stop()
		cancel()
		file.Close()
	}
}

func merge(t *testing.T, binary, log string) (code int, merged *run.Record, said string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run.json")
	cmd := exec.CommandContext(t.Context(), binary, "report", "merge", "--out", out, log)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	merged, err = run.Read(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cmd.ProcessState.ExitCode(), merged, string(text)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.WriteString(file, "\n"+text); err != nil {
		t.Fatal(err)
	}
}
