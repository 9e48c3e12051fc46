package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// decryptUtilisation is how much of a core a plan lets decryption use: above,
// queues grow faster than rates.
const decryptUtilisation = 0.6

// The response that a plan and a peer are about, where it is measured: RSA-2048, eight
// short fields, as a login for a form typically asks for.
const (
	decryptPlanBits   = 2048
	decryptPlanFields = 8
	decryptPlanBytes  = 24
)

// decryptRow is what was measured, but for the engine, in words.
func decryptRow(c run.Cell) string {
	return fmt.Sprintf("RSA-%d, %s, %d × %d B, %s", c.RSABits, c.Alg, c.Fields, c.FieldBytes, decryptCores(c.Cores))
}

func decryptCores(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

// decryptPlan says for each rate and engine how many cores decryption needs, by
// the measured cell that is nearest to the typical answer, on as many cores as
// were measured at once.
func decryptPlan(cells []run.Cell, rates []float64) []run.Plan {
	best := map[string]run.Cell{}
	var engines []string
	for _, cell := range cells {
		old, seen := best[cell.Engine]
		if !seen {
			engines = append(engines, cell.Engine)
		}
		if !seen || decryptDistance(cell, old) < 0 {
			best[cell.Engine] = cell
		}
	}
	var plan []run.Plan
	for _, rate := range rates {
		for _, engine := range engines {
			cell := best[engine]
			plan = append(plan, decryptNeed(rate, cell.AnswersPerS/float64(cell.Cores), run.Plan{Engine: engine, Runtime: "Go", Row: decryptRow(cell)}))
		}
	}
	return plan
}

// decryptPeerPlan says the same for the runtimes of the official SDKs, each way
// of using them by its measurement on the fewest cores.
func decryptPeerPlan(peers []run.Peer, rates []float64, row func(cores int) string) []run.Plan {
	best := map[string]run.Peer{}
	var names []string
	for _, p := range peers {
		if p.Runtime == "Go" {
			continue // the cells say it for each engine
		}
		old, seen := best[p.Name]
		if !seen {
			names = append(names, p.Name)
		}
		if !seen || p.Cores < old.Cores {
			best[p.Name] = p
		}
	}
	var plan []run.Plan
	for _, rate := range rates {
		for _, name := range names {
			p := best[name]
			plan = append(plan, decryptNeed(rate, p.AnswersPerS/float64(max(1, p.Busy)), run.Plan{Engine: name, Runtime: p.Runtime, Row: row(p.Cores)}))
		}
	}
	return plan
}

// decryptNeed completes a plan with the cores for a rate, where one core did perCore answers a second.
func decryptNeed(rate, perCore float64, p run.Plan) run.Plan {
	p.LoginsPerS, p.Utilisation = rate, decryptUtilisation
	p.Cores = math.Ceil(rate/(perCore*decryptUtilisation)*100) / 100
	return p
}

// typical is the response that peers open, for which a plan is made: of those that are
// measured the nearest to a typical one, without an engine and a number of cores.
func (o *DecryptOptions) typical() run.Cell {
	var near run.Cell
	for _, bits := range o.RSABits {
		for _, alg := range o.Algs {
			for _, fields := range o.Fields {
				for _, size := range o.FieldBytes {
					c := run.Cell{RSABits: bits, Alg: alg, Fields: fields, FieldBytes: size}
					if near.RSABits == 0 || decryptDistance(c, near) < 0 {
						near = c
					}
				}
			}
		}
	}
	return near
}

// decryptDistance is below 0 where a is nearer to the typical answer than b.
func decryptDistance(a, b run.Cell) int {
	away := func(n, want int) int { return max(n-want, want-n) }
	return cmp.Or(
		away(a.RSABits, decryptPlanBits)-away(b.RSABits, decryptPlanBits),
		away(a.Fields, decryptPlanFields)-away(b.Fields, decryptPlanFields),
		away(a.FieldBytes, decryptPlanBytes)-away(b.FieldBytes, decryptPlanBytes),
		slices.Index(sgid.KeyAlgorithms(), a.Alg)-slices.Index(sgid.KeyAlgorithms(), b.Alg),
		b.Cores-a.Cores,
	)
}
