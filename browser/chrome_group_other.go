//go:build !linux

package browser

import "os/exec"

// Elsewhere than on Linux the browser ends its own children, and its sandbox
// asks nothing of the system.

func ownGroup(*exec.Cmd) {}

func apart(*exec.Cmd) {}

func killGroup(int) {}

func killUsers(string, int) {}

func mayClone() bool { return true }
