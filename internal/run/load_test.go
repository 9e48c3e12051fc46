package run

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatALoadTestSaysOfItsTarget(t *testing.T) {
	const late = "the harness was late"
	threshold := func(expression string, value float64) Threshold {
		return Threshold{Expression: expression, Value: value}
	}
	limited := Harness{Limited: true, Reasons: []string{late}}
	for name, c := range map[string]struct {
		l        Load
		verdict  string
		failures []string
		doubts   []string
	}{
		"nothing wrong": {l: Load{Planned: 100, Requests: 100, Answers: 100}, verdict: RunPass},
		"one wrong answer of many": {l: Load{Planned: 1e6, Requests: 1e6, Answers: 1e6, Errors: map[string]int{WrongPerson: 1}}, verdict: RunFail,
			failures: []string{"1 answer under load was wrong: another person's data (1)"}},
		"every kind of wrong answer": {l: Load{Requests: 100, Errors: map[string]int{WrongPerson: 1, WrongSub: 2, WrongSignature: 3, WrongIDToken: 4, WrongCipher: 5, WrongFields: 6}}, verdict: RunFail,
			failures: []string{"21 answers under load were wrong: a field that does not decrypt (5), an ID token that does not hold (4), a signature that does not hold (3), other fields than the person has (6), another person's data (1), another person's sub (2)"}},
		"a wrong answer while the harness was late": {l: Load{Requests: 100, Errors: map[string]int{WrongSub: 1}, Harness: limited}, verdict: RunFail,
			failures: []string{"1 answer under load was wrong: another person's sub (1)"}},
		"a wrong answer before the load": {l: Load{Requests: 100, Aside: map[string]int{WrongPerson: 2, "status-503": 1}}, verdict: RunFail,
			failures: []string{"2 answers under load were wrong: another person's data (2)"}},
		"a wrong answer in a load that was stopped": {l: Load{Planned: 100, Requests: 10, Answers: 10, Errors: map[string]int{WrongPerson: 1}, Stopped: "interrupted"}, verdict: RunFail,
			failures: []string{"1 answer under load was wrong: another person's data (1)"}},
		"other errors within the threshold": {l: Load{Requests: 1000, Errors: map[string]int{"status-503": 9}, Thresholds: []Threshold{{Expression: "errors<1%", Value: 0.9, OK: true}}}, verdict: RunPass},
		"an error threshold crossed by a late harness": {l: Load{Requests: 100, Errors: map[string]int{"status-503": 73}, Thresholds: []Threshold{threshold("errors<1%", 73)}, Harness: limited}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}},
		"a part's error threshold crossed by a late harness": {l: Load{Requests: 100, Thresholds: []Threshold{threshold("login.errors==0", 1)}, Harness: limited}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: login.errors==0"}},
		"latency and rate crossed by a late harness": {l: Load{Requests: 100, Thresholds: []Threshold{threshold("login.p99<1ms", 2), threshold("rate_achieved>=10/s", 9)}, Harness: limited}, verdict: RunIncomplete,
			doubts: []string{"the harness, not the target, kept 2 thresholds from being met"}},
		"errors beside a latency that is excused": {l: Load{Requests: 100, Thresholds: []Threshold{threshold("login.p99<1ms", 2), threshold("errors<1%", 2)}, Harness: limited}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}, doubts: []string{"the harness, not the target, kept 1 threshold from being met"}},
		"latency crossed by the target": {l: Load{Requests: 100, Thresholds: []Threshold{threshold("login.p99<1ms", 2)}}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: login.p99<1ms"}},
		"a threshold without a sample": {l: Load{Requests: 100, Thresholds: []Threshold{{Expression: "verify.p99<1ms", Unmeasured: true}}}, verdict: RunIncomplete,
			doubts: []string{"1 threshold was not measured: verify.p99<1ms"}},
		"no request at all": {l: Load{Planned: 100, Thresholds: []Threshold{{Expression: "errors<1%", Unmeasured: true}}}, verdict: RunIncomplete,
			doubts: []string{"1 threshold was not measured: errors<1%", "no request of the load was answered or failed"}},
		"a target that was gone from the start": {l: Load{Planned: 100, Requests: 12, Errors: map[string]int{"refused": 12}, Stopped: "the target went down", Thresholds: []Threshold{threshold("errors<1%", 100)}}, verdict: RunIncomplete,
			doubts: []string{"1 threshold was not measured: errors<1%", "the target gave no answer at all under load"}},
		"a target that went down under load": {l: Load{Planned: 100, Requests: 62, Answers: 50, Errors: map[string]int{"refused": 12}, Stopped: "the target went down", Thresholds: []Threshold{threshold("errors<1%", 19)}}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}},
		"a target that answers its health and nothing else": {l: Load{Planned: 100, Requests: 100, Errors: map[string]int{"reset": 100}, Thresholds: []Threshold{threshold("errors<1%", 100)}}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}},
		"interrupted": {l: Load{Planned: 100, Requests: 50, Answers: 50, Stopped: "interrupted"}, verdict: RunIncomplete},
		"most requests were never made": {l: Load{Planned: 1000, Requests: 899, Answers: 899, Harness: limited}, verdict: RunIncomplete,
			doubts: []string{"101 of 1000 planned requests were not made"}},
		"a few requests were never made": {l: Load{Planned: 1000, Requests: 900, Answers: 900, Harness: limited}, verdict: RunPass},
		"requests that never left this machine": {l: Load{Planned: 100, Requests: 100, Answers: 98, Errors: map[string]int{NotSent: 2}, Harness: limited}, verdict: RunIncomplete,
			doubts: []string{"2 of 100 requests under load did not come as far as the target (2 did not leave this machine)"}},
		"requests that the proxy kept": {l: Load{Planned: 100, Requests: 100, Answers: 50, Errors: map[string]int{NotThrough: 50}}, verdict: RunIncomplete,
			doubts: []string{"50 of 100 requests under load did not come as far as the target (50 at the proxy)"}},
		"one request in a hundred that never left": {l: Load{Planned: 100, Requests: 100, Answers: 99, Errors: map[string]int{NotSent: 1}, Harness: limited}, verdict: RunPass},
		"a search that found nothing": {l: Load{Requests: 10, Answers: 10, Search: []SearchStep{{Rate: 50, OK: true}, {Rate: 40}}}, verdict: RunIncomplete,
			doubts: []string{"the search confirmed no rate"}},
		"a search that found nothing, for its latency": {l: Load{Requests: 10, Answers: 10, Thresholds: []Threshold{threshold("login.p99<1ms", 2)}, Search: []SearchStep{{Rate: 1}, {Rate: 0.5}}}, verdict: RunIncomplete,
			doubts: []string{"1 threshold was not measured: login.p99<1ms", "the search confirmed no rate"}},
		"a search that found errors at every rate": {l: Load{Requests: 10, Answers: 10, Thresholds: []Threshold{threshold("errors<1%", 100)}, Search: []SearchStep{{Rate: 1}, {Rate: 0.5}}}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}, doubts: []string{"the search confirmed no rate"}},
		"a search whose target went down at every rate": {l: Load{Requests: 10, Answers: 10, Stopped: WentDown + ": reset", Thresholds: []Threshold{threshold("errors<1%", 100)}, Search: []SearchStep{{Rate: 1}, {Rate: 0.5}}}, verdict: RunFail,
			failures: []string{"1 threshold is crossed: errors<1%"}, doubts: []string{"the search confirmed no rate"}},
		"a search that found errors at the rate it could not confirm": {l: Load{Requests: 10, Answers: 10, Thresholds: []Threshold{threshold("errors<1%", 3)}, Search: []SearchStep{{Rate: 50, OK: true}, {Rate: 40}}}, verdict: RunIncomplete,
			doubts: []string{"1 threshold was not measured: errors<1%", "the search confirmed no rate"}},
		"a search that was interrupted above the highest rate": {l: Load{Requests: 10, Answers: 10, Stopped: "interrupted 1.0 s into the load", Thresholds: []Threshold{threshold("login.p99<1ms", 2), threshold("errors<1%", 3)}, Search: []SearchStep{{Rate: 1}}}, verdict: RunIncomplete,
			doubts: []string{"2 thresholds were not measured: login.p99<1ms, errors<1%", "the search confirmed no rate"}},
		"a search with a wrong answer that was interrupted": {l: Load{Requests: 10, Answers: 10, Aside: map[string]int{WrongPerson: 1}, Stopped: "interrupted 1.0 s into the load", Search: []SearchStep{{Rate: 1}}}, verdict: RunFail,
			failures: []string{"1 answer under load was wrong: another person's data (1)"}, doubts: []string{"the search confirmed no rate"}},
		"a search that ended with a rate": {l: Load{Requests: 10, Answers: 10, Search: []SearchStep{{Rate: 50}, {Rate: 40, OK: true}}}, verdict: RunPass},
	} {
		t.Run(name, func(t *testing.T) {
			r := Record{Complete: true, Load: &c.l}
			r.Count()
			j := c.l.Judge()
			if r.Verdict != c.verdict || !slices.Equal(j.Failures(), c.failures) || !slices.Equal(j.Doubts(), c.doubts) {
				t.Errorf("%s\nfailures %q\ndoubts   %q\nwant %s\n%q\n%q", r.Verdict, j.Failures(), j.Doubts(), c.verdict, c.failures, c.doubts)
			}
		})
	}
}

func TestMergedLoadKeepsWhatWasWrong(t *testing.T) {
	part := func(l Load) *Record {
		l.Scenario = "token"
		return &Record{Complete: true, Target: Target{Issuer: "i"}, Load: &l}
	}
	m, err := Merge(planned(
		part(Load{Planned: 10, Requests: 10, Answers: 10, Aside: map[string]int{"status-503": 1}}),
		part(Load{Planned: 10, Requests: 9, Answers: 8, Aside: map[string]int{WrongSub: 1}}))...)
	if err != nil {
		t.Fatal(err)
	}
	if l := m.Load; l.Planned != 60 || l.Answers != 18 || l.Aside["status-503"] != 1 || l.Aside[WrongSub] != 1 || m.Verdict != RunFail {
		t.Errorf("%s, %+v", m.Verdict, l)
	}
}

func TestWrongAnswersThatAreNewAreARegression(t *testing.T) {
	of := func(wrong int) *Record { return &Record{Load: &Load{Errors: map[string]int{WrongPerson: wrong}}} }
	if c := Diff(of(0), of(2)); !c.Regressed() || !strings.Contains(c.Thresholds[0].Expression, "wrong answers") || c.Thresholds[0].Value != 2 {
		t.Errorf("%+v", c.Thresholds)
	}
	if c := Diff(of(2), of(2)); c.Regressed() {
		t.Errorf("%+v", c.Thresholds)
	}
}
