// Command mutants counts what the tests of a package notice: it changes one
// operator at a time, at random places, runs the tests of the package, and says
// which changes they let pass. It changes no file: the compiler reads the
// changed source from a temporary one.
//
//	mutants [-n 85] [-seed N] [-match REGEXP] [-j N] PACKAGE...
//
// A mutant that changes no behaviour is not counted where the package says why,
// in testdata/equivalent-mutants.txt.
//
// It exits with 1 when the tests let pass more than one mutant of ten, and with
// 2 when it cannot count.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"sync"
	"time"
)

// options are the command line.
type options struct {
	n        int
	seed     uint64
	match    *regexp.Regexp
	jobs     int
	packages []string
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 85, "how many mutants to try; 0: all of them")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1_000_000), "which ones: the same seed draws the same mutants of the same source")
	flag.IntVar(&o.jobs, "j", runtime.NumCPU(), "how many at the same time")
	match := flag.String("match", "", "only mutants whose description matches this regular expression")
	flag.Parse()
	o.packages = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	enough, err := func() (bool, error) {
		var err error
		if o.match, err = regexp.Compile(*match); err != nil {
			return false, fmt.Errorf("-match: %w", err)
		}
		return count(ctx, os.Stdout, o)
	}()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants: "+err.Error())
		os.Exit(2)
	case !enough:
		os.Exit(1)
	}
}

// tally is the outcome of a count.
type tally struct {
	killed, late, notCompiled, equivalent int
	survived                              []string
}

func (t *tally) tried() int { return t.killed + len(t.survived) }

// enough says whether nine of ten that were tried are killed.
func (t *tally) enough() bool { return t.tried() > 0 && 10*t.killed >= 9*t.tried() }

// count tries the mutants and reports to w whether nine of ten are killed.
func count(ctx context.Context, w io.Writer, o options) (bool, error) {
	if len(o.packages) == 0 {
		return false, errors.New("name the packages")
	}
	packages, err := list(ctx, o.packages)
	if err != nil {
		return false, err
	}
	var t tally
	var all []*mutant
	for _, p := range packages {
		found, err := p.mutants()
		if err != nil {
			return false, err
		}
		equivalent, err := p.equivalents(found)
		if err != nil {
			return false, err
		}
		for _, m := range found {
			switch {
			case !o.match.MatchString(m.String()):
			case equivalent[m.key]:
				t.equivalent++
			default:
				all = append(all, m)
			}
		}
	}
	for _, p := range packages {
		if err := p.measure(ctx); err != nil {
			return false, err
		}
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	fmt.Fprintf(w, "seed %d, %d mutants in %d packages\n", o.seed, len(all), len(packages))
	err = t.try(ctx, w, o, all) // what was counted until an interrupt is told, too
	fmt.Fprintf(w, "killed %d of %d (%d by the time limit), survived %d; not counted: %d do not compile, %d are listed as equivalent\n",
		t.killed, t.tried(), t.late, len(t.survived), t.notCompiled, t.equivalent)
	return t.enough(), err
}

// try tries mutants in their order until enough of them were counted.
func (t *tally) try(ctx context.Context, w io.Writer, o options, drawn []*mutant) error {
	var mu sync.Mutex
	var failed error
	next, running := 0, 0
	wake := sync.NewCond(&mu)
	take := func() *mutant {
		mu.Lock()
		defer mu.Unlock()
		for {
			if failed != nil || next == len(drawn) {
				return nil
			}
			if o.n == 0 || t.tried()+running < o.n {
				next, running = next+1, running+1
				return drawn[next-1]
			}
			if running == 0 {
				return nil
			}
			wake.Wait()
		}
	}
	var all sync.WaitGroup
	for range max(o.jobs, 1) {
		all.Go(func() {
			for m := take(); m != nil; m = take() {
				fate, err := m.try(ctx)
				mu.Lock()
				running--
				switch {
				case err != nil:
					failed = err
				case fate == notCompiled:
					t.notCompiled++
				case fate == survived, fate == unreached:
					t.survived = append(t.survived, m.String())
					fmt.Fprintf(w, "%s: %s\n", fate, m)
				default:
					t.killed++
					if fate == late {
						t.late++
						fmt.Fprintf(w, "%s: %s\n", fate, m)
					}
				}
				wake.Broadcast()
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return failed
}
