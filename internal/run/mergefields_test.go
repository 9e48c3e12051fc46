package run

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMergeAddsEveryFigureOfALoad(t *testing.T) {
	example := func(kind string) []ErrorExample { return []ErrorExample{{Kind: kind}} }
	a := Load{Scenario: "token", RateAsked: 10, RateSent: 11, RateAchieved: 12, DurationS: 2.5, Requests: 15, Answers: 16, Sent: 20, LastRightS: 1,
		Errors: map[string]int{"timeout": 1, "reset": 2}, Aside: map[string]int{"timeout": 3}, Examples: example("a"),
		Series:  []Second{{Second: 1, Asked: 1, Sent: 2, Done: 3, Errors: 4, P50: 5, P99: 6, Max: 7, Backlog: 8, Left: 9, Came: 10}},
		Harness: Harness{CPUSeconds: 1, MaxRSSBytes: 9},
		BytesIn: 17, BytesOut: 18, Connections: 19, Handshakes: 20, ExpiredCodes: 21}
	b := Load{Scenario: "token", RateAsked: 100, RateSent: 200, RateAchieved: 300, DurationS: 2, Requests: 600, Answers: 700, Sent: 605, LastRightS: 5,
		Errors: map[string]int{"timeout": 10}, Examples: append(example("b"), example("a")...),
		Series:  []Second{{Second: 0, Sent: 1}, {Second: 1, Asked: 10, Sent: 20, Done: 30, Errors: 40, P50: 4, P99: 60, Max: 6, Backlog: 80, Left: 90, Came: 100}},
		Harness: Harness{CPUSeconds: 2, MaxRSSBytes: 3, Limited: true, Reasons: []string{"late", "busy"}},
		BytesIn: 800, BytesOut: 900, Connections: 1000, Handshakes: 1100, ExpiredCodes: 1200}
	now := time.Now()
	records := planned(&Record{Load: &a, Finished: &now, Complete: true}, &Record{Load: &b, Finished: &now, Complete: true})
	want := Load{Scenario: "token", RateAsked: 30, RateSent: 250, RateAchieved: 120.4, DurationS: 2.5, Planned: 60, Requests: 615, Answers: 716, Sent: 625, LastRightS: 5,
		Errors: map[string]int{"timeout": 11, "reset": 2}, Aside: map[string]int{"timeout": 3}, Examples: append(example("a"), example("b")...),
		Series:  []Second{{Second: 0, Asked: 30, Sent: 1}, {Second: 1, Asked: 30, Sent: 22, Done: 33, Errors: 44, P50: 5, P99: 60, Max: 7, Backlog: 88, Left: 99, Came: 110}},
		Harness: Harness{CPUSeconds: 3, MaxRSSBytes: 9, Limited: true, Reasons: []string{"part 1: late", "part 1: busy"}},
		BytesIn: 817, BytesOut: 918, Connections: 1019, Handshakes: 1120, ExpiredCodes: 1221, Parts: map[string]Part{}, Plan: a.Plan,
		Shards: []ShardResult{
			{Part: 0, State: ShardWhole, Planned: 30, Sent: 20, Requests: 15, Errors: 3, RateSent: 8, Achieved: 2.4, Harness: a.Harness, Series: []float64{0, 2}},
			{Part: 1, State: ShardWhole, Planned: 30, Sent: 605, Requests: 600, Errors: 10, RateSent: 242, Achieved: 118, Harness: b.Harness, Series: []float64{1, 20}},
		}}
	m, err := Merge(records...)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*m.Load, want) {
		t.Errorf("got  %+v\nwant %+v", *m.Load, want)
	}
	if !m.Complete || m.Stopped != "" {
		t.Errorf("complete %t, stopped %q", m.Complete, m.Stopped)
	}
}

func TestMergeOfPartsOfWhichOneIsEmpty(t *testing.T) {
	load := func(parts map[string]Part) *Record { return &Record{Load: &Load{Parts: parts}} }
	full := part(t, 1000, 2000)
	failed := Part{Count: 2, Errors: 2}
	m, err := Merge(planned(load(map[string]Part{"token": full, "login": {}}), load(map[string]Part{"token": {}, "login": full, "userinfo": full}))...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"token", "login", "userinfo"} {
		if got := m.Load.Parts[name]; got.Count != full.Count || got.Histogram != full.Histogram || got.Latency.Max != full.Latency.Max {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// A part that failed throughout has something to say, and no histogram.
	for _, records := range [][]*Record{{load(map[string]Part{"token": failed}), load(map[string]Part{"token": full})}, {load(map[string]Part{"token": full}), load(map[string]Part{"token": failed})}} {
		if _, err := Merge(planned(records...)...); err == nil || !strings.Contains(err.Error(), "load part token: it holds no histogram") {
			t.Errorf("%v", err)
		}
	}
	a, b := part(t, 1000), part(t, 3000)
	a.Errors, b.Errors = 2, 3
	untimed := load(map[string]Part{"token": {Errors: 1}}) // failed before it could be timed
	if m, err = Merge(planned(untimed, load(map[string]Part{"token": full}))...); err != nil || m.Load.Parts["token"].Errors != 1 || m.Load.Parts["token"].Count != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = Merge(planned(load(map[string]Part{"token": a}), load(map[string]Part{"token": b}))...)
	if err != nil || m.Load.Parts["token"].Errors != 5 || m.Load.Parts["token"].Latency.Min != 1 || m.Load.Parts["token"].Latency.Max != 3 {
		t.Errorf("%+v, %v", m.Load, err)
	}
}

func TestMergeNotesWhatDiffers(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) }
	eight, nine := at(8), at(9)
	a := &Record{Tool: Tool{Version: "1"}, Command: []string{"sgidcheck", "load"}, Started: eight, Finished: &nine, Complete: true, Notes: []string{"a note"}, Resumed: 1, Stopped: "interrupted", Target: Target{Faults: []string{"f"}}}
	b := &Record{Tool: Tool{Version: "2"}, Command: []string{"sgidcheck", "load", "--rate", "5"}, Started: nine, Finished: &eight, Complete: true, Strict: true, Notes: []string{"a note", "b note"}, Resumed: 2, Stopped: "target down", Target: Target{Faults: []string{"g"}}}
	m, err := Merge(a, b, b)
	if err != nil {
		t.Fatal(err)
	}
	notes := []string{"a note", "The parts were made by different versions: 1 and 2.", "Another part was made by: sgidcheck load --rate 5", "b note"}
	if !slices.Equal(m.Notes, notes) {
		t.Errorf("notes %q, want %q", m.Notes, notes)
	}
	if !m.Started.Equal(eight) || !m.Finished.Equal(nine) || !m.Complete || !m.Strict || m.Resumed != 5 || !slices.Equal(m.Target.Faults, []string{"f", "g"}) {
		t.Errorf("%+v", m)
	}
	if m.Stopped != "interrupted; target down; target down" && m.Stopped != "interrupted; target down" {
		t.Errorf("stopped %q", m.Stopped)
	}
	same, err := Merge(a, a)
	if err != nil || !slices.Equal(same.Notes, []string{"a note"}) || same.Stopped != "interrupted" || same.Strict {
		t.Errorf("the same twice: %+v, %v", same, err)
	}
	strict, err := Merge(b, a)
	if err != nil || !strict.Strict {
		t.Errorf("strict first: %+v, %v", strict, err)
	}
	silent, err := Merge(a, &Record{Tool: Tool{Version: "1"}, Started: eight, Complete: true})
	if err != nil || !slices.Equal(silent.Notes, []string{"a note"}) || !silent.Finished.Equal(nine) {
		t.Errorf("a part without a command: %+v, %v", silent, err)
	}
}

func TestMergeKeepsTheFiguresOfAll(t *testing.T) {
	browser := func(sandbox bool, name string) *Record {
		return &Record{Browser: &Browser{Sandbox: sandbox, Steps: []BrowserStep{{Name: name}}, Timings: []Timing{{Name: name}}}}
	}
	for _, tt := range [][3]bool{{true, true, true}, {true, false, false}, {false, true, false}, {false, false, false}} {
		m, err := Merge(browser(tt[0], "a"), browser(tt[1], "b"), &Record{})
		if err != nil || m.Browser.Sandbox != tt[2] || len(m.Browser.Steps) != 2 || len(m.Browser.Timings) != 2 {
			t.Errorf("%v: %+v, %v", tt, m.Browser, err)
		}
	}
	decrypt := func(engine string) *Record {
		return &Record{Decrypt: &Decrypt{Floor: []Floor{{Engine: engine}}, Cells: []Cell{{Engine: engine}}, Peers: []Peer{{Name: engine}}, Plan: []Plan{{Engine: engine}},
			Void: []Void{{What: engine}}, Missing: []Void{{What: engine}}, Machine: &Machine{CPU: engine}}}
	}
	m, err := Merge(&Record{}, decrypt("a"), decrypt("b"))
	if err != nil || len(m.Decrypt.Floor) != 2 || m.Decrypt.Cells[1].Engine != "b" || len(m.Decrypt.Peers) != 2 || len(m.Decrypt.Plan) != 2 ||
		len(m.Decrypt.Void) != 2 || len(m.Decrypt.Missing) != 2 || m.Decrypt.Machine != nil {
		t.Errorf("%+v, %v", m.Decrypt, err)
	}
	if m, err = Merge(decrypt("a"), decrypt("a")); err != nil || m.Decrypt.Machine == nil || m.Decrypt.Machine.CPU != "a" {
		t.Errorf("of one machine: %+v, %v", m.Decrypt, err)
	}
}

func TestMergeTakesTheVerdictThatSaysMore(t *testing.T) {
	order := []Verdict{Skip, Blocked, Pass, Info, StaleWaiver, Waived, Warn, Fail}
	for i, a := range order {
		for j, b := range order {
			one := func(v Verdict, by string) *Record {
				return &Record{Checks: []Check{{ID: "A-01", Verdict: v, Observed: by}}}
			}
			m, err := Merge(one(a, "first"), one(b, "second"))
			want := map[bool]string{true: "second", false: "first"}[j > i]
			if min(i, j) >= slices.Index(order, Waived) { // neither holds: both are told
				want += "\n" + map[string]string{"first": "second", "second": "first"}[want]
			}
			if err != nil || len(m.Checks) != 1 || m.Checks[0].Verdict != order[max(i, j)] || m.Checks[0].Observed != want {
				t.Errorf("%s and %s: %+v, %v", a, b, m.Checks, err)
			}
		}
	}
}
