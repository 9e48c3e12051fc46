package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the machine lacks is said before a cluster is started on it, and is no failure
// of the test: test.sh ends with 4.
func TestAMachineThatLacksSomethingIsTold(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	for _, script := range []string{"kube.sh", "test.sh"} {
		cmd := exec.CommandContext(t.Context(), bash, script, "check")
		cmd.Env = []string{"PATH=" + pathOf(t, "bash", "dirname"), "HOME=" + t.TempDir()}
		said, _ := cmd.CombinedOutput()
		want := map[string]int{"kube.sh": 1, "test.sh": 4}[script]
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", script, code, want, said)
		}
		for _, program := range []string{"containerd", "ctr", "nsenter", "pgrep", "pkill"} {
			if !strings.Contains(string(said), " "+program) {
				t.Errorf("%s does not say that %s is lacking: %s", script, program, said)
			}
		}
	}
}

// pathOf is a folder that holds these programs alone.
func pathOf(t *testing.T, programs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range programs {
		at, err := exec.LookPath(p)
		if err != nil {
			t.Skipf("there is no %s", p)
		}
		if err := os.Symlink(at, filepath.Join(dir, p)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A container whose control groups are mounted read-only can make namespaces, and no pods.
func TestAMachineWithoutControlGroupsIsTold(t *testing.T) {
	if err := exec.Command("bash", "kube.sh", "check").Run(); err != nil {
		t.Skip("this machine lacks more than that")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "kube.sh", "check")
	cmd.Env = append(os.Environ(), "CGROUPS="+t.TempDir())
	if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), "may not make control groups") {
		t.Errorf("%v: %s", err, said)
	}
}
