package loadtest

import (
	"runtime"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// thisMachine is where this process measures: what its figures depend on.
func thisMachine() *run.Machine {
	m := &run.Machine{
		CPU: cpuModel(), Cores: runtime.NumCPU(), LimitCores: cpuLimit(), Frequency: cpuFrequency(),
		System:   runtime.GOOS + "/" + runtime.GOARCH,
		Versions: map[string]string{"go": runtime.Version()},
	}
	for _, e := range sgid.Engines() {
		if e.Available && e.Version != "" {
			m.Versions[e.Name] = e.Version
		}
	}
	return m
}
