package run

import (
	"strings"
	"testing"
)

func TestLoadBounds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		load   Load
		doubts int
	}{
		{"no request, which the threshold says", Load{Planned: 10, Thresholds: []Threshold{{Expression: "rate_achieved>=1/s"}}}, 0},
		{"no request, which an excused threshold says", Load{Planned: 10, Thresholds: []Threshold{{Expression: "rate_achieved>=1/s"}}, Harness: Harness{Limited: true}}, 1},
		{"no request, and a threshold that holds", Load{Planned: 10, Thresholds: []Threshold{{Expression: "errors<1%", OK: true}}}, 1},
		{"silent, as an old record tells it", Load{Requests: 12, Stopped: "target down", Thresholds: []Threshold{{Expression: "errors<1%"}}}, 0},
		{"nine of ten of the planned", Load{Planned: 10, Requests: 9, Answers: 9}, 0},
		{"fewer", Load{Planned: 100, Requests: 89, Answers: 89}, 1},
		{"more than were planned", Load{Planned: 10, Requests: 11, Answers: 11}, 0},
		{"no request, and a rate achieved", Load{RateAchieved: 1}, 0},
		{"requests without a rate", Load{Requests: 1, Answers: 1}, 0},
		{"one of a hundred that this machine kept", Load{Requests: 200, Answers: 198, Errors: map[string]int{NotSent: 1, NotThrough: 1}}, 0},
		{"more than that", Load{Requests: 200, Answers: 197, Errors: map[string]int{NotSent: 1, NotThrough: 2}}, 1},
		{"a count below nothing counts as none", Load{Requests: 200, Answers: 197, Errors: map[string]int{NotSent: -1, NotThrough: 3}}, 1},
		{"a search whose last step held", Load{Requests: 1, Answers: 1, Search: []SearchStep{{OK: false}, {OK: true}}}, 0},
		{"a search whose last step did not", Load{Requests: 1, Answers: 1, Search: []SearchStep{{OK: true}, {OK: false}}}, 1},
	} {
		if got := tt.load.Judge().Doubts(); len(got) != tt.doubts {
			t.Errorf("%s: %q, want %d", tt.name, got, tt.doubts)
		}
	}
	var none *Load
	if j := none.Judge(); j.Failed() || j.Undecided() {
		t.Errorf("no load test: %+v", j)
	}
	for _, kind := range []string{NotSent, NotThrough} {
		if Reached(kind) || Wrong(kind) {
			t.Errorf("%s came from the target", kind)
		}
	}
	if !Reached("") || !Reached("timeout") || !Reached(WrongSub) || Wrong("") || Wrong("timeout") || !Wrong(WrongSub) {
		t.Error("what comes from the target")
	}
	for expression, want := range map[string]bool{"errors<1%": true, "login.errors==0": true, "errors": true, "<errors": false, "login.p99<1ms": false, "myerrors<1": false} {
		if (Threshold{Expression: expression}).OnErrors() != want {
			t.Errorf("%s: %v", expression, !want)
		}
	}
}

func TestRecordOfTheSizeThatIsTaken(t *testing.T) {
	if _, err := Decode(make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "larger than 512 MiB") {
		t.Errorf("%v", err)
	}
}

func TestValidateNamesTheFirstPlaces(t *testing.T) {
	broken := func(n int) string {
		return `{"schema":"` + Schema + `","tool":{"name":"a","version":"b"},"target":{"issuer":"i","kind":"embedded"},"started":"2026-11-22T08:00:00Z","complete":true,"verdict":"pass","summary":{"pass":0,"fail":0,"warn":0,"info":0,"skip":0,"blocked":0,"waived":0,"stale-waiver":0},"checks":[` +
			strings.TrimSuffix(strings.Repeat(`7,`, n), ",") + `]}`
	}
	for n, places := range map[int]int{1: 1, 3: 3, 4: 3, 9: 3} {
		err := Validate([]byte(broken(n)))
		if err == nil || strings.Count(err.Error(), "at /checks/") != places || strings.HasSuffix(err.Error(), "; and more") != (n > 3) {
			t.Errorf("%d places: %v", n, err)
		}
	}
	if err := Validate([]byte(broken(0))); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
}

func TestCheckOfWhichNothingIsSaid(t *testing.T) {
	if n := (Summary{Blocked: 3}).Of("unknown"); n != 0 {
		t.Errorf("%d checks of a verdict that there is not", n)
	}
	r := Record{Checks: []Check{{Verdict: "unknown"}, {Verdict: Pass}}}
	r.Count()
	if r.Summary != (Summary{Pass: 1, Blocked: 1}) {
		t.Errorf("%+v", r.Summary)
	}
}
