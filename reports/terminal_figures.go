package reports

import (
	"fmt"
	"strings"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// figures writes what was measured.
func (p *paper) figures(r *run.Record) {
	if l := r.Load; l != nil {
		fmt.Fprintln(p.w)
		p.hang(p.tint("1", "LOAD")+" ", 5, loadLine(l))
		if l.Harness.Limited {
			p.block(2, "notice", "the harness was the limit of rates and latencies, not the target: "+strings.Join(l.Harness.Reasons, "; "))
		}
		p.block(2, "stopped", l.Stopped)
		p.search(l)
		p.shards(l)
		p.latencies(l)
		for _, kind := range sortedKinds(l.Errors) {
			p.block(2, "error", fmt.Sprintf("%s: %d", kind, l.Errors[kind]))
		}
		judged := l.Judge()
		if judged.WrongResponses() > 0 {
			p.hang("  "+p.tint("1;31", "wrong")+" ", 8, clip(judged.Failures()[0], 300))
		}
		for _, t := range l.Thresholds {
			p.threshold(judged, t)
		}
		if m := l.Harness.Machine; m != nil {
			p.block(2, "machine", machine(m))
		}
	}
	p.decryption(r.Decrypt)
}

// loadLine is a load in a sentence.
func loadLine(l *run.Load) string {
	return clausesOf(fmt.Sprintf("%s: %s/s asked, %s/s sent, %s/s achieved, %s, %s", clip(l.Scenario, 40), number(l.RateAsked), number(l.RateSent), number(l.RateAchieved),
		plural(int(l.Requests), "request"), plural(errorCount(l), "error")), l.NothingJudged())
}

func (p *paper) latencies(l *run.Load) {
	fmt.Fprintf(p.w, "  %-10s %10s %10s %10s %10s %10s %8s\n", "", "p50", "p90", "p99", "p99.9", "slowest", "errors")
	for _, name := range partNames(l) {
		a := l.Parts[name].Latency
		fmt.Fprintf(p.w, "  %-10s %10s %10s %10s %10s %10s %8d\n", layout.Cut(inertLine(name), 10), milliseconds(a.P50), milliseconds(a.P90), milliseconds(a.P99), milliseconds(a.P999), milliseconds(a.Max), l.Parts[name].Errors)
	}
}

// threshold says what became of one.
func (p *paper) threshold(judged run.LoadJudgement, t run.Threshold) {
	word := thresholdOutcome(judged, t)
	tone := map[string]string{thresholdKept: "32", thresholdCrossed: "1;31"}[word]
	if tone == "" {
		tone = "35"
	}
	p.hang("  "+p.tint(tone, word)+" ", 3+layout.Width(word), fmt.Sprintf("%s (measured %s)", clip(t.Expression, 200), measuredValue(t)))
}
