package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/target"
)

// chosenVariants returns the variants to try; an unknown name is an error.
func (s *selftest) chosenVariants() ([]provider.Variant, error) {
	if len(s.variants) == 0 && len(s.faults) > 0 {
		return nil, nil
	}
	var out []provider.Variant
	for _, v := range provider.Variants() {
		if (len(s.variants) == 0 || slices.Contains(s.variants, v.Name)) && (s.browser || !v.Browser) {
			out = append(out, v)
		}
	}
	for _, name := range s.variants {
		if !slices.ContainsFunc(out, func(v provider.Variant) bool { return v.Name == name }) {
			return nil, fmt.Errorf("--variant %s: there is no such variant, or it takes the browser; sgidcheck provider --list-variants prints them", name)
		}
	}
	return out, nil
}

// tryVariant runs the whole catalogue against one variant, the browser checks
// among it. The checks in skipped had nothing to judge on the control.
func (s *selftest) tryVariant(ctx context.Context, v provider.Variant, skipped []string, out, credentials string) matrix.VariantResult {
	started := time.Now()
	want := matrix.Tolerance{Variant: v.Name, Differs: v.Differs, Warns: v.Warns, Skips: v.Skips}
	args := []string{"conformance"}
	if s.browser {
		args = []string{"run", "--require-browser", "--load=false", "--decrypt=false"}
	}
	args = append(args, "--variant", v.Name, "--restart-wait", "0s", "--timeout", "10s", "--max-time", "5m")
	if v.Browser {
		args = append(args, "--login", target.LoginBrowser)
	}
	if !v.HTTP {
		args = append(args, "--tls")
	}
	record, err := judged(ctx, args, out, credentials)
	var result matrix.VariantResult
	if err != nil {
		result = matrix.VariantResult{Tolerance: want, Outcome: matrix.Broken, Problem: err.Error()}
	} else {
		result = matrix.JudgeVariant(want, record, append(withoutTLS(v), skipped...))
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

// withoutTLS lists the checks that a variant over plain http cannot have judged.
func withoutTLS(v provider.Variant) (ids []string) {
	for _, c := range judge.Catalogue() {
		if v.HTTP && c.Has(judge.HTTPS) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// variantsAgain tries the variants that did not hold a second time, alone.
func (s *selftest) variantsAgain(ctx context.Context, report *matrix.Report, variants []provider.Variant, dir, credentials string) {
	for i, v := range variants {
		r := &report.Variants[i]
		if r.Outcome == matrix.Held || ctx.Err() != nil {
			continue
		}
		first := r.DurationS
		*r = s.tryVariant(ctx, v, report.Control.Skipped, filepath.Join(dir, "variant-again-"+v.Name), credentials)
		r.Repeated, r.DurationS = true, r.DurationS+first
	}
}
