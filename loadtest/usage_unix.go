//go:build unix

package loadtest

import (
	"runtime"
	"syscall"
	"time"
)

// processUsage is what this process has used since it began: processor time,
// and the most memory it held at once, in bytes.
func processUsage() (cpu time.Duration, maxRSS uint64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	// The unit of Maxrss is bytes on Darwin and kilobytes elsewhere.
	unit := uint64(1024)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), uint64(u.Maxrss) * unit
}

// descriptors is how many files and connections this process may hold open; 0
// where that is not known.
func descriptors() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur)
}
