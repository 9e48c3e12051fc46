package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// functions are what the templates call. Text from the record goes through
// line, text or clip before it is shown.
var functions = template.FuncMap{
	"line": func(s string) string { return clip(s, 600) }, "text": prose, "number": number, "ms": milliseconds, "plural": plural,
	"clause": clause, "link": link, "areaName": areaName, "label": label, "mark": glyph, "tone": tone,
	"day":   func(t time.Time) string { return t.UTC().Format("2 January 2006") },
	"clock": func(t time.Time) string { return t.UTC().Format("15:04") },
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"mib":   func(n uint64) string { return number(float64(n)/(1<<20)) + " MiB" },
	"unit":  withUnit, "percent": percent,
	"count": func(n uint64) string { return thousands(int(n)) },
	"clip":  clip, "brief": brief,
	"short": func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },

	"outcome": thresholdOutcome, "measured": measuredValue, "thresholdMark": thresholdMark, "stepOutcome": stepOutcome, "sentence": sentence, "inc": func(i int) int { return i + 1 }, "utilised": utilised, "machine": machine,

	"severity": func(c *run.Check) string { return severity(c).Words() }, "severityRule": func() string { return SeverityRule },
	"latest": func(runs []StoredRun) StoredRun { return runs[len(runs)-1] },
	"image":  func(uri string) template.URL { return thumbnail(uri) },
	"file":   fileLink, "heading": heading, "join": func(words []string) string { return strings.Join(words, ", ") },
}

// prose is text of the record, cut to what can be read.
func prose(s string) string {
	shown, note := cut(s, 4000)
	if note != "" {
		return inert.Text(shown) + "\n[" + note + "]"
	}
	return inert.Text(shown)
}

var labels = map[run.Verdict]string{
	run.Pass: "Pass", run.Fail: "Fail", run.Warn: "Warning", run.Info: "Info", run.Skip: "Skipped",
	run.Blocked: "Blocked", run.Waived: "Waived", run.StaleWaiver: "Stale waiver",
}

// label is a verdict as the report writes it.
func label(v run.Verdict) string {
	if l, ok := labels[v]; ok {
		return l
	}
	return clip(string(v), 20)
}

// tone is the verdict as a word of the style sheet.
func tone(v run.Verdict) string {
	if _, ok := labels[v]; ok {
		return string(v)
	}
	return "unknown"
}

// glyph is the sign beside a verdict, so that colour is not all that tells them apart.
func glyph(v run.Verdict) string {
	return map[run.Verdict]string{
		run.Pass: "✓", run.Fail: "✕", run.Warn: "!", run.Info: "i", run.Skip: "–",
		run.Blocked: "■", run.Waived: "~", run.StaleWaiver: "?",
	}[v]
}

func withUnit(value float64, unit string) string {
	if unit == "bytes" {
		return number(value/1024) + " KiB"
	}
	return milliseconds(value)
}

// thumbnail lets through pictures that are inside the record, and nothing else.
func thumbnail(uri string) template.URL {
	for _, kind := range []string{"png", "jpeg", "webp"} {
		data, ok := strings.CutPrefix(uri, "data:image/"+kind+";base64,")
		if ok && strings.Trim(data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == "" {
			return template.URL(uri)
		}
	}
	return ""
}

// fileLink lets through the name of a file beside the record, and nothing that leads
// elsewhere.
func fileLink(name string) string {
	for part := range strings.SplitSeq(name, "/") {
		if strings.Trim(part, ".") == "" || strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return ""
		}
	}
	return name
}

// reportView is the record as the report's template sees it.
type reportView struct {
	frame
	R           *run.Record
	Headline    headline
	Coverage    string // how much of what applies was judged; empty where the record does not say
	Took        string
	Tallies     []tally
	Failing     []cardView
	Warnings    []cardView
	Skipped     []reasonGroup
	MoreSkipped int // checks skipped for the reasons that are not in Skipped
	Blocked     []reasonGroup
	Threats     []judgedThreat
	OpenThreats int
	Areas       []areaView
	Waivers     []waiverView
	Load        []figure
	LoadParts   []partView
	LoadShards  []shardRow
	Errors      []errorView
	Decrypt     []figure
	Command     string
	Variables   []variable
	known       map[string]bool
	places      *places
	unfolded    int
}

type tally struct {
	Verdict run.Verdict
	Count   int
}

type areaView struct {
	Area    string
	Summary run.Summary
	Checks  []*checkView
	Bar     template.HTML
}

// checkView is one check with what the template cannot derive.
type checkView struct {
	*run.Check
	Open      bool // shown unfolded
	Reason    string
	Objects   bool
	Rows      []caseRow
	Wide      bool // some of them say what was expected
	Told      bool // the rows say all that was observed
	Exchanges []exchangeView
	Threats   []threat
}

type waiverView struct {
	*run.Waiver
	CheckID string
	Wrong   string // of the check, in a few words
	Level   string
	Verdict run.Verdict
}

type partView struct {
	Name string
	run.Part
}

type errorView struct {
	Kind  string
	Count int
	Share string
}

// shownReasons is how many reasons for a skip the first screen has room for.
const shownReasons = 7

// openChecks is how many failing checks are shown unfolded.
const openChecks = 10

func newReportView(r *run.Record) *reportView {
	v := &reportView{frame: newFrame(reportCSS, reportJS), R: r, known: map[string]bool{}, places: placesOf(r)}
	v.Headline = headlineOf(r)
	if c := r.Coverage; c != nil {
		v.Coverage = fmt.Sprintf("%d apply, %d judged, %d failed, %d waived, %d not judged", c.Applicable, c.Judged, c.Failed, c.Waived, len(c.NotJudged))
	}
	if r.Finished != nil {
		v.Took = milliseconds(float64(r.Finished.Sub(r.Started).Milliseconds()))
	}
	for _, verdict := range run.Verdicts() {
		v.Tallies = append(v.Tallies, tally{verdict, r.Summary.Of(verdict)})
	}
	limits := limitsFor(r)
	byArea := map[string][]*checkView{}
	for i := range r.Checks {
		c := v.check(&r.Checks[i], limits)
		byArea[c.Area] = append(byArea[c.Area], c)
	}
	for _, area := range areas(r) {
		slices.SortStableFunc(byArea[area], func(a, b *checkView) int { return strings.Compare(a.ID, b.ID) })
		v.Areas = append(v.Areas, newAreaView(area, byArea[area]))
	}
	for _, c := range failing(r) {
		v.Failing = append(v.Failing, newCard(c))
	}
	slices.SortStableFunc(v.Waivers, func(a, b waiverView) int { return strings.Compare(a.Level, b.Level) }) // MUST before SHOULD
	v.Skipped, v.Blocked = untested(r, run.Skip), untested(r, run.Blocked)
	slices.SortStableFunc(v.Skipped, func(a, b reasonGroup) int { return len(b.IDs) - len(a.IDs) })
	for len(v.Skipped) > shownReasons {
		last := len(v.Skipped) - 1
		v.MoreSkipped += len(v.Skipped[last].IDs)
		v.Skipped = v.Skipped[:last]
	}
	if len(r.Checks) > 0 {
		v.Threats = judgeThreats(r)
	}
	for _, t := range v.Threats {
		if t.State == threatOpen {
			v.OpenThreats++
		}
	}
	if r.Load != nil {
		v.load(r.Load)
	}
	if r.Decrypt != nil {
		v.Decrypt = decryptFigures(r.Decrypt)
	}
	v.Command, v.Variables = shellLine(r.Command), variablesOf(r)
	return v
}

func (v *reportView) check(c *run.Check, limits textLimits) *checkView {
	cv := &checkView{Check: c, Objects: objects(c.Verdict), Rows: caseRows(c), Threats: guardedBy(c.ID), Exchanges: v.exchangesOf(c, limits)}
	if cv.Wide = saysExpected(cv.Rows); c.Waiver == nil || c.Waiver.Reason != c.Reason {
		cv.Reason = c.Reason // and else the waiver says it
	}
	cv.Told = cv.Objects && len(brokenCases(c)) > 0
	switch c.Verdict {
	case run.Fail:
		v.unfolded++
		cv.Open = v.unfolded <= openChecks
	case run.Warn, run.StaleWaiver:
		v.Warnings = append(v.Warnings, newCard(c))
	}
	if c.Waiver != nil {
		v.Waivers = append(v.Waivers, waiverView{c.Waiver, c.ID, heading(c), c.Level, c.Verdict})
	}
	v.known[c.ID] = true
	return cv
}

// Knows says whether the report has a check of that ID to link to.
func (v *reportView) Knows(id string) bool { return v.known[id] }

// With gives the template of a check the report around it.
func (v *reportView) With(c *checkView) checkInReport { return checkInReport{v, c} }

type checkInReport struct {
	*reportView
	Check *checkView
}

// Guards gives the template of a threat's guards the report around it.
func (v *reportView) Guards(t judgedThreat) threatInReport { return threatInReport{v, t} }

type threatInReport struct {
	*reportView
	Threat judgedThreat
}

// Example prepares the exchange of an example of an error under load.
func (v *reportView) Example(i int) exchangeView {
	e := &v.R.Load.Examples[i].Exchange
	return viewExchange(&run.Check{}, e, textLimits{8 << 10, 4 << 10})
}

func (v *reportView) load(l *run.Load) {
	v.Load, v.LoadShards = loadFigures(l), shardRows(l)
	for _, name := range partNames(l) {
		v.LoadParts = append(v.LoadParts, partView{name, l.Parts[name]})
	}
	for _, kind := range sortedKinds(l.Errors) {
		share := ""
		if l.Requests > 0 {
			share = number(float64(l.Errors[kind])/float64(l.Requests)*100) + " %"
		}
		v.Errors = append(v.Errors, errorView{kind, l.Errors[kind], share})
	}
}

func newAreaView(area string, checks []*checkView) areaView {
	a := areaView{Area: area, Checks: checks}
	counted := run.Record{}
	for _, c := range checks {
		counted.Checks = append(counted.Checks, run.Check{Verdict: c.Verdict})
	}
	counted.Count()
	a.Summary = counted.Summary
	a.Bar = areaBar(counted.Summary)
	return a
}

// areaBar draws the share of each verdict. The table beside it has the numbers,
// so that it is hidden from screen readers.
func areaBar(s run.Summary) template.HTML {
	const width = 160.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="share" viewBox="0 0 %g 10" preserveAspectRatio="none" aria-hidden="true">`, width)
	at := 0.0
	for _, v := range []run.Verdict{run.Fail, run.Warn, run.StaleWaiver, run.Blocked, run.Waived, run.Pass, run.Info, run.Skip} {
		part := float64(s.Of(v)) / float64(max(1, s.Total())) * width
		if part > 0 {
			fmt.Fprintf(&b, `<rect class="v-%s" x="%s" width="%s" height="10"/>`, v, px(at), px(max(part-1, 0.5)))
		}
		at += part
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// shellLine writes a command so that it can be pasted into a shell.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		w = inertLine(w)
		if w == "" || strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=./:,@%+") != "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[i] = w
	}
	return strings.Join(quoted, " ")
}
