package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// grants is what a response of that status says of a granted request.
var grants = map[int]run.Response{
	200: {Status: 200, Body: `{"access_token":"[redacted]","sub":"[redacted]"}`},
	302: {Status: 302, Headers: []run.Header{{Name: "Location", Value: "https://sgidcheck.example/callback?code=[redacted]"}}},
}

// judgedBy is a failed check whose judged exchange had this status, with what a
// granted request is answered where there is such; 0 is no response.
func judgedBy(id string, status int) run.Check {
	answer, ok := grants[status]
	if !ok {
		answer.Status = status
	}
	return judgedWith(id, &answer)
}

func judgedWith(id string, answer *run.Response) run.Check {
	e := run.Exchange{Judged: true, Request: run.Request{Method: "GET", URL: "https://idp.example/authorize?redirect_uri=https%3A%2F%2Fsgidcheck.example%2Fcallback"}}
	if answer.Status > 0 {
		e.Response = answer
	}
	return run.Check{ID: id, Area: strings.Split(id, "-")[0], Level: "MUST", Verdict: run.Fail, Exchanges: []run.Exchange{e}}
}

// of is checks of that level, one for each verdict.
func of(level string, verdicts ...run.Verdict) (checks []run.Check) {
	for i, v := range verdicts {
		checks = append(checks, run.Check{ID: fmt.Sprintf("DISC-%02d", i+1), Level: level, Verdict: v})
	}
	return checks
}

// A record without coverage is one of an earlier version: what it left out is
// not known, and it is never green.
func TestHeadlineWithoutCoverage(t *testing.T) {
	must := func(verdicts ...run.Verdict) []run.Check { return of("MUST", verdicts...) }
	for _, c := range []struct {
		want string
		r    run.Record
	}{
		{"3 MUST checks fail; the worst lets a stolen code be used.",
			run.Record{Complete: true, Checks: []run.Check{judgedBy("DISC-04", 200), judgedBy("TOKEN-05", 200), judgedBy("TOKEN-14", 200)}}},
		{"1 MUST check fails; it lets a code be used twice; the run did not come to its end.", run.Record{Checks: []run.Check{judgedBy("TOKEN-05", 200)}}},
		{"1 MUST check fails; it lets a single request take the service down.", run.Record{Complete: true, Checks: []run.Check{judgedBy("UINFO-04", 0)}}},
		{"1 MUST check fails.", run.Record{Complete: true, Checks: []run.Check{judgedBy("TOKEN-08", 500)}}},
		{"1 MUST check fails.", run.Record{Complete: true, Checks: []run.Check{judgedBy("DISC-01", 200)}}},
		{"1 threshold is crossed: p99<1ms.", run.Record{Complete: true, Checks: must(run.Pass), Load: &run.Load{Thresholds: []run.Threshold{{Expression: "p99<1ms"}}}}},
		{"1 answer under load was wrong: another person's data (1); 1 threshold is crossed: p99<1ms.",
			run.Record{Complete: true, Checks: must(run.Pass), Load: &run.Load{Requests: 100, Errors: map[string]int{run.WrongPerson: 1}, Thresholds: []run.Threshold{{Expression: "p99<1ms"}}}}},
		{"Incomplete: 1 threshold was not measured: verify.p99<1ms.",
			run.Record{Complete: true, Load: &run.Load{Requests: 100, Thresholds: []run.Threshold{{Expression: "verify.p99<1ms", Unmeasured: true}}}}},
		{"2 warnings count as failure under --strict.", run.Record{Complete: true, Strict: true, Checks: must(run.Warn, run.StaleWaiver)}},
		{"Incomplete: 1 check could not be judged, and the run ended early (interrupted); 1 of 2 MUST checks was not judged: 1 blocked.", run.Record{Stopped: "interrupted", Checks: must(run.Pass, run.Blocked)}},
		{"Incomplete: the run did not come to its end.", run.Record{Checks: must(run.Pass)}},
		{"Incomplete: every check was skipped; 1 of 1 MUST check was not judged: 1 with nothing to judge them by.", run.Record{Complete: true, Checks: must(run.Skip)}},
		{"Incomplete: the record holds no check and no figure.", run.Record{Complete: true}},
		{"Incomplete: the harness, not the target, kept 1 threshold from being met.",
			run.Record{Complete: true, Checks: must(run.Pass), Load: &run.Load{Thresholds: []run.Threshold{{Expression: "p99<1ms"}}, Harness: run.Harness{Limited: true}}}},
		{"1 MUST failure is accepted by a waiver; 1 of 3 MUST checks was not judged: 1 with nothing to judge them by; 1 warning.",
			run.Record{Complete: true, Checks: append(must(run.Pass, run.Waived, run.Skip), run.Check{ID: "DISC-14", Level: "SHOULD", Verdict: run.Warn})}},
		{"No failure among 2 MUST checks; the record does not say what it left out.", run.Record{Complete: true, Checks: must(run.Pass, run.Pass)}},
		{"Measured: 99.5 of 100 token requests a second achieved, 2 errors; the harness was the limit, not the target.",
			run.Record{Complete: true, Load: &run.Load{Scenario: "token", RateAsked: 100, RateAchieved: 99.5, Errors: map[string]int{"timeout": 2}, Harness: run.Harness{Limited: true}}}},
		{"Measured: up to 4,000 answers a second decrypted, by engine openssl on 2 cores.",
			run.Record{Complete: true, Decrypt: &run.Decrypt{Cells: []run.Cell{{Engine: "go", Cores: 1, AnswersPerS: 800}, {Engine: "openssl", Cores: 2, AnswersPerS: 4000}}}}},
	} {
		c.r.Count()
		if got := Verdict(&c.r); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// What a run claims, by the table of the design: its words, and its colour.
func TestHeadline(t *testing.T) {
	staging, mock := run.Target{Issuer: "https://idp.example/v2", Kind: "external"}, run.Target{Issuer: "http://127.0.0.1:5156/v2", Kind: "external"}
	many := func(n int, v run.Verdict) (verdicts []run.Verdict) { return slices.Repeat([]run.Verdict{v}, n) }
	must := func(verdicts ...[]run.Verdict) []run.Check { return of("MUST", slices.Concat(verdicts...)...) }
	left := func(n int, g run.Gap) (list []run.Unjudged) {
		for i := range n {
			list = append(list, run.Unjudged{ID: fmt.Sprintf("TOKEN-%02d", i+1), Gap: g})
		}
		return list
	}
	waived := judgedBy("TOKEN-05", 200)
	waived.Verdict = run.Waived
	skipped := func(g run.Gap) run.Check { return run.Check{ID: "TLS-01", Level: "MUST", Verdict: run.Skip, Gap: g} }
	inPart := run.Check{ID: "TOKEN-26", Level: "MUST", Verdict: run.Pass, Cases: []run.Case{{Name: "not the code", Verdict: run.Pass}, {Name: "entropy", Verdict: run.Skip, Gap: run.WantLogins}}}
	crossed := &run.Load{Requests: 100, RateAchieved: 1, Thresholds: []run.Threshold{{Expression: "p99<1ms"}}}
	conformance := slices.DeleteFunc(run.ProviderAreas(), func(area string) bool { return area == "BROW" })
	for _, c := range []struct {
		name, want, tone string
		target           run.Target
		checks           []run.Check
		left             []run.Unjudged
		areas            []string
		change           func(*run.Record)
	}{
		{name: "a whole run", want: "Ready: all 97 MUST checks that apply hold.", tone: green, target: staging, checks: must(many(97, run.Pass))},
		{name: "a whole run with warnings", want: "Ready: all 3 MUST checks that apply hold; 1 warning.", tone: green, target: staging,
			checks: append(must(many(3, run.Pass)), run.Check{ID: "AUTHZ-25", Level: "SHOULD", Verdict: run.Warn})},
		{name: "a mock at a loopback address", want: "All 97 MUST checks that apply hold.", tone: green, target: mock, checks: must(many(97, run.Pass))},
		{name: "the embedded provider", want: "All 97 MUST checks that apply hold.", tone: green, target: run.Target{Issuer: "https://idp.example", Kind: "embedded"}, checks: must(many(97, run.Pass))},
		{name: "a name that leads to this machine", want: "All 97 MUST checks that apply hold.", tone: green,
			target: run.Target{Issuer: "https://idp.example", Kind: "external", Local: true}, checks: must(many(97, run.Pass))},
		{name: "localhost", want: "All 97 MUST checks that apply hold.", tone: green, target: run.Target{Issuer: "https://LocalHost.:8443/v2", Kind: "external"}, checks: must(many(97, run.Pass))},
		{name: "conformance", want: "All 3 MUST checks that apply hold, in every area but BROW.", tone: green, target: staging, checks: must(many(3, run.Pass)), areas: conformance},
		{name: "the browser's", want: "The one MUST check that applies holds, in BROW alone.", tone: green, target: staging, checks: must(many(1, run.Pass)), areas: []string{"BROW"}},
		{name: "one check of 97", want: "No failure, but 96 of 97 MUST checks were not judged: 96 not selected.", tone: amber, target: staging,
			checks: must(many(1, run.Pass)), left: left(96, run.NotSelected)},
		{name: "85 skipped", want: "No failure, but 85 of 97 MUST checks were not judged: 80 for want of logins, 5 for want of a browser, in every area but BROW.", tone: amber, target: staging,
			checks: must(many(12, run.Pass)), left: append(left(80, run.WantLogins), []run.Unjudged{{ID: "A-01", Gap: run.WantBrowser}, {ID: "A-02", Gap: run.WantBrowser},
				{ID: "A-03", Gap: run.WantBrowser}, {ID: "A-04", Gap: run.WantBrowser}, {ID: "A-05", Gap: run.WantBrowser}}...), areas: conformance},
		{name: "50 waived failures", want: "50 MUST failures are accepted by waivers.", tone: amber, target: staging, checks: must(many(47, run.Pass), many(50, run.Waived))},
		{name: "a waived hole", want: "2 MUST failures are accepted by waivers; the worst lets a code be used twice.", tone: amber, target: staging,
			checks: append(must(many(2, run.Pass), many(1, run.Waived)), waived)},
		{name: "waived and left out", want: "1 MUST failure is accepted by a waiver; it lets a code be used twice; 1 of 4 MUST checks was not judged: 1 for want of time (--slow).", tone: amber,
			target: staging, checks: append(must(many(2, run.Pass)), waived), left: left(1, run.WantTime)},
		{name: "what does not apply is not counted", want: "Ready: all 2 MUST checks that apply hold.", tone: green, target: staging, checks: append(must(many(2, run.Pass)), skipped(run.NotApplicable))},
		{name: "what a mock on https could show is", want: "No failure, but 1 of 3 MUST checks was not judged: 1 for want of https.", tone: amber, target: staging, checks: append(must(many(2, run.Pass)), skipped(run.WantHTTPS))},
		{name: "one was judged in part", want: "No failure, but 1 of 3 MUST checks was not judged in full: 1 for want of logins.", tone: amber, target: staging, checks: append(must(many(2, run.Pass)), inPart)},
		{name: "one failed, one was judged in part", want: "1 of 2 MUST checks fails; 1 was not judged in full.", tone: red, target: staging, checks: append(must(many(1, run.Fail)), inPart)},
		{name: "all was required, and one judged in part", want: "Incomplete: not all that applies was judged (--require complete); 2 of 3 MUST checks were not judged in full: 1 for want of time (--slow), 1 for want of logins.",
			tone: amber, target: staging, checks: append(must(many(1, run.Pass)), inPart), left: left(1, run.WantTime), change: func(r *run.Record) { r.Require = run.RequireComplete }},
		{name: "only observations", want: "No MUST check applies, and so none was judged.", tone: amber, target: staging, checks: of("INFO", run.Info)},
		{name: "failures", want: "2 of 98 MUST checks fail; the worst lets a code be used twice; 1 was not judged.", tone: red, target: staging,
			checks: append(must(many(95, run.Pass), many(1, run.Fail)), judgedBy("TOKEN-05", 200)), left: left(1, run.WantBrowser)},
		{name: "failures and thresholds", want: "1 of 97 MUST checks fails; 1 threshold is crossed: p99<1ms.", tone: red, target: staging,
			checks: must(many(96, run.Pass), many(1, run.Fail)), change: func(r *run.Record) { r.Load = crossed }},
		{name: "a crossed threshold", want: "1 threshold is crossed: p99<1ms.", tone: red, target: staging, checks: must(many(97, run.Pass)), change: func(r *run.Record) { r.Load = crossed }},
		{name: "failures and waived", want: "1 of 3 MUST checks fails; 1 MUST failure is accepted by a waiver.", tone: red, target: staging, checks: must(many(1, run.Pass), many(1, run.Fail), many(1, run.Waived))},
		{name: "interrupted", want: "Incomplete: the run ended early (interrupted); 96 of 97 MUST checks were not judged: 96 not reached.", tone: amber, target: staging,
			checks: must(many(1, run.Pass)), left: left(96, run.NotReached), change: func(r *run.Record) { r.Complete, r.Stopped = false, "interrupted" }},
		{name: "all was required", want: "Incomplete: not all that applies was judged (--require complete); 1 of 2 MUST checks was not judged: 1 for want of a second client.", tone: amber, target: staging,
			checks: must(many(1, run.Pass)), left: left(1, run.WantClient), change: func(r *run.Record) { r.Require = run.RequireComplete }},
		{name: "all was required and judged", want: "Ready: all 2 MUST checks that apply hold.", tone: green, target: staging,
			checks: must(many(2, run.Pass)), change: func(r *run.Record) { r.Require = run.RequireComplete }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &run.Record{Complete: true, Target: c.target, Checks: c.checks, Coverage: &run.Coverage{Areas: c.areas, NotJudged: c.left}}
			if c.change != nil {
				c.change(r)
			}
			r.Count()
			h := headlineOf(r)
			if h.String() != c.want || h.Tone != c.tone {
				t.Errorf("%s, %s\nwant %s, %s", h.Tone, h, c.tone, c.want)
			}
			if h.Lead()+h.Tail() != h.String() {
				t.Errorf("%q and %q are not the headline", h.Lead(), h.Tail())
			}
		})
	}
}
