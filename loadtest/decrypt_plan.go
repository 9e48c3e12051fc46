package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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

// ParseDecryptRate reads a rate of logins such as 200/s, 12000/m, 50000/h or
// plain 200, which is a second. It gives logins a second.
func ParseDecryptRate(text string) (float64, error) {
	number, unit, _ := strings.Cut(strings.TrimSpace(text), "/")
	per, ok := map[string]float64{"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[unit]
	rate, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(rate > 0) || math.IsInf(rate, 0) {
		return 0, fmt.Errorf("rate %q: write logins a second, such as 200/s", text)
	}
	return rate / per, nil
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
