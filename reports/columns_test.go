package reports

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// long is text that no line holds.
var long = strings.Repeat("a redirect URI that differs in its path is taken for the registered one, ", 6) + strings.Repeat("x", 200)

// fullRecord is a record with much of everything.
func fullRecord() *run.Record {
	r := &run.Record{Schema: run.Schema, Complete: true, Started: time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC), Tool: run.Tool{Name: "sgidcheck", Version: "1.2.3"},
		Target:   run.Target{Issuer: "https://" + strings.Repeat("long-name.", 12) + "example/v2", Kind: "external"},
		Coverage: &run.Coverage{Applicable: 160}, Notes: []string{long, "a second note", "a third one"}}
	for i := range 160 {
		v := run.Verdicts()[i%len(run.Verdicts())]
		c := run.Check{ID: fmt.Sprintf("AUTHZ-%02d", i), Area: "AUTHZ", Level: "MUST", Verdict: v, Title: long, Problem: "wrong: " + long, Expected: long, Observed: "陈" + long, Remediation: "Refuse it. " + long, Reason: fmt.Sprint(i, long),
			Exchanges: []run.Exchange{{Judged: true, Curl: "curl " + long + ` "$CODE"`}}}
		if v == run.Waived {
			c.Waiver = &run.Waiver{Check: c.ID, Reason: long, Until: "2027-12-31", Approver: "Tan of Security"}
		}
		r.Checks = append(r.Checks, c)
	}
	latency := run.Latency{P50: 1234.5, P90: 61_000, P99: 99_999, P999: 3_599_000, Max: 3_599_999}
	r.Load = &run.Load{Scenario: "login", RateAsked: 12345, RateSent: 12345, RateAchieved: 1234.5, Requests: 1_234_567, Answers: 1_234_567, Errors: map[string]int{run.WrongPerson: 12, "status-503": 123456, long: 3},
		Parts:      map[string]run.Part{"authorize": {Latency: latency, Errors: 1234567}, "login-page": {Latency: latency}, "token": {Latency: latency}, "userinfo": {Latency: latency}, "login": {Latency: latency}},
		Search:     []run.SearchStep{{Rate: 12345.6, OK: true}, {Rate: 99999, Reason: long}},
		Thresholds: []run.Threshold{{Expression: "userinfo.p99<300ms", Value: 99_999}, {Expression: "requests>=1", Value: 2, OK: true}, {Expression: "verify.p99<1ms", Unmeasured: true}},
		Harness:    run.Harness{Limited: true, Reasons: []string{long, long}, Machine: &run.Machine{CPU: long, Cores: 2, System: "linux/amd64"}}}
	for i := range 3 {
		r.Load.Shards = append(r.Load.Shards, run.ShardResult{Part: i, State: "other time", Reason: long, Planned: 99999999, Sent: 99999999, RateSent: 99999.9, Errors: 99999, P99: 3_599_999})
	}
	r.Decrypt = &run.Decrypt{Void: []run.Void{{What: long, Reason: long}}, Missing: []run.Void{{What: long, Reason: long}}, Peers: []run.Peer{{Name: long, AnswersPerS: 12345, Cores: 2}},
		Plan: []run.Plan{{LoginsPerS: 12345, Engine: long, Cores: 1234.5, Runtime: "Node", Row: long}, {LoginsPerS: 200, Engine: "go", Cores: 1}}, Machine: &run.Machine{CPU: long, Cores: 2, System: "linux/amd64"}}
	for _, engine := range []string{"go", "openssl", "jwx"} {
		r.Decrypt.Cells = append(r.Decrypt.Cells, run.Cell{Engine: engine, RSABits: 4096, Alg: "RSA-OAEP-256", Fields: 25, FieldBytes: 65536, Cores: 16, AnswersPerS: 1_234_567, USPerAnswer: 12345, FloorRatio: 0.98765})
	}
	r.Count()
	return r
}

// ownLine says of a line that it is a command, which stays whole to be copied.
func ownLine(l string) bool {
	return strings.HasPrefix(l, "  repeat ") || strings.HasPrefix(l, "            export ") || strings.HasPrefix(l, "            eval ")
}

func fitsColumns(t *testing.T, out string, columns int) {
	t.Helper()
	for l := range strings.SplitSeq(colours.ReplaceAllString(out, ""), "\n") {
		if layout.Width(l) > columns && !ownLine(l) {
			t.Errorf("%d columns: %q", layout.Width(l), l)
		}
	}
}

func records(t *testing.T) map[string]*run.Record {
	decrypt := &run.Record{Schema: run.Schema, Complete: true, Target: run.Target{Issuer: "none", Kind: "embedded"}, Decrypt: fullRecord().Decrypt}
	decrypt.Count()
	load := &run.Record{Schema: run.Schema, Complete: true, Target: run.Target{Issuer: "http://127.0.0.1:1/v2", Kind: "external"}, Load: fullRecord().Load}
	load.Count()
	clean := &run.Record{Schema: run.Schema, Complete: true, Checks: []run.Check{{ID: "DISC-01", Level: "MUST", Verdict: run.Pass}}, Coverage: &run.Coverage{Applicable: 1, Judged: 1}}
	clean.Count()
	return map[string]*run.Record{"example": example(t), "crowded": fullRecord(), "hostile": soaked(t), "decrypt": decrypt, "load": load, "clean": clean, "empty": {}}
}

// All that is written to a terminal fits 80 columns, commands to be copied apart.
func TestTheTerminalFitsItsColumns(t *testing.T) {
	for name, r := range records(t) {
		for _, o := range []Options{{Width: 80}, {Width: 80, Verbose: true}, {Width: 80, Color: true, Verbose: true}, {Color: true, Width: 60}} {
			var b bytes.Buffer
			if err := Terminal(&b, r, o); err != nil {
				t.Fatal(err)
			}
			fitsColumns(t, b.String(), o.Width)
			if t.Failed() {
				t.Fatalf("%s, %+v", name, o)
			}
		}
	}
}

func TestADiffFitsItsColumns(t *testing.T) {
	old, now := fullRecord(), fullRecord()
	for i := range old.Checks {
		old.Checks[i].Verdict = run.Verdicts()[(i+i/8)%len(run.Verdicts())]
	}
	old.Count()
	old.Load.RateAchieved /= 2
	var b bytes.Buffer
	if err := Diff(&b, run.Diff(old, now), Options{Width: layout.Columns}); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "\n") < 100 || !strings.Contains(b.String(), " → ") {
		t.Errorf("%s", b.String())
	}
	fitsColumns(t, b.String(), layout.Columns)
}

// The summary is one screen: the headline first, failures with what is wrong and
// what to do, what was left out, the counts last.
func TestTheSummaryIsOneScreen(t *testing.T) {
	for name, r := range records(t) {
		for _, lines := range []int{0, 20} {
			var b bytes.Buffer
			if err := Terminal(&b, r, Options{Width: 80, Lines: lines}); err != nil {
				t.Fatal(err)
			}
			limit := 24
			if lines > 0 {
				limit = lines
			}
			if n := strings.Count(b.String(), "\n"); n > limit && name != "crowded" && name != "hostile" || n > limit+4 {
				t.Errorf("%s: %d lines of %d:\n%s", name, n, limit, b.String())
			}
		}
	}
	var b bytes.Buffer
	if err := Terminal(&b, example(t), Options{}); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(b.String(), "\n"); first != Verdict(example(t)) {
		t.Errorf("where no terminal is, the first line is %q", first)
	}
	at, out := 0, b.String()
	for _, want := range []string{"6 MUST checks fail;", "\nFAIL     PKCE-08 ", "\n         ", "\nFAIL     ", " more: ", "\nWARNING  ", "\nBLOCKED  ", "\nWAIVED   1 accepted: AUTHZ-03", "\nSKIPPED  ", "\nLOAD     login:", "crossed: login.errors<0.1%", "\nDECRYPT  ", "\n132 pass"} {
		i := strings.Index(out[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or not in its place:\n%s", want, out)
		}
		at += i
	}
}

func TestTheSummarySaysWhatIsWrong(t *testing.T) {
	r := &run.Record{Checks: []run.Check{
		{ID: "TOKEN-05", Level: "MUST", Verdict: run.Fail, Title: "a code is good once", Problem: "a code is good twice", Remediation: "Refuse it the second time."},
		{ID: "DISC-14", Level: "SHOULD", Verdict: run.Warn, Title: "PKCE is advertised", Remediation: "Advertise S256."},
		{ID: "JWKS-08", Level: "SHOULD", Verdict: run.StaleWaiver, Title: "keys are cached", Reason: "the waiver has run out"}}}
	r.Count()
	var b bytes.Buffer
	if err := Terminal(&b, r, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FAIL     TOKEN-05 a code is good twice\n         Refuse it the second time.\n", "WARNING  DISC-14 it does not hold that PKCE is advertised\n         Advertise S256.\n", "STALE    JWKS-08 keys are cached\n         the waiver has run out\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
}

// What to do about a failure is said in whole sentences: where there is no room for
// all failures, fewer of them are shown.
func TestTheSummaryCutsNoRemedy(t *testing.T) {
	r := recorded(t, "three-faults")
	for lines, more := range map[int]bool{SummaryLines: true, 50: false} {
		var b bytes.Buffer
		if err := Terminal(&b, r, Options{Width: 80, Lines: lines}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if strings.Contains(out, "…") || strings.Contains(out, " more: ") != more || strings.Count(out, "\n") > lines {
			t.Errorf("%d lines:\n%s", lines, out)
		}
		fitsColumns(t, out, 80)
	}
	p := newPaper(&bytes.Buffer{}, Options{Width: 80})
	short, first := "Do this.", strings.Repeat("word ", 20)+"end."
	for text, want := range map[string]string{short + " " + long: short, first + " " + long: first, "": ""} {
		if got := strings.Join(p.sentences(text, 2), " "); got != want {
			t.Errorf("of %q is said %q", text, got)
		}
	}
	if got := p.sentences(long, 2); len(got) != 3 || !strings.HasSuffix(got[2], "…") {
		t.Errorf("a sentence that is too long: %q", got)
	}
}
