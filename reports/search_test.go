package reports

import (
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestASearchIsAnsweredInEveryForm(t *testing.T) {
	load := &run.Load{Scenario: "login", Requests: 100, Answers: 100, RateAsked: 614, RateAchieved: 614, Parts: map[string]run.Part{}, Search: []run.SearchStep{
		{Rate: 400, OK: true}, {Rate: 800, Reason: "20 of 1000 failed"}, {Rate: 650, Reason: "login.p99 was 412 ms"}, {Rate: 614, OK: true},
	}, Harness: run.Harness{Machine: &run.Machine{CPU: "Quick 3000", Cores: 4, System: "linux/amd64"}}}
	r := &run.Record{Complete: true, Load: load}
	r.Count()
	if h := headlineOf(r); h.Tone != green || h.String() != "Measured: highest rate that held: 614/s; at 650/s login.p99 was 412 ms." {
		t.Errorf("%+v", h)
	}
	for name, text := range allForms(t, r) {
		for _, want := range []string{"ighest rate that held: 614/s; at 650/s login.p99 was 412 ms", "✕ 20 of 1000 failed", "✓ held"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
		if name != "markdown" && !strings.Contains(text, "Quick 3000; 4 cores; linux/amd64") {
			t.Errorf("%s: no machine", name)
		}
	}

	load.Search[2].Limited, load.Search[2].Reason = true, "login.p99 was 412 ms; the harness was the limit: late"
	r.Count()
	if h := headlineOf(r); h.Tone != amber || !strings.Contains(h.String(), "highest rate that held: 614/s; at 650/s") {
		t.Errorf("the harness was the limit: %+v", h)
	}
	for name, text := range allForms(t, r) {
		if strings.Contains(text, "✕ login.p99") || !strings.Contains(text, "? login.p99") {
			t.Errorf("%s: a cross under what is not decided", name)
		}
	}
}

func TestChartsShowWhatWasMeasured(t *testing.T) {
	load := &run.Load{DurationS: 3, Series: []run.Second{
		{Second: 0, Asked: 10, Sent: 10, Done: 10, Left: 10, Came: 4, P50: 1, P99: 2, Max: 3},
		{Second: 1, Asked: 10, Sent: 10, Done: 10, Left: 7, Came: 5, Backlog: 2, P50: 1, P99: 2, Max: 3},
		{Second: 2, Left: 3, Came: 11},
	}}
	series := samples(load)
	c := rates(series)
	if c.Lines[0].Points[1].Y != 5 || c.Lines[1].Points[1].Y != 7 || c.Lines[1].Points[2].Y != 3 {
		t.Errorf("rates %+v", c.Lines)
	}
	piled, some := backlog(series)
	if !some || piled.Lines[0].Points[0].Y != 6 || piled.Lines[0].Points[1].Y != 8 || piled.Lines[0].Points[2].Y != 0 || piled.Lines[1].Points[1].Y != 2 {
		t.Errorf("backlog %+v", piled.Lines)
	}
	if n := len(latencyOverTime(series).Lines[0].Points); n != 2 {
		t.Errorf("%d seconds have a latency", n)
	}
	for i := range load.Series {
		load.Series[i].Left, load.Series[i].Came = 0, 0
	}
	if _, some := backlog(samples(load)); some || rates(samples(load)).Lines[1].Points[1].Y != 10 {
		t.Error("a record of before is drawn as if it knew more")
	}
	for _, c := range []chart{{LogY: true}, {}} {
		c.XLabel, c.YLabel, c.Lines = "seconds", "milliseconds", []line{{Points: []point{{1, 1}, {2, 20}}}}
		want := map[bool]string{true: "milliseconds (log scale)", false: "milliseconds (linear scale)"}[c.LogY]
		if svg := string(c.svg()); !strings.Contains(svg, want) || !strings.Contains(svg, "seconds (linear scale)") {
			t.Errorf("%s is not in %s", want, svg)
		}
	}
}
