package application

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the command into a process group of its own, and has the kernel
// kill it when this program dies without saying goodbye.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// endGroup asks the group to end; killGroup ends it.
func endGroup(pid int)  { _ = syscall.Kill(-pid, syscall.SIGTERM) }
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
