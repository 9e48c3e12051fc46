package run

import (
	"slices"
	"testing"
)

func TestASearchAnswersInOneSentence(t *testing.T) {
	for want, c := range map[string]struct {
		steps   []SearchStep
		verdict string
	}{
		"": {nil, RunPass},
		"highest rate that held: 614/s; at 650/s login.p99 was 412 ms": {[]SearchStep{
			{Rate: 400, OK: true}, {Rate: 800, Reason: "20 of 1000 failed"}, {Rate: 650, Reason: "login.p99 was 412 ms"}, {Rate: 614, OK: true}, {Rate: 614, OK: true}}, RunPass},
		"highest rate that held: 45000/s, the highest that was tried": {[]SearchStep{{Rate: 45000, OK: true}, {Rate: 45000, OK: true}}, RunPass},
		"highest rate that held: 90/s; at 100/s the harness was the limit: late": {[]SearchStep{
			{Rate: 100, Limited: true, Reason: "the harness was the limit: late"}, {Rate: 90, OK: true}}, RunIncomplete},
		"highest rate that held: 90/s; at 95/s errors were 3 %": {[]SearchStep{
			{Rate: 100, Limited: true, Reason: "the harness was the limit: late"}, {Rate: 95, Reason: "errors were 3 %"}, {Rate: 90, OK: true}}, RunPass},
		"highest rate that held: 90/s; at 100/s the target went down: refused": {[]SearchStep{
			{Rate: 200, Reason: WentDown + ": reset"}, {Rate: 100, Reason: WentDown + ": refused"}, {Rate: 90, OK: true}}, RunPass},
		"highest rate that held: 90/s; at 95/s errors were 3 %; at 100/s the target went down": {[]SearchStep{
			{Rate: 200, Reason: WentDown + ": reset"}, {Rate: 100, Reason: WentDown + ": refused"}, {Rate: 95, Reason: "errors were 3 %"}, {Rate: 90, OK: true}}, RunPass},
		"no rate was confirmed to hold; at 0.5/s nothing was answered": {[]SearchStep{{Rate: 50, OK: true}, {Rate: 0.5, Reason: "nothing was answered"}}, RunIncomplete},
	} {
		l := &Load{Requests: 10, Answers: 10, Search: c.steps}
		if got := l.Found(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		r := &Record{Complete: true, Load: l}
		if r.Count(); r.Verdict != c.verdict {
			t.Errorf("%q: verdict %s, want %s", want, r.Verdict, c.verdict)
		}
		if c.verdict == RunIncomplete && c.steps[len(c.steps)-1].OK && !slices.Contains(l.Judge().Doubts(), want) {
			t.Errorf("%q is not among %q", want, l.Judge().Doubts())
		}
	}
}

func TestThresholdsHaveUnits(t *testing.T) {
	for expression, want := range map[string]string{
		"login.p99<300ms": "ms", "token.p99_9<=1s": "ms", "token.max<1s": "ms", "errors<1%": "%", "errors<5": "", "login.errors<0.1%": "%",
		"login.errors<5": "", "token.count>=5": "", "requests>=1": "", "rate_achieved>=190/s": "/s",
	} {
		if got := (Threshold{Expression: expression}).Unit(); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}
