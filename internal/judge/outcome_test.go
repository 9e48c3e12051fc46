package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"

	"github.com/onsi/gomega"
)

// Each way of judging counts by itself, and with every other: none takes back what another has counted.
func TestEveryAssertionCounts(t *testing.T) {
	ways := map[string]func(*T){
		"Require":    func(t *T) { t.Require(true, "", "", nil) },
		"Assert":     func(t *T) { t.Assert(true, "", "", nil) },
		"AssertAt":   func(t *T) { t.AssertAt(SHOULD, true, "", "", nil) },
		"AssertNone": func(t *T) { t.AssertNone("", nil) },
		"To":         func(t *T) { t.Expect(1).To(gomega.Equal(1)) },
		"NotTo":      func(t *T) { t.Expect(1).NotTo(gomega.Equal(2)) },
	}
	for first, one := range ways {
		if got := Judge(context.Background(), statement(MUST), one); got.Verdict != run.Pass {
			t.Errorf("%s: %s, %s", first, got.Verdict, got.Reason)
		}
		for second, other := range ways {
			both := func(t *T) { one(t); other(t) }
			if got := Judge(context.Background(), statement(MUST), both); got.Verdict != run.Pass {
				t.Errorf("%s and %s: %s, %s", first, second, got.Verdict, got.Reason)
			}
			cases := func(t *T) { t.Case("c", func() { both(t) }) }
			if got := Judge(context.Background(), statement(MUST, "c"), cases); got.Verdict != run.Pass {
				t.Errorf("%s and %s in a case: %s, %s", first, second, got.Verdict, got.Reason)
			}
		}
	}
	got := Judge(context.Background(), statement(MUST), func(t *T) { t.Expect(1).NotTo(gomega.Equal(1)) })
	if got.Verdict != run.Fail || !strings.Contains(got.Observed, "not to equal") {
		t.Errorf("NotTo that does not hold: %s, %q", got.Verdict, got.Observed)
	}
	for way, body := range map[string]func(*T){"Found": func(t *T) { t.Found("", "odd", nil) }, "Fail": func(t *T) { t.Fail("", "odd", nil) }} {
		both := func(t *T) { held(t)(); body(t) }
		for _, level := range []Level{MUST, SHOULD, INFO} {
			if got := Judge(context.Background(), statement(level), both); got.Verdict != failing(level) {
				t.Errorf("%s of a %s: %s", way, level, got.Verdict)
			}
		}
	}
}

// numbered are the names of cases, as many as a body tries.
var numbered = []string{"one", "two", "three"}

func TestWhatIsObserved(t *testing.T) {
	for _, tt := range []struct {
		name  string
		level Level
		body  func(*T)
		want  string
		cases int
	}{
		{"a pass that says nothing", MUST, func(t *T) { held(t)() }, "as expected", 0},
		{"a pass that says what it saw", MUST, func(t *T) { held(t)(); t.Observe("%d keys", 2) }, "2 keys", 0},
		{"cases that say what they saw", MUST, func(t *T) {
			t.Case("one", func() { held(t)(); t.Observe("a") })
			t.Case("two", func() { held(t)(); t.Observe("b") })
			t.Observe("c")
		}, "one: a\ntwo: b\nc", 2},
		{"a failure leaves out what else was seen", MUST, func(t *T) { t.Observe("2 keys"); t.Found("", "no key", nil) }, "no key", 0},
		{"an observation keeps both", INFO, func(t *T) { t.Observe("2 keys"); t.Found("one", "no key", nil) }, "no key (expected one)\n2 keys", 0},
		{"a skip", MUST, func(t *T) { t.Skip("no person") }, "", 0},
		{"cases that came to the same", MUST, func(t *T) {
			t.Case("one", func() { t.Fail("x", "y", nil) })
			t.Case("two", func() { t.Fail("x", "y", nil) })
			t.Case("three", func() { t.Found("x", "z", nil); t.Found("x", "z", nil) })
		}, "one, two: y (expected x)\nthree: z (expected x)", 3},
		{"a finding outside the cases", MUST, func(t *T) { t.Case("one", held(t)); t.Found("", "y", nil) }, "y", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(context.Background(), statement(tt.level, numbered[:tt.cases]...), tt.body); got.Observed != tt.want {
				t.Errorf("%q, want %q", got.Observed, tt.want)
			}
		})
	}
}

func TestCasesInTheRecord(t *testing.T) {
	pass := run.Case{Name: "one", Verdict: run.Pass}
	for _, tt := range []struct {
		name    string
		body    func(*T)
		verdict run.Verdict
		reason  string
		last    run.Case
		cases   int
	}{
		{"what a case saw", func(t *T) { t.Observe("before"); t.Case("two", func() { held(t)(); t.Observe("a"); t.Observe("b") }) },
			run.Pass, "", run.Case{Name: "two", Verdict: run.Pass, Observed: "a; two: b"}, 2},
		{"skipped", func(t *T) { t.Case("two", func() { t.Skip("no person") }) }, run.Pass, "", run.Case{Name: "two", Verdict: run.Skip, Observed: "no person", Gap: run.WantEvidence}, 2},
		{"blocked", func(t *T) { t.Case("two", func() { t.Block("X-01", "no token") }) }, run.Blocked, "no token", run.Case{Name: "two", Verdict: run.Blocked, Observed: "no token"}, 2},
		{"the first block is the reason", func(t *T) {
			t.Case("two", func() { t.Block("X-01", "no token") })
			t.Case("three", func() { t.Block("X-02", "no data") })
			t.Block("X-03", "nothing")
		}, run.Blocked, "no token", run.Case{Name: "three", Verdict: run.Blocked, Observed: "no data"}, 3},
		{"the check skips the rest", func(t *T) { t.Skip("no person") }, run.Pass, "", pass, 1},
		{"failed after another failed", func(t *T) {
			t.Case("two", func() { t.Fail("", "x", nil) })
			t.Case("three", func() { held(t)() })
		}, run.Fail, "", run.Case{Name: "three", Verdict: run.Pass}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(context.Background(), statement(MUST, numbered[:tt.cases]...), func(c *T) { c.Case("one", held(c)); tt.body(c) })
			if got.Verdict != tt.verdict || got.Reason != tt.reason || len(got.Cases) == 0 || got.Cases[0] != pass || got.Cases[len(got.Cases)-1] != tt.last {
				t.Errorf("%s, %q, cases %+v", got.Verdict, got.Reason, got.Cases)
			}
		})
	}
}

// A warning of a MUST check does not stand for the cases that could not be judged, nor
// for those that were not reached; a failure does.
func TestWhatIsBlockedBesideAFinding(t *testing.T) {
	blocked := func(t *T) { t.Case("two", func() { t.Block("X-01", "429") }) }
	stopped := func(t *T) { t.Block("X-01", "429") }
	for name, rest := range map[string]func(*T){"a case": blocked, "the rest": stopped} {
		for _, tt := range []struct {
			check, level Level
			want         run.Verdict
		}{{MUST, MUST, run.Fail}, {MUST, SHOULD, run.Blocked}, {SHOULD, MUST, run.Fail}, {SHOULD, SHOULD, run.Warn}} {
			level, want := tt.level, tt.want
			got := Judge(context.Background(), statement(tt.check, "one", "two"), func(t *T) {
				t.Case("one", func() { t.AssertAt(level, false, "no request", "a request", nil) })
				rest(t)
			})
			cases := []run.Case{{Name: "one", Verdict: failing(level), Expected: "no request", Observed: "a request"}, {Name: "two", Verdict: run.Blocked, Observed: "429"}}
			if got.Verdict != want || !slices.Equal(got.Cases, cases) || want == run.Blocked && (got.Reason != "429" || got.BlockedBy != "X-01") {
				t.Errorf("%s of a %s is blocked beside a finding of a %s: %s, %q, %+v", name, tt.check, level, got.Verdict, got.Reason, got.Cases)
			}
		}
	}
	got := Judge(context.Background(), statement(MUST, "one", "two"), func(t *T) { t.Case("one", func() { t.AssertAt(SHOULD, false, "", "", nil) }) })
	if got.Verdict != run.Blocked || got.BlockedBy != "harness" {
		t.Errorf("a case that was not tried, beside a warning: %s, %q", got.Verdict, got.Reason)
	}
}

func TestReasonOfASkipIsTheFirst(t *testing.T) {
	got := Judge(context.Background(), statement(MUST, "one", "two"), func(t *T) {
		t.Case("one", func() { t.Skip("no person") })
		t.Case("two", func() { t.Skip("no client") })
	})
	if got.Verdict != run.Skip || got.Reason != "no person" {
		t.Errorf("%s, %q", got.Verdict, got.Reason)
	}
}

func TestWhyACheckWasStopped(t *testing.T) {
	interrupted, interrupt := context.WithCancel(context.Background())
	interrupt()
	late, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	for want, ctx := range map[string]context.Context{"the run was interrupted": interrupted, "the check exceeded its time limit": late} {
		if got := Judge(ctx, statement(MUST, "one"), func(t *T) { t.Case("one", held(t)) }); got.Verdict != run.Blocked || got.Reason != want {
			t.Errorf("%s, %q; want %q", got.Verdict, got.Reason, want)
		}
	}
	got := Judge(context.Background(), statement(MUST, "one", "two"), func(t *T) {
		t.Case("one", func() { held(t)(); panic(errors.New("a defect")) })
		t.Case("two", held(t))
	})
	if got.Verdict != run.Blocked || !strings.Contains(got.Reason, "a defect") || len(got.Cases) != 1 {
		t.Errorf("%s, %q, cases %+v", got.Verdict, got.Reason, got.Cases)
	}
}

// sentAt is evidence that was sent so many seconds after the first.
type sentAt int

func (s sentAt) Record() run.Exchange {
	at := time.Unix(1_700_000_000+int64(s), 0)
	return run.Exchange{Request: run.Request{URL: fmt.Sprint(int(s))}, Started: &at}
}

func TestEvidenceIsInOrderOfTime(t *testing.T) {
	got := Judge(context.Background(), statement(MUST), func(t *T) {
		for _, s := range []sentAt{2, 0, 3, 0} {
			t.Keep(s)
		}
		t.Found("", "x", sentAt(1))
	})
	var order []string
	for _, e := range got.Exchanges {
		order = append(order, e.Request.URL)
	}
	if !slices.Equal(order, []string{"0", "1", "2", "3"}) {
		t.Errorf("in the order %v", order)
	}
}

func TestEvidence(t *testing.T) {
	at := func(name string) *evidence { return &evidence{"http://127.0.0.1/" + name} }
	before, inCase, unkept, outside := at("before"), at("in-case"), at("unkept"), at("outside")
	got := Judge(context.Background(), statement(MUST, "one", "two"), func(t *T) {
		t.Keep(at("other"))
		t.Keep(before)
		t.Keep(before) // the same once more is recorded once
		t.Case("one", func() { t.Keep(inCase); t.Found("", "x", before); t.Fail("", "x", inCase) })
		t.Case("two", func() { t.Found("", "x", unkept); t.Found("", "x", unkept) })
		t.Found("", "x", outside)
	})
	var lines []string
	for _, e := range got.Exchanges {
		line := e.Request.URL + " " + e.Case
		if e.Judged {
			line += " judged"
		}
		lines = append(lines, strings.TrimPrefix(line, "http://127.0.0.1/"))
	}
	want := []string{"other ", "before one judged", "in-case one judged", "unkept two judged", "outside  judged"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	kept := Judge(context.Background(), statement(MUST), func(t *T) {
		held(t)()
		for range keptAtMost + 1 {
			t.Keep(at("x"))
		}
	})
	if len(kept.Exchanges) != keptAtMost {
		t.Errorf("%d exchanges kept, want %d", len(kept.Exchanges), keptAtMost)
	}
}

func TestOneOfACampaign(t *testing.T) {
	holds := func(t *T) { held(t)() }
	of := func(body func(*T)) func(string) func(*T) { return func(string) func(*T) { return body } }
	var told []string
	c := &Campaign{
		Body:    of(holds),
		Now:     func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) },
		Before:  func(c Check) { told = append(told, "before "+c.ID) },
		Between: func(_ context.Context, c Check) { told = append(told, "between "+c.ID) },
	}
	for _, p := range []Planned{
		{Check: Check{ID: "A-01", Level: MUST, Phase: Browsing}},
		{Check: Check{ID: "A-02", Level: MUST, Phase: Crowding}},
		{Check: Check{ID: "A-03", Level: MUST, Phase: Disrupting}, Skip: "why"},
	} {
		if out, judged := c.judge(context.Background(), p); !judged || (out.Verdict == run.Skip) != (p.Skip != "") || out.Reason != p.Skip {
			t.Errorf("%s: %s, %q, judged %v", p.Check.ID, out.Verdict, out.Reason, judged)
		}
	}
	if want := []string{"before A-01", "before A-02", "between A-02"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
	asks := Planned{Check: Check{ID: "A-04", Level: MUST}}
	limit := of(func(t *T) {
		held(t)()
		if _, limited := left(t.Context); limited {
			t.Observe("limited")
		}
	})
	if out, _ := (&Campaign{Body: limit}).judge(context.Background(), asks); out.Observed != "as expected" {
		t.Errorf("without a limit: %q", out.Observed)
	}
	if out, _ := (&Campaign{Body: limit, CheckLimit: time.Hour}).judge(context.Background(), asks); out.Observed != "limited" {
		t.Errorf("with a limit: %q", out.Observed)
	}
	interrupted, interrupt := context.WithCancel(context.Background())
	cut := &Campaign{Body: of(func(t *T) { interrupt(); <-t.Context.Done(); t.Fail("", "cut short", nil) })}
	if _, judged := cut.judge(interrupted, asks); judged {
		t.Error("a check that the run's end cut short is judged")
	}
}

// A check that does not heed the end of the run is left behind.
func TestACheckThatDoesNotEnd(t *testing.T) {
	interrupted, interrupt := context.WithCancel(context.Background())
	never := make(chan struct{})
	defer close(never)
	stuck := func(string) func(*T) { return func(t *T) { interrupt(); <-never } }
	c := &Campaign{Plan: []Planned{{Check: Check{ID: "A-05", Level: MUST}}}, Body: stuck, Grace: time.Millisecond}
	if unreached := c.Run(interrupted); unreached != 1 {
		t.Errorf("%d checks unreached, want the one that does not end", unreached)
	}
}
