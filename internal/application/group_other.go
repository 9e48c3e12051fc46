//go:build !linux

package application

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

func endGroup(pid int) { killGroup(pid) }

func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
