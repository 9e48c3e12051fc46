//go:build !unix

package loadtest

import (
	"runtime/metrics"
	"time"
)

// processUsage is what the Go runtime knows of itself where the system is not
// asked: the processor time of goroutines and collector as it estimates it, and
// the memory it holds from the system, in bytes.
func processUsage() (cpu time.Duration, maxRSS uint64) {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(samples)
	if samples[0].Value.Kind() == metrics.KindFloat64 && samples[1].Value.Kind() == metrics.KindFloat64 {
		cpu = time.Duration((samples[0].Value.Float64() - samples[1].Value.Float64()) * float64(time.Second))
	}
	if samples[2].Value.Kind() == metrics.KindUint64 {
		maxRSS = samples[2].Value.Uint64()
	}
	return cpu, maxRSS
}

// descriptors is how many files and connections this process may hold open; 0
// where that is not known.
func descriptors() uint64 { return 0 }
