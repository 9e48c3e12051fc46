package suites_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// In a resumed run, too, what a login varies is to blame where an
// ordinary one has worked: it was seen in the first part.
func TestAVariedLoginFailsInARunThatIsGoneOnWith(t *testing.T) {
	record, _ := rehearsal{
		few: true, faults: []string{"nonce-required"}, only: []string{"NONCE-02"},
		earlier: &run.Record{Checks: []run.Check{{ID: "AUTHZ-01", Verdict: run.Pass}, {ID: "TOKEN-01", Verdict: run.Pass}}},
	}.run(t)
	if c := verdicts(record)["NONCE-02"]; c.Verdict != run.Fail {
		t.Errorf("NONCE-02: %s %s%s", c.Verdict, c.Reason, c.Observed)
	}
}

// A second use of a code revokes its token: also in a resumed run, in which that is
// all that is left of a check, who shares the login has had its token first.
func TestACodeIsUsedAgainAfterEverybodyElse(t *testing.T) {
	token32, _ := judge.Lookup("TOKEN-32")
	held := slices.DeleteFunc(slices.Clone(token32.Cases), func(name string) bool { return name == "code used again" })
	record, who := rehearsal{
		few: true, only: []string{"TOKEN-32", "TOKEN-16", "CRYPT-09"},
		earlier: &run.Record{
			Checks: []run.Check{{ID: "AUTHZ-01", Verdict: run.Pass}, {ID: "TOKEN-01", Verdict: run.Pass}},
			Begun:  []run.Begun{{ID: "TOKEN-32", Cases: held}},
		},
	}.run(t)
	for id, c := range verdicts(record) {
		if c.Verdict != run.Pass {
			t.Errorf("%s: %s %s%s", id, c.Verdict, c.Reason, c.Observed)
		}
	}
	if len(who.asked) > 4 || len(record.Checks) != 3 {
		t.Errorf("%d checks, for which these logins were asked for: %q", len(record.Checks), who.asked)
	}
}

// Where nobody is there, a run does not wait for somebody at each check.
func TestNobodyIsAskedAgainAndAgain(t *testing.T) {
	for _, few := range []bool{false, true} {
		record, who := rehearsal{few: few, absent: true}.run(t)
		if len(who.asked) != 3 {
			t.Errorf("few logins: %t: %d logins were asked for", few, len(who.asked))
		}
		told := 0
		for _, c := range record.Checks {
			known, _ := judge.Lookup(c.ID)
			if known.Logins > 0 && c.Verdict != run.Blocked && c.Verdict != run.Skip {
				t.Errorf("few logins: %t: %s: %s", few, c.ID, c.Verdict)
			}
			if strings.Contains(c.Reason, "--resume") {
				told++
			}
		}
		if told < 50 {
			t.Errorf("few logins: %t: %d checks say how to go on", few, told)
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
	if !strings.Contains(who.asked[1], "PKCE-08") {
		t.Errorf("%q does not name the checks", who.asked[1])
	}
}

// With a second person what needs one is judged, by one login more.
func TestASecondPersonMakesOneLoginMore(t *testing.T) {
	_, one := rehearsal{few: true}.run(t)
	record, two := rehearsal{few: true, people: 2}.run(t)
	if c := verdicts(record)["IDT-14"]; c.Verdict != run.Pass {
		t.Errorf("IDT-14: %s %s%s", c.Verdict, c.Reason, c.Observed)
	}
	if len(two.asked) != len(one.asked)+1 {
		t.Errorf("%d logins with one person, %d with two:\n%s", len(one.asked), len(two.asked), strings.Join(two.asked, "\n"))
	}
}

// A person who takes five minutes for each login keeps no check from its verdict, but
// one: of two logins that are open at once, the code of the first has run out.
func TestAPersonMayTakeFiveMinutes(t *testing.T) {
	clocks := []string{"IDT-06", "IDT-13"} // they hold the provider's clock, which is moved, against this machine's
	quick, _ := rehearsal{few: true, budget: 18, skip: clocks}.run(t)
	began, passed := time.Now(), time.Duration(0)
	slow, who := rehearsal{
		few: true, budget: 18, skip: clocks,
		now:  func() time.Time { return began.Add(passed) },
		late: func(p *provider.Provider) { p.Advance(5 * time.Minute); passed += 5 * time.Minute },
	}.run(t)
	t.Logf("%d logins", len(who.asked))
	got := verdicts(slow)
	for id, c := range verdicts(quick) {
		want := c.Verdict
		if id == "NONCE-04" {
			want = run.Skip
		}
		if got[id].Verdict != want {
			t.Errorf("%s: %s %s%s, want %s", id, got[id].Verdict, got[id].Reason, got[id].Observed, want)
		}
	}
	if c := got["NONCE-04"]; c.Gap != run.WantEvidence || !strings.Contains(c.Reason, "the second alone was judged") {
		t.Errorf("NONCE-04: %s, %s", c.Gap, c.Reason)
	}
}
