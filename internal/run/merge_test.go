package run

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func part(t *testing.T, microseconds ...int64) Part {
	t.Helper()
	h := hdrhistogram.New(1, 60_000_000, 3)
	for _, v := range microseconds {
		if err := h.RecordValue(v); err != nil {
			t.Fatal(err)
		}
	}
	encoded, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	if len(microseconds) == 0 {
		return Part{Histogram: string(encoded)}
	}
	return Part{Count: uint64(len(microseconds)), Histogram: string(encoded), Latency: Latency{
		Min: float64(h.Min()) / 1000, Max: float64(slices.Max(microseconds)) / 1000, P50: float64(h.ValueAtQuantile(50)) / 1000}}
}

// planned makes the loads of records parts of one plan: 30/s for two seconds.
func planned(records ...*Record) []*Record {
	for i, r := range records {
		r.Load.Plan = &LoadPlan{Parts: len(records), Rate: 30, RampTo: 30, DurationS: 2, EndsS: 2, Planned: 60}
		r.Load.Shard = &Shard{Part: i, Process: fmt.Sprint(i)}
		if r.Load.DurationS == 0 {
			r.Load.DurationS = 2
		}
	}
	return records
}

// What one application left unjudged is not what holds of another.
func TestMergeKeepsApplicationsApart(t *testing.T) {
	of := func(issuer, application string, v Verdict) *Record {
		return &Record{Complete: true, Target: Target{Issuer: issuer, Kind: "external", Application: application}, Checks: []Check{{ID: "RP-01", Level: "MUST", Verdict: v}}}
	}
	const issuer, shop, bank = "http://127.0.0.1:5156/v2", "http://localhost:3000/login", "http://localhost:4000/login"
	for want, other := range map[string]*Record{
		shop + " and " + bank: of(issuer, bank, Pass),
		shop + " with " + issuer + " and with http://127.0.0.1:6000/v2": of("http://127.0.0.1:6000/v2", shop, Pass),
		shop + " and " + issuer: of(issuer, "", Pass),
	} {
		if m, err := Merge(of(issuer, shop, Skip), other); err == nil || !strings.Contains(err.Error(), "different targets, "+want+": compare") {
			t.Errorf("%+v, %v; want %s", m, err, want)
		}
	}
	if m, err := Merge(of(issuer, shop, Skip), of(issuer, shop, Pass)); err != nil || m.Target.Application != shop || m.Checks[0].Verdict != Pass {
		t.Errorf("parts of one: %+v, %v", m, err)
	}
}

// What one client left unjudged is not what holds of another.
func TestMergeKeepsClientsApart(t *testing.T) {
	of := func(v Verdict, settings ...Setting) *Record {
		return &Record{Complete: true, Target: Target{Issuer: "https://idp.example/v2", Kind: "external"}, Settings: settings, Checks: []Check{{ID: "A-01", Level: "MUST", Verdict: v}}}
	}
	client := func(id string) Setting { return Setting{Name: "client-id", Value: id} }
	second := func(id string) Setting { return Setting{Name: "second-client-id", Value: id} }
	for want, records := range map[string][]*Record{
		`client-id "SHOP" and "BANK"`:        {of(Skip, client("SHOP")), of(Pass, client("BANK"))},
		`client-id "SHOP" and "CAFE"`:        {of(Skip), of(Skip, client("SHOP")), of(Skip, client("SHOP")), of(Pass, client("CAFE"))},
		`second-client-id "SHOP" and "BANK"`: {of(Skip, client("ONE"), second("SHOP")), of(Pass, client("ONE"), second("BANK"))},
	} {
		if m, err := Merge(records...); err == nil || !strings.Contains(err.Error(), "different clients, "+want+": compare") {
			t.Errorf("%+v, %v; want %s", m, err, want)
		}
	}
	for name, other := range map[string]*Record{
		"the same":            of(Pass, client("SHOP"), second("BANK")),
		"none":                of(Pass),
		"not set":             of(Pass, client("")),
		"masked":              of(Pass, client("(set, 9 characters; not shown, as it may be a secret)")),
		"no second":           of(Pass, client("SHOP"), second("")),
		"a space beside it":   of(Pass, client(" SHOP")),
		"redacted, by chance": of(Pass, client("[redacted client_secret]")),
	} {
		for _, records := range [][]*Record{{of(Skip, client("SHOP"), second("BANK")), other}, {other, of(Skip, client("SHOP"), second("BANK"))}} {
			if m, err := Merge(records...); err != nil || m.Checks[0].Verdict != Pass {
				t.Errorf("%s: %+v, %v", name, m, err)
			}
		}
	}
}

func TestMerge(t *testing.T) {
	day := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	later := day.Add(time.Hour)
	a := &Record{Target: Target{Issuer: "i", Kind: "external"}, Started: later, Finished: &later, Complete: true, Checks: []Check{
		{ID: "A-01", Level: "MUST", Verdict: Pass}, {ID: "A-02", Level: "MUST", Verdict: Skip}, {ID: "A-03", Level: "MUST", Verdict: Fail},
	}, Load: &Load{Scenario: "token", RateAsked: 10, Requests: 3, Errors: map[string]int{"timeout": 1}, Parts: map[string]Part{"token": part(t, 1000, 2000, 3000)},
		Series: []Second{{Second: 0, Sent: 2, P99: 5}}}}
	b := &Record{Target: Target{Issuer: "i", Kind: "external"}, Started: day, Finished: &day, Complete: false, Stopped: "interrupted", Checks: []Check{
		{ID: "A-01", Level: "MUST", Verdict: Fail}, {ID: "A-02", Level: "MUST", Verdict: Pass}, {ID: "A-03", Level: "MUST", Verdict: Blocked}, {ID: "A-04", Level: "MUST", Verdict: Pass},
	}, Load: &Load{Scenario: "token", RateAsked: 20, Requests: 2, Errors: map[string]int{"timeout": 2}, Parts: map[string]Part{"token": part(t, 9000, 10000)},
		Series: []Second{{Second: 0, Sent: 3, P99: 4}, {Second: 1, Sent: 1}}}}
	planned(a, b)
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Verdict{"A-01": Fail, "A-02": Pass, "A-03": Fail, "A-04": Pass}
	if len(m.Checks) != len(want) {
		t.Errorf("%d checks, want %d", len(m.Checks), len(want))
	}
	for _, c := range m.Checks {
		if c.Verdict != want[c.ID] {
			t.Errorf("%s: %s, want %s", c.ID, c.Verdict, want[c.ID])
		}
	}
	if m.Complete || m.Stopped != "1 of 2 parts not whole: part 1 is cut short (interrupted)" || m.Verdict != RunFail || !m.Started.Equal(day) || !m.Finished.Equal(later) {
		t.Errorf("complete %v, stopped %q, verdict %s, %s to %s", m.Complete, m.Stopped, m.Verdict, m.Started, m.Finished)
	}
	l := m.Load
	if l.RateAsked != 30 || l.Planned != 60 || l.Requests != 5 || l.Errors["timeout"] != 3 || len(l.Series) != 2 || l.Series[0].Sent != 5 || l.Series[0].P99 != 5 {
		t.Errorf("load: %+v", l)
	}
	if p := l.Parts["token"]; p.Count != 5 || math.Abs(p.Latency.P50-3) > 0.01 || p.Latency.Max != 10 || math.Abs(p.Latency.P90-10) > 0.02 {
		t.Errorf("token: %+v", p)
	}
	if a.Load.RateAsked != 10 || a.Load.Parts["token"] != part(t, 1000, 2000, 3000) || a.Load.Errors["timeout"] != 1 || a.Checks[0].Verdict != Pass {
		t.Error("merging changed its input")
	}
	document, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := Validate(document); err != nil {
		t.Error(err)
	}
}

// What one part saw fail is not undone by another that saw it warn.
func TestMergeKeepsTheWaivedFailureBesideAWarning(t *testing.T) {
	of := func(v, covers Verdict) *Record {
		c := Check{ID: "A-01", Level: "MUST", Verdict: v}
		if covers != "" {
			c.Waiver = &Waiver{Covers: covers}
		}
		return &Record{Complete: true, Target: Target{Issuer: "https://idp.example/v2", Kind: "external"}, Coverage: &Coverage{}, Checks: []Check{c}}
	}
	for name, c := range map[string]struct {
		a, b    *Record
		verdict Verdict
		covers  Verdict
		waived  int
		ready   bool
	}{
		"a waived failure, a warning":            {of(Waived, Fail), of(Warn, ""), Waived, Fail, 1, false},
		"a waived failure of an older record":    {of(Waived, "-"), of(Warn, ""), Waived, "-", 1, false},
		"a waived failure, and a waived warning": {of(Waived, Fail), of(Waived, Warn), Waived, Fail, 1, false},
		"a waived failure, and one not waived":   {of(Waived, Fail), of(Fail, ""), Fail, "", 0, false},
		"a waived failure, and it holds":         {of(Waived, Fail), of(Pass, ""), Waived, Fail, 1, false},
		"a waived failure, blocked":              {of(Waived, Fail), of(Blocked, ""), Waived, Fail, 1, false},
		"a waived warning, a warning":            {of(Waived, Warn), of(Warn, ""), Warn, "", 0, true},
		"a waived warning, and it holds":         {of(Waived, Warn), of(StaleWaiver, ""), Waived, Warn, 0, true},
	} {
		for _, records := range [][]*Record{{c.a, c.b}, {c.b, c.a}} {
			m, err := Merge(records...)
			if err != nil {
				t.Fatal(err)
			}
			got := m.Checks[0]
			if got.Verdict != c.verdict || c.covers != "" && got.Waiver.Covers != c.covers || m.Coverage.Waived != c.waived || m.Ready() != c.ready {
				t.Errorf("%s: %s, %d waived, ready %v", name, got.Verdict, m.Coverage.Waived, m.Ready())
			}
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	load := func(scenario string, p Part) *Record {
		return &Record{Load: &Load{Scenario: scenario, Parts: map[string]Part{"token": p}}}
	}
	for name, c := range map[string]struct {
		records []*Record
		want    string
	}{
		"nothing":           {nil, "no run record"},
		"other targets":     {[]*Record{{Target: Target{Issuer: "a"}}, {Target: Target{Issuer: "b"}}}, "different targets"},
		"a stand-in":        {[]*Record{{Target: Target{Issuer: "a", Local: true}}, {Target: Target{Issuer: "a"}}}, "stand-in"},
		"a stand-in, last":  {[]*Record{{Target: Target{Issuer: "a"}}, {Target: Target{Issuer: "a", Local: true}}}, "stand-in"},
		"other scenarios":   {planned(load("token", Part{}), load("userinfo", Part{})), "different scenarios"},
		"no histogram":      {planned(load("token", Part{Count: 1}), load("token", Part{Count: 1})), "no histogram"},
		"damaged histogram": {planned(load("token", Part{Count: 1, Histogram: "AAAA"}), load("token", Part{Count: 1, Histogram: "AAAA"})), "cannot be read"},
		"runs of their own": {[]*Record{load("token", Part{}), load("token", Part{})}, "not parts of one load"},
		"a part and a run":  {append(planned(load("token", Part{})), load("token", Part{})), "not parts of one load"},
		"other plans":       {otherPlan(planned(load("token", Part{}), load("token", Part{}))), "the rate is 30 in one and 20 in another"},
		"no such part":      {noSuchPart(planned(load("token", Part{}), load("token", Part{}))), "part 2 of 2"},
		"merged already":    {[]*Record{{Load: &Load{Shards: []ShardResult{{}}}}, {}}, "merged already"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Merge(c.records...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func otherPlan(records []*Record) []*Record {
	records[1].Load.Plan.Rate = 20
	return records
}

func noSuchPart(records []*Record) []*Record {
	records[1].Load.Shard.Part = 2
	return records
}

func TestMergeFoldsSecondsToTheWider(t *testing.T) {
	var fine []Second
	for i := range 8 {
		fine = append(fine, Second{Second: i, Asked: 10, Sent: 10, P99: float64(i)})
	}
	coarse := []Second{{Second: 0, Width: 4, Asked: 40, Sent: 40, P99: 1}, {Second: 4, Width: 4, Asked: 40, Sent: 39, P99: 9}}
	want := []Second{{Second: 0, Width: 4, Asked: 80, Sent: 80, P99: 3}, {Second: 4, Width: 4, Asked: 80, Sent: 79, P99: 9}}
	if got, err := mergeSeries(fine, coarse); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// partOf is a part whose histogram counts in units of unitMS milliseconds.
func partOf(t *testing.T, unitMS float64, values ...int64) Part {
	t.Helper()
	p := part(t, values...)
	p.Latency = Latency{Min: float64(slices.Min(values)) * unitMS, Max: float64(slices.Max(values)) * unitMS}
	for _, v := range values {
		p.Latency.Mean += float64(v) * unitMS / float64(len(values))
	}
	return p
}

func TestMergeRefusesHistogramsOfDifferentUnits(t *testing.T) {
	load := func(p Part) *Record { return &Record{Load: &Load{Parts: map[string]Part{"token": p}}} }
	units := map[string]float64{"nanoseconds": 1e-6, "microseconds": 1e-3, "milliseconds": 1}
	for a, unitA := range units {
		for b, unitB := range units {
			m, err := Merge(planned(load(partOf(t, unitA, 100, 200)), load(partOf(t, unitB, 300, 400)))...)
			if a != b {
				if err == nil || !strings.Contains(err.Error(), "different units") {
					t.Errorf("%s and %s: %v", a, b, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s twice: %v", a, err)
				continue
			}
			l := m.Load.Parts["token"].Latency
			for name, pair := range map[string][2]float64{"min": {l.Min, 100}, "mean": {l.Mean, 250}, "p50": {l.P50, 200}, "p90": {l.P90, 400}, "p99": {l.P99, 400}, "max": {l.Max, 400}} {
				if want := pair[1] * unitA; math.Abs(pair[0]-want) > want/100 {
					t.Errorf("%s: %s is %v ms, want %v", a, name, pair[0], want)
				}
			}
		}
	}
}

func TestUnitOfAHistogram(t *testing.T) {
	for _, tt := range []struct {
		name     string
		maxMS    float64 // what the figures call the largest value, which is 1000 units
		unit     float64
		mismatch bool
	}{
		{"milliseconds", 1000, 1, false},
		{"microseconds", 1, 1e-3, false},
		{"nanoseconds", 0.001, 1e-6, false},
		{"rounded down", 801, 1, false},
		{"a fifth less", 800, 0, true},
		{"rounded up", 1249, 1, false},
		{"a quarter more", 1250, 0, true},
		{"half a microsecond", 0.5, 0, true},
		{"no figure", 0, 1e-3, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := part(t, 1000)
			p.Latency.Max = tt.maxMS
			_, unit, err := DecodeHistogram(p)
			if (err != nil) != tt.mismatch || unit != tt.unit {
				t.Errorf("unit %v, %v", unit, err)
			}
		})
	}
	empty := part(t, 1)
	empty.Histogram = part(t).Histogram
	if _, unit, err := DecodeHistogram(empty); err != nil || unit != 1e-3 {
		t.Errorf("an empty histogram: unit %v, %v", unit, err)
	}
}
