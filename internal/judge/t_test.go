package judge

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"

	"github.com/onsi/gomega"
)

func statement(level Level, cases ...string) Check {
	return Check{ID: "TOKEN-99", Title: "t", Problem: "p", Level: level, Expect: "e", Why: "w", Remedy: "r", Basis: []run.Basis{PRACTICE()}, Cases: cases}
}

// held judges a statement that holds.
func held(t *T) func() { return func() { t.Require(true, "", "", nil) } }

type evidence struct{ url string }

func (e *evidence) Record() run.Exchange {
	return run.Exchange{Request: run.Request{Method: "GET", URL: e.url}}
}

func TestVerdictOfABody(t *testing.T) {
	shown := &evidence{"http://127.0.0.1/judged"}
	tests := []struct {
		name  string
		level Level
		body  func(*T)
		want  run.Verdict
		text  string
		cases int // how many of first, second and third the catalogue lists
	}{
		{"a body that judges nothing never passes", MUST, func(*T) {}, run.Blocked, "", 0},
		{"a body that panics never passes", MUST, func(t *T) { held(t)(); panic("a defect of the harness") }, run.Blocked, "", 0},
		{"an assertion that holds", MUST, func(t *T) { t.Expect(1).To(gomega.Equal(1)) }, run.Pass, "as expected", 0},
		{"a MUST that does not hold", MUST, func(t *T) { t.Expect(1).To(gomega.Equal(2)) }, run.Fail, "to equal", 0},
		{"a SHOULD that does not hold", SHOULD, func(t *T) { t.Expect(1).To(gomega.Equal(2)) }, run.Warn, "to equal", 0},
		{"an INFO that does not hold", INFO, func(t *T) { t.Fail("", "odd", nil) }, run.Info, "odd", 0},
		{"a skip", MUST, func(t *T) { t.Skip("no second client") }, run.Skip, "", 0},
		{"a skip after what held is no pass", MUST, func(t *T) { held(t)(); t.Skip("no second client") }, run.Skip, "", 0},
		{"a finding outweighs a later skip", MUST, func(t *T) { t.Found("a", "b", shown); t.Skip("no second client") }, run.Fail, "b (expected a)", 0},
		{"no case that is judged to its end", MUST, func(t *T) { t.Case("first", func() { held(t)(); t.Skip("no person") }) }, run.Skip, "", 1},
		{"a block", MUST, func(t *T) { t.Block("AUTHZ-01", "no login") }, run.Blocked, "", 0},
		{"a finding outweighs a later block", MUST, func(t *T) { t.Found("a", "b", shown); t.Block("AUTHZ-01", "no login") }, run.Fail, "b (expected a)", 0},
		{"an assertion before a block is no pass", MUST, func(t *T) { held(t)(); t.Block("AUTHZ-01", "no login") }, run.Blocked, "", 0},
		{"one failing case of three", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("second", func() { t.Fail("x", "y", shown) })
			t.Case("third", held(t))
		}, run.Fail, "second: y (expected x)", 3},
		{"a blocked case among passing ones", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("second", func() { t.Block("TOKEN-01", "no token") })
		}, run.Blocked, "", 2},
		{"a skipped case among passing ones", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("second", func() { t.Skip("no person") })
		}, run.Pass, "as expected in the 1 cases that were judged; left out: second (no person)", 2},
		{"a case that judges nothing", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("second", func() {})
		}, run.Blocked, "", 2},
		{"a case that the catalogue does not list", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("second", held(t))
		}, run.Blocked, "", 1},
		{"a case that is listed and not tried", MUST, func(t *T) { t.Case("first", held(t)) }, run.Blocked, "", 2},
		{"a case that is tried twice", MUST, func(t *T) {
			t.Case("first", held(t))
			t.Case("first", held(t))
		}, run.Blocked, "", 1},
		{"a case that is not tried beside one that fails", MUST, func(t *T) { t.Case("first", func() { t.Fail("x", "y", shown) }) }, run.Fail, "first: y", 2},
		{"cases that a skip leaves untried", MUST, func(t *T) { t.Skip("no second client") }, run.Skip, "", 2},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(context.Background(), statement(tt.level, []string{"first", "second", "third"}[:tt.cases]...), tt.body)
			if got.Verdict != tt.want || !strings.Contains(got.Observed, tt.text) {
				t.Fatalf("verdict %s, observed %q; want %s, %q", got.Verdict, got.Observed, tt.want, tt.text)
			}
			if (got.Verdict == run.Skip || got.Verdict == run.Blocked) && got.Reason == "" {
				t.Error("no reason in the record")
			}
			if got.Verdict == run.Blocked && got.BlockedBy == "" {
				t.Error("the record does not say what blocked it")
			}
		})
	}
}

// A skip after a case leaves the rest of the cases: the record names each.
func TestASkipAfterACaseNamesTheCasesItLeaves(t *testing.T) {
	for _, gap := range []run.Gap{run.NotApplicable, run.WantClient, run.WantLogins} {
		got := Judge(t.Context(), statement(MUST, "first", "second", "third"), func(t *T) {
			t.Case("first", func() { t.Assert(true, "", "", nil) })
			t.SkipFor(gap, "no more of it")
		})
		if got.Verdict != run.Pass || len(got.Cases) != 3 {
			t.Fatalf("%s: verdict %s, cases %+v", gap, got.Verdict, got.Cases)
		}
		for i, name := range []string{"second", "third"} {
			if c := got.Cases[i+1]; c.Name != name || c.Verdict != run.Skip || c.Observed != "no more of it" || c.Gap != gap {
				t.Errorf("%s: %+v, want %s skipped", gap, c, name)
			}
		}
		want := map[run.Gap]string{
			run.NotApplicable: "as expected in all 1 cases",
			run.WantClient:    "as expected in the 1 cases that were judged; left out: second (no more of it); left out: third (no more of it)",
			run.WantLogins:    "as expected in the 1 cases that were judged; left out for want of logins: second, third",
		}
		if got.Observed != want[gap] {
			t.Errorf("%s: observed %q, want %q", gap, got.Observed, want[gap])
		}
	}
}

// What does not hold is found, in the words that it was asserted with; Require ends the case there.
func TestAnAssertionThatDoesNotHold(t *testing.T) {
	shown := &evidence{"http://127.0.0.1/judged"}
	for name, tt := range map[string]struct {
		assert func(*T)
		want   run.Verdict
		text   string
	}{
		"Require":                {func(t *T) { t.Require(false, "a", "b", shown); t.Found("", "went on", nil) }, run.Fail, "b (expected a)"},
		"Assert":                 {func(t *T) { t.Assert(false, "a", "b", shown); t.Found("", "went on", nil) }, run.Fail, "b (expected a)\nwent on"},
		"AssertAt a lower level": {func(t *T) { t.AssertAt(SHOULD, false, "a", "b", shown) }, run.Warn, "b (expected a)"},
		"AssertAt INFO":          {func(t *T) { t.AssertAt(INFO, false, "a", "b", shown) }, run.Pass, "b"},
		"AssertNone":             {func(t *T) { t.AssertNone("a", []Finding{{"b", shown}, {"c", shown}}) }, run.Fail, "b (expected a)\nc (expected a)"},
		"a loop over nothing": {func(t *T) {
			for range 0 {
				t.Assert(true, "", "", nil)
			}
		}, run.Blocked, ""},
		"what Assert says of one": {func(t *T) {
			if t.Assert(false, "", "b", nil) {
				t.Found("", "went on", nil)
			}
		}, run.Fail, "b"},
	} {
		got := Judge(context.Background(), statement(MUST), tt.assert)
		if got.Verdict != tt.want || got.Observed != tt.text {
			t.Errorf("%s: %s, %q; want %s, %q", name, got.Verdict, got.Observed, tt.want, tt.text)
		}
	}
	if got := Judge(context.Background(), statement(INFO), func(t *T) { t.Observe("seen") }); got.Verdict != run.Info {
		t.Errorf("an observation of an INFO check: %s, %s", got.Verdict, got.Reason)
	}
	if got := Judge(context.Background(), statement(MUST), func(t *T) { t.Observe("seen") }); got.Verdict != run.Blocked {
		t.Errorf("an observation of a MUST check: %s", got.Verdict)
	}
}

// A check whose cases were all skipped does not apply only where none of them does.
func TestGapOfASkip(t *testing.T) {
	outside := func(t *T) func() { return func() { t.NotApplicable("no such variant") } }
	lacking := func(t *T) func() { return func() { t.SkipFor(run.WantClient, "no second client") } }
	for name, tt := range map[string]struct {
		body   func(*T)
		gap    run.Gap
		reason string
	}{
		"nothing met to judge it by":      {func(t *T) { t.Skip("nothing was refused") }, run.WantEvidence, "nothing was refused"},
		"does not apply":                  {func(t *T) { outside(t)() }, run.NotApplicable, "no such variant"},
		"lacks a client":                  {func(t *T) { lacking(t)() }, run.WantClient, "no second client"},
		"no case applies":                 {func(t *T) { t.Case("one", outside(t)); t.Case("two", outside(t)) }, run.NotApplicable, "no such variant"},
		"one case lacks a client":         {func(t *T) { t.Case("one", outside(t)); t.Case("two", lacking(t)) }, run.WantClient, "no second client"},
		"the first case lacks a client":   {func(t *T) { t.Case("one", lacking(t)); t.Case("two", outside(t)) }, run.WantClient, "no second client"},
		"one case was judged, and passes": {func(t *T) { t.Case("one", held(t)); t.Case("two", lacking(t)) }, "", ""},
	} {
		var cases []string
		if strings.Contains(name, "case") {
			cases = numbered[:2]
		}
		got := Judge(context.Background(), statement(MUST, cases...), tt.body)
		if got.Gap != tt.gap || got.Reason != tt.reason {
			t.Errorf("%s: %s, %q, %q", name, got.Verdict, got.Gap, got.Reason)
		}
	}
}

func TestCasesGoOnAfterOneFails(t *testing.T) {
	got := Judge(context.Background(), statement(MUST, "first", "second"), func(t *T) {
		t.Case("first", func() { t.Found("v", "w", nil); t.Found("v", "w", nil); t.Fail("x", "y", nil) })
		t.Case("second", held(t))
		t.Found("a", "beside", nil)
	})
	want := []run.Case{
		{Name: "first", Verdict: run.Fail, Expected: "v; x", Observed: "w; y"},
		{Name: "second", Verdict: run.Pass},
		{Name: "outside the cases", Verdict: run.Fail, Expected: "a", Observed: "beside"},
	}
	if len(got.Cases) != len(want) {
		t.Fatalf("cases %+v", got.Cases)
	}
	for i := range want {
		if got.Cases[i] != want[i] {
			t.Errorf("case %d: %+v, want %+v", i, got.Cases[i], want[i])
		}
	}
}

func TestEvidenceMarksWhatWasJudged(t *testing.T) {
	judged := &evidence{"http://127.0.0.1/judged"}
	got := Judge(context.Background(), statement(MUST), func(t *T) {
		for range 3 * keptAtMost {
			t.Keep(&evidence{"http://127.0.0.1/other"})
		}
		t.Keep(judged)
		t.Fail("x", "y", judged)
	})
	if len(got.Exchanges) != keptAtMost+1 {
		t.Fatalf("%d exchanges kept", len(got.Exchanges))
	}
	last := got.Exchanges[keptAtMost]
	if !last.Judged || last.Request.URL != judged.url {
		t.Errorf("the judged exchange is not marked: %+v", last)
	}
}

func TestAnInterruptEndsTheCases(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	reached := 0
	got := Judge(ctx, statement(MUST, "first", "second"), func(t *T) {
		t.Case("first", func() { reached++; held(t)(); cancel() })
		t.Case("second", func() { reached++; held(t)() })
	})
	if reached != 1 || got.Verdict != run.Blocked {
		t.Errorf("%d cases reached, verdict %s", reached, got.Verdict)
	}
}

func TestAgainJudgesFromTheStartOnce(t *testing.T) {
	rounds, root := 0, true
	got := Judge(context.Background(), statement(MUST, "first", "second"), func(t *T) {
		rounds++
		t.Case("first", func() {
			if rounds == 1 {
				t.Root()
				t.Found("", "of the round that does not count", nil)
			}
			held(t)()
		})
		t.Case("second", func() {
			t.Again()
			root = t.root
			held(t)()
		})
	})
	if rounds != 2 || root || got.Verdict != run.Pass || len(got.Cases) != 2 {
		t.Errorf("%d rounds, verdict %s: %s, cases %+v", rounds, got.Verdict, got.Observed, got.Cases)
	}
}

// What is the cause of others' findings is so only while it is found: a first look
// that does not count leaves nothing of it, and what cannot be seen alone stands.
func TestACauseIsOneWhileItIsFound(t *testing.T) {
	root := func(t *T, wrong bool) {
		t.Mixed()
		if wrong {
			t.Root()
			t.Fail("", "wrong", nil)
		}
		held(t)()
	}
	for name, c := range map[string]struct {
		alone func(*T)
		first bool // another case has found it before
		want  bool
	}{
		"it holds alone":                        {func(t *T) { root(t, false) }, false, false},
		"it holds alone, another case does not": {func(t *T) { root(t, false) }, true, true},
		"it is found alone":                     {func(t *T) { root(t, true) }, false, true},
		"something else is found alone":         {func(t *T) { t.Fail("", "odd", nil) }, false, false},
		"no login is left":                      {func(t *T) { t.SkipFor(run.WantLogins, "none left") }, false, true},
	} {
		checked := newT(t.Context(), statement(MUST, "first", "second"))
		var before bool
		got := checked.judge(func(t *T) {
			t.Case("first", func() {
				if c.first {
					t.Root()
					t.Fail("", "wrong", nil)
				}
				held(t)()
			})
			t.Case("second", func() {
				if t.Alone() {
					before = t.IsRoot()
					c.alone(t)
					return
				}
				root(t, true)
			})
		})
		if checked.IsRoot() != c.want || got.Root != c.want || before != c.first {
			t.Errorf("%s: a cause %t, in the record %t, before it was seen alone %t", name, checked.IsRoot(), got.Root, before)
		}
	}
}

// A case that is left out says what was lacking, and its own level where it has one.
func TestACaseThatIsLeftOutSaysWhy(t *testing.T) {
	c := statement(MUST, "held", "no client", "minor")
	c.Levels = map[string]Level{"minor": SHOULD}
	got := Judge(t.Context(), c, func(t *T) {
		t.Case("held", func() { t.Assert(true, "", "", nil) })
		t.Case("no client", func() { t.SkipFor(run.WantClient, "no second client is configured") })
		t.Case("minor", func() { t.Skip("it met nothing to judge it by") })
	})
	want := []run.Case{
		{Name: "held", Verdict: run.Pass},
		{Name: "no client", Verdict: run.Skip, Observed: "no second client is configured", Gap: run.WantClient},
		{Name: "minor", Verdict: run.Skip, Observed: "it met nothing to judge it by", Gap: run.WantEvidence, Level: "SHOULD"},
	}
	if got.Verdict != run.Pass || !slices.Equal(got.Cases, want) {
		t.Errorf("%s, %+v", got.Verdict, got.Cases)
	}
	if left := got.LeftOut(); len(left) != 1 || left[0].Name != "no client" {
		t.Errorf("left out: %+v", left)
	}
}

// What is tentative holds where nothing is found against it, and ends as that does.
func TestTentativeCasesAreConfirmed(t *testing.T) {
	two := Check{ID: "A-01", Level: MUST, Cases: []string{"sure", "tentative"}}
	one := Check{ID: "A-01", Level: MUST}
	blocks := func(t *T) { t.Block("target", "locked out") }
	skips := func(t *T) { t.SkipFor(run.WantLogins, "no login") }
	for name, tt := range map[string]struct {
		check         Check
		failing       bool
		confirm       func(*T)
		want          run.Verdict
		sure, doubted run.Verdict
	}{
		"nothing against it":           {two, false, func(*T) {}, run.Pass, run.Pass, run.Pass},
		"a case is blocked":            {two, false, blocks, run.Blocked, run.Pass, run.Blocked},
		"a case is skipped":            {two, false, skips, run.Pass, run.Pass, run.Skip},
		"a case that fails is no less": {two, true, blocks, run.Fail, run.Pass, run.Fail},
		"a check is blocked":           {one, false, blocks, run.Blocked, "", ""},
		"a check is skipped":           {one, false, skips, run.Skip, "", ""},
		"a check holds":                {one, false, func(*T) {}, run.Pass, "", ""},
	} {
		out := Judge(t.Context(), tt.check, func(j *T) {
			defer j.Confirm(func() { tt.confirm(j) })
			judged := func() {
				j.Tentative()
				j.Require(!tt.failing, "", "it fails", nil)
			}
			if len(tt.check.Cases) == 0 {
				judged()
				return
			}
			j.Case("sure", func() { j.Require(true, "", "", nil) })
			j.Case("tentative", judged)
			if held := j.heldCases(); len(held) != 1 || held[0] != "sure" {
				t.Errorf("%s: %q hold before that", name, held)
			}
		})
		if out.Verdict != tt.want {
			t.Errorf("%s: %s %s, want %s", name, out.Verdict, out.Reason, tt.want)
		}
		for i, want := range []run.Verdict{tt.sure, tt.doubted} {
			if len(out.Cases) > i && out.Cases[i].Verdict != want {
				t.Errorf("%s: case %s: %s, want %s", name, out.Cases[i].Name, out.Cases[i].Verdict, want)
			}
		}
	}
}
