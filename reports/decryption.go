package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"
)

// decryption writes what decrypting responses costs.
func (p *paper) decryption(d *run.Decrypt) {
	if d == nil {
		return
	}
	fmt.Fprintf(p.w, "\n%s\n", p.tint("1", "DECRYPTION"))
	p.cells(d)
	for _, l := range d.Peers {
		p.hang("  ", 2, fmt.Sprintf("beside it, %s: %s answers/s on %s", clip(l.Name, 120), number(l.AnswersPerS), plural(l.Cores, "core")))
	}
	for _, v := range d.Void {
		p.hang("  "+p.tint("35", "void")+" ", 7, clip(v.What, 200))
		p.block(4, "reason", v.Reason)
	}
	for _, v := range d.Missing {
		p.hang("  "+p.tint("35", "not measured")+" ", 15, clip(v.What, 100)+": "+clip(v.Reason, 200))
	}
	rates, byRate := planned(d.Plan)
	for _, rate := range rates {
		p.hang("  ", 2, fmt.Sprintf("your %s logins a second: %s", number(rate), runtimes(byRate[rate])))
		for _, l := range byRate[rate] {
			p.hang(fmt.Sprintf("    %6s ", number(l.Cores)), 11, coreWord(l.Cores)+" "+clip(l.Engine, 100)+planBasis(l))
		}
	}
	if d.Machine != nil {
		p.block(2, "machine", machine(d.Machine))
	}
}

// cells writes the table of what was measured.
func (p *paper) cells(d *run.Decrypt) {
	if len(d.Cells) > 0 {
		fmt.Fprintf(p.w, "  %-8s %5s %-12s %6s %6s %5s %9s %8s %7s\n", "engine", "rsa", "alg", "fields", "bytes", "cores", "answers/s", "µs each", "floor")
	}
	for _, c := range d.Cells {
		fmt.Fprintf(p.w, "  %-8s %5d %-12s %6d %6d %5d %9s %8s %7s\n",
			layout.Cut(inertLine(c.Engine), 8), c.RSABits, layout.Cut(inertLine(c.Alg), 12), c.Fields, c.FieldBytes, c.Cores, number(c.AnswersPerS), number(c.USPerAnswer), percent(c.FloorRatio))
	}
}

func markdownDecryption(b io.Writer, d *run.Decrypt) {
	if d == nil || len(d.Cells)+len(d.Void) == 0 {
		return
	}
	fmt.Fprintf(b, "### Decryption\n\n")
	if len(d.Cells) > 0 {
		fmt.Fprintf(b, "| Engine | RSA | Algorithm | Fields | Cores | Answers/s | µs an answer | Of the floor |\n| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n")
	}
	for _, c := range d.Cells {
		fmt.Fprintf(b, "| %s | %d | %s | %d × %d B | %d | %s | %s | %s |\n", md(clip(c.Engine, 40)), c.RSABits, md(clip(c.Alg, 40)), c.Fields, c.FieldBytes, c.Cores, number(c.AnswersPerS), number(c.USPerAnswer), percent(c.FloorRatio))
	}
	fmt.Fprintln(b)
	for _, v := range d.Void {
		fmt.Fprintf(b, "- **Void:** %s: %s\n", md(clip(v.What, 200)), md(v.Reason))
	}
	for _, v := range d.Missing {
		fmt.Fprintf(b, "- **Not measured:** %s: %s\n", md(clip(v.What, 100)), md(v.Reason))
	}
	rates, byRate := planned(d.Plan)
	for _, rate := range rates {
		fmt.Fprintf(b, "- %s logins a second: %s\n", number(rate), md(runtimes(byRate[rate])))
	}
	if d.Machine != nil {
		fmt.Fprintf(b, "- Measured on: %s\n", md(machine(d.Machine)))
	}
	fmt.Fprintln(b)
}

// planned groups a plan by its rates, in their order.
func planned(plan []run.Plan) (rates []float64, byRate map[float64][]run.Plan) {
	byRate = map[float64][]run.Plan{}
	for _, l := range plan {
		if byRate[l.LoginsPerS] == nil {
			rates = append(rates, l.LoginsPerS)
		}
		byRate[l.LoginsPerS] = append(byRate[l.LoginsPerS], l)
	}
	return rates, byRate
}

// runtimes says in one line how many cores each runtime needs, from its dearest
// use, which for an SDK is the one it comes with, to its cheapest.
func runtimes(plan []run.Plan) string {
	var order []string
	least, most := map[string]float64{}, map[string]float64{}
	for _, l := range plan {
		name := l.Runtime
		if name == "" {
			name = "Go"
		}
		if !slices.Contains(order, name) {
			order = append(order, name)
			least[name] = l.Cores
		}
		least[name], most[name] = min(least[name], l.Cores), max(most[name], l.Cores)
	}
	var words []string
	for _, name := range order {
		words = append(words, fmt.Sprintf("%s %s", clip(name, 20), coresBetween(least[name], most[name])))
	}
	return strings.Join(words, ", ")
}

func coresBetween(least, most float64) string {
	if least == most {
		return number(most) + " " + coreWord(most)
	}
	return number(least) + " to " + number(most) + " cores"
}

func coreWord(n float64) string {
	if n == 1 {
		return "core"
	}
	return "cores"
}

func planBasis(l run.Plan) string {
	text := ""
	if l.Utilisation > 0 {
		text = fmt.Sprintf(", at %s utilisation", utilised(l))
	}
	if l.Row != "" {
		text += ", from " + clip(l.Row, 100)
	}
	return text
}

// utilised is the utilisation a plan allows; records of before say none, and it
// was always this.
func utilised(l run.Plan) string {
	if l.Utilisation == 0 {
		return "60 %"
	}
	return percent(l.Utilisation)
}

// machine says in one line where figures were measured.
func machine(m *run.Machine) string {
	words := []string{clip(m.CPU, 100), plural(m.Cores, "core")}
	if m.LimitCores > 0 {
		words[1] += fmt.Sprintf(" (this container may use %s)", number(m.LimitCores))
	}
	words = append(words, clip(m.System, 40))
	if m.Frequency != "" {
		words = append(words, "clock rate: "+clip(m.Frequency, 120))
	}
	var names []string
	for name := range m.Versions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		words = append(words, clip(name, 40)+" "+clip(m.Versions[name], 60))
	}
	return strings.Join(words, "; ")
}
