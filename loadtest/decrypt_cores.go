package loadtest

import (
	"os"
	"runtime"

	"sgidcheck/internal/sgid"
)

// decryptSpareProcs is added to GOMAXPROCS while libcrypto works. The scheduler
// takes the processor slot of a goroutine that is in a call into C back after
// some 20 µs, unless another slot is idle, and wakes a thread to look for work
// on it. Where every core is busy, that thread takes its time from the
// decryption: without spare slots two cores do the work of 1.7 (docs/performance.md).
const decryptSpareProcs = 2

// decryptHold keeps this process to a number of cores, whatever the engine: it would
// otherwise stay on those of the turn before. The scheduler is made to fit the engine
// on them. Where the system cannot hold threads to cores, GOMAXPROCS alone does it.
func decryptHold(cores int, engine string) {
	procs := cores
	if pinned := decryptPin(os.Getpid(), cores); pinned && engine == sgid.EngineOpenSSL {
		procs += decryptSpareProcs
	}
	if runtime.GOMAXPROCS(0) != procs {
		runtime.GOMAXPROCS(procs)
	}
}

// decryptRelease gives the process back all of the machine's cores.
func decryptRelease(procs int) {
	decryptPin(os.Getpid(), runtime.NumCPU())
	runtime.GOMAXPROCS(procs)
}
