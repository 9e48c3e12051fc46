// Package selftest judges the embedded provider with each of its faults and
// variants, in this process, and tells which checks noticed.
package selftest

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
)

// Selftest is what the trials of one selftest share.
type Selftest struct {
	Credentials *provider.Credentials // keys cost time to make, and no trial changes them
	Suites      rig.Opener            // of the checks that need no browser
	Browser     rig.Opener            // of those that do; nil: what only a browser sees is left out
	Jobs        int                   // how many to try at once; less than 1: one
	FewLogins   bool                  // checks share logins
	// Tell, where it is not nil, is called with what a trial came to. It may be called
	// from several goroutines.
	Tell func(name string, outcome matrix.Outcome)
}

// New makes the credentials that the trials share.
func New(suites rig.Opener) (*Selftest, error) {
	credentials, err := provider.NewCredentials()
	return &Selftest{Credentials: credentials, Suites: suites}, err
}

// Run tries the control, the faults and the variants, and those that came to
// nothing good once more, alone: on a busy machine a response can take longer
// than the short time allowed for it. The report says which were tried twice.
// It returns an error where ctx ended.
func (s *Selftest) Run(ctx context.Context, faults []provider.Fault, variants []provider.Variant) (*matrix.Report, error) {
	report := &matrix.Report{
		Started: time.Now().UTC(),
		Results: make([]matrix.Result, len(faults)), Variants: make([]matrix.VariantResult, len(variants)),
	}
	places := make(chan struct{}, max(s.Jobs, 1))
	var wait sync.WaitGroup
	queue := func(name string, try func() matrix.Outcome) {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			if outcome := try(); s.Tell != nil {
				s.Tell(name, outcome)
			}
		})
	}
	control := make(chan struct{})
	queue("the control", func() matrix.Outcome {
		defer close(control)
		report.Control = s.Fault(ctx, provider.Fault{})
		return report.Control.Outcome
	})
	for i, v := range variants {
		queue(v.Name, func() matrix.Outcome {
			<-control // what it skips, a variant may skip
			report.Variants[i] = s.Variant(ctx, v, report.Control.Skipped)
			return report.Variants[i].Outcome
		})
	}
	for i, f := range faults {
		queue(f.Name, func() matrix.Outcome {
			report.Results[i] = s.Fault(ctx, f)
			return report.Results[i].Outcome
		})
	}
	wait.Wait()
	s.again(ctx, report, faults, variants)
	report.Finished = time.Now().UTC()
	if ctx.Err() != nil {
		return nil, errors.New("the selftest was interrupted")
	}
	return report, nil
}

// again tries what was not caught, and what did not hold, a second time.
func (s *Selftest) again(ctx context.Context, report *matrix.Report, faults []provider.Fault, variants []provider.Variant) {
	repeat := func(f provider.Fault, r *matrix.Result) {
		if r.Outcome == matrix.Caught || ctx.Err() != nil {
			return
		}
		first := r.DurationS
		*r = s.Fault(ctx, f)
		r.Repeated, r.DurationS = true, r.DurationS+first
	}
	repeat(provider.Fault{}, &report.Control)
	for i, f := range faults {
		repeat(f, &report.Results[i])
	}
	for i, v := range variants {
		r := &report.Variants[i]
		if r.Outcome == matrix.Held || ctx.Err() != nil {
			continue
		}
		first := r.DurationS
		*r = s.Variant(ctx, v, report.Control.Skipped)
		r.Repeated, r.DurationS = true, r.DurationS+first
	}
}

// Fault judges the catalogue against one fault, or, where it has no name, the
// conformant provider: the control. Faults that only a browser sees are tried
// with the browser checks, all others without.
func (s *Selftest) Fault(ctx context.Context, f provider.Fault) matrix.Result {

	t := trial{areas: withoutBrowser(), timeout: 5 * time.Second, allowed: 2 * time.Minute}
	t.provider.TLS = f.TLS || f.Name == ""
	if f.Name != "" {
		t.provider.Faults = []string{f.Name}
	}
	if NeedsBrowser(f) {
		t.areas, t.browser = []string{browserArea}, true
	}
	started := time.Now()
	record, err := s.try(ctx, t)
	var result matrix.Result
	if err != nil {
		result = matrix.Result{Expectation: f.Expectation, Outcome: matrix.Broken, Problem: err.Error()}
	} else {
		result = matrix.Judge(f.Expectation, record)
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

// Variant judges the whole catalogue against one variant, the browser checks
// among it. The checks in skipped had nothing to judge on the control.
func (s *Selftest) Variant(ctx context.Context, v provider.Variant, skipped []string) matrix.VariantResult {
	want := matrix.Tolerance{Variant: v.Name, Differs: v.Differs, Warns: v.Warns, Skips: v.Skips}
	t := trial{areas: withoutBrowser(), timeout: 10 * time.Second, allowed: 5 * time.Minute}
	t.provider.TLS, t.provider.Variants = !v.HTTP, []string{v.Name}
	if s.Browser != nil {
		t.areas, t.browser = nil, true
	}
	if v.Browser {
		t.login = config.LoginBrowser
	}
	started := time.Now()
	record, err := s.try(ctx, t)
	var result matrix.VariantResult
	if err != nil {
		result = matrix.VariantResult{Tolerance: want, Outcome: matrix.Broken, Problem: err.Error()}
	} else {
		result = matrix.JudgeVariant(want, record, append(withoutTLS(v), skipped...))
	}
	result.DurationS = time.Since(started).Seconds()
	return result
}

// trial is one campaign against an embedded provider of its own.
type trial struct {
	provider provider.Options
	areas    []string
	browser  bool
	login    string
	timeout  time.Duration // of a request
	allowed  time.Duration // for the whole of it
}

func (s *Selftest) try(ctx context.Context, t trial) (record *run.Record, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.allowed)
	defer cancel()
	// It is the embedded provider that is tried, whatever the user's own target is.
	settings, err := config.Resolve(nil, nil, os.DevNull)
	if err != nil {
		return nil, err
	}
	settings.Timeout, settings.RestartWait, settings.Slow = t.timeout, 0, true
	settings.FewLogins = s.FewLogins
	if t.login != "" {
		settings.Login, settings.FewLogins = t.login, true // each takes the browser half a second
	}
	o := rig.Options{Provider: t.provider, Areas: t.areas}
	o.Provider.Credentials = s.Credentials
	if t.browser && s.Browser != nil {
		o.Suites = append(o.Suites, s.Browser)
	}
	o.Suites = append(o.Suites, s.Suites)
	r, err := rig.Open(ctx, settings, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.Judge(ctx), nil
}

const browserArea = "BROW"

func withoutBrowser() []string {
	return slices.DeleteFunc(run.ProviderAreas(), func(area string) bool { return area == browserArea })
}

// NeedsBrowser says whether only a browser sees the fault.
func NeedsBrowser(f provider.Fault) bool {
	return slices.ContainsFunc(f.Checks, func(id string) bool { return strings.HasPrefix(id, browserArea+"-") })
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
