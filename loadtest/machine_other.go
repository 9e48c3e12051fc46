//go:build !linux

package loadtest

import (
	"os"
	"runtime"
)

// cpuModel is what the environment says of the processor (Windows), or else its
// architecture.
func cpuModel() string {
	if name := os.Getenv("PROCESSOR_IDENTIFIER"); name != "" {
		return name
	}
	return runtime.GOARCH
}

func cpuFrequency() string { return "not told by this system" }

func cpuLimit() float64 { return 0 }
