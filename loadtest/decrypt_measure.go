package loadtest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// decryptSlice is how long floor and cell run before the other's turn comes:
// long enough for many operations, short enough that whatever else the machine
// is doing falls on both.
const decryptSlice = 25 * time.Millisecond

// decryptPair are the rates of floor and cell, slice by slice, in operations a
// second, and cell over floor.
type decryptPair struct{ floor, cell, ratio []float64 }

// decryptInTurns runs floor and cell on cores goroutines in turns for d in all.
func decryptInTurns(ctx context.Context, cores int, d time.Duration, floor, cell func() error) (decryptPair, error) {
	var p decryptPair
	// The first turns warm up caches, pools and the processor.
	for _, op := range []func() error{floor, cell} {
		if _, err := decryptRate(cores, decryptSlice, op); err != nil {
			return p, err
		}
	}
	for start := time.Now(); len(p.ratio) == 0 || time.Since(start) < d; {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		f, err := decryptRate(cores, decryptSlice, floor)
		if err != nil {
			return p, err
		}
		c, err := decryptRate(cores, decryptSlice, cell)
		if err != nil {
			return p, err
		}
		p.floor, p.cell, p.ratio = append(p.floor, f), append(p.cell, c), append(p.ratio, c/f)
	}
	return p, nil
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
