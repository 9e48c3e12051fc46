package proof_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// TestRepeated judges the demo application N times, right, with each flaw and
// with each variant, and compares the verdicts of every check. It stands aside
// unless RP_REPEAT says how often: make rp-repeat N=20. RP_FLAWS names the flaws
// that are tried, separated by commas; without it, all are.
func TestRepeated(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("RP_REPEAT"))
	if n < 2 {
		t.Skip("RP_REPEAT says how often, at least twice: make rp-repeat N=20")
	}
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	var subjects []demoapp.Options
	for _, f := range demoapp.Flaws() {
		if only := os.Getenv("RP_FLAWS"); only == "" || slices.Contains(strings.Split(only, ","), f.Name) {
			subjects = append(subjects, demoapp.Options{Flaws: []string{f.Name}})
		}
	}
	if os.Getenv("RP_FLAWS") == "" {
		subjects = append(subjects, demoapp.Options{})
		for _, v := range demoapp.Variants() {
			subjects = append(subjects, demoapp.Options{Variants: []string{v.Name}})
		}
	}
	if len(subjects) == 0 {
		t.Fatal("RP_FLAWS names no flaw that there is")
	}
	first := make([]map[string]run.Verdict, len(subjects))
	for i := range n {
		began := time.Now()
		for at, got := range judgedAll(t, trials, subjects) {
			if first[at] == nil {
				first[at] = got
			}
			for id, verdict := range first[at] {
				if got[id] != verdict {
					t.Errorf("run %d, %s: %s is %s; in the first run it was %s", i+1, called(subjects[at]), id, got[id], verdict)
				}
			}
			if len(got) != len(first[at]) {
				t.Errorf("run %d, %s: %d checks; in the first run there were %d", i+1, called(subjects[at]), len(got), len(first[at]))
			}
		}
		fmt.Printf("run %d of %d: %d applications, %.0f s\n", i+1, n, len(subjects), time.Since(began).Seconds())
	}
}

// called is what an application that is tried is called.
func called(o demoapp.Options) string {
	if name := strings.Join(append(o.Flaws, o.Variants...), ""); name != "" {
		return name
	}
	return "the control"
}

// judgedAll are the verdicts by check of each application that is tried, as many
// at once as in a selftest.
func judgedAll(t *testing.T, trials *proof.Trials, subjects []demoapp.Options) []map[string]run.Verdict {
	all := make([]map[string]run.Verdict, len(subjects))
	places := make(chan struct{}, trials.Jobs())
	var wait sync.WaitGroup
	for at, o := range subjects {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			all[at] = map[string]run.Verdict{}
			record, err := trials.Judge(t.Context(), o)
			if err != nil {
				t.Errorf("%s: %v", called(o), err)
				return
			}
			for _, c := range record.Checks {
				all[at][c.ID] = c.Verdict
			}
		})
	}
	wait.Wait()
	return all
}
