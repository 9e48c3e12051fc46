package suites_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/suites"
)

// person is a driver that stands for somebody who is asked to log in.
type person struct {
	login.Driver
	asked []string // what for
	late  func()   // what happens while the person takes a while; nil: nothing
}

func (*person) Name() string { return config.LoginInteractive }

func (p *person) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	if !a.PageOnly {
		p.asked = append(p.asked, a.Purpose)
		if p.late != nil {
			p.late()
		}
	}
	return p.Driver.Authorize(ctx, a)
}

// rehearsal is a run in which a person logs in.
type rehearsal struct {
	budget   int
	variants []string
	few      bool
	people   int
	limit    time.Duration // of a check
	late     func(*provider.Provider)
	now      func() time.Time
	skip     []string
}

// patient are the checks that let time pass, for which nobody sits and waits.
var patient = []string{"TOKEN-25", "UINFO-14"}

func (r rehearsal) run(t *testing.T) (*run.Record, *person) {
	t.Helper()
	settings, err := config.Resolve(nil, nil, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	settings.Login, settings.FewLogins, settings.LoginBudget, settings.People = config.LoginInteractive, r.few, r.budget, r.people
	settings.Skip = append(slices.Clone(patient), r.skip...)
	who := &person{}
	seat := func(on *rig.Rig) (rig.Suite, error) {
		who.Driver = on.Driver
		on.Driver = who
		if r.late != nil {
			who.late = func() { r.late(on.Embedded) }
		}
		return rig.Suite{Body: func(string) func(*judge.T) { return nil }}, nil
	}
	judged := func(on *rig.Rig) (rig.Suite, error) { return suites.OnAt(on, r.now) }
	world, err := rig.Open(t.Context(), settings, rig.Options{
		Provider: provider.Options{Variants: r.variants},
		Areas:    slices.DeleteFunc(run.Areas(), func(a string) bool { return a == "BROW" || a == "TLS" }),
		Suites:   []rig.Opener{seat, judged},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	campaign := world.Campaign()
	if r.limit > 0 {
		campaign.CheckLimit = r.limit
	}
	record := &run.Record{}
	campaign.After = func(c run.Check) { record.Checks = append(record.Checks, c) }
	if n := campaign.Run(t.Context()); n > 0 {
		t.Fatalf("%d checks were not reached", n)
	}
	return record, who
}

// verdicts are the record's, by check.
func verdicts(record *run.Record) map[string]run.Check {
	out := map[string]run.Check{}
	for _, c := range record.Checks {
		out[c.ID] = c
	}
	return out
}

// leftOut are the cases of a check that were not judged for want of logins.
func leftOut(c run.Check) []string {
	var out []string
	for _, one := range c.Cases {
		if one.Verdict == run.Skip && (strings.Contains(one.Observed, "login") || strings.Contains(one.Observed, "too few")) {
			out = append(out, c.ID+" "+one.Name)
		}
	}
	return out
}

// mustsHold reports every MUST that was not judged although a person could serve
// it, and every check that does not hold.
func mustsHold(t *testing.T, record *run.Record) {
	t.Helper()
	for _, c := range record.Checks {
		_, known := judge.Lookup(c.ID)
		unserved := c.Verdict == run.Skip && (c.Level != string(judge.MUST) || c.Gap == run.WantPerson || c.Gap == run.NotApplicable || c.Reason == "it needs more logins than a person can be asked to make")
		if !known || c.Verdict != run.Pass && c.Verdict != run.Info && !unserved {
			t.Errorf("%s %s: %s %s%s", c.Level, c.ID, c.Verdict, c.Reason, c.Observed)
		}
	}
}

// All that a person can serve in twelve logins: of the MUSTs nothing is left out
// but what takes many codes to tell.
func TestTwelveLoginsJudgeEveryMust(t *testing.T) {
	record, who := rehearsal{few: true, budget: 12}.run(t)
	if len(who.asked) > 12 {
		t.Errorf("asked for %d logins: %q", len(who.asked), who.asked)
	}
	mustsHold(t, record)
	var skipped, cases []string
	for _, c := range record.Checks {
		if c.Verdict == run.Skip && strings.Contains(c.Reason, "login budget") {
			skipped = append(skipped, c.ID)
		} else {
			cases = append(cases, leftOut(c)...)
		}
	}
	if len(skipped) > 3 {
		t.Errorf("left out: %v", skipped)
	}
	if want := []string{"TOKEN-26 entropy"}; !slices.Equal(cases, want) {
		t.Errorf("cases left out: %q, want %q", cases, want)
	}
}

// Where a wrong redemption burns the code each takes a login of its own: every
// MUST is judged by its strongest case at least, and the others are named.
func TestCodesThatBurnAreJudgedByTheStrongestCases(t *testing.T) {
	record, who := rehearsal{few: true, budget: 25, variants: []string{"wrong-redemption-burns-the-code"}}.run(t)
	if len(who.asked) > 25 {
		t.Errorf("asked for %d logins", len(who.asked))
	}
	mustsHold(t, record)
	for id, strongest := range map[string]string{"PKCE-08": "another verifier", "TOKEN-14": "not registered", "TOKEN-16": "with the login's redirect URI"} {
		c := verdicts(record)[id]
		at := slices.IndexFunc(c.Cases, func(one run.Case) bool { return one.Name == strongest })
		if at < 0 || c.Cases[at].Verdict != run.Pass {
			t.Errorf("%s is not judged by the case %q: %+v", id, strongest, c.Cases)
		}
		for _, left := range leftOut(c) {
			if name := strings.TrimPrefix(left, id+" "); !strings.Contains(c.Observed, name) {
				t.Errorf("%s does not name the case that is left out, %q: %s", id, name, c.Observed)
			}
		}
	}
	if len(leftOut(verdicts(record)["PKCE-08"])) == 0 {
		t.Error("25 logins are enough for every case: the test shows nothing")
	}
}

// With three logins the worst is covered.
func TestThreeLoginsCoverTheWorst(t *testing.T) {
	record, who := rehearsal{few: true, budget: 3}.run(t)
	if len(who.asked) != 3 {
		t.Errorf("asked for %d logins: %q", len(who.asked), who.asked)
	}
	got := verdicts(record)
	for _, id := range []string{"PKCE-01", "PKCE-07", "PKCE-08", "PKCE-09", "PKCE-12", "TOKEN-05", "TOKEN-11", "TOKEN-14", "TOKEN-15", "TOKEN-16", "AUTHZ-02", "AUTHZ-03", "NONCE-01"} {
		if c := got[id]; c.Verdict != run.Pass {
			t.Errorf("%s: %s %s%s", id, c.Verdict, c.Reason, c.Observed)
		}
	}
}

// A person who takes five minutes for each login keeps no check from its verdict.
func TestAPersonMayTakeFiveMinutes(t *testing.T) {
	clocks := []string{"IDT-06", "IDT-13"} // they hold the provider's clock, which is moved, against this machine's
	quick, _ := rehearsal{few: true, budget: 16, skip: clocks}.run(t)
	began, passed := time.Now(), time.Duration(0)
	slow, who := rehearsal{
		few: true, budget: 16, skip: clocks,
		now:  func() time.Time { return began.Add(passed) },
		late: func(p *provider.Provider) { p.Advance(5 * time.Minute); passed += 5 * time.Minute },
	}.run(t)
	t.Logf("%d logins", len(who.asked))
	got := verdicts(slow)
	for id, c := range verdicts(quick) {
		if got[id].Verdict != c.Verdict {
			t.Errorf("%s: %s %s%s, want %s", id, got[id].Verdict, got[id].Reason, got[id].Observed, c.Verdict)
		}
	}
}

// What each login is for is said to who makes it, with its number.
func TestWhoLogsInHearsWhatFor(t *testing.T) {
	_, who := rehearsal{few: true, budget: 3}.run(t)
	for i, said := range who.asked {
		if !strings.HasPrefix(said, "Login "+strconv.Itoa(i+1)+" of 3, for ") {
			t.Errorf("%q", said)
		}
	}
	if !strings.Contains(who.asked[2], "PKCE-08") {
		t.Errorf("%q does not name the checks", who.asked[2])
	}
}
