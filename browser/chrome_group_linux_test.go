package browser

import (
	"os"
	"os/exec"
	"testing"
)

// What is said of namespaces is what comes of making one.
func TestMayCloneIsWhatCloningComesTo(t *testing.T) {
	tool, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("there is no unshare to compare with")
	}
	if value, err := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"); err == nil && value[0] == '1' {
		t.Skip("AppArmor lets them be made, and nothing be done in them")
	}
	made := exec.Command(tool, "--user", "--pid", "--fork", "true").Run() == nil
	if got := mayClone(); got != made {
		t.Errorf("mayClone says %v, unshare %v", got, made)
	}
}
