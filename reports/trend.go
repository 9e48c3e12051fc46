package reports

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"sgidcheck/internal/run"
)

//go:embed trend.html.tmpl
var trendTemplate string

var trendPage = template.Must(template.New("trend").Funcs(functions).Parse(trendTemplate))

type trendView struct {
	frame
	Headline headline // of the latest run
	Runs     []StoredRun
	Charts   []figure
	Unsteady []unsteadyCheck
	Hidden   int // unsteady checks beyond those shown
	From     int // runs left out of the table of checks, the oldest

	OtherTargets  bool // the runs are of different targets
	OtherStandIns bool // some reached a stand-in for it
}

// unsteadyCheck is a check whose verdict was not the same in every run.
type unsteadyCheck struct {
	ID, Title string
	Verdicts  []run.Verdict // of each run; "" where it was not in it
}

const (
	maxTrendRuns   = 40  // columns of the table of checks
	maxTrendChecks = 150 // its rows
)

// Trend writes one HTML document with verdicts, latency and decryption cost
// over the runs, which must be in the order of time. It links to their reports as
// seen from the folder dir, where the document will lie.
func Trend(w io.Writer, stored []StoredRun, dir string) error {
	if len(stored) == 0 {
		return errors.New("no run record to draw")
	}
	stored = slices.Clone(stored)
	runs := make([]*run.Record, len(stored))
	for i := range stored {
		runs[i], stored[i].Link = stored[i].Record, linkFrom(dir, stored[i].Report)
	}
	v := trendView{frame: newFrame(reportCSS, ""), Runs: stored, From: max(0, len(runs)-maxTrendRuns)}
	v.Headline = headlineOf(runs[len(runs)-1])
	v.OtherTargets, v.OtherStandIns = run.OtherTargets(runs), run.OtherStandIns(runs)
	v.Unsteady = unsteady(runs[v.From:])
	if len(v.Unsteady) > maxTrendChecks {
		v.Hidden = len(v.Unsteady) - maxTrendChecks
		v.Unsteady = v.Unsteady[:maxTrendChecks]
	}
	for _, c := range []chart{verdictTrend(runs), latencyTrend(runs), decryptTrend(runs)} {
		if len(c.Lines) > 0 {
			c.XTicks, c.XLabel = runTicks(runs)
			v.Charts = append(v.Charts, drawn(c))
		}
	}
	out := bufio.NewWriter(w)
	if err := trendPage.Execute(out, v); err != nil {
		return err
	}
	return out.Flush()
}

func unsteady(runs []*run.Record) []unsteadyCheck {
	var out []unsteadyCheck
	place := map[string]int{}
	for i, r := range runs {
		for _, c := range r.Checks {
			at, ok := place[c.ID]
			if !ok {
				at = len(out)
				place[c.ID] = at
				out = append(out, unsteadyCheck{ID: c.ID, Title: c.Title, Verdicts: make([]run.Verdict, len(runs))})
			}
			out[at].Verdicts[i] = c.Verdict
		}
	}
	return slices.DeleteFunc(out, func(c unsteadyCheck) bool {
		return !slices.ContainsFunc(c.Verdicts, func(v run.Verdict) bool { return v != c.Verdicts[0] })
	})
}

// runTicks labels at most six runs with their day, and with the hour where a day
// has several; the axis says the years.
func runTicks(runs []*run.Record) (ticks []tick, axis string) {
	first, last := runs[0].Started.UTC(), runs[len(runs)-1].Started.UTC()
	axis, form := fmt.Sprintf("runs of %d, UTC", last.Year()), "2 Jan"
	if first.Year() != last.Year() {
		axis, form = fmt.Sprintf("runs of %d to %d, UTC", first.Year(), last.Year()), "2 Jan 2006"
	}
	days := map[string]bool{}
	for _, r := range runs {
		days[r.Started.UTC().Format(time.DateOnly)] = true
	}
	if len(days) < len(runs) {
		form += " 15:04"
	}
	most := 6
	if len(form) > len("2 Jan 2006") {
		most = 4
	}
	step := max(1, (len(runs)+most-1)/most)
	for i := 0; i < len(runs); i += step {
		ticks = append(ticks, tick{float64(i + 1), runs[i].Started.UTC().Format(form)})
	}
	return ticks, axis
}

// series collects one line for each name that value gives for a run.
func series(runs []*run.Record, values func(*run.Record) ([]string, []float64)) []line {
	var lines []line
	place := map[string]int{}
	for i, r := range runs {
		names, figures := values(r)
		for j, name := range names {
			at, ok := place[name]
			if !ok {
				if len(lines) == mostClasses {
					continue
				}
				at = len(lines)
				place[name] = at
				lines = append(lines, line{Name: clip(name, 60), Class: fmt.Sprintf("s%d", at+1), Dots: true})
			}
			lines[at].Points = append(lines[at].Points, point{float64(i + 1), figures[j]})
		}
	}
	return lines
}

func verdictTrend(runs []*run.Record) chart {
	last := runs[len(runs)-1].Summary
	c := chart{Title: "Findings", Text: fmt.Sprintf("In the last run: %s, %s, %d blocked.", plural(last.Fail, "failure"), plural(last.Warnings(), "warning"), last.Blocked), YLabel: "checks"}
	c.Lines = series(runs, func(r *run.Record) ([]string, []float64) {
		s := r.Summary
		return []string{"blocked", "warning", "fail"}, []float64{float64(s.Blocked), float64(s.Warnings()), float64(s.Fail)}
	})
	return c
}

func latencyTrend(runs []*run.Record) chart {
	c := chart{Title: "p99 of each part", Text: "Latency that one answer in a hundred exceeds.", YLabel: "milliseconds"}
	c.Lines = series(runs, func(r *run.Record) (names []string, values []float64) {
		if r.Load == nil {
			return nil, nil
		}
		for _, name := range partNames(r.Load) {
			names, values = append(names, name), append(values, r.Load.Parts[name].Latency.P99)
		}
		return names, values
	})
	return c
}

func decryptTrend(runs []*run.Record) chart {
	fields, fieldBytes := usualAnswer(runs)
	c := chart{Title: "Cost of decrypting one answer", Text: fmt.Sprintf("One core, answers of %s of %s.", plural(fields, "field"), plural(fieldBytes, "byte")), YLabel: "microseconds"}
	c.Lines = series(runs, func(r *run.Record) (names []string, values []float64) {
		if r.Decrypt == nil {
			return nil, nil
		}
		for _, cell := range r.Decrypt.Cells {
			name := fmt.Sprintf("%s, RSA-%d, %s", cell.Engine, cell.RSABits, cell.Alg)
			if cell.Cores > 1 || cell.Fields != fields || cell.FieldBytes != fieldBytes {
				continue
			}
			// Of a cell that parts of a merged run measured twice, the first.
			if !slices.Contains(names, name) {
				names, values = append(names, name), append(values, cell.USPerAnswer)
			}
		}
		return names, values
	})
	return c
}

// usualAnswer is the number and size of fields that most of the measured cells have; of
// several, the number nearest to 8, which a typical answer has, and the smaller size.
func usualAnswer(runs []*run.Record) (fields, fieldBytes int) {
	fields = usualFields(runs)
	count := map[int]int{}
	for _, r := range runs {
		if r.Decrypt != nil {
			for _, c := range r.Decrypt.Cells {
				if c.Fields == fields && c.Cores <= 1 {
					count[c.FieldBytes]++
				}
			}
		}
	}
	for size, n := range count {
		if n > count[fieldBytes] || n == count[fieldBytes] && size < fieldBytes {
			fieldBytes = size
		}
	}
	return fields, fieldBytes
}

// usualFields is the number of fields that most of the measured cells have; of
// several, the one nearest to 8, which a typical answer has.
func usualFields(runs []*run.Record) int {
	count := map[int]int{}
	for _, r := range runs {
		if r.Decrypt != nil {
			for _, c := range r.Decrypt.Cells {
				count[c.Fields]++
			}
		}
	}
	best := 0
	for fields, n := range count {
		near, nearest := max(fields-8, 8-fields), max(best-8, 8-best)
		if n > count[best] || n == count[best] && (near < nearest || near == nearest && fields < best) {
			best = fields
		}
	}
	return best
}
