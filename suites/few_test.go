package suites_test

import (
	"context"
	"errors"
	"os"
	"slices"
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
	asked  []string // what for
	enough int      // logins after which kill is called
	kill   func()
	absent bool   // nobody is there
	late   func() // what happens while the person takes a while; nil: nothing
}

func (*person) Name() string { return config.LoginInteractive }

func (p *person) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	if !a.PageOnly {
		p.asked = append(p.asked, a.Purpose)
		if p.absent {
			return nil, errors.New("nobody logged in within 10m0s")
		}
		if p.late != nil {
			p.late()
		}
		if p.enough > 0 && len(p.asked) > p.enough {
			p.asked = p.asked[:p.enough]
			p.kill() // while the person is asked for the next
			return nil, ctx.Err()
		}
	}
	return p.Driver.Authorize(ctx, a)
}

// rehearsal is a run in which a person logs in.
type rehearsal struct {
	budget   int
	variants []string
	faults   []string
	page     string // Options.LoginPage
	few      bool
	absent   bool // nobody is there to log in
	people   int
	limit    time.Duration // of a check
	late     func(*provider.Provider)
	now      func() time.Time
	skip     []string
	only     []string // the checks that are judged; nil: all

	ctx     context.Context // nil: the test's
	enough  int             // logins after which kill is called
	kill    func()
	earlier *run.Record // of the run that is resumed
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
	settings.Select = r.only
	settings.Skip = append(slices.Clone(patient), r.skip...)
	who := &person{absent: r.absent, enough: r.enough, kill: r.kill}
	worked, roots := map[string]bool{}, map[string]bool{}
	if r.earlier != nil {
		for _, c := range r.earlier.Checks {
			worked[c.ID], roots[c.ID] = c.Verdict == run.Pass, c.Root
		}
		for _, b := range r.earlier.Begun {
			for _, name := range b.Cases {
				worked[b.ID+" "+name] = true
			}
		}
	}
	seat := func(on *rig.Rig) (rig.Suite, error) {
		who.Driver = on.Driver
		on.Driver = who
		if r.late != nil {
			who.late = func() { r.late(on.Embedded) }
		}
		return rig.Suite{Body: func(string) func(*judge.T) { return nil }}, nil
	}
	judged := func(on *rig.Rig) (rig.Suite, error) { return suites.Again(on, worked, roots, r.now) }
	world, err := rig.Open(t.Context(), settings, rig.Options{
		Provider: provider.Options{Variants: r.variants, Faults: r.faults, LoginPage: r.page},
		Areas:    slices.DeleteFunc(run.Areas(), func(a string) bool { return a == "BROW" || a == "TLS" }),
		Suites:   []rig.Opener{seat, judged},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	ctx := r.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	campaign := world.Campaign()
	if r.earlier != nil {
		choice := world.Choice()
		choice.Held, choice.LoginKnown = map[string][]string{}, true
		for _, c := range r.earlier.Checks {
			choice.Judged = append(choice.Judged, c.ID)
		}
		for _, b := range r.earlier.Begun {
			choice.Held[b.ID] = b.Cases
		}
		campaign.Plan = judge.Plan(choice)
	}
	if r.limit > 0 {
		campaign.CheckLimit = r.limit
	}
	record := &run.Record{}
	campaign.After = func(c run.Check) { record.Checks = append(record.Checks, c) }
	campaign.Begun = func(begun []run.Begun) { record.Begun = begun }
	if n := campaign.Run(ctx); n > 0 && r.enough == 0 {
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
		if one.Verdict == run.Skip && one.Gap == run.WantLogins {
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

// In twelve logins all but three of the checks that a person can serve are judged
// in full, every MUST among them but for what takes many tokens to tell. That one is
// not counted as judged.
func TestTwelveLoginsJudgeEveryMustButForOneCase(t *testing.T) {
	record, who := rehearsal{few: true, budget: 12}.run(t)
	if len(who.asked) > 12 {
		t.Errorf("asked for %d logins: %q", len(who.asked), who.asked)
	}
	mustsHold(t, record)
	var left []string
	for _, c := range record.Checks {
		cases := leftOut(c)
		skipped := c.Verdict == run.Skip && strings.Contains(c.Reason, "login budget")
		if skipped || len(cases) > 0 {
			left = append(left, c.ID)
		}
		if (skipped || len(cases) > 0 && !slices.Equal(cases, []string{"TOKEN-26 entropy"})) && c.Level == string(judge.MUST) {
			t.Errorf("%s, a MUST, is left out, or in part: %q", c.ID, cases)
		}
	}
	if len(left) > 3 {
		t.Errorf("left out in whole or in part: %v", left)
	}
	noLogins := forWantOfLogins(record)
	if u := noLogins["TOKEN-26"]; len(noLogins) != 1 || !slices.Equal(u.Cases, []string{"entropy"}) || !strings.HasPrefix(u.Reason, "its case entropy was left out: only ") {
		t.Errorf("not judged for want of logins: %+v", noLogins)
	}
}

// forWantOfLogins are the MUSTs that the record counts as not judged, or not in full,
// for want of logins.
func forWantOfLogins(record *run.Record) map[string]run.Unjudged {
	record.Coverage = &run.Coverage{}
	record.Count()
	out := map[string]run.Unjudged{}
	for _, u := range record.Coverage.NotJudged {
		if u.Gap == run.WantLogins && u.Reason != "it needs more logins than a person can be asked to make" {
			out[u.ID] = u
		}
	}
	return out
}

// Where a wrong redemption burns the code each takes a login of its own: every
// MUST is judged by its strongest case at least, and the others are named.
func TestCodesThatBurnAreJudgedByTheStrongestCases(t *testing.T) {
	record, who := rehearsal{few: true, budget: 30, variants: []string{"wrong-redemption-burns-the-code"}}.run(t)
	if len(who.asked) > 30 {
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
		t.Error("30 logins are enough for every case: the test shows nothing")
	}
	if u := forWantOfLogins(record)["PKCE-08"]; len(u.Cases) == 0 {
		t.Errorf("PKCE-08 counts as judged in full: %+v", record.Coverage)
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

// A refusal shows nothing where the code has run out: what a person was too slow
// for is judged on a code that is good, also where a wrong verifier uses codes up.
func TestALatersVerifierIsTriedOnACodeThatIsGood(t *testing.T) {
	for _, variants := range [][]string{nil, {"wrong-redemption-burns-the-code"}} {
		began, passed := time.Now(), time.Duration(0)
		record, _ := rehearsal{
			few: true, variants: variants, only: []string{"PKCE-10"},
			now:  func() time.Time { return began.Add(passed) },
			late: func(p *provider.Provider) { p.Advance(5 * time.Minute); passed += 5 * time.Minute },
		}.run(t)
		c := verdicts(record)["PKCE-10"]
		if c.Verdict != run.Pass || len(c.Cases) != 2 || !strings.Contains(c.Cases[0].Observed, "begun and not finished") {
			t.Errorf("%v: %s %s %+v", variants, c.Verdict, c.Reason, c.Cases)
		}
	}
}

// A page that cannot be distinguished from the login page is neither that nor a refusal.
func TestAPageThatIsNotToldJudgesNothing(t *testing.T) {
	record, _ := rehearsal{
		page: provider.LoginPageApp, only: []string{"AUTHZ-19", "AUTHZ-22"},
		earlier: &run.Record{Checks: []run.Check{{ID: "AUTHZ-01", Verdict: run.Pass}}},
	}.run(t)
	for id, c := range verdicts(record) {
		if c.Verdict != run.Blocked || c.BlockedBy != "the login page" {
			t.Errorf("%s: %s %s%s", id, c.Verdict, c.Reason, c.Observed)
		}
	}
	if len(record.Checks) != 2 {
		t.Errorf("%d checks", len(record.Checks))
	}
}

// A run that is killed after the third login and resumed asks for no login
// twice: together both parts take as many as one that was not interrupted.
func TestNoLoginIsAskedForTwice(t *testing.T) {
	whole, undisturbed := rehearsal{few: true}.run(t)
	ctx, kill := context.WithCancel(t.Context())
	first := rehearsal{few: true, ctx: ctx, enough: 3, kill: kill}
	killed, asked := first.run(t)
	if len(asked.asked) != 3 {
		t.Fatalf("the first part asked for %d logins", len(asked.asked))
	}
	rest, again := rehearsal{few: true, earlier: killed}.run(t)
	if both := len(asked.asked) + len(again.asked); both > len(undisturbed.asked) {
		t.Errorf("3 and %d logins, where %d are enough:\n%s", len(again.asked), len(undisturbed.asked), strings.Join(again.asked, "\n"))
	}
	got := verdicts(rest)
	for id, c := range verdicts(killed) {
		if _, twice := got[id]; twice {
			t.Errorf("%s was judged twice", id)
		}
		got[id] = c
	}
	for id, c := range verdicts(whole) {
		if got[id].Verdict != c.Verdict {
			t.Errorf("%s: %s %s%s, want %s", id, got[id].Verdict, got[id].Reason, got[id].Observed, c.Verdict)
		}
	}
}

// A check that logs in says what its login varies, or takes part in no sharing.
func TestEveryLoginIsDeclared(t *testing.T) {
	for _, c := range judge.Catalogue() {
		own := c.Has(judge.Unattended) || c.Has(judge.Time)
		if c.Area() != "BROW" && !own && (c.Logins > 0) != (len(c.Wants) > 0) {
			t.Errorf("%s spends %d logins and declares %d", c.ID, c.Logins, len(c.Wants))
		}
		for _, w := range c.Wants {
			if w.Case != "" && !slices.Contains(c.Cases, w.Case) {
				t.Errorf("%s wants a login for %q, which is no case of it", c.ID, w.Case)
			}
		}
	}
}
