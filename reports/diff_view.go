package reports

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// diffView is a comparison as every form of it is drawn.
type diffView struct {
	frame
	*run.Comparison
	Cautions  []string // what keeps the two runs from being compared like with like
	Sentence  string   // what changed, in numbers
	Verdict   string   // whether anything got worse
	Tone      string
	Sections  []diffSection
	Unchanged []reasonGroup
}

// diffSection is the checks and thresholds that have one turn.
type diffSection struct {
	Title, Means string
	Turn         run.Turn
	Tone         run.Verdict
	Rows         []diffRow
}

type diffRow struct {
	ID, Level string
	Text      string // the problem, or the statement where it holds
	What      string // what became of it, in words
	Notes     []diffNote
}

type diffNote struct{ Name, Text string }

var turnWords = map[run.Turn]struct {
	title, means string
	tone         run.Verdict
}{
	run.TurnNew:      {"New", "It fails or warns, and did not before.", run.Fail},
	run.TurnFixed:    {"Fixed", "It failed, warned or was waived, and holds.", run.Pass},
	run.TurnWaived:   {"Newly waived", "A waiver accepts it now. Nothing was repaired.", run.Waived},
	run.TurnUntested: {"No longer tested", "It was judged before. Nobody knows how it stands now.", run.Blocked},
	run.TurnTested:   {"Tested now", "It was not judged before, and holds.", run.Info},
	run.TurnOther:    {"Changed otherwise", "", run.Skip},
}

// The verdicts of a check in words, now and before.
var (
	isWords = map[run.Verdict]string{
		run.Pass: "holds", run.Fail: "fails", run.Warn: "is a warning", run.Info: "is observed", run.Skip: "is skipped", run.Blocked: "could not be judged",
		run.Waived: "is waived", run.StaleWaiver: "holds, its waiver is not needed", "": "is not in the new run",
	}
	wasWords = map[run.Verdict]string{
		run.Pass: "held", run.Fail: "failed", run.Warn: "was a warning", run.Info: "was observed", run.Skip: "was skipped", run.Blocked: "could not be judged",
		run.Waived: "was waived", run.StaleWaiver: "held under a waiver", "": "was not in the old run",
	}
)

func wordFor(words map[run.Verdict]string, v run.Verdict) string {
	if w, ok := words[v]; ok {
		return w
	}
	return clip(string(v), 20)
}

func newDiffView(c *run.Comparison) *diffView {
	v := &diffView{frame: newFrame(reportCSS, ""), Comparison: c, Cautions: cautions(c)}
	var counts []string
	for _, turn := range run.Turns() {
		words := turnWords[turn]
		s := diffSection{Title: words.title, Means: words.means, Turn: turn, Tone: words.tone}
		for _, change := range c.ByTurn(turn) {
			s.Rows = append(s.Rows, diffRowOf(change))
		}
		s.Rows = append(s.Rows, thresholdRows(c, turn)...)
		if len(s.Rows) > 0 {
			v.Sections = append(v.Sections, s)
		}
		if turn != run.TurnOther && turn != run.TurnTested || len(s.Rows) > 0 {
			counts = append(counts, fmt.Sprintf("%s %s", thousands(len(s.Rows)), strings.ToLower(words.title)))
		}
	}
	v.Sentence = strings.Join(counts, ", ") + "."
	v.Unchanged = unchanged(c)
	v.Tone = toneOf(v)
	v.Verdict = "No regression."
	if n := len(c.Regressions) + len(c.Thresholds); n > 0 {
		v.Verdict = plural(n, "regression") + "."
	} else if n := len(c.ByTurn(run.TurnNew)); n > 0 {
		v.Verdict = fmt.Sprintf("No regression: what is new was not judged before (%s).", plural(n, "check"))
	}
	return v
}

// toneOf is green only where nothing got worse and nothing is left to be looked at.
func toneOf(v *diffView) string {
	switch {
	case v.Regressed():
		return red
	case v.New.Verdict == run.RunIncomplete || !v.New.Complete:
		return amber
	case slices.ContainsFunc(v.Sections, func(s diffSection) bool {
		return s.Turn == run.TurnNew || s.Turn == run.TurnWaived || s.Turn == run.TurnUntested
	}):
		return amber
	}
	return green
}

// cautions says what must be known before two runs are compared.
func cautions(c *run.Comparison) []string {
	var out []string
	if c.OtherTargets {
		out = append(out, "The runs are of different targets.")
	}
	if was, is := c.Old.Target.StandIn(), c.New.Target.StandIn(); was != is {
		which := map[bool]string{true: "old", false: "new"}[was != ""]
		out = append(out, fmt.Sprintf("The %s run is of %s, the other is not.", which, was+is))
	}
	if who := run.OtherClients(c.Old, c.New); who != "" {
		out = append(out, fmt.Sprintf("The runs are of different clients: %s.", clip(who, 300)))
	}
	if what := run.OtherLoads(c.Old.Load, c.New.Load); what != "" {
		out = append(out, fmt.Sprintf("The loads were not the same: %s.", clip(what, 300)))
	}
	for _, r := range []struct {
		name string
		*run.Record
	}{{"old", c.Old}, {"new", c.New}} {
		if r.Verdict == run.RunIncomplete || !r.Complete {
			out = append(out, fmt.Sprintf("The %s run is incomplete: %s.", r.name, undecided(r.Record)))
		}
		if text := underLoad(r.Record); text != "" {
			out = append(out, fmt.Sprintf("In the %s run %s.", r.name, text))
		}
	}
	if was, is := judgedOf(c.Old), judgedOf(c.New); was != is && was != "" && is != "" {
		out = append(out, fmt.Sprintf("MUST checks judged: %s before, %s now.", was, is))
	}
	if c.Old.Strict != c.New.Strict {
		out = append(out, "One of the runs was strict: in it, warnings count as failures.")
	}
	if was, is := clip(c.Old.Tool.Version, 60), clip(c.New.Tool.Version, 60); was != is {
		out = append(out, fmt.Sprintf("The runs were made by different versions of the program: %s and %s.", was, is))
	}
	return out
}

func judgedOf(r *run.Record) string {
	if r.Coverage == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d that apply", r.Coverage.Judged, r.Coverage.Applicable)
}

func diffRowOf(c run.Change) diffRow {
	row := diffRow{ID: inertLine(c.ID), Level: inertLine(c.Level), Text: clip(c.Title, 300)}
	if s := SeverityOf(c.ID); s != NoSeverity {
		row.Level += ", severity " + s.String()
	}
	if c.Problem != "" && (objects(c.New) || objects(c.Old) && c.New != run.Pass && c.New != run.StaleWaiver && c.New != run.Info) {
		row.Text = clip(c.Problem, 300)
	}
	switch {
	case c.New == "":
		row.What = "is not in the new run, " + wordFor(wasWords, c.Old) + " before"
	case c.Old == c.New:
		row.What = wordFor(isWords, c.New) + " as before"
	default:
		row.What = wordFor(isWords, c.New) + " now, " + wordFor(wasWords, c.Old) + " before"
	}
	if len(c.Untried) > 0 {
		row.What += ", and was not tried with every case"
	}
	if c.WasLevel != "" {
		row.What += "; its level was " + inertLine(c.WasLevel)
	}
	row.note("newly fails", strings.Join(c.Cases, "; "))
	row.note("fixed", strings.Join(c.Mended, "; "))
	row.note("not tried", strings.Join(c.Untried, "; "))
	row.note("waiver", c.Terms)
	switch c.New {
	case run.Pass, run.Info, run.StaleWaiver:
	default:
		row.note("now", c.Note)
	}
	if objects(c.Old) && c.Old != c.New {
		row.note("before", c.WasNote)
	}
	return row
}

func (r *diffRow) note(name, text string) {
	if text = inOneLine(text, 400); text != "" {
		r.Notes = append(r.Notes, diffNote{name, text})
	}
}

func thresholdRows(c *run.Comparison, turn run.Turn) []diffRow {
	list, what := c.Thresholds, "is crossed or wrong now"
	switch turn {
	case run.TurnNew:
	case run.TurnFixed:
		list, what = c.Kept, "is kept now, was not before"
	case run.TurnUntested:
		list, what = c.Gone, "the new run was not judged by it"
	default:
		return nil
	}
	var rows []diffRow
	for _, t := range list {
		row := diffRow{ID: "threshold", Text: clip(t.Expression, 200), What: what}
		row.note(map[bool]string{true: "before", false: "now"}[turn == run.TurnUntested], "measured "+measuredValue(t))
		rows = append(rows, row)
	}
	return rows
}

// unchanged are the checks that stayed as they were, but for those that hold,
// which are counted.
func unchanged(c *run.Comparison) []reasonGroup {
	var groups []reasonGroup
	held, same := 0, c.ByTurn(run.TurnNone)
	for _, w := range []struct {
		run.Verdict
		one, many string
	}{{run.Fail, "fails", "fail"}, {run.Warn, "warns", "warn"}, {run.Waived, "is waived", "are waived"},
		{run.Blocked, "could not be judged", "could not be judged"}, {run.Skip, "is skipped", "are skipped"}} {
		var ids []string
		for _, change := range same {
			if change.New == w.Verdict {
				ids = append(ids, inertLine(change.ID))
			}
		}
		if n := len(ids); n > 0 {
			groups = append(groups, reasonGroup{Reason: thousands(n) + " " + verb(n, w.one, w.many), IDs: ids})
		}
	}
	if n := len(c.StillCrossed); n > 0 {
		g := reasonGroup{Reason: plural(n, "threshold") + verb(n, " is crossed", " are crossed")}
		for _, t := range c.StillCrossed {
			g.IDs = append(g.IDs, clip(t.Expression, 100))
		}
		groups = append(groups, g)
	}
	for _, change := range same {
		switch change.New {
		case run.Pass, run.Info, run.StaleWaiver:
			held++
		}
	}
	if held > 0 {
		groups = append(groups, reasonGroup{Reason: thousands(held) + " " + verb(held, "holds", "hold")})
	}
	return groups
}
