package loadtest

import (
	"cmp"
	"math"
	"slices"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// decryptUtilisation is how much of a core a plan lets decryption use: above,
// queues grow faster than rates.
const decryptUtilisation = 0.6

// The answer that a plan and a peer are about: RSA-2048, eight short fields, as
// a login for a form typically asks for.
const (
	decryptPlanBits   = 2048
	decryptPlanFields = 8
	decryptPlanBytes  = 24
)

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
			perCore := cell.AnswersPerS / float64(cell.Cores)
			if perCore > 0 {
				cores := rate / (perCore * decryptUtilisation)
				plan = append(plan, run.Plan{LoginsPerS: rate, Engine: engine, Cores: math.Ceil(cores*100) / 100})
			}
		}
	}
	return plan
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
