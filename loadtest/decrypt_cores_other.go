//go:build !linux

package loadtest

import (
	"runtime"
	"time"
)

// decryptPin is false: this system is not asked to hold threads to cores.
func decryptPin(int, int) bool { return false }

// decryptCPU is the processor time that this process has used; false where the
// system does not tell it finely enough for a short turn.
func decryptCPU() (time.Duration, bool) {
	cpu, _ := processUsage()
	return cpu, runtime.GOOS != "windows" && runtime.GOOS != "plan9"
}
