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
		{ID: "A-01", Gap: NotReached, Reason: "the run ended before it"}, {ID: "A-02", Gap: NotReached, Reason: "the run ended before it"}, {ID: "A-11", Gap: NotSelected, Reason: "not selected"}, {ID: "A-12", Gap: NotReached, Reason: "the run ended before it"},
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
		"one was not selected":          {RequireComplete, []Check{check("A-01", Pass, "")}, []Unjudged{{ID: "A-02", Gap: NotSelected, Reason: ""}}, ExitIncomplete},
		"one was skipped":               {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Skip, WantTime)}, nil, ExitIncomplete},
		"one failed, one was skipped":   {RequireComplete, []Check{check("A-01", Fail, ""), check("A-02", Skip, WantTime)}, nil, ExitFail},
		"one does not apply":            {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Skip, NotApplicable)}, nil, ExitPass},
		"a SHOULD was skipped":          {RequireComplete, []Check{check("A-01", Pass, ""), {ID: "A-02", Level: "SHOULD", Verdict: Skip, Gap: WantTime}}, nil, ExitPass},
		"all were judged":               {RequireComplete, []Check{check("A-01", Pass, ""), check("A-02", Waived, "")}, nil, ExitPass},
		"nothing is required":           {"", []Check{check("A-01", Pass, "")}, []Unjudged{{ID: "A-02", Gap: NotSelected, Reason: ""}}, ExitPass},
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
		"something left out":         {func(r *Record) { r.Coverage.NotJudged = []Unjudged{{ID: "A-09", Gap: NotSelected, Reason: ""}} }, false},
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
	whole := part(nil, []Unjudged{{ID: "A-02", Gap: NotSelected, Reason: ""}, {ID: "A-03", Gap: NotSelected, Reason: ""}}, check("A-01", Pass, ""), check("A-04", Skip, NotApplicable), check("A-05", Skip, NotApplicable))
	other := part(nil, []Unjudged{{ID: "A-01", Gap: NotSelected, Reason: ""}, {ID: "A-03", Gap: NotReached, Reason: ""}}, check("A-02", Waived, ""), check("A-04", Skip, WantBrowser), check("A-05", Skip, NotApplicable))
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

// A MUST is judged where every case that applies was; what was left out is named.
func TestCoverageOfAMustThatWasJudgedInPart(t *testing.T) {
	held := Case{Name: "held", Verdict: Pass}
	left := func(name string, g Gap) Case { return Case{Name: name, Verdict: Skip, Gap: g, Observed: "of " + name} }
	minor := Case{Name: "minor", Verdict: Skip, Gap: WantLogins, Level: "SHOULD"}
	for name, c := range map[string]struct {
		verdict  Verdict
		waiver   *Waiver
		cases    []Case
		want     string // the gap; "": it is judged
		reason   string
		unjudged []string
	}{
		"logins":                      {Pass, nil, []Case{held, left("entropy", WantLogins)}, "A-02 logins", "its case entropy was left out: of entropy", []string{"entropy"}},
		"a second client":             {Pass, nil, []Case{held, left("x", WantClient)}, "A-02 client", "its case x was left out: of x", []string{"x"}},
		"a person":                    {Pass, nil, []Case{left("x", WantPerson), held}, "A-02 person", "its case x was left out: of x", []string{"x"}},
		"a browser":                   {Pass, nil, []Case{held, left("x", WantBrowser)}, "A-02 browser", "its case x was left out: of x", []string{"x"}},
		"time":                        {Pass, nil, []Case{held, left("x", WantTime)}, "A-02 time", "its case x was left out: of x", []string{"x"}},
		"permission":                  {Pass, nil, []Case{held, left("x", WantConsent)}, "A-02 permission", "its case x was left out: of x", []string{"x"}},
		"https":                       {Pass, nil, []Case{held, left("x", WantHTTPS)}, "A-02 https", "its case x was left out: of x", []string{"x"}},
		"evidence":                    {Pass, nil, []Case{held, left("x", WantEvidence)}, "A-02 evidence", "its case x was left out: of x", []string{"x"}},
		"two gaps":                    {Pass, nil, []Case{held, left("x", WantTime), left("y", WantLogins)}, "A-02 time", "its case x was left out: of x; its case y was left out: of y", []string{"x", "y"}},
		"two cases, one reason":       {Pass, nil, []Case{{Name: "x", Verdict: Skip, Gap: WantTime}, {Name: "y", Verdict: Skip, Gap: WantTime}, held}, "A-02 time", "its cases x, y were left out", []string{"x", "y"}},
		"not applicable":              {Pass, nil, []Case{held, left("x", NotApplicable)}, "", "", nil},
		"a case below the MUST":       {Pass, nil, []Case{held, minor}, "", "", nil},
		"of a record without gaps":    {Pass, nil, []Case{held, {Name: "x", Verdict: Skip}}, "", "", nil},
		"under a stale waiver":        {StaleWaiver, &Waiver{}, []Case{held, left("x", WantLogins)}, "A-02 logins", "its case x was left out: of x", []string{"x"}},
		"beside a warning":            {Warn, nil, []Case{{Name: "w", Verdict: Warn}, left("x", WantLogins)}, "A-02 logins", "its case x was left out: of x", []string{"x"}},
		"beside a failure":            {Fail, nil, []Case{{Name: "f", Verdict: Fail}, left("x", WantLogins)}, "", "", nil},
		"waived as a whole":           {Waived, &Waiver{}, []Case{{Name: "f", Verdict: Fail}, left("x", WantLogins)}, "", "", nil},
		"a warning waived as a whole": {Waived, &Waiver{Covers: Warn}, []Case{{Name: "w", Verdict: Warn}, left("x", WantLogins)}, "A-02 logins", "its case x was left out: of x", []string{"x"}},
		"a waiver for another case":   {Waived, &Waiver{Case: "f"}, []Case{{Name: "f", Verdict: Fail}, left("x", WantLogins)}, "A-02 logins", "its case x was left out: of x", []string{"x"}},
		"a waiver, and all is tried":  {Waived, &Waiver{Case: "f"}, []Case{{Name: "f", Verdict: Fail}, held}, "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Complete: true, Require: RequireComplete, Target: Target{Issuer: "https://idp.example/v2", Kind: "external"}, Coverage: &Coverage{},
				Checks: []Check{check("A-01", Pass, ""), {ID: "A-02", Level: "MUST", Verdict: c.verdict, Waiver: c.waiver, Cases: c.cases}}}
			r.Count()
			r.Count() // counting anew changes nothing
			n := 0
			if c.want != "" {
				n = 1
				if u := r.Coverage.NotJudged; len(u) != 1 || unjudgedIDs(r.Coverage)[0] != c.want || u[0].Reason != c.reason || !slices.Equal(u[0].Cases, c.unjudged) {
					t.Fatalf("not judged %+v", u)
				}
				if r.Ready() || ExitCode(r) != ExitIncomplete {
					t.Errorf("ready: %v, exit code %d", r.Ready(), ExitCode(r))
				}
			}
			if r.Coverage.Judged != 2-n || len(r.Coverage.NotJudged) != n || r.Coverage.Applicable != 2 || c.waiver != nil && c.waiver.Covers != Warn && r.Coverage.Waived != r.Summary.Waived {
				t.Errorf("%+v", r.Coverage)
			}
		})
	}
}

func TestMergeTakesTheCheckThatWasJudgedInFull(t *testing.T) {
	of := func(cases ...Case) *Record {
		return &Record{Complete: true, Target: Target{Issuer: "i", Kind: "external"}, Coverage: &Coverage{}, Checks: []Check{{ID: "A-01", Level: "MUST", Verdict: Pass, Cases: cases}}}
	}
	part, full := of(Case{Name: "x", Verdict: Skip, Gap: WantLogins}), of(Case{Name: "x", Verdict: Pass})
	for _, records := range [][]*Record{{part, full}, {full, part}} {
		if m, err := Merge(records...); err != nil || m.Coverage.Judged != 1 || len(m.Coverage.NotJudged) != 0 {
			t.Errorf("%+v, %v", m.Coverage, err)
		}
	}
}
