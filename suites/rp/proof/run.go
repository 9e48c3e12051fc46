package proof

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/matrix"
)

// Variant judges the demo application with one legal difference. The checks in
// skipped had nothing to judge on the control either.
func (t *Trials) Variant(ctx context.Context, v demoapp.Variant, skipped []string) matrix.VariantResult {
	want := matrix.Tolerance{Variant: v.Name, Differs: v.Differs, Warns: v.Warns, Skips: v.Skips}
	started := time.Now()
	record, err := t.Judge(ctx, demoapp.Options{Variants: []string{v.Name}})
	result := matrix.VariantResult{Tolerance: want, Outcome: matrix.Broken}
	if err != nil {
		result.Problem = err.Error()
	} else {
		result = matrix.JudgeVariant(want, record, skipped)
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

// Jobs is how many to try at once where nothing is said: most of a trial over
// http waits for an application's time limits; a browser keeps a processor busy.
func (t *Trials) Jobs() int {
	if t.Browser != nil {
		return runtime.NumCPU()
	}
	return 4 * runtime.NumCPU()
}

// Run tries the control, the flaws and the variants, at most jobs at once, and
// what came to nothing good a second time, alone. Tell is told what each came to,
// maybe from several goroutines. It returns an error where ctx ended.
func (t *Trials) Run(ctx context.Context, flaws []demoapp.Flaw, variants []demoapp.Variant, jobs int, tell func(name string, o matrix.Outcome)) (*matrix.Report, error) {
	report := &matrix.Report{
		Started: time.Now().UTC(), Command: "selftest rp",
		Results: make([]matrix.Result, len(flaws)), Variants: make([]matrix.VariantResult, len(variants)),
	}
	report.Control = t.Flaw(ctx, demoapp.Flaw{})
	if report.Control.Outcome != matrix.Caught {
		report.Control = t.Flaw(ctx, demoapp.Flaw{})
		report.Control.Repeated = true
	}
	tell("the control", report.Control.Outcome)
	places := make(chan struct{}, max(jobs, 1))
	var wait sync.WaitGroup
	queue := func(name string, try func() matrix.Outcome) {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			tell(name, try())
		})
	}
	for i, v := range variants {
		queue(v.Name, func() matrix.Outcome {
			report.Variants[i] = t.Variant(ctx, v, report.Control.Skipped)
			return report.Variants[i].Outcome
		})
	}
	for i, f := range flaws {
		queue(f.Name, func() matrix.Outcome {
			report.Results[i] = t.Flaw(ctx, f)
			return report.Results[i].Outcome
		})
	}
	wait.Wait()
	for i, v := range variants {
		if r := &report.Variants[i]; r.Outcome != matrix.Held && ctx.Err() == nil {
			*r = t.Variant(ctx, v, report.Control.Skipped)
			r.Repeated = true
		}
	}
	for i, f := range flaws {
		if r := &report.Results[i]; r.Outcome != matrix.Caught && ctx.Err() == nil {
			*r = t.Flaw(ctx, f)
			r.Repeated = true
		}
	}
	report.Finished = time.Now().UTC()
	if ctx.Err() != nil {
		return nil, errors.New("the selftest was interrupted")
	}
	return report, nil
}
