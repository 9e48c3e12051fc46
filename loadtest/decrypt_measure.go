package loadtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// decryptSlice is how long floor and cell run before the other's turn comes:
// long enough for many operations, short enough that whatever else the machine
// is doing falls on both, or is over by the next turn.
const decryptSlice = 25 * time.Millisecond

// When a measurement counts.
const (
	decryptLeastShare = 0.95 // of its cores' time that a turn must have got
	decryptPatience   = 3    // times as many turns as are wanted are taken, where some were disturbed
	decryptMoreTurns  = 7    // and so many more, so that a short measurement has another chance, too
	decryptMostSpread = 0.25 // of the median, that the middle half of the rates may lie apart
	decryptMostRatio  = 1.05 // of the floor, which nothing that contains it can beat
	decryptLeastGain  = 0.9  // of what one core does, that several must do
)

// decryptTurn is what one turn of an operation came to.
type decryptTurn struct {
	rate  float64 // operations a second
	share float64 // of its cores' time that it got; 1 where the system does not tell
}

func (t decryptTurn) disturbed() bool { return t.share < decryptLeastShare }

// decryptMeter runs op on so many cores for about d.
type decryptMeter func(cores int, d time.Duration, op func() error) (decryptTurn, error)

// decryptContest is one cell with its floor, and the rates measured so far, turn
// by turn, in operations a second; ratios are cell over floor.
type decryptContest struct {
	decrypter             *sgid.Decrypter
	cores                 int
	floor, cell           func() error
	floors, cells, ratios []float64
	lost                  []float64 // the shares of the turns that were disturbed
}

// decryptInTurns runs floor and cell of all contests in turns, each on its cores,
// until each has as many undisturbed turns as make up d, or has been disturbed
// too often. It leaves the process held to cores.
func decryptInTurns(ctx context.Context, contests []*decryptContest, d time.Duration, measure decryptMeter) error {
	wanted := decryptWanted(d)
	for _, c := range contests { // warms up caches, pools and the processor
		if _, _, err := c.turn(measure); err != nil {
			return err
		}
	}
	for going := true; going; {
		going = false
		for _, c := range contests {
			if len(c.ratios) >= wanted || len(c.ratios)+len(c.lost) >= decryptPatience*wanted+decryptMoreTurns {
				continue
			}
			going = true
			if err := ctx.Err(); err != nil {
				return err
			}
			floor, cell, err := c.turn(measure)
			if err != nil {
				return err
			}
			if floor.disturbed() || cell.disturbed() {
				c.lost = append(c.lost, min(floor.share, cell.share))
				continue
			}
			c.floors, c.cells, c.ratios = append(c.floors, floor.rate), append(c.cells, cell.rate), append(c.ratios, cell.rate/floor.rate)
		}
	}
	return nil
}

// decryptWanted is how many turns of floor and cell make up d.
func decryptWanted(d time.Duration) int { return max(1, int(d/(2*decryptSlice))) }

func (c *decryptContest) turn(measure decryptMeter) (floor, cell decryptTurn, err error) {
	decryptHold(c.cores, c.decrypter.Engine())
	if floor, err = measure(c.cores, decryptSlice, c.floor); err == nil {
		cell, err = measure(c.cores, decryptSlice, c.cell)
	}
	return floor, cell, err
}

// void says why what was measured is no figure; "": it is one.
func (c *decryptContest) void(wanted int) string {
	if len(c.ratios) == 0 || 2*len(c.ratios) < wanted {
		return decryptDisturbed(c.lost, len(c.ratios)+len(c.lost))
	}
	if reason := decryptSpread(c.cells); reason != "" {
		return reason
	}
	if ratio := decryptMedian(c.ratios); ratio > decryptMostRatio {
		return fmt.Sprintf("an answer came out %.2f times as fast as the raw RSA operation that is a part of it, which cannot be: something disturbed the measurement that this system does not tell", ratio)
	}
	return ""
}

// decryptDisturbed says that too many turns, those with these shares, were disturbed.
func decryptDisturbed(shares []float64, turns int) string {
	reason := fmt.Sprintf("the machine was busy with other work: %d of %d turns got less than %.0f %% of the processor time that was to be theirs (half of those %.0f %% or less)",
		len(shares), turns, 100*decryptLeastShare, 100*decryptMedian(shares))
	if limit := cpuLimit(); limit > 0 {
		reason += fmt.Sprintf("; this container may use %g cores", limit)
	}
	return reason + "; measure on an idle machine"
}

// decryptSpread says that rates differ too much from turn to turn to mean anything.
func decryptSpread(rates []float64) string {
	if len(rates) < 4 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(rates))
	n := len(sorted)
	spread := (sorted[n-1-n/4] - sorted[n/4]) / decryptMedian(sorted)
	if spread <= decryptMostSpread {
		return ""
	}
	return fmt.Sprintf("its turns differ by %.0f %% of their median, and got the processor time that was theirs: the host of this machine was busy, or the clock rate changed; measure on an idle machine", 100*spread)
}

// decryptRate runs op on cores goroutines for about d. Each goroutine's own time
// counts, so the last operation is not cut off.
func decryptRate(cores int, d time.Duration, op func() error) (decryptTurn, error) {
	counts := make([]int, cores)
	times := make([]time.Duration, cores)
	errs := make([]error, cores)
	before, known := decryptCPU()
	var wg sync.WaitGroup
	for i := range cores {
		wg.Go(func() {
			start := time.Now()
			for times[i] < d {
				if errs[i] = op(); errs[i] != nil {
					return
				}
				counts[i]++
				times[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	after, _ := decryptCPU()
	turn := decryptTurn{share: 1}
	var wall time.Duration
	for i := range cores {
		if errs[i] != nil {
			return decryptTurn{}, errs[i]
		}
		turn.rate += float64(counts[i]) / times[i].Seconds()
		wall += times[i]
	}
	if known && wall > 0 {
		turn.share = min(1, (after-before).Seconds()/wall.Seconds())
	}
	return turn, nil
}

// decryptMedian of values; 0 of none.
func decryptMedian(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[n/2] + sorted[(n-1)/2]) / 2
}
