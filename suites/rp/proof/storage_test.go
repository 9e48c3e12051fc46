package proof_test

import (
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

// storing is a browser in which a script keeps the session: it is none of the cookies
// that are saved.
type storing struct {
	application.Browser
}

func (storing) Cookies(string) []application.Cookie { return nil }
func (storing) Saved() any                          { return nil }
func (storing) SetCookies(any)                      {}

// The cookies of a login whose session hangs on none of them were worth nothing before
// the logout either.
func TestLogoutOfASessionThatHangsOnNoCookie(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, flaws := range map[string][]string{"it ends": nil, "it lives on": {"logout-clears-cookie-alone"}} {
		t.Run(name, func(t *testing.T) {
			campaign := learnt(t, trials, demoapp.Options{Flaws: flaws})
			campaign.NewBrowser = func(site *application.Site, manner application.Manner) (application.Browser, error) {
				return storing{byItself(t, site, manner)}, nil
			}
			if got := judged(t.Context(), t, campaign, "RP-70"); got.Verdict != run.Skip {
				t.Errorf("%s %s%s", got.Verdict, got.Observed, got.Reason)
			}
		})
	}
}
