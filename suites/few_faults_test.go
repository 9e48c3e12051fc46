package suites_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/matrix"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/selftest"
	"sgidcheck/suites"
)

// shared are faults of what checks share with few logins, one for each way in
// which a login can be shared. Where -run names FewLoginsCatch, all are tried:
// go test ./suites -run FewLoginsCatch.
var shared = []string{
	"state-not-encoded", "nonce-required", "nonce-of-last-login", "verifier-of-any-login", "verifier-43-refused", "verifier-by-beginning",
	"pkce-not-enforced", "secret-any-case", "code-not-bound-to-client", "code-reuse-crashes",
}

// What separate logins catch, few logins catch, by the same checks.
func TestFewLoginsCatchTheSame(t *testing.T) {
	trials, err := selftest.New(suites.On)
	if err != nil {
		t.Fatal(err)
	}
	trials.FewLogins = true
	all := strings.Contains(flag.Lookup("test.run").Value.String(), "FewLoginsCatch")
	tried := 0
	for _, f := range provider.Faults() {
		if selftest.NeedsBrowser(f) || !all && !slices.Contains(shared, f.Name) {
			continue
		}
		tried++
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if got := trials.Fault(t.Context(), f); got.Outcome != matrix.Caught {
				t.Errorf("%s: failed %v, missed %v, not listed %v %s", got.Outcome, got.Failed, got.Missed, got.Unlisted, got.Problem)
			}
		})
	}
	if tried < len(shared) {
		t.Errorf("%d of the faults %v are there", tried, shared)
	}
}
