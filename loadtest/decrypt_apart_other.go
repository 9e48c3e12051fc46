//go:build !unix

package loadtest

import "os/exec"

// decryptApart does nothing where there are no process groups.
func decryptApart(*exec.Cmd) {}
