package loadtest

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestThresholds(t *testing.T) {
	load := &run.Load{
		RateAsked: 200, RateSent: 200, RateAchieved: 189.5, Requests: 1000,
		Errors: map[string]int{"timeout": 1, "schema": 1},
		Parts: map[string]run.Part{
			"userinfo": {Count: 1000, Errors: 2, Latency: run.Latency{Min: 1, Mean: 20, P50: 15, P90: 50, P95: 80, P99: 299.9, P999: 800, Max: 1000}},
		},
	}
	for expr, want := range map[string]struct {
		ok    bool
		value float64
	}{
		"userinfo.p99<300ms":     {true, 299.9},
		"userinfo.p99 < 0.2s":    {false, 299.9},
		"userinfo.p99_9<=1s":     {true, 800},
		"userinfo.p99.9<800ms":   {false, 800},
		"userinfo.max<=1000ms":   {true, 1000},
		"userinfo.min>=1000us":   {true, 1},
		"userinfo.mean==20ms":    {true, 20},
		"userinfo.errors<0.1%":   {false, 0.2},
		"userinfo.errors<=2":     {true, 2},
		"errors<1%":              {true, 0.2},
		"errors==0":              {false, 2},
		"rate_achieved>=190/s":   {false, 189.5},
		"rate_achieved>=189":     {true, 189.5},
		"rate_sent>=200/s":       {true, 200},
		"requests>=1000":         {true, 1000},
		"userinfo.count>999":     {true, 1000},
		"login.p99<1s":           {false, 0}, // not measured, so it does not hold
		"login.errors<1%":        {false, 0},
		"login.errors<5":         {false, 0},
		"login.count>=1":         {false, 0},
		"userinfo.p50 <   15ms ": {false, 15},
	} {
		parsed, err := ParseThreshold(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		got := Evaluate([]Threshold{parsed}, load)[0]
		if unmeasured := strings.HasPrefix(expr, "login.") && !strings.Contains(expr, "count"); got.Unmeasured != unmeasured {
			t.Errorf("%s: unmeasured %t", expr, got.Unmeasured)
		}
		if got.OK != want.ok || got.Value != want.value {
			t.Errorf("%s: %t with %g, want %t with %g", expr, got.OK, got.Value, want.ok, want.value)
		}
	}
}

func TestThresholdsThatCannotBeRead(t *testing.T) {
	for expr, says := range map[string]string{
		"userinfo.p99<300":    "has no unit; write 300ms or 300s",
		"userinfo.p98<300ms":  "unknown figure \"p98\"",
		"user.p99<300ms":      "unknown part \"user\"; the parts are token, userinfo",
		"userinfo.p99=300ms":  "want a figure, a comparison and a value",
		"userinfo.p99<-3ms":   "not a duration",
		"login.errors<x%":     "not a share",
		"login.errors<0.1%%":  "not a share",
		"latency<300ms":       "unknown figure \"latency\"",
		"rate_achieved>=fast": "not a rate",
		"requests>=NaN":       "not a count",
		"":                    "want a figure",
		"p99":                 "want a figure",
		"errors<>1":           "want a figure",
	} {
		_, err := ParseThresholds([]string{"errors<1%", expr})
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), expr) {
			t.Errorf("%q: %v, want it to say %q", expr, err, says)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	for _, s := range []string{"userinfo.p99<300ms", "login.errors<0.1%", "rate_achieved>=190/s", "token.p99.9<=1s", "errors==0"} {
		f.Add(s)
	}
	load := &run.Load{Requests: 1, Parts: map[string]run.Part{"userinfo": {Count: 1}}}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := ParseThreshold(s)
		if err != nil {
			return
		}
		again, err := ParseThreshold(parsed.Expression)
		if err != nil || again != parsed {
			t.Errorf("%q becomes %q, which is read as %+v, %v", s, parsed.Expression, again, err)
		}
		Evaluate([]Threshold{parsed}, load)
	})
}

// What never came to the target is neither its error nor its request.
func TestErrorsThatAreNotTheTargetsAreInNoThreshold(t *testing.T) {
	thresholds, err := ParseThresholds([]string{"errors<1%", "errors==1"})
	if err != nil {
		t.Fatal(err)
	}
	got := Evaluate(thresholds, &run.Load{Requests: 300, Errors: map[string]int{"local": 60, "proxy": 40, "status-503": 1}})
	if !got[0].OK || got[0].Value != 0.5 || !got[1].OK || got[1].Value != 1 {
		t.Errorf("%+v", got)
	}
	got = Evaluate(thresholds, &run.Load{Requests: 10, Errors: map[string]int{"local": 10}})
	if !got[0].Unmeasured || !got[1].Unmeasured {
		t.Errorf("%+v: no request came to the target", got)
	}
}

func TestErrorsAreBoundedUnlessAThresholdBoundsThem(t *testing.T) {
	for given, own := range map[string]bool{
		"": false, "login.p99<1s": false, "verify.errors==0": false, "errors>=0": false, "login.errors>1%": false, "token.errors<5%": false,
		"errors<5%": true, "errors<=3": true, "errors==0": true, "login.errors<2%": true,
	} {
		o := (&standIn{Server: &httptest.Server{URL: "http://127.0.0.1"}}).options(t, Login)
		if given != "" {
			parsed, err := ParseThreshold(given)
			if err != nil {
				t.Fatal(err)
			}
			o.Thresholds = []Threshold{parsed}
		}
		for range 2 { // once is enough, and twice no more
			if err := o.complete(); err != nil {
				t.Fatal(err)
			}
		}
		var has []string
		for _, threshold := range o.Thresholds {
			has = append(has, threshold.Expression)
		}
		want := strings.Fields(given)
		if !own {
			want = append(want, DefaultThreshold)
		}
		if !slices.Equal(has, want) {
			t.Errorf("%q becomes %q, want %q", given, has, want)
		}
	}
}

func TestThresholdsOnPartsThatTheScenarioHasNot(t *testing.T) {
	for _, scenario := range []Scenario{Token, Userinfo, Login} {
		for _, check := range []CheckMode{CheckFull, CheckNone} {
			for _, part := range partNames {
				o := (&standIn{Server: &httptest.Server{URL: "http://127.0.0.1"}}).options(t, scenario)
				o.Check = check
				threshold, err := ParseThreshold(part + ".p99<1s")
				if err != nil {
					t.Fatal(err)
				}
				o.Thresholds = []Threshold{threshold}
				has := slices.Contains((&Options{Scenario: scenario}).parts(check), part)
				if err := o.Validate(); (err == nil) != has {
					t.Errorf("%s --check %s: %s: %v", scenario, check, part, err)
				} else if !has && (!errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), strings.Join((&Options{Scenario: scenario}).parts(check), ", "))) {
					t.Errorf("%v: it does not name the parts", err)
				}
			}
		}
	}
}
