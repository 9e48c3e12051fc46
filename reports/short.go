package reports

import (
	"bufio"
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"slices"

	"sgidcheck/internal/run"
)

//go:embed short.html.tmpl
var shortTemplate string

//go:embed short.css
var shortCSS string

var shortPage = template.Must(template.New("short").Funcs(functions).Parse(shortTemplate))

// shortRoom is how much of a record the short form shows, so that it fits its pages.
type shortRoom struct {
	One  bool // set for one page; else for two
	Rows int  // of what fails, and of what is waived; the rest is named
	Text int  // bytes of a problem, a remedy or a reason
}

// shortRooms are tried one after another until the form fits as many pages as it is set for.
var shortRooms = []shortRoom{
	{true, 60, 200}, {false, 60, 200}, {false, 40, 100}, {false, 40, 64}, {false, 32, 64}, {false, 26, 64}, {false, 20, 64}, {false, 15, 64},
	{false, 10, 64}, {false, 6, 64}, {false, 3, 64}, {false, 0, 64},
}

// Many says whether the tables are long.
func (v *shortView) Many() bool { return len(v.Grave)+len(v.Shown)+len(v.ShownWaivers) > 20 }

// pages is how many the form is set for.
func (r shortRoom) pages() int {
	if r.One {
		return 1
	}
	return 2
}

// shortView is the record as the short form's template sees it.
type shortView struct {
	frame
	R            *run.Record
	Headline     headline
	Took         string
	Counts       []shortCount
	Gaps         []reasonGroup
	MoreGaps     int
	Measured     string
	Notes        []string
	MoreNotes    int
	Threats      []judgedThreat
	OpenThreats  int
	Grave        []shortThreat
	Other        []threatGroup
	Failing      []*run.Check
	Shown        []shortFinding
	MoreFailing  []string
	Warnings     []string
	Waivers      []shortWaiver
	ShownWaivers []shortWaiver
	MoreWaivers  []reasonGroup // by who accepted them, and until when
	Signatures   []string      // the names to sign, "" for one to be written
	Room         shortRoom
}

type shortCount struct {
	Name, Class string
	Count       int
}

type shortThreat struct {
	judgedThreat
	Because []string
}

type threatGroup struct {
	State mitigation
	Class string
	Names []string
}

type shortFinding struct{ ID, Severity, Problem, Remedy string }

type shortWaiver struct{ ID, Level, Severity, Problem, Reason, By string }

// maxSignatures is how many names the form has lines for.
const maxSignatures = 4

func writeShort(w io.Writer, r *run.Record, room shortRoom) error {
	out := bufio.NewWriter(w)
	if err := shortPage.Execute(out, newShortView(r, room)); err != nil {
		return err
	}
	return out.Flush()
}

func newShortView(r *run.Record, room shortRoom) *shortView {
	v := &shortView{frame: newFrame(shortCSS, ""), R: r, Headline: headlineOf(r), Room: room}
	if r.Finished != nil {
		v.Took = milliseconds(float64(r.Finished.Sub(r.Started).Milliseconds()))
	}
	v.coverage(r)
	v.threats(r)
	v.Failing = failing(r)
	for i, c := range v.Failing {
		if i < room.Rows {
			v.Shown = append(v.Shown, shortFinding{c.ID, severity(c).Words(), problemOf(c), c.Remediation})
		} else {
			v.MoreFailing = append(v.MoreFailing, clip(c.ID, 20))
		}
	}
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Verdict == run.Warn || c.Verdict == run.StaleWaiver {
			v.Warnings = append(v.Warnings, clip(c.ID, 20))
		}
	}
	v.waivers(r, room)
	const notes = 2
	for _, n := range r.Notes[:min(notes, len(r.Notes))] {
		v.Notes = append(v.Notes, inOneLine(n, room.Text))
	}
	v.MoreNotes = len(r.Notes) - len(v.Notes)
	if l := r.Load; l != nil {
		v.Measured = clausesOf(achieved(l), loadFailures(r)) + "."
	}
	return v
}

func (v *shortView) coverage(r *run.Record) {
	if len(r.Checks) == 0 {
		return
	}
	c, _ := coverageOf(r)
	hold := c.Judged - c.Failed - c.Waived
	for i := range r.Checks {
		if one := &r.Checks[i]; one.Level == "MUST" && one.WaivedFailure() && len(one.LeftOut()) > 0 {
			hold++ // waived, and not judged in full: it is not among those that were judged
		}
	}
	v.Counts = []shortCount{{"apply", "", c.Applicable}, {"judged", "", c.Judged}, {"hold", "pass", hold},
		{"fail", "fail", c.Failed}, {"waived", "waived", c.Waived}, {"not judged", "open", len(c.NotJudged)}}
	const shown = 5
	for _, u := range c.NotJudged {
		reason := clip(u.Reason, 200)
		if len(u.Cases) > 0 {
			reason = reasonGroup{Reason: reason, IDs: []string{u.ID}, InPart: true}.Text()
		}
		i := slices.IndexFunc(v.Gaps, func(g reasonGroup) bool { return g.Reason == reason })
		if i < 0 {
			i, v.Gaps = len(v.Gaps), append(v.Gaps, reasonGroup{Reason: reason})
		}
		v.Gaps[i].IDs = append(v.Gaps[i].IDs, u.ID)
	}
	slices.SortStableFunc(v.Gaps, func(a, b reasonGroup) int { return len(b.IDs) - len(a.IDs) })
	for len(v.Gaps) > shown {
		last := len(v.Gaps) - 1
		v.MoreGaps += len(v.Gaps[last].IDs)
		v.Gaps = v.Gaps[:last]
	}
}

func (v *shortView) threats(r *run.Record) {
	if len(r.Checks) == 0 {
		return
	}
	v.Threats = judgeThreats(r)
	for _, t := range v.Threats {
		if t.State == threatOpen {
			v.OpenThreats++
		}
		if t.Wide() {
			v.Grave = append(v.Grave, shortThreat{t, append(slices.Clone(t.Broken), t.Accepted...)})
			continue
		}
		i := slices.IndexFunc(v.Other, func(g threatGroup) bool { return g.State == t.State })
		if i < 0 {
			i, v.Other = len(v.Other), append(v.Other, threatGroup{State: t.State, Class: map[mitigation]string{threatMitigated: "pass", threatNotApplicable: ""}[t.State]})
			if t.State == threatUntested || t.State == threatPartly {
				v.Other[i].Class = "open"
			}
		}
		v.Other[i].Names = append(v.Other[i].Names, t.Name)
	}
}

// waivers lists what is waived, the gravest first.
func (v *shortView) waivers(r *run.Record, room shortRoom) {
	var waived []*run.Check
	for i := range r.Checks {
		if r.Checks[i].Verdict == run.Waived {
			waived = append(waived, &r.Checks[i])
		}
	}
	slices.SortStableFunc(waived, func(a, b *run.Check) int {
		return cmp.Or(cmp.Compare(severity(b), severity(a)), cmp.Compare(a.Level, b.Level))
	})
	for _, c := range waived {
		w := shortWaiver{ID: clip(c.ID, 20), Level: clip(c.Level, 20), Severity: severity(c).Words(), Problem: problemOf(c), By: "nobody named"}
		if c.Waiver != nil {
			w.Reason = c.Waiver.Reason
			if who := clip(c.Waiver.Approver, 60); who != "" {
				w.By = who
				if !slices.Contains(v.Signatures, who) && len(v.Signatures) < maxSignatures {
					v.Signatures = append(v.Signatures, who)
				}
			}
			w.By += " until " + clip(c.Waiver.Until, 20)
		}
		v.Waivers = append(v.Waivers, w)
	}
	for len(v.Signatures) < 2 {
		v.Signatures = append(v.Signatures, "")
	}
	v.ShownWaivers = v.Waivers[:min(room.Rows, len(v.Waivers))]
	for _, w := range v.Waivers[len(v.ShownWaivers):] {
		i := slices.IndexFunc(v.MoreWaivers, func(g reasonGroup) bool { return g.Reason == w.By })
		if i < 0 {
			i, v.MoreWaivers = len(v.MoreWaivers), append(v.MoreWaivers, reasonGroup{Reason: w.By})
		}
		v.MoreWaivers[i].IDs = append(v.MoreWaivers[i].IDs, w.ID)
	}
}
