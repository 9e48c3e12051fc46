package browser

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup puts the browser into a process group of its own, and has the
// kernel kill it when this program dies without saying goodbye.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// apart keeps the signals of the terminal from a process.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends the browser's process group.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// killUsers ends every process that was started with the profile folder, also
// those that left the browser's process group, but for its guard.
func killUsers(profile string, guard int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() || pid == guard {
			continue
		}
		line, err := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		if err == nil && bytes.Contains(line, []byte(profile)) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// mayClone reports whether this user may make the user namespaces that Chromium's
// sandbox is built from. Containers and jails forbid it in ways that no setting tells:
// a process is made in one, whose program does not exist.
func mayClone() bool {
	if value, err := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"); err == nil && string(bytes.TrimSpace(value)) == "1" {
		return false // it may be made, and nothing done in it
	}
	own := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID}
	_, err := syscall.ForkExec("/proc/self/no-such-program", []string{"none"}, &syscall.ProcAttr{Sys: own})
	return errors.Is(err, syscall.ENOENT)
}
