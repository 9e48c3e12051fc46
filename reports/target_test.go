package reports

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// Every report says that not the target itself was reached, where that is so.
func TestAStandInIsNotTakenForItsTarget(t *testing.T) {
	const says = "a stand-in on this machine"
	for name, write := range map[string]func(io.Writer, *run.Record) error{
		"html": HTML, "markdown": Markdown, "junit": JUnit, "sarif": SARIF,
		"short":    func(w io.Writer, r *run.Record) error { return writeShort(w, r, shortRooms[0]) },
		"terminal": func(w io.Writer, r *run.Record) error { return Terminal(w, r, Options{Width: 400}) },
		"screen":   func(w io.Writer, r *run.Record) error { return Terminal(w, r, Options{Width: 400, Lines: 30}) },
		"foot":     func(w io.Writer, r *run.Record) error { _, err := io.WriteString(w, footerOf(r)); return err },
		"trend":    func(w io.Writer, r *run.Record) error { return Trend(w, []StoredRun{{Record: r}}, ".") },
		"diff":     func(w io.Writer, r *run.Record) error { return Diff(w, run.Diff(r, r), Options{Width: 400}) },
	} {
		for _, local := range []bool{true, false} {
			r := example(t)
			r.Target.Kind, r.Target.Local = "external", local
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				t.Fatal(err)
			}
			if text := strings.ReplaceAll(b.String(), `\`, ""); strings.Contains(text, says) != local {
				t.Errorf("%s of a stand-in %v: says so %v", name, local, !local)
			}
		}
	}
}

// What keeps two runs from being compared like with like is said first.
func TestDiffAndTrendCautionOfOtherCircumstances(t *testing.T) {
	of := func(change func(*run.Record)) *run.Record {
		r := example(t)
		r.Target.Kind = "external"
		r.Settings = []run.Setting{{Name: "client-id", Value: "ONE"}}
		r.Load.Scenario, r.Load.RateAsked, r.Load.Search = "token", 20, nil
		change(r)
		return r
	}
	same := func(*run.Record) {}
	plan := func(rate float64) func(*run.Record) {
		return func(r *run.Record) { r.Load.Plan = &run.LoadPlan{Parts: 2, Rate: rate} }
	}
	for name, c := range map[string]struct {
		old, now func(*run.Record)
		want     string
	}{
		"nothing":     {same, same, ""},
		"a stand-in":  {func(r *run.Record) { r.Target.Local = true }, same, "The old run is of a stand-in on this machine, the other is not."},
		"one now":     {same, func(r *run.Record) { r.Target.Local = true }, "The new run is of a stand-in on this machine, the other is not."},
		"two clients": {same, func(r *run.Record) { r.Settings[0].Value = "TWO" }, `The runs are of different clients: client-id "ONE" and "TWO".`},
		"no client":   {same, func(r *run.Record) { r.Settings = nil }, ""},
		"scenarios":   {same, func(r *run.Record) { r.Load.Scenario = "login" }, "The loads were not the same: the scenario is token in one and login in the other."},
		"rates":       {same, func(r *run.Record) { r.Load.RateAsked = 30 }, "The loads were not the same: 20 a second were asked for in one and 30 in the other."},
		"a search":    {same, func(r *run.Record) { r.Load.RateAsked, r.Load.Search = 30, []run.SearchStep{{}} }, ""},
		"no load":     {same, func(r *run.Record) { r.Load = nil }, ""},
		"plans":       {plan(20), plan(30), "The loads were not the same: the rate is 20 in one and 30 in another."},
		"one plan":    {plan(20), plan(20), ""},
	} {
		t.Run(name, func(t *testing.T) {
			old, now := of(c.old), of(c.now)
			got := strings.Join(cautions(run.Diff(old, now)), "\n")
			if c.want == "" && got != strings.Join(cautions(run.Diff(of(same), of(same))), "\n") && !strings.Contains(name, "plan") {
				t.Errorf("cautions %q", got)
			}
			for _, text := range []string{"is of a stand-in", "different clients", "loads were not the same"} {
				if strings.Contains(got, text) != strings.Contains(c.want, text) {
					t.Errorf("%q is told: %v, in %q", text, !strings.Contains(c.want, text), got)
				}
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("cautions %q, want %q", got, c.want)
			}
			var b bytes.Buffer
			if err := Trend(&b, []StoredRun{{Record: old}, {Record: now}}, "."); err != nil {
				t.Fatal(err)
			}
			if told := strings.Contains(b.String(), "Some of the runs are of a stand-in"); told != strings.Contains(c.want, "stand-in") {
				t.Errorf("the trend cautions: %v", told)
			}
		})
	}
}

// Results of a stand-in do not take the place of the target's where SARIF is kept.
func TestSARIFOfAStandInHasItsOwnIdentity(t *testing.T) {
	ids := map[bool]string{}
	for _, local := range []bool{false, true} {
		r := example(t)
		r.Target.Kind, r.Target.Local = "external", local
		var b bytes.Buffer
		if err := SARIF(&b, r); err != nil {
			t.Fatal(err)
		}
		ids[local] = fmt.Sprint(regexp.MustCompile(`"id": "sgidcheck/[^"]*"`).FindString(b.String()))
	}
	if ids[true] == "" || ids[true] == ids[false] || !strings.HasSuffix(ids[true], `/stand-in/"`) {
		t.Errorf("%v", ids)
	}
}
