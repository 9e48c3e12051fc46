package browser

import (
	"bytes"
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

// mayClone reports whether an ordinary user may make the user namespaces that
// Chromium's sandbox is built from.
func mayClone() bool {
	for _, name := range []string{"/proc/sys/kernel/unprivileged_userns_clone", "/proc/sys/user/max_user_namespaces"} {
		if value, err := os.ReadFile(name); err == nil && string(bytes.TrimSpace(value)) == "0" {
			return false
		}
	}
	if value, err := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"); err == nil {
		return string(bytes.TrimSpace(value)) != "1"
	}
	return true
}
