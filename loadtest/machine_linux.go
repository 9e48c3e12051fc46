package loadtest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// cpuModel is the processor's name as the kernel has it; where it has none, its
// architecture.
func cpuModel() string {
	info := cpuInfo()
	if info["model name"] != "" {
		return info["model name"]
	}
	if info["cpu part"] != "" { // what ARM tells in place of a name
		return fmt.Sprintf("%s, implementer %s, part %s", runtime.GOARCH, info["cpu implementer"], info["cpu part"])
	}
	return runtime.GOARCH
}

// cpuInfo is what the kernel says of the first processor.
func cpuInfo() map[string]string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	info := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && info[name] == "" {
			info[name] = strings.TrimSpace(value)
		}
	}
	return info
}

// cpuFrequency says what is known of frequency scaling.
func cpuFrequency() string {
	read := func(name string) string {
		text, _ := os.ReadFile(filepath.Join("/sys/devices/system/cpu", name))
		return strings.TrimSpace(string(text))
	}
	var words []string
	if governor := read("cpu0/cpufreq/scaling_governor"); governor != "" {
		words = append(words, "governor "+governor)
		low, errLow := strconv.ParseFloat(read("cpu0/cpufreq/scaling_min_freq"), 64)
		high, errHigh := strconv.ParseFloat(read("cpu0/cpufreq/scaling_max_freq"), 64)
		if errLow == nil && errHigh == nil {
			words = append(words, fmt.Sprintf("%.1f to %.1f GHz", low/1e6, high/1e6))
		}
		switch {
		case read("intel_pstate/no_turbo") == "0", read("cpufreq/boost") == "1":
			words = append(words, "turbo on")
		case read("intel_pstate/no_turbo") == "1", read("cpufreq/boost") == "0":
			words = append(words, "turbo off")
		}
	} else if slices.Contains(strings.Fields(cpuInfo()["flags"]), "hypervisor") {
		words = append(words, "set by the host of this virtual machine, and not to be seen from within")
	} else {
		words = append(words, "not told by this system")
	}
	return strings.Join(words, ", ")
}

// cpuLimit is how many cores' time the control group of this process may use; 0:
// all there is.
func cpuLimit() float64 {
	if text, err := os.ReadFile("/sys/fs/cgroup/cpu.max"); err == nil {
		quota, period, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		return quotient(quota, period)
	}
	quota, _ := os.ReadFile("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
	period, _ := os.ReadFile("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
	return quotient(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
}

func quotient(quota, period string) float64 {
	q, errQ := strconv.ParseFloat(quota, 64)
	p, errP := strconv.ParseFloat(period, 64)
	if errQ != nil || errP != nil || !(q > 0) || !(p > 0) || math.IsInf(q/p, 0) {
		return 0
	}
	return round(q/p, 2)
}
