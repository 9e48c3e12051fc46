package proof_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// What userinfo answers is judged of an application, too, that asks for it once for
// each person: as somebody whom it does not know.
func TestUserinfoThatIsKeptBySub(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		id, flaw string
		want     run.Verdict
	}{
		{"RP-50", "", run.Pass},
		{"RP-52", "", run.Pass},
		{"RP-53", "", run.Pass},
		{"RP-54", "", run.Pass},
		{"RP-55", "", run.Pass},
		{"RP-56", "", run.Pass},
		{"RP-57", "", run.Pass},
		{"RP-58", "", run.Pass},
		{"RP-62", "", run.Pass},
		{"RP-63", "", run.Pass},
		{"RP-64", "", run.Pass},
		{"RP-50", "userinfo-errors-ignored", run.Fail},
		{"RP-53", "userinfo-sub-unchecked", run.Fail},
		{"RP-54", "field-by-256-bits-alone", run.Fail},
		{"RP-55", "rsa1-5-accepted", run.Fail},
		{"RP-56", "tag-unchecked", run.Fail},
		{"RP-56", "former-data-shown", run.Fail},
		{"RP-57", "field-in-the-clear", run.Fail},
		{"RP-64", "markup-unescaped", run.Fail},
	} {
		t.Run(tt.id+" "+tt.flaw, func(t *testing.T) {
			t.Parallel()
			o := demoapp.Options{Variants: []string{"userinfo-kept-by-sub"}}
			if tt.flaw != "" {
				o.Flaws = []string{tt.flaw}
			}
			got := judged(t.Context(), t, learnt(t, trials, o), tt.id)
			if got.Verdict != tt.want {
				t.Errorf("%s %s%s, want %s", got.Verdict, got.Observed, got.Reason, tt.want)
			}
			for _, c := range got.Cases {
				if c.Verdict == run.Blocked || c.Verdict == run.Skip && c.Gap != run.WantTime {
					t.Errorf("%s: %s %s%s", c.Name, c.Verdict, c.Observed, got.Reason)
				}
			}
		})
	}
}

// Nor does an application that cannot be started again do without a userinfo that
// hangs.
func TestUserinfoThatHangsAndIsKeptBySub(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	trials.UserStarts = true
	campaign := learnt(t, trials, demoapp.Options{Variants: []string{"userinfo-kept-by-sub"}})
	for _, id := range []string{"RP-01", "RP-18", "RP-51"} {
		got := judged(t.Context(), t, campaign, id)
		for _, c := range got.Cases {
			if c.Name == "userinfo" && c.Verdict != run.Pass {
				t.Errorf("%s: %s %s%s", id, c.Verdict, c.Observed, got.Reason)
			}
		}
	}
}

// Who lets in nobody new is not judged by having refused them, but as those whom it
// knows, where it can be started anew.
func TestUserinfoThatIsKeptOfThoseWhoAreKnown(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := learnt(t, trials, demoapp.Options{
		Variants: []string{"userinfo-kept-by-sub"}, Wrap: rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, status int, body string) {
			if strings.Contains(body, "newcomer-") {
				status, body = http.StatusForbidden, "<p>You are not registered.</p>"
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}),
	})
	process := campaign.Process
	for _, id := range []string{"RP-50", "RP-53"} {
		campaign.Process = nil
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked {
			t.Errorf("%s, the user's to start: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
		}
		campaign.Process = process
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Pass {
			t.Errorf("%s: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
		}
	}
}
