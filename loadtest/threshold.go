package loadtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Threshold is one condition on the figures of a load test, such as
// userinfo.p99<300ms. Make one with ParseThreshold.
type Threshold struct {
	Expression string // as it was written, without spaces

	part string // empty for a figure of the whole run
	stat string
	op   string
	want float64
	unit string // "ms", "%", "/s" or "" for a plain count
}

// The figures a threshold can be put on.
var (
	thresholdLatencies = map[string]func(run.Latency) float64{
		"min":   func(l run.Latency) float64 { return l.Min },
		"mean":  func(l run.Latency) float64 { return l.Mean },
		"p50":   func(l run.Latency) float64 { return l.P50 },
		"p90":   func(l run.Latency) float64 { return l.P90 },
		"p95":   func(l run.Latency) float64 { return l.P95 },
		"p99":   func(l run.Latency) float64 { return l.P99 },
		"p99_9": func(l run.Latency) float64 { return l.P999 },
		"max":   func(l run.Latency) float64 { return l.Max },
	}
	thresholdForm = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*)(<=|>=|==|<|>)([^<>=]+)$`)
)

const thresholdExamples = "such as userinfo.p99<300ms, login.errors<0.1% or rate_achieved>=190/s"

// ParseThreshold reads a threshold: a figure, a comparison (<, <=, >, >=, ==)
// and a value with its unit. The figures are
//
//	PART.STAT      PART of authorize, login-page, token, userinfo, verify, decrypt, login;
//	               STAT of min, mean, p50, p90, p95, p99, p99_9, max, as a
//	               duration (ns, us, ms, s, m); errors, as a count or in %;
//	               count
//	errors         of the whole run, as a count or in %
//	requests       a count
//	rate_asked, rate_sent, rate_achieved   a number, with or without /s
//
// The error says which piece is wrong and what it may be.
func ParseThreshold(s string) (Threshold, error) {
	expr := strings.Join(strings.Fields(s), "")
	m := thresholdForm.FindStringSubmatch(expr)
	if m == nil {
		return Threshold{}, fmt.Errorf("threshold %q: want a figure, a comparison and a value, %s", s, thresholdExamples)
	}
	t := Threshold{Expression: expr, op: m[2]}
	name, value := m[1], m[3]
	if part, stat, ok := strings.Cut(name, "."); ok {
		if !slices.Contains(partNames[:], part) {
			return Threshold{}, fmt.Errorf("threshold %q: unknown part %q; the parts are %s", s, part, strings.Join(partNames[:], ", "))
		}
		t.part, t.stat = part, stat
		if stat == "p99.9" || stat == "p999" {
			t.stat = "p99_9"
		}
	} else {
		t.stat = name
	}
	var err error
	switch {
	case t.part != "" && thresholdLatencies[t.stat] != nil:
		t.unit = "ms"
		t.want, err = parseMilliseconds(value)
	case t.stat == "errors":
		t.unit, t.want, err = parseShare(value)
	case t.part != "" && t.stat == "count", t.part == "" && t.stat == "requests":
		t.want, err = parseNumber(value, "a count")
	case t.part == "" && slices.Contains([]string{"rate_asked", "rate_sent", "rate_achieved"}, t.stat):
		t.unit = "/s"
		t.want, err = parseNumber(strings.TrimSuffix(value, "/s"), "a rate such as 190/s")
	case t.part != "":
		err = fmt.Errorf("unknown figure %q of a part; the figures are min, mean, p50, p90, p95, p99, p99_9, max, errors, count", t.stat)
	default:
		err = fmt.Errorf("unknown figure %q; of the whole run there are errors, requests, rate_asked, rate_sent, rate_achieved, of a part PART.p99 and others, %s", t.stat, thresholdExamples)
	}
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold %q: %w", s, err)
	}
	return t, nil
}

// Figures lists the beginnings of thresholds, for a shell to offer.
func Figures() []string {
	out := []string{"errors<", "requests>=", "rate_achieved>=", "rate_sent>="}
	for _, part := range partNames {
		for _, stat := range []string{"p50", "p90", "p95", "p99", "p99_9", "max", "mean", "errors"} {
			out = append(out, part+"."+stat+"<")
		}
	}
	return out
}

// ParseThresholds reads several; the error is that of the first that is wrong.
func ParseThresholds(list []string) ([]Threshold, error) {
	out := make([]Threshold, 0, len(list))
	for _, s := range list {
		t, err := ParseThreshold(s)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func parseMilliseconds(v string) (float64, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		if _, numErr := strconv.ParseFloat(v, 64); numErr == nil && err != nil {
			return 0, fmt.Errorf("%q has no unit; write %sms or %ss", v, v, v)
		}
		return 0, fmt.Errorf("%q is not a duration such as 300ms or 1.5s", v)
	}
	return float64(d) / 1e6, nil
}

func parseShare(v string) (unit string, want float64, err error) {
	if p, ok := strings.CutSuffix(v, "%"); ok {
		want, err = parseNumber(p, "a share such as 0.1%")
		return "%", want, err
	}
	want, err = parseNumber(v, "a count such as 5 or a share such as 0.1%")
	return "", want, err
}

func parseNumber(v, what string) (float64, error) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 0 && f <= 1e15) {
		return 0, fmt.Errorf("%q is not %s", v, what)
	}
	return f, nil
}

// Evaluate judges thresholds on the figures of a load test. The values are in
// milliseconds for a latency, percent for a share of errors, and per second for
// a rate. One on a figure without a sample is marked as unmeasured: it neither
// holds nor is crossed. Errors are those of requests that came to the target.
func Evaluate(thresholds []Threshold, l *run.Load) []run.Threshold {
	out := make([]run.Threshold, 0, len(thresholds))
	for _, t := range thresholds {
		value, known := t.value(l)
		out = append(out, run.Threshold{Expression: t.Expression, Value: round(value, 6), OK: known && t.holds(value), Unmeasured: !known})
	}
	return out
}

func (t Threshold) value(l *run.Load) (v float64, known bool) {
	if t.part == "" {
		switch t.stat {
		case "requests":
			return float64(l.Requests), true
		case "rate_asked":
			return l.RateAsked, true
		case "rate_sent":
			return l.RateSent, true
		case "rate_achieved":
			return l.RateAchieved, true
		}
		var errors uint64
		for _, n := range l.Errors {
			errors += uint64(n)
		}
		unreached := l.Unreached()
		return t.share(errors-unreached, l.Requests-unreached)
	}
	p := l.Parts[t.part]
	switch t.stat {
	case "errors":
		return t.share(p.Errors, p.Count)
	case "count":
		return float64(p.Count), true
	}
	return thresholdLatencies[t.stat](p.Latency), p.Count > 0
}

func (t Threshold) share(errors, of uint64) (float64, bool) {
	switch {
	case errors+of == 0: // no errors of nothing say nothing
		return 0, false
	case t.unit != "%":
		return float64(errors), true
	case of == 0: // what failed before it could be timed
		return 100, true
	}
	return 100 * float64(errors) / float64(of), true
}

func (t Threshold) holds(v float64) bool {
	switch t.op {
	case "<":
		return v < t.want
	case "<=":
		return v <= t.want
	case ">":
		return v > t.want
	case ">=":
		return v >= t.want
	default:
		return v == t.want
	}
}

// unmeasured marks the thresholds that are crossed because the load was cut short
// from this side: how many requests there would have been, and how many a second,
// was not found out. What there was of latencies and errors was measured.
func unmeasured(thresholds []Threshold, judged []run.Threshold) {
	for i, t := range thresholds {
		judged[i].Unmeasured = judged[i].Unmeasured || !judged[i].OK && t.grows(judged[i].Value)
	}
}

// grows says that a threshold that v crosses may be met by a load that goes on.
func (t Threshold) grows(v float64) bool {
	switch {
	case t.unit != "/s" && t.stat != "requests" && t.stat != "count":
		return false
	case t.op == "==":
		return t.unit == "/s" || v < t.want
	}
	return t.op == ">" || t.op == ">="
}

// DefaultThreshold bounds the errors of a load whose thresholds leave them
// unbounded.
const DefaultThreshold = "errors<1%"

// bounded is the thresholds with DefaultThreshold, unless one of them bounds all
// errors of the scenario already.
func bounded(list []Threshold, s Scenario) []Threshold {
	for _, t := range list {
		whole := t.part == "" || t.part == partNames[s.main()]
		if t.stat == "errors" && whole && t.op != ">" && t.op != ">=" {
			return list
		}
	}
	t, err := ParseThreshold(DefaultThreshold)
	if err != nil {
		panic(err)
	}
	return append(slices.Clone(list), t)
}

// parts are the parts of which a scenario has figures, by name.
func (o *Options) parts(check CheckMode) []string {
	s := o.Scenario
	var parts []int
	switch s {
	case Token:
		parts = []int{partToken, partVerify}
	case Userinfo:
		parts = []int{partUserinfo, partDecrypt}
	default:
		parts = []int{partToken, partUserinfo, partVerify, partDecrypt, partLogin}
		if o.Live {
			parts = append(parts, partAuthorize, partPage)
		}
	}
	var names []string
	for _, p := range parts {
		if check == CheckFull || p != partVerify && p != partDecrypt {
			names = append(names, partNames[p])
		}
	}
	return names
}

// measurable is an error for a threshold on a part that the scenario has not.
func (o *Options) measurable() error {
	has := o.parts(o.Check)
	for _, t := range o.Thresholds {
		if t.part == "" || slices.Contains(has, t.part) {
			continue
		}
		why := ""
		if o.Check == CheckNone && slices.Contains(o.parts(CheckFull), t.part) {
			why = " without the checking of answers (--check none)"
		}
		return optionError("threshold %q: the scenario %s has no part %s%s; its parts are %s", t.Expression, o.Scenario, t.part, why, strings.Join(has, ", "))
	}
	return nil
}
