package reports

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestTrend(t *testing.T) {
	first, second, hostileRun := example(t), example(t), soaked(t)
	second.Started = second.Started.AddDate(0, 0, 1)
	for i := range second.Checks {
		if second.Checks[i].ID == "TOKEN-05" {
			second.Checks[i].Verdict = run.Pass
		}
	}
	second.Count()
	var b bytes.Buffer
	if err := Trend(&b, []StoredRun{{Record: first, Report: "runs/a b:c/report.html"}, {Record: second, Path: "runs/second/run.json"}}, "out"); err != nil {
		t.Fatal(err)
	}
	inertTrend(t, b.String())
	for _, want := range []string{"the latest of 2 runs", `aria-label="Findings.`, `aria-label="p99 of each part.`, `aria-label="Cost of decrypting one answer.`, "<code>TOKEN-05</code>",
		`<a href="./../runs/a%20b:c/report.html">22 November 2026, 08:00 UTC</a>`, `<a href="./../runs/a%20b:c/report.html">22 Nov 2026<br>08:00</a>`,
		"23 Nov 2026<br>08:00", "no report beside runs/second/run.json", "runs of 2026, UTC"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "<code>JWKS-01</code>") {
		t.Error("a check that stayed the same is listed")
	}
	b.Reset()
	hostileRun.Summary.Warn, hostileRun.Summary.StaleWaiver = 2, 40
	if err := Trend(&b, []StoredRun{{Record: hostileRun, Path: hostile, Report: hostile}}, "."); err != nil {
		t.Fatal(err)
	}
	inertTrend(t, b.String())
	for _, want := range []string{" 42 warnings,", "<td>42</td>"} { // a waiver that is not needed is a warning
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if err := Trend(&b, nil, "."); err == nil {
		t.Error("a trend of nothing was drawn")
	}
}

func TestReadRuns(t *testing.T) {
	dir := t.TempDir()
	write := func(path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := func(started string) string {
		return `{"schema":"sgidcheck.run/v1","tool":{"name":"a","version":"1"},"target":{"issuer":"i","kind":"external"},"started":"` + started + `","complete":true,"verdict":"pass","summary":{"pass":0,"fail":0,"warn":0,"info":0,"skip":0,"blocked":0,"waived":0,"stale-waiver":0},"checks":[]}`
	}
	write("b/run.json", record("2026-11-20T00:00:00Z"))
	write("a.json", record("2026-11-21T00:00:00Z"))
	write("c/d/run.json", record("2026-11-19T00:00:00Z"))
	write("other.json", `{"name":"package"}`)
	write("notes.txt", "not looked at")
	write("b/report.html", "<html>")
	write("a.html", "<html>")
	write("report.html", "of another run")
	write("c/d/report.html/folder", "no file")
	runs, skipped, err := ReadRuns(dir)
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, r := range runs {
		days = append(days, r.Started.Day())
	}
	if len(days) != 3 || days[0] != 19 || days[1] != 20 || days[2] != 21 {
		t.Errorf("days %v, want the oldest first", days)
	}
	if runs[0].Report != "" || runs[1].Report != filepath.Join(dir, "b", "report.html") || runs[2].Report != filepath.Join(dir, "a.html") {
		t.Errorf("reports beside the records: %q, %q, %q", runs[0].Report, runs[1].Report, runs[2].Report)
	}
	if len(skipped) != 1 || !strings.Contains(skipped[0], "other.json") {
		t.Errorf("left out: %v", skipped)
	}
}

func TestTrendTicksSayTheYearAndTellRunsOfADayApart(t *testing.T) {
	at := func(times ...string) []*run.Record {
		var out []*run.Record
		for _, s := range times {
			started, err := time.Parse("2006-01-02T15:04", s)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, &run.Record{Started: started})
		}
		return out
	}
	for _, c := range []struct {
		runs        []*run.Record
		first, axis string
	}{
		{at("2026-11-22T08:00", "2026-11-23T08:00"), "22 Nov", "runs of 2026, UTC"},
		{at("2026-11-22T08:00", "2026-11-22T09:30"), "22 Nov 08:00", "runs of 2026, UTC"},
		{at("2025-12-31T23:00", "2026-01-01T08:00"), "31 Dec 2025", "runs of 2025 to 2026, UTC"},
		{at("2025-12-31T23:00", "2026-01-01T08:00", "2026-01-01T09:00"), "31 Dec 2025 23:00", "runs of 2025 to 2026, UTC"},
	} {
		if ticks, axis := runTicks(c.runs); ticks[0].Label != c.first || axis != c.axis {
			t.Errorf("%q on an axis %q, want %q on %q", ticks[0].Label, axis, c.first, c.axis)
		}
	}
}

// The provider of an application's run is the harness's own: the application is what
// was judged, and what tells the runs apart.
func TestATrendNamesTheApplications(t *testing.T) {
	of := func(application string) StoredRun {
		return StoredRun{Record: &run.Record{Complete: true, Target: run.Target{Issuer: "http://127.0.0.1:8189/v2", Kind: "external", Application: application}, Coverage: &run.Coverage{Areas: []string{"RP"}}}}
	}
	const shop, bank, caution = "http://localhost:3000/login", "http://localhost:4000/login", "The runs are of different targets."
	for name, c := range map[string]struct {
		runs       []StoredRun
		want, lack []string
	}{
		"two applications": {[]StoredRun{of(shop), of(bank)}, []string{"sgID relying party checks", "Application of the latest</dt><dd>" + bank, "<td>" + shop + "</td>", "<td>" + bank + "</td>", caution},
			[]string{"sgID provider checks", "127.0.0.1:8189"}},
		"one application": {[]StoredRun{of(shop), of(shop)}, []string{"sgID relying party checks", shop}, []string{caution}},
		"a provider":      {[]StoredRun{of(""), of("")}, []string{"sgID provider checks", "Target of the latest</dt><dd>http://127.0.0.1:8189/v2"}, []string{caution, "relying party"}},
	} {
		var b bytes.Buffer
		if err := Trend(&b, c.runs, "."); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: lacks %q", name, want)
			}
		}
		for _, lack := range c.lack {
			if strings.Contains(b.String(), lack) {
				t.Errorf("%s: has %q", name, lack)
			}
		}
	}
}
