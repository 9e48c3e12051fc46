package doctor

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
)

func TestWhatDoctorAccepts(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		target time.Duration // ahead of this machine's clock
		skew   time.Duration // accepted
		status Status
		detail string
	}{
		{0, time.Minute, StatusOK, "in sync within 1s"},
		{-5 * time.Second, 5 * time.Second, StatusOK, "in sync within 5s"},
		{5 * time.Second, 5 * time.Second, StatusOK, "in sync within 5s"},
		{6 * time.Second, 12 * time.Second, StatusOK, "in sync within 6s"},
		{7 * time.Second, 12 * time.Second, StatusWarning, "7s ahead of"},
		{-7 * time.Second, 12 * time.Second, StatusWarning, "7s behind"},
		{60 * time.Second, 60 * time.Second, StatusWarning, "1m ahead of"},
		{61 * time.Second, 60 * time.Second, StatusProblem, "1m1s ahead of"},
		{-61 * time.Second, 60 * time.Second, StatusProblem, "1m1s behind"},
	} {
		x := newExamination(&config.Config{ClockSkew: tt.skew}, Options{})
		x.clock(&exchange.Exchange{Response: &exchange.Response{Header: http.Header{"Date": {now.Add(tt.target).Format(http.TimeFormat)}}}}, now)
		if len(x.findings) != 1 || x.findings[0].Status != tt.status || !strings.Contains(x.findings[0].Detail, tt.detail) {
			t.Errorf("%v off with %v accepted: %+v", tt.target, tt.skew, x.findings)
		}
	}
	none := newExamination(&config.Config{ClockSkew: time.Minute}, Options{})
	none.clock(&exchange.Exchange{Response: &exchange.Response{}}, now)
	if len(none.findings) != 1 || none.findings[0].Status != StatusWarning {
		t.Errorf("no Date: %+v", none.findings)
	}
	for _, tt := range []struct {
		free   uint64
		status Status
		detail string
	}{{noSpace - 1, StatusProblem, "free"}, {noSpace, StatusWarning, "20 MiB free"}, {littleSpace - 1, StatusWarning, "199 MiB free"}, {littleSpace, StatusOK, "200 MiB free"}, {math.MaxUint64 >> 1, StatusOK, "free"}} {
		x := newExamination(&config.Config{Out: t.TempDir()}, Options{Free: func(string) (uint64, error) { return tt.free, nil }})
		x.folder()
		if last := x.findings[len(x.findings)-1]; last.Status != tt.status || !strings.Contains(last.Detail, tt.detail) {
			t.Errorf("%d bytes: %+v", tt.free, last)
		}
	}
}
