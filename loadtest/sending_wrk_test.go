package loadtest

import (
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/sgid"
)

// sender is what one way of sending came to, over all turns.
type sender struct {
	requests, cpu, wall float64 // seconds
}

func (s *sender) add(requests float64, cpu, wall time.Duration) {
	s.requests, s.cpu, s.wall = s.requests+requests, s.cpu+cpu.Seconds(), s.wall+wall.Seconds()
}

func (s *sender) report(b *testing.B, name string) {
	b.ReportMetric(s.requests/s.wall, name+"/s")
	b.ReportMetric(1e6*s.cpu/s.requests, name+"-cpu-us/request")
}

var wrkFigures = regexp.MustCompile(`(?m)^\s*(\d+) requests in ([\d.]+)(ms|s|m)`)

// runWrk has wrk send for d, which it takes in whole seconds, on as many threads
// as this process has processors.
func runWrk(b *testing.B, wrk string, s served, d time.Duration) (requests float64, cpu, wall time.Duration) {
	b.Helper()
	cmd := exec.Command(wrk, "-t", strconv.Itoa(runtime.GOMAXPROCS(0)), "-c", strconv.Itoa(benchConnections), "-d", fmt.Sprintf("%.0fs", d.Seconds()),
		"-H", "Authorization: Bearer at-0", s.URL+sgid.PathUserInfo)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	m := wrkFigures.FindSubmatch(out)
	if m == nil || strings.Contains(string(out), "Non-2xx") || strings.Contains(string(out), "Socket errors") {
		b.Fatalf("wrk:\n%s", out)
	}
	if requests, err = strconv.ParseFloat(string(m[1]), 64); err == nil {
		wall, err = time.ParseDuration(string(m[2]) + string(m[3]))
	}
	if err != nil {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	return requests, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall
}
