package proof_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp"
	"sgidcheck/suites/rp/proof"
)

// behind is a campaign, which has learnt its looks, over the demo application
// behind what stands before it.
func behind(t *testing.T, trials *proof.Trials, wrap func(next http.Handler) http.Handler, flaws ...string) *rp.Campaign {
	t.Helper()
	campaign, end, err := trials.Open(t.Context(), demoapp.Options{Flaws: flaws, Wrap: wrap}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	if err := campaign.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return campaign
}

// judged is what a check comes to.
func judged(ctx context.Context, t *testing.T, campaign *rp.Campaign, id string) run.Check {
	t.Helper()
	check, there := judge.Lookup(id)
	if !there {
		t.Fatalf("no check %s", id)
	}
	return judge.Judge(ctx, check, campaign.Body(check.ID))
}

// What turns away every login before it asks the provider for anything has not
// refused the wrong answers, which never came to it.
func TestNothingPassesThatWasNeverGiven(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	wrongAnswers := []string{
		"RP-12", "RP-22", "RP-35", "RP-36", "RP-37", "RP-38", "RP-39", "RP-40", "RP-41", "RP-42", "RP-43", "RP-44", "RP-45", "RP-46", "RP-47", "RP-49",
		"RP-50", "RP-52", "RP-53", "RP-55", "RP-56", "RP-57", "RP-62", "RP-64",
	}
	for _, id := range wrongAnswers {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var busy atomic.Bool
			campaign := behind(t, trials, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if busy.Load() && r.URL.Path == "/callback" {
						http.Error(w, "too many logins", http.StatusTooManyRequests)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			busy.Store(true)
			if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Blocked {
				t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}

// A check that is cut off in the middle of a login blames the application for
// nothing, and leaves it running for the checks that follow.
func TestACheckThatIsCutOff(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil)
	ended, end := context.WithCancel(t.Context())
	end()
	if got := judged(ended, t, campaign, "RP-19"); got.Verdict != run.Blocked || got.BlockedBy != "harness" {
		t.Errorf("RP-19, cut off: %s by %s: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
	}
	for _, id := range []string{"RP-19", "RP-20", "RP-71"} {
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Pass {
			t.Errorf("%s afterwards: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
		}
	}
	if got := judged(ended, t, campaign, "RP-21"); got.Verdict != run.Blocked || got.BlockedBy != "harness" {
		t.Errorf("RP-21, cut off: %s by %s: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
	}
	if got := judged(t.Context(), t, campaign, "RP-21"); got.Verdict != run.Pass {
		t.Errorf("RP-21 afterwards: %s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// What an application that gives no answer would have shown is not known.
func TestWhereTheProtectedPageIsSilentNothingPasses(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	behindTheLogin := func(nth int64) bool { return nth > 2 }
	for _, tt := range []struct {
		id     string
		flaws  []string
		cookie bool // it is silent to browsers that hold a cookie, or to those that hold none
		silent func(nth int64) bool
	}{
		{"RP-70", nil, true, behindTheLogin},
		{"RP-74", []string{"person-in-cookie"}, true, behindTheLogin},
		{"RP-33", nil, false, func(nth int64) bool { return nth%2 == 1 }}, // not when its health is asked
	} {
		t.Run(tt.id, func(t *testing.T) {
			t.Parallel()
			var judging atomic.Bool
			var asked atomic.Int64
			campaign := behind(t, trials, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if judging.Load() && r.URL.Path == "/me" && (r.Header.Get("Cookie") != "") == tt.cookie && tt.silent(asked.Add(1)) {
						panic(http.ErrAbortHandler)
					}
					next.ServeHTTP(w, r)
				})
			}, tt.flaws...)
			judging.Store(true)
			if got := judged(t.Context(), t, campaign, tt.id); got.Verdict == run.Pass {
				t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}

// Who cannot log in because another does sees not themselves.
func TestALoginThatAnotherKeepsOut(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil, "verifier-shared")
	if got := judged(t.Context(), t, campaign, "RP-33"); got.Verdict != run.Fail {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// A front end of another host need not run, and the address that leads there
// holds no code: it is not the callback's that stays.
func TestCallbackThatLeadsToAFrontEndElsewhere(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]run.Verdict{"https://front.example/": run.Pass, "https://front.example/?code=": run.Warn} {
		campaign := behind(t, trials, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/callback" {
					w = &leads{w, to + map[bool]string{true: r.URL.Query().Get("code")}[strings.HasSuffix(to, "=")]}
				}
				next.ServeHTTP(w, r)
			})
		})
		if got := judged(t.Context(), t, campaign, "RP-66"); got.Verdict != want {
			t.Errorf("%s: %s %s%s, want %s", to, got.Verdict, got.Observed, got.Reason, want)
		}
	}
}

// leads sends redirects to one address.
type leads struct {
	http.ResponseWriter
	to string
}

func (l *leads) WriteHeader(status int) {
	if status == http.StatusSeeOther {
		l.Header().Set("Location", l.to)
	}
	l.ResponseWriter.WriteHeader(status)
}

// Where each browser has one login open, one that keeps its pair between logins
// is told all the same.
func TestPairOfABrowserWithOneLoginOpen(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil, "one-login-open", "session-kept", "pkce-pair-for-a-browser")
	if got := judged(t.Context(), t, campaign, "RP-03"); got.Verdict != run.Fail {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// A start page that under another host leads to no authorization request has
// shown nothing of the redirect URI.
func TestStartPageThatLeadsNowhereUnderAnotherHost(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "evil.example" {
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	got := judged(t.Context(), t, campaign, "RP-09")
	for _, c := range got.Cases {
		if c.Name == "Host" && c.Verdict != run.Skip {
			t.Errorf("%s: %s %s", c.Name, c.Verdict, c.Observed)
		}
	}
}

// A refusal that is answered 500 counts once.
func TestRefusalsAreCountedOnce(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil, "refusals-are-500")
	for _, id := range []string{"RP-51", "RP-71"} {
		got := judged(t.Context(), t, campaign, id)
		if id == "RP-71" && !strings.Contains(got.Observed, "3 refusals were answered 500") {
			t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
		}
	}
}

// A log in which nothing stands has not been searched.
func TestLogWithoutALine(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil)
	campaign.AppLog = func() ([]byte, error) { return nil, nil }
	if got := judged(t.Context(), t, campaign, "RP-72"); got.Verdict != run.Skip {
		t.Errorf("%s %s", got.Verdict, got.Observed)
	}
}

// A word that an ID token was replaced by stands in a log for other reasons.
func TestLogWithAWordOfTheRun(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign := behind(t, trials, nil)
	campaign.AppLog = func() ([]byte, error) { return []byte("GET /me Mozilla/5.0 (compatible; sgidcheck)\n"), nil }
	for _, id := range []string{"RP-49", "RP-72"} {
		if got := judged(t.Context(), t, campaign, id); got.Verdict != run.Pass {
			t.Errorf("%s: %s %s%s", id, got.Verdict, got.Observed, got.Reason)
		}
	}
}

// An application that does not start with another provider's metadata has
// refused them.
func TestApplicationThatDoesNotStartWithWrongMetadata(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign, end, err := trials.Open(t.Context(), demoapp.Options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	app := &careful{Process: campaign.Process, issuer: campaign.Front.Issuer()}
	campaign.Process = app
	if err := app.right(); err != nil {
		t.Fatal(err)
	}
	if err := campaign.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := judged(t.Context(), t, campaign, "RP-17"); got.Verdict != run.Pass {
		t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// careful starts an application once it has read the metadata and found them right.
type careful struct {
	rp.Process
	issuer string
}

func (c *careful) right() error {
	res, err := http.Get(c.issuer + "/.well-known/openid-configuration")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var metadata struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(res.Body).Decode(&metadata); err != nil {
		return err
	}
	if metadata.Issuer != c.issuer || !strings.HasPrefix(metadata.Token, c.issuer) {
		return errors.New("the metadata are another provider's")
	}
	return nil
}

func (c *careful) Start(ctx context.Context) error {
	if err := c.right(); err != nil {
		return err
	}
	return c.Process.Start(ctx)
}
