package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// claiming is the example with a coverage, and a waiver that says who accepted what.
func claiming(t *testing.T) *run.Record {
	t.Helper()
	r := example(t)
	r.Coverage = &run.Coverage{NotJudged: []run.Unjudged{{ID: "BROW-99", Gap: run.NotSelected, Reason: "it was not selected"}}}
	for i := range r.Checks {
		c := &r.Checks[i]
		if c.Waiver != nil && c.Verdict == run.Waived {
			c.Waiver.Approver, c.Waiver.Covers = "Tan of Security", run.Fail
		}
		if c.ID == "TLS-01" {
			c.Verdict, c.Gap, c.Reason = run.Skip, run.NotApplicable, "the target is plain http"
		}
	}
	r.Count()
	return r
}

// Every form of report begins with the same line, and tells what was waived and
// what does not apply.
func TestEveryFormSaysWhatTheRunClaims(t *testing.T) {
	r := claiming(t)
	claim := Verdict(r)
	if !strings.HasPrefix(claim, "6 of ") {
		t.Fatalf("%s", claim)
	}
	first := map[string]func(string) string{
		"terminal": func(s string) string { line, _, _ := strings.Cut(s, "\n"); return line },
		"markdown": func(s string) string {
			line, _, _ := strings.Cut(s, "\n")
			return html.UnescapeString(strings.TrimPrefix(line, "## "))
		},
		"html": func(s string) string {
			_, s, _ = strings.Cut(s, "<h1>")
			line, _, _ := strings.Cut(s, "</h1>")
			return html.UnescapeString(strings.NewReplacer(`<span class="word">`, "", "</span>", "").Replace(line))
		},
		"junit": func(s string) string {
			_, s, _ = strings.Cut(s, `name="verdict" value="`)
			line, _, _ := strings.Cut(s, `"`)
			return html.UnescapeString(line)
		},
		"sarif": func(s string) string {
			var log sarifLog
			if err := json.Unmarshal([]byte(s), &log); err != nil {
				t.Fatal(err)
			}
			return log.Runs[0].Invocations[0].Notifications[0].Message.Text
		},
	}
	for name, line := range first {
		var b bytes.Buffer
		if err := Format(&b, name, r); err != nil {
			t.Fatal(err)
		}
		if got := line(b.String()); got != claim {
			t.Errorf("%s begins with %q, want %q", name, got, claim)
		}
		if !strings.Contains(b.String(), "Tan of Security") || name != "html" && !strings.Contains(b.String(), "MUST failure") {
			t.Errorf("%s does not say who accepted which deviation", name)
		}
		if text := b.String(); name != "sarif" && !strings.Contains(text, "does not apply") && !strings.Contains(text, "do not apply") {
			t.Errorf("%s does not tell what does not apply", name)
		}
	}
}

// The failures that the headline counts are those that JUnit counts.
func TestHeadlineCountsWhatJUnitCounts(t *testing.T) {
	strict := claiming(t)
	strict.Strict = true
	strict.Count()
	warned := strict.Summary.Warn + strict.Summary.StaleWaiver
	for name, c := range map[string]struct {
		r    *run.Record
		want []string
		sum  int
	}{
		"plain":  {claiming(t), []string{"6 of ", "1 threshold is crossed"}, 7},
		"strict": {strict, []string{"6 of ", "1 threshold is crossed", strconv.Itoa(warned) + " warnings count as failure"}, 7 + warned},
	} {
		for _, want := range c.want {
			if !strings.Contains(Verdict(c.r), want) {
				t.Errorf("%s: %s lacks %q", name, Verdict(c.r), want)
			}
		}
		if got := junitOf(t, c.r).attr("failures"); got != strconv.Itoa(c.sum) {
			t.Errorf("%s: JUnit counts %s failures, the headline %d: %s", name, got, c.sum, Verdict(c.r))
		}
	}
}

// What --require asks for and the run has not judged is an error of JUnit's.
func TestJUnitOfARunThatHadToBeComplete(t *testing.T) {
	r := claiming(t)
	before, err := strconv.Atoi(junitOf(t, r).attr("errors"))
	if err != nil {
		t.Fatal(err)
	}
	r.Require = run.RequireComplete
	r.Count()
	if got := junitOf(t, r).attr("errors"); got != strconv.Itoa(before+1) {
		t.Errorf("%s errors, %d without --require", got, before)
	}
}

// A threat whose guards were not all judged is never drawn as mitigated.
func TestNothingUnjudgedIsDrawnAsMitigated(t *testing.T) {
	r := claiming(t)
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Verdict == run.Pass && c.ID == "TOKEN-07" {
			c.Verdict, c.Gap, c.Reason = run.Skip, run.WantConsent, "--allow-disruptive runs it"
		}
	}
	checks := map[string]run.Check{}
	for _, c := range r.Checks {
		checks[c.ID] = c
	}
	for _, j := range judgeThreats(r) {
		for _, id := range j.ids() {
			c, there := checks[id]
			holds := there && (c.Verdict == run.Pass || c.Verdict == run.StaleWaiver || c.Verdict == run.Skip && c.Gap == run.NotApplicable)
			if j.State == threatMitigated && !holds {
				t.Errorf("%s is shown as mitigated, and %s is %q", j.Name, id, c.Verdict)
			}
		}
	}
}

// A threat is not mitigated where a case of a guard was left out, and the reports name
// the check and the case.
func TestAGuardThatWasJudgedInPartIsNoMitigation(t *testing.T) {
	r := &run.Record{Complete: true, Target: run.Target{Issuer: "https://idp.example/v2", Kind: "external"}, Coverage: &run.Coverage{}}
	for _, guarding := range threatsOf(r) {
		for _, id := range guarding.ids() {
			r.Checks = append(r.Checks, run.Check{ID: id, Level: "MUST", Verdict: run.Pass})
		}
	}
	state := map[bool]mitigation{true: threatPartly, false: threatMitigated}
	for i := range r.Checks {
		if r.Checks[i].ID == "TOKEN-26" {
			r.Checks[i].Cases = []run.Case{{Name: "not the code", Verdict: run.Pass}, {Name: "entropy", Verdict: run.Skip, Gap: run.WantLogins, Observed: "only 12 access tokens were seen"}}
		}
	}
	r.Count()
	seen := 0
	for _, j := range judgeThreats(r) {
		guarded := strings.Contains(strings.Join(j.ids(), " "), "TOKEN-26")
		if j.State != state[guarded] {
			t.Errorf("%s is %s", j.Name, j.State)
		}
		if guarded {
			seen++
		}
		if missing := j.Missing(); guarded != strings.Contains(missing, "1 of "+strconv.Itoa(len(j.Guards))+" guards judged in part") {
			t.Errorf("%s lacks %q", j.Name, missing)
		}
	}
	if seen == 0 {
		t.Fatal("TOKEN-26 guards against nothing: the test shows nothing")
	}
	groups := untested(r, run.Skip)
	if len(groups) != 1 || groups[0].What() != "judged in part" || groups[0].Reason != "its case entropy was left out: only 12 access tokens were seen" {
		t.Errorf("%+v", groups)
	}
	var markdown, page, lines bytes.Buffer
	if err := errors.Join(Markdown(&markdown, r), HTML(&page, r), Terminal(&lines, r, Options{})); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"Markdown": markdown.String(), "HTML": page.String(), "summary": lines.String()} {
		if text = strings.Join(strings.Fields(text), " "); !strings.Contains(text, "TOKEN-26") || !strings.Contains(text, "its case entropy was left out") {
			t.Errorf("%s does not name the case:\n%s", form, text)
		}
	}
}

// What is waived in part, and not judged in full, is not subtracted from what was judged.
func TestWhatHoldsBesideAWaiverInPart(t *testing.T) {
	r := &run.Record{Complete: true, Coverage: &run.Coverage{}, Checks: []run.Check{
		{ID: "TOKEN-01", Level: "MUST", Verdict: run.Pass},
		{ID: "TOKEN-14", Level: "MUST", Verdict: run.Waived, Waiver: &run.Waiver{Check: "TOKEN-14", Case: "first"},
			Cases: []run.Case{{Name: "first", Verdict: run.Fail}, {Name: "second", Verdict: run.Skip, Gap: run.WantLogins}}},
	}}
	r.Count()
	var v shortView
	v.coverage(r)
	got := map[string]int{}
	for _, c := range v.Counts {
		got[c.Name] = c.Count
	}
	if got["apply"] != 2 || got["judged"] != 1 || got["hold"] != 1 || got["waived"] != 1 || got["not judged"] != 1 {
		t.Errorf("%v", got)
	}
}
