package loadtest

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// decryptAllowed are the cores that this process may use, as it found them.
var decryptAllowed = sync.OnceValue(func() []int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	var cores []int
	for i := range 64 * len(set) {
		if set.IsSet(i) {
			cores = append(cores, i)
		}
	}
	return cores
})

// decryptPin holds every thread of a process, and those they start, to the first
// so many of the allowed cores; it is false where that cannot be done.
func decryptPin(pid, cores int) bool {
	allowed := decryptAllowed()
	if cores > len(allowed) {
		return false
	}
	var set unix.CPUSet
	for _, core := range allowed[:cores] {
		set.Set(core)
	}
	// A thread can be started by one that is not held yet: the second look finds it.
	for range 2 {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return false
		}
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err != nil {
				return false
			}
			if err := unix.SchedSetaffinity(tid, &set); err != nil && err != unix.ESRCH {
				return false
			}
		}
	}
	return true
}

// decryptCPU is the processor time that this process has used, to the nanosecond;
// false where the system does not tell.
func decryptCPU() (time.Duration, bool) {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}
