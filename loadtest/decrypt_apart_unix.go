//go:build unix

package loadtest

import (
	"os/exec"
	"syscall"
)

// decryptApart puts a peer into a process group of its own: a Ctrl-C at the
// terminal would otherwise end it before this program knows of it, and look like its
// own fault. What it has started ends with it.
func decryptApart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
