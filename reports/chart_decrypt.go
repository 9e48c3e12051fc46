package reports

import (
	"fmt"
	"slices"

	"sgidcheck/internal/run"
)

// decryptFigures draws what decrypting responses costs.
func decryptFigures(d *run.Decrypt) []figure {
	var out []figure
	if f, ok := split(d.Cells); ok {
		out = append(out, f)
	}
	if c := costOverFields(d.Cells); len(c.Lines) > 0 {
		out = append(out, drawn(c))
	}
	if c := plan(d.Plan); len(c.Lines) > 0 {
		out = append(out, drawn(c))
	}
	return out
}

// maxBars is how many cells are drawn; the table has them all.
const maxBars = 16

// split draws where the time of one response goes, for the cells of one core.
func split(cells []run.Cell) (figure, bool) {
	var rows []bar
	for _, c := range cells {
		if c.Cores > 1 || len(rows) == maxBars {
			continue
		}
		rest := max(0, c.USPerAnswer-c.Split.RSA-c.Split.AES-c.Split.KeyImport-c.Split.Parse)
		rows = append(rows, bar{
			Label: fmt.Sprintf("%s · RSA-%d · %s · %d × %d B", c.Engine, c.RSABits, c.Alg, c.Fields, c.FieldBytes),
			Parts: []float64{c.Split.RSA, c.Split.AES, c.Split.KeyImport, c.Split.Parse, rest},
			Note:  number(c.USPerAnswer) + " µs",
		})
	}
	text := "Microseconds of one core for one answer, by what they are spent on."
	f := figure{Title: "Where the time of one answer goes", Text: text, Legend: []legendEntry{
		{"s1", "RSA: the block key", true}, {"s2", "AES: the fields", true}, {"s3", "importing the key", true}, {"s4", "parsing", true}, {"s5", "everything else", true},
	}}
	f.SVG = bars(f.Title, text, rows)
	return f, f.SVG != ""
}

// costOverFields draws the cost of a response over its number of fields, for the
// size of field and the algorithm that most cells share.
func costOverFields(cells []run.Cell) chart {
	type group struct {
		alg        string
		fieldBytes int
	}
	count := map[group]int{}
	var common group
	for _, c := range cells {
		g := group{c.Alg, c.FieldBytes}
		if c.Cores <= 1 {
			count[g]++
			if count[g] > count[common] {
				common = g
			}
		}
	}
	c := chart{
		Title:  "Cost over the number of fields",
		Text:   fmt.Sprintf("One core, %s, fields of %d bytes.", common.alg, common.fieldBytes),
		XLabel: "fields in the answer", YLabel: "microseconds an answer",
	}
	place := map[string]int{}
	for _, cell := range cells {
		if cell.Cores > 1 || (group{cell.Alg, cell.FieldBytes}) != common {
			continue
		}
		name := fmt.Sprintf("%s, RSA-%d", clip(cell.Engine, 40), cell.RSABits)
		i, ok := place[name]
		if !ok {
			if len(c.Lines) == mostClasses {
				continue
			}
			i = len(c.Lines)
			place[name] = i
			c.Lines = append(c.Lines, line{Name: name, Class: fmt.Sprintf("s%d", i+1), Dots: true})
		}
		c.Lines[i].Points = append(c.Lines[i].Points, point{float64(cell.Fields), cell.USPerAnswer})
	}
	several := false
	for _, l := range c.Lines {
		slices.SortFunc(l.Points, func(a, b point) int { return int(a.X - b.X) })
		several = several || len(l.Points) > 1
	}
	if !several {
		c.Lines = nil
	}
	return c
}

// plan draws the cores that a rate of logins needs.
func plan(rows []run.Plan) chart {
	c := chart{
		Title: "Cores for a rate of logins", Text: "Cores that decryption alone keeps busy, planned with room for queues (the table says at which utilisation).",
		XLabel: "logins a second", YLabel: "cores",
	}
	place := map[string]int{}
	several := false
	for _, p := range rows {
		i, ok := place[p.Engine]
		if !ok {
			if len(c.Lines) == mostClasses {
				continue
			}
			i = len(c.Lines)
			place[p.Engine] = i
			c.Lines = append(c.Lines, line{Name: clip(p.Engine, 40), Class: fmt.Sprintf("s%d", i+1), Dots: true})
		}
		c.Lines[i].Points = append(c.Lines[i].Points, point{p.LoginsPerS, p.Cores})
		several = several || len(c.Lines[i].Points) > 1
	}
	for _, l := range c.Lines {
		slices.SortFunc(l.Points, func(a, b point) int { return int(a.X - b.X) })
	}
	if !several {
		c.Lines = nil
	}
	return c
}
