package loadtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// decryptSlice is how long floor and cell run before the other's turn comes:
// long enough for many operations, short enough that whatever else the machine
// is doing falls on both.
const decryptSlice = 25 * time.Millisecond

// decryptContest is one cell with its floor, and the rates measured so far, slice
// by slice, in operations a second; ratios are cell over floor.
type decryptContest struct {
	decrypter             *sgid.Decrypter
	cores                 int
	floor, cell           func() error
	floors, cells, ratios []float64
}

// decryptInTurns runs floor and cell of all contests in turns for d in all, each
// on its cores, and at least once each. It leaves the process held to cores.
func decryptInTurns(ctx context.Context, contests []*decryptContest, d time.Duration) error {
	start := time.Now()
	for round := 0; round < 2 || time.Since(start) < d; round++ {
		for _, c := range contests {
			if err := ctx.Err(); err != nil {
				return err
			}
			decryptHold(c.cores, c.decrypter.Engine())
			floor, err := decryptRate(c.cores, decryptSlice, c.floor)
			if err != nil {
				return err
			}
			cell, err := decryptRate(c.cores, decryptSlice, c.cell)
			if err != nil {
				return err
			}
			if round == 0 {
				continue // warms up caches, pools and the processor
			}
			c.floors, c.cells, c.ratios = append(c.floors, floor), append(c.cells, cell), append(c.ratios, cell/floor)
		}
	}
	return nil
}

// decryptRate runs op on cores goroutines for about d and gives operations a
// second. Each goroutine's own time counts, so the last operation is not cut off.
func decryptRate(cores int, d time.Duration, op func() error) (float64, error) {
	rates := make([]float64, cores)
	errs := make([]error, cores)
	var wg sync.WaitGroup
	for i := range cores {
		wg.Go(func() {
			n := 0
			start := time.Now()
			for {
				if errs[i] = op(); errs[i] != nil {
					return
				}
				n++
				if took := time.Since(start); took >= d {
					rates[i] = float64(n) / took.Seconds()
					return
				}
			}
		})
	}
	wg.Wait()
	sum := 0.0
	for i := range cores {
		if errs[i] != nil {
			return 0, errs[i]
		}
		sum += rates[i]
	}
	return sum, nil
}

// decryptMedian of values; 0 of none. What a busy neighbour does to some slices it leaves alone.
func decryptMedian(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[n/2] + sorted[(n-1)/2]) / 2
}
