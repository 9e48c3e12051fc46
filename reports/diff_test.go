package reports

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// twoRuns is a comparison with something of every turn.
func twoRuns(t *testing.T) *run.Comparison {
	t.Helper()
	old, now := example(t), example(t)
	for i := range old.Checks {
		c := &old.Checks[i]
		switch c.ID {
		case "TOKEN-05", "TOKEN-16":
			c.Verdict = run.Pass
		case "JWKS-01":
			c.Verdict, c.Observed = run.Fail, "200 text/html"
		case "AUTHZ-03":
			c.Verdict, c.Waiver = run.Fail, nil
		case "DISC-02":
			c.Verdict = run.Skip
		case "DISC-03":
			c.Level = "SHOULD"
		}
	}
	old.Checks = append(old.Checks, run.Check{ID: "OLD-99", Title: "an old statement", Problem: "an old problem", Level: "MUST", Verdict: run.Fail, Observed: "what was seen"})
	old.Decrypt.Cells[0].AnswersPerS *= 2
	old.Load.Thresholds = append(old.Load.Thresholds, run.Threshold{Expression: "token.p50<1ms", OK: true})
	for i := range now.Checks {
		if now.Checks[i].ID == "TOKEN-05" {
			now.Checks[i].Problem = "a code is accepted twice"
		}
	}
	old.Count()
	return run.Diff(old, now)
}

// What every form of a comparison says, in plain words and with the problem.
func TestDiffSaysWhatBecameOfEachCheck(t *testing.T) {
	flat := regexp.MustCompile(`<[^>]*>|\s+`)
	for name, write := range map[string]func(io.Writer, *run.Comparison) error{
		"terminal": func(w io.Writer, c *run.Comparison) error { return Diff(w, c, Options{Width: 400}) }, "markdown": DiffMarkdown, "html": DiffHTML,
	} {
		var b bytes.Buffer
		if err := write(&b, twoRuns(t)); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(`\`, "", "&lt;", "<", "&#39;", "'").Replace(flat.ReplaceAllString(b.String(), " "))
		at := 0
		for _, want := range []string{
			"New", "a code is accepted twice", "fails now, held before", "200 with an access_token",
			"Fixed", "JWKS-01", "holds now, failed before", "200 text/html",
			"Newly waived", "AUTHZ-03", "is waived now, failed before", "accepted by nobody named until 2027-03-31",
			"No longer tested", "OLD-99", "an old problem", "is not in the new run, failed before", "what was seen",
			"TOKEN-16", "is skipped now, held before", "no second client", "token.p50<1ms", "the new run was not judged by it",
			"Tested now", "DISC-02", "holds now, was skipped before",
			"Changed otherwise", "DISC-03", "its level was SHOULD",
			"As before", "5 fail: DISC-04", "6 could not be judged: UINFO-05",
		} {
			i := strings.Index(text[at:], want)
			if i < 0 {
				t.Errorf("%s: %q is not there, or not in its place", name, want)
				continue
			}
			at += i
		}
		for _, want := range []string{"1 regression.", "1 new, 1 fixed, 1 newly waived, 3 no longer tested, 1 tested now, 1 changed otherwise.", "-50.0 %"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}

func TestDiffSaysWhatKeepsRunsFromBeingCompared(t *testing.T) {
	old := &run.Record{Tool: run.Tool{Version: "1"}, Complete: true, Verdict: run.RunPass, Coverage: &run.Coverage{Applicable: 120, Judged: 118}}
	now := &run.Record{Tool: run.Tool{Version: "2"}, Target: run.Target{Issuer: "https://b.example"}, Verdict: run.RunIncomplete, Strict: true, Coverage: &run.Coverage{Applicable: 120, Judged: 12}}
	said := strings.Join(newDiffView(run.Diff(old, now)).Cautions, " ")
	for _, want := range []string{"different targets", "The new run is incomplete", "118 of 120 that apply before, 12 of 120 that apply now", "strict", "different versions"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
	if said := newDiffView(run.Diff(old, old)).Cautions; len(said) > 0 {
		t.Errorf("of the same run: %q", said)
	}
}

// A warning of a check that was not judged before is no regression, and still told.
func TestDiffWithoutRegressionNamesWhatIsNew(t *testing.T) {
	one := func(v run.Verdict) *run.Record {
		return &run.Record{Complete: true, Verdict: run.RunPass, Checks: []run.Check{{ID: "A-01", Level: "SHOULD", Verdict: v}}}
	}
	v := newDiffView(run.Diff(one(run.Skip), one(run.Warn)))
	if v.Regressed() || v.Verdict != "No regression: what is new was not judged before (1 check)." || !strings.HasPrefix(v.Sentence, "1 new, ") {
		t.Errorf("%q %q", v.Verdict, v.Sentence)
	}
}

// Green is a comparison in which nothing got worse and nothing got out of sight.
func TestAComparisonIsGreenWhereNothingIsLeftToLookAt(t *testing.T) {
	one := func(v run.Verdict, cases ...run.Case) *run.Record {
		r := &run.Record{Complete: true, Verdict: run.RunPass}
		if v != "" {
			r.Checks = []run.Check{{ID: "A-01", Level: "MUST", Verdict: v, Cases: cases}}
		}
		return r
	}
	incomplete := one(run.Pass)
	incomplete.Complete = false
	load := func(t run.Threshold) *run.Record {
		return &run.Record{Complete: true, Verdict: run.RunFail, Load: &run.Load{Thresholds: []run.Threshold{t}}}
	}
	for name, c := range map[string]struct {
		old, now *run.Record
		tone     string
	}{
		"nothing changed":          {one(run.Pass), one(run.Pass), green},
		"repaired":                 {one(run.Fail), one(run.Pass), green},
		"worse":                    {one(run.Pass), one(run.Fail), red},
		"new, and fails":           {one(""), one(run.Fail), amber},
		"gone":                     {one(run.Pass), one(""), amber},
		"skipped":                  {one(run.Fail), one(run.Skip), amber},
		"waived":                   {one(run.Fail), one(run.Waived), amber},
		"incomplete":               {one(run.Pass), incomplete, amber},
		"fewer cases":              {one(run.Fail, run.Case{Name: "a", Verdict: run.Fail}), one(run.Pass, run.Case{Name: "b", Verdict: run.Pass}), amber},
		"a threshold is not asked": {load(run.Threshold{Expression: "x"}), one(""), amber},
	} {
		if v := newDiffView(run.Diff(c.old, c.now)); v.Tone != c.tone {
			t.Errorf("%s: %s, want %s", name, v.Tone, c.tone)
		}
	}
	crossed := load(run.Threshold{Expression: "token.p99<1ms"})
	if v := newDiffView(run.Diff(crossed, crossed)); len(v.Unchanged) != 1 || v.Unchanged[0].said() != "1 threshold is crossed: token.p99<1ms" {
		t.Errorf("a threshold that is crossed as before: %+v", v.Unchanged)
	}
}

func TestHostileDiffIsInert(t *testing.T) {
	old := soaked(t)
	for i := range old.Checks {
		old.Checks[i].Verdict = run.Pass
	}
	c := run.Diff(old, soaked(t))
	var b bytes.Buffer
	if err := DiffHTML(&b, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "alert(1)") {
		t.Fatal("the hostile text is not in it at all: nothing was tested")
	}
	inertTrend(t, b.String())
	b.Reset()
	if err := DiffMarkdown(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "k](javascript", "![x", "https://evil", "@everyone", "\n| cell"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("Markdown holds %q", bad)
		}
	}
	b.Reset()
	if err := Diff(&b, c, Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a control character reaches the terminal")
	}
}

func TestDiffInABrowser(t *testing.T) {
	var b bytes.Buffer
	if err := DiffHTML(&b, twoRuns(t)); err != nil {
		t.Fatal(err)
	}
	p := openReport(t, b.String(), "")
	p.accessible()
	p.screen(360, 900)
	if wide := eval[[]string](p, `[...document.querySelectorAll(".scroll")].filter((e) => e.querySelector(".changes") && e.scrollWidth > e.clientWidth).map((e) => e.textContent.slice(0, 80))`); len(wide) > 0 || !eval[bool](p, `!!document.querySelector(".changes")`) {
		t.Errorf("what changed is wider than a small screen: %q", wide)
	}
	p.quiet()
}
