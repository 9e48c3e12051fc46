package run

import (
	"slices"
	"testing"
)

func check(id string, v Verdict, g Gap) Check {
	return Check{ID: id, Level: "MUST", Verdict: v, Gap: g}
}

func unjudgedIDs(c *Coverage) (ids []string) {
	for _, u := range c.NotJudged {
		ids = append(ids, u.ID+" "+string(u.Gap))
	}
	slices.Sort(ids)
	return ids
}

func TestCoverage(t *testing.T) {
	r := &Record{Complete: true, Coverage: &Coverage{NotJudged: []Unjudged{
		{"A-01", NotReached, "the run ended before it"}, {"A-02", NotReached, "the run ended before it"}, {"A-11", NotSelected, "not selected"}, {"A-12", NotReached, "the run ended before it"},
	}}, Checks: []Check{
		check("A-01", Pass, ""), check("A-02", Fail, ""), check("A-03", Waived, ""), check("A-04", StaleWaiver, ""), check("A-05", Skip, NotApplicable),
		check("A-06", Skip, WantBrowser), check("A-07", Skip, ""), check("A-08", Blocked, ""), check("A-09", "", ""),
		{ID: "B-01", Level: "SHOULD", Verdict: Skip, Gap: WantBrowser}, {ID: "B-02", Level: "INFO", Verdict: Info}, {ID: "B-03", Level: "SHOULD", Verdict: Waived},
	}}
	for range 2 { // counting anew changes nothing
		r.Count()
		c := r.Coverage
		if c.Judged != 4 || c.Failed != 1 || c.Waived != 1 || c.Applicable != 10 {
			t.Errorf("%+v", c)
		}
		want := []string{"A-06 browser", "A-07 evidence", "A-08 blocked", "A-09 blocked", "A-11 not-selected", "A-12 not-reached"}
		if got := unjudgedIDs(c); !slices.Equal(got, want) {
			t.Errorf("not judged %v, want %v", got, want)
		}
	}
	r.Checks[5].Verdict = Pass // judged after all
	r.Count()
	if c := r.Coverage; c.Judged != 5 || c.Applicable != 10 || len(c.NotJudged) != 5 {
		t.Errorf("%+v", c)
	}
}

func TestRequireComplete(t *testing.T) {
	for name, c := range map[string]struct {
		require string
		checks  []Check
		left    []Unjudged
		exit    int
	}{
		"one was not selected":          {RequireComplete, []Check{check("A-01", Pass, "")}, []Unjudged{{"A-02", NotSelected, ""}}, ExitIncomplete},
		"one was skipped":               {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Skip, WantTime)}, nil, ExitIncomplete},
		"one failed, one was skipped":   {RequireComplete, []Check{check("A-01", Fail, ""), check("A-02", Skip, WantTime)}, nil, ExitFail},
		"one does not apply":            {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Skip, NotApplicable)}, nil, ExitPass},
		"a SHOULD was skipped":          {RequireComplete, []Check{check("A-01", Pass, ""), {ID: "A-02", Level: "SHOULD", Verdict: Skip, Gap: WantTime}}, nil, ExitPass},
		"all were judged":               {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Waived, "")}, nil, ExitPass},
		"nothing is required":           {"", []Check{check("A-01", Pass, "")}, []Unjudged{{"A-02", NotSelected, ""}}, ExitPass},
		"everything skipped, as before": {"", []Check{check("A-01", Skip, WantTime)}, nil, ExitIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Complete: true, Require: c.require, Checks: c.checks, Coverage: &Coverage{NotJudged: c.left}}
			if r.Count(); ExitCode(r) != c.exit {
				t.Errorf("exit code %d, want %d", ExitCode(r), c.exit)
			}
		})
	}
}

func TestReady(t *testing.T) {
	staging := Target{Issuer: "https://idp.example/v2", Kind: "external"}
	for name, c := range map[string]struct {
		change func(*Record)
		want   bool
	}{
		"a whole run":                {func(*Record) {}, true},
		"without coverage":           {func(r *Record) { r.Coverage = nil }, false},
		"of some areas":              {func(r *Record) { r.Coverage.Areas = []string{"BROW"} }, false},
		"something left out":         {func(r *Record) { r.Coverage.NotJudged = []Unjudged{{"A-09", NotSelected, ""}} }, false},
		"something waived":           {func(r *Record) { r.Checks = append(r.Checks, check("A-03", Waived, "")) }, false},
		"something failed":           {func(r *Record) { r.Checks = append(r.Checks, check("A-03", Fail, "")) }, false},
		"interrupted":                {func(r *Record) { r.Complete = false }, false},
		"no MUST check at all":       {func(r *Record) { r.Checks = []Check{{ID: "B-01", Level: "INFO", Verdict: Info}} }, false},
		"the embedded provider":      {func(r *Record) { r.Target.Kind = "embedded" }, false},
		"resolved to this machine":   {func(r *Record) { r.Target.Local = true }, false},
		"a loopback address":         {func(r *Record) { r.Target.Issuer = "https://127.8.9.1:8443/v2" }, false},
		"a loopback address, IPv6":   {func(r *Record) { r.Target.Issuer = "http://[::1]:5156/v2" }, false},
		"a name for this machine":    {func(r *Record) { r.Target.Issuer = "http://sgid.LOCALHOST:5156/v2" }, false},
		"any address of the machine": {func(r *Record) { r.Target.Issuer = "http://0.0.0.0:5156/v2" }, false},
		"a name that only looks so":  {func(r *Record) { r.Target.Issuer = "https://localhost.example/v2" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Complete: true, Target: staging, Checks: []Check{check("A-01", Pass, ""), check("A-02", Skip, NotApplicable)}, Coverage: &Coverage{}}
			c.change(r)
			if r.Count(); r.Ready() != c.want {
				t.Errorf("ready: %v", r.Ready())
			}
		})
	}
}

func TestMergeOfCoverage(t *testing.T) {
	part := func(areas []string, left []Unjudged, checks ...Check) *Record {
		r := &Record{Complete: true, Target: Target{Issuer: "i", Kind: "external"}, Checks: checks, Coverage: &Coverage{Areas: areas, NotJudged: left}}
		r.Count()
		return r
	}
	whole := part(nil, []Unjudged{{"A-02", NotSelected, ""}, {"A-03", NotSelected, ""}}, check("A-01", Pass, ""), check("A-04", Skip, NotApplicable), check("A-05", Skip, NotApplicable))
	other := part(nil, []Unjudged{{"A-01", NotSelected, ""}, {"A-03", NotReached, ""}}, check("A-02", Waived, ""), check("A-04", Skip, WantBrowser), check("A-05", Skip, NotApplicable))
	m, err := Merge(whole, other)
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Coverage; c == nil || c.Judged != 2 || c.Waived != 1 || c.Applicable != 4 || !slices.Equal(unjudgedIDs(c), []string{"A-03 not-selected", "A-04 browser"}) {
		t.Errorf("%+v", c)
	}
	if n := len(whole.Coverage.NotJudged); n != 2 {
		t.Errorf("merging changed its input: %+v", whole.Coverage)
	}
	m, err = Merge(part([]string{"TOKEN"}, nil, check("A-01", Pass, "")), part([]string{"BROW"}, nil, check("A-02", Pass, "")))
	if err != nil || !slices.Equal(m.Coverage.Areas, []string{"TOKEN", "BROW"}) {
		t.Errorf("areas %v, %v", m.Coverage.Areas, err)
	}
	old := &Record{Target: Target{Issuer: "i", Kind: "external"}, Checks: []Check{check("A-01", Pass, "")}}
	if m, err = Merge(whole, old); err != nil || m.Coverage != nil {
		t.Errorf("a part does not say what it left out, the whole does: %+v, %v", m.Coverage, err)
	}
}
