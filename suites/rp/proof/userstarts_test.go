package proof_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/suites/rp"
	"sgidcheck/suites/rp/proof"
)

// disrupting are the checks that need the metadata or the key set read anew, and
// those that follow them.
var disrupting = []string{"RP-17", "RP-18", "RP-50", "RP-51", "RP-58", "RP-59", "RP-60", "RP-61"}

// An application that the user has started, and that reads the metadata at each
// login, sees those of the login that it begins, and right ones thereafter.
func TestMetadataReadAtEachLoginOfAnApplicationThatTheUserStarts(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	trials.UserStarts, trials.Select = true, disrupting
	var subjects []demoapp.Options
	for _, v := range demoapp.Variants() {
		if strings.HasPrefix(v.Name, "discovery") {
			subjects = append(subjects, demoapp.Options{Variants: []string{v.Name}})
		}
	}
	for _, f := range demoapp.Flaws() {
		if strings.HasPrefix(f.Name, "discovery") {
			subjects = append(subjects, demoapp.Options{Flaws: []string{f.Name}})
		}
	}
	if len(subjects) < 5 {
		t.Fatalf("%d applications read the metadata", len(subjects))
	}
	for _, o := range subjects {
		t.Run(called(o), func(t *testing.T) {
			t.Parallel()
			record, err := trials.Judge(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range record.Checks {
				want := []run.Verdict{run.Pass}
				switch {
				case c.ID == "RP-17" && len(o.Flaws) > 0:
					want = []run.Verdict{run.Fail}
				case c.ID == "RP-58":
					want = append(want, run.Info)
				}
				if !slices.Contains(want, c.Verdict) {
					t.Errorf("%s: %s %s%s", c.ID, c.Verdict, c.Observed, c.Reason)
				}
				for _, one := range c.Cases {
					if c.ID == "RP-17" && one.Verdict == run.Skip {
						t.Errorf("RP-17, %s: %s %s", one.Name, one.Verdict, one.Observed)
					}
				}
			}
			if len(record.Checks) != len(disrupting) {
				t.Errorf("%d checks were judged", len(record.Checks))
			}
		})
	}
}

// What ends on metadata of another provider, and is started again by itself, comes
// back: it then reads metadata that are right.
func TestAnApplicationThatEndsOnMetadataComesBack(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	trials.UserStarts = true
	var campaign *rp.Campaign
	var end func()
	var down atomic.Bool
	right := func() bool {
		r, err := http.Get(strings.TrimSuffix(campaign.Front.Issuer(), sgid.IssuerPath) + sgid.PathDiscovery)
		if err != nil {
			return false
		}
		defer r.Body.Close()
		var document struct {
			Issuer string `json:"issuer"`
			Token  string `json:"token_endpoint"`
		}
		issuer := campaign.Front.Issuer()
		return json.NewDecoder(r.Body).Decode(&document) == nil && document.Issuer == issuer && strings.HasPrefix(document.Token, issuer)
	}
	campaign, end, err = trials.Open(t.Context(), demoapp.Options{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() || r.URL.Path == demoapp.PathLogin {
				down.Store(!right())
			}
			if down.Load() {
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	if err := campaign.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := judged(t.Context(), t, campaign, "RP-17"); got.Verdict != run.Blocked || got.BlockedBy != "RP-71" {
		t.Errorf("RP-17: %s by %s %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
	}
	if got := judged(t.Context(), t, campaign, "RP-60"); got.Verdict != run.Pass {
		t.Errorf("RP-60: %s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}
